"""Risk: what is at stake when a request is approved, by tables and a real parser."""
