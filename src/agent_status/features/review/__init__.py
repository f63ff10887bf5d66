"""What agents changed in their checkouts: trees of our own, compared by git without a trace."""
