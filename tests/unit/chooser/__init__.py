"""Tests of chooser."""
