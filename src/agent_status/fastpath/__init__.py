"""Programs that must start within milliseconds: they import next to nothing."""
