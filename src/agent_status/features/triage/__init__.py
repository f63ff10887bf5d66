"""Triage: pin, snooze and mute, the user's own order of the list."""
