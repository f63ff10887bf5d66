"""Standby: keeps a chooser ready, so that the popup opens at once."""
