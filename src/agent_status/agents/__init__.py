"""What is known of each agent: TOML files, their schema and loader, and session records."""
