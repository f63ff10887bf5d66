"""Hooks in agents' own settings that wake the daemon; without them all works, a bit later."""
