"""The measurements of scripts/bench, one module a subject."""
