"""Daemon plug-ins, one folder each: they add facts to sightings or react to them."""
