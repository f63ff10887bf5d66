"""Where an agent may change files, as the user declared it beside a note."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

MAX_GLOBS = 32
MAX_GLOB = 200
"""Characters of one glob."""
ANY = "**"
"""A part that stands for any number of folders."""


class BoundsError(ValueError):
    """A glob can't be a boundary; the text says which one, why, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """
    Globs of paths below the checkout's top folder, as in .gitignore.

    A glob with a slash begins at the top folder, one without matches a name anywhere; both include
    what is below. `**` stands for any number of folders, `*` for no slash.
    """

    only: tuple[str, ...] = ()
    """Nothing else may be changed; empty for no such limit."""
    never: tuple[str, ...] = ()
    """These may not be changed, even if `only` names them."""

    def __bool__(self) -> bool:
        return bool(self.only or self.never)

    def is_outside(self, path: str) -> bool:
        """Return True if a path below the top folder may not be changed."""
        if any(covers(glob, path) for glob in self.never):
            return True
        return bool(self.only) and not any(covers(glob, path) for glob in self.only)

    def describe(self) -> str:
        """Return both limits in words; empty without a limit."""
        limits = (("only", self.only), ("never", self.never))
        return "; ".join(f"{name} {' '.join(globs)}" for name, globs in limits if globs)


NO_BOUNDS = Bounds()


def parse_bounds(only: Iterable[str], never: Iterable[str]) -> Bounds:
    """Return the boundary; raise BoundsError for a glob that can't be one."""
    bounds = Bounds(tuple(dict.fromkeys(only)), tuple(dict.fromkeys(never)))
    for name, globs in (("only", bounds.only), ("never", bounds.never)):
        if len(globs) > MAX_GLOBS:
            message = f"--{name} takes {MAX_GLOBS} globs at most, and these are {len(globs)}"
            raise BoundsError(message)
        for glob in globs:
            if why := _find_fault(glob):
                message = f"--{name} {glob[:MAX_GLOB]!r} {why}"
                raise BoundsError(message)
    return bounds


def _find_fault(glob: str) -> str:
    """Return what is wrong with a glob, as a sentence goes on; empty for nothing."""
    parts = glob.rstrip("/").split("/")
    faults = {
        "is empty: name a path such as 'src/api/**'": not glob.strip("/ "),
        f"is longer than {MAX_GLOB} characters": len(glob) > MAX_GLOB,
        "holds a character that can't be seen": not glob.isprintable(),
        "isn't below the checkout: write it from its top folder, as in 'src/api/**'": (
            glob.startswith(("/", "~")) or ".." in parts
        ),
        "has an empty part or a dot between its slashes": bool({"", "."} & {*parts}),
        "mixes ** with letters: write ** alone between slashes": any(
            ANY in part and part != ANY for part in parts
        ),
        "has a bracket without its end": any(part.count("[") != part.count("]") for part in parts),
    }
    return next((fault for fault, holds in faults.items() if holds), "")


def covers(glob: str, path: str) -> bool:
    """Return True if a glob matches a path, or a folder that the path is in."""
    parts = _split(glob)
    at = _skip_any(parts, {0})
    for name in path.split("/"):
        stays = {place for place in at if parts[place] == ANY}
        moves = {place + 1 for place in at - stays if fnmatchcase(name, parts[place])}
        at = _skip_any(parts, stays | moves)
        if len(parts) in at:
            return True
    return False


@lru_cache(maxsize=256)
def _split(glob: str) -> tuple[str, ...]:
    parts = tuple(glob.strip("/").split("/"))
    anywhere = len(parts) == 1 and not glob.startswith("/")
    return (ANY, *parts) if anywhere else parts


def _skip_any(parts: Sequence[str], at: set[int]) -> set[int]:
    """Return the places with those after a part that may stand for no folder at all."""
    found = set(at)
    for place in range(len(parts)):
        if place in found and parts[place] == ANY:
            found.add(place + 1)
    return found
