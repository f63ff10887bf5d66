"""History: the last minutes of each pane, kept for an incident report."""
