"""Recordings of real agents, and the tests that replay them."""
