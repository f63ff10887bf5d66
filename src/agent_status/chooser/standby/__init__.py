"""A chooser that waits with everything imported, for a terminal to be handed over."""
