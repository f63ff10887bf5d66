"""Autonomy: how much each agent does without asking."""
