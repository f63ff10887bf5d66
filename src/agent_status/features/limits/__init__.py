"""Limits: when an agent's usage limit ends."""
