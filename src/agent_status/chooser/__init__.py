"""The popup that lists every agent, the one that needs you first on top."""
