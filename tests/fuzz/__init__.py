"""What may come in from outside, drawn at random, and what must hold whatever it is."""

from tests.fuzz import files, screens, wire

TARGETS = (*screens.TARGETS, *files.TARGETS, *wire.TARGETS)
