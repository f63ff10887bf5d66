"""Both ends of every message between the daemon and its clients."""
