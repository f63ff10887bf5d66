"""Bounds: marks an agent that goes too far, with the fact that says so."""
