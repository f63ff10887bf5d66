"""Detection: from screens to states, as pure functions."""
