"""What each key does: the list, and the panels that take its place, one file each."""
