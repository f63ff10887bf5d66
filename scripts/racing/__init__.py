"""Races between an answer and an agent that changes its request under the user's finger."""
