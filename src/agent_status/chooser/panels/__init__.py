"""What takes the place of list and detail, and the keys of each."""
