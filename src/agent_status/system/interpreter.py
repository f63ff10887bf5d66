"""How programs of ours are run."""

ISOLATED = ("-I", "-X", "utf8")
"""Options of Python: no current folder, PYTHONPATH or user's site puts other code first."""
