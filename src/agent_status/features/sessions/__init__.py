"""Sessions: facts from the files that agents write about their own sessions."""
