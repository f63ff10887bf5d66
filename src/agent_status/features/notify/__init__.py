"""Notifications: interrupt the user, as far as the options ask for it."""
