"""The Textual edge of the chooser: keys and news in, lines out, effects carried out."""
