"""Hooks in agents' own settings that wake the daemon; without them, updates come a bit later."""
