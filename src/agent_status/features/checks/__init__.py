"""Checks: which tests and linters ran, with what result, and on which content of the files."""
