"""From states to what needs you: pure, and told the time as an argument."""
