"""From the chooser's state to lines of cells."""
