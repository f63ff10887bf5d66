"""Notifications: interrupt the user beyond the badge, as far as the options ask for it."""
