"""From screens to states: pure, and told everything as arguments."""
