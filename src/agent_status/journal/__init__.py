"""What happened, kept in SQLite: states, asks, answers, notes."""
