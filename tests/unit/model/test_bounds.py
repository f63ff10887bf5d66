"""A boundary says which files an agent may change, in globs as .gitignore has them."""

import pytest

from agent_status.model import NO_BOUNDS, Bounds
from agent_status.model.bounds import BoundsError, covers, parse_bounds


@pytest.mark.parametrize(
    ("glob", "path", "wanted"),
    [
        ("src/api/**", "src/api/a.py", True),
        ("src/api/**", "src/api/v1/a.py", True),
        ("src/api", "src/api/v1/a.py", True),
        ("src/api/", "src/api/a.py", True),
        ("src/api/**", "src/apix/a.py", False),
        ("src/api/**", "vendor/src/api/a.py", False),
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/api/a.py", False),
        ("src/**/test_*.py", "src/test_a.py", True),
        ("src/**/test_*.py", "src/a/b/test_a.py", True),
        ("**/migrations", "db/migrations/1.sql", True),
        ("*.sql", "db/deep/x.sql", True),
        ("db", "lib/db/x", True),
        ("db", "dbx/x", False),
        ("a/[ab].py", "a/b.py", True),
        ("Src/a.py", "src/a.py", False),
    ],
)
def test_globs_cover_paths(glob: str, path: str, *, wanted: bool) -> None:
    """With a slash from the top folder on, without one anywhere; and all that is below."""
    assert wanted is covers(glob, path)


def test_bounds_are_left_by_what_only_does_not_name_and_never_names() -> None:
    """`never` counts even below `only`; without any limit nothing is outside."""
    bounds = Bounds(only=("src/**",), never=("src/db/**",))

    assert [False, True, True] == [
        bounds.is_outside(path) for path in ("src/a.py", "docs/a.md", "src/db/x.sql")
    ]
    assert not NO_BOUNDS.is_outside("anything")
    assert "only src/**; never src/db/**" == bounds.describe()


def test_globs_of_many_wildcards_take_no_time() -> None:
    """A hostile glob against a hostile path: the work grows with their product alone."""
    glob = "/".join(["**", "*a*"] * 20) + "/x"

    assert not covers(glob, "/".join(["a" * 100] * 200))


@pytest.mark.parametrize(
    ("glob", "why"),
    [
        ("", "is empty"),
        ("/etc/**", "isn't below the checkout"),
        ("~/x", "isn't below the checkout"),
        ("../x", "isn't below the checkout"),
        ("src//x", "empty part"),
        ("src/a**", "mixes"),
        ("src/[ab", "bracket"),
        ("src/\x1b[2J", "can't be seen"),
        ("x" * 201, "longer than 200"),
    ],
)
def test_globs_that_can_not_be_a_boundary_are_refused(glob: str, why: str) -> None:
    """The sentence names the option and what is wrong."""
    with pytest.raises(BoundsError, match=f"--never .*{why}"):
        parse_bounds((), (glob,))


def test_too_many_globs_are_refused() -> None:
    """With their number."""
    with pytest.raises(BoundsError, match="32 globs at most, and these are 33"):
        parse_bounds(map(str, range(33)), ())
