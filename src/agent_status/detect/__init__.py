"""From screens to states: pure, with everything as arguments."""
