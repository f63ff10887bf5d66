"""Standby: a chooser that is kept ready, so that the popup opens at once."""
