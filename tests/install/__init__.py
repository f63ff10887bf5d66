"""Tests of what ships, with the pinned runtime environment."""
