"""Tests of what agents' own session files say."""
