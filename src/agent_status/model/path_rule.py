"""Sensitive files, by patterns of their paths."""

from dataclasses import dataclass, field

from agent_status.model.globs import Pattern, compile_globs, may_meet, read_pattern, split_glob
from agent_status.model.status import Grade


@dataclass(frozen=True, slots=True)
class PathRule:
    """Sensitive files: secrets, CI, migrations, hooks."""

    globs: tuple[str, ...]
    why: str
    write: Grade = Grade.DANGEROUS
    read: Grade = Grade.HARMLESS
    delete: Grade | None = None
    """What it is to delete it or to move it elsewhere; as to write it if left out."""
    without: tuple[str, ...] = ()
    name: str = ""
    """What they are, where a review tells that some are gone or hold less: `tests`."""
    found: Pattern = field(init=False, repr=False, compare=False)
    spared: Pattern = field(init=False, repr=False, compare=False)
    pieces: tuple[tuple[str, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the globs once."""
        object.__setattr__(self, "found", compile_globs(self.globs))
        object.__setattr__(self, "spared", compile_globs(self.without))
        object.__setattr__(self, "pieces", tuple(map(split_glob, self.globs)))

    def covers(self, path: str) -> bool:
        """Return True if the rule covers `path` or a folder above it."""
        return bool(self.found.match(path)) and not self.spared.match(path)

    def may_cover(self, pattern: str) -> bool:
        """Return True if a pattern such as `.en*` may match a file that the rule covers."""
        return may_meet(read_pattern(pattern), self.pieces)
