"""The whole popup: every part in its place, for a size."""
