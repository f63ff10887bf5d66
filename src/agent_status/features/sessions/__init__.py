"""Session files: what agents write down about their own sessions."""
