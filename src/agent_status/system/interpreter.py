"""Options of the Python interpreter for our own programs."""

ISOLATED = ("-I", "-X", "utf8")
"""Options of Python: no current folder, PYTHONPATH or user's site puts other code first."""
