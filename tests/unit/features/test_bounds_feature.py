"""An agent that goes too far is marked with the fact that says so, until the user knows it."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent_status.chooser.panels.keys import find_hints
from agent_status.chooser.state.moves import select
from agent_status.features.bounds.feature import BoundsFeature
from agent_status.features.bounds.policy import BoundsFacet, find_place
from agent_status.features.notify.policy import find_notable, make_key
from agent_status.model import (
    Activity,
    Agent,
    Bounds,
    CallKind,
    Changes,
    Pane,
    PaneId,
    Sighting,
    State,
    Status,
    Task,
    ToolCall,
    Triage,
)
from agent_status.model.attention import rank, weigh_attention
from agent_status.options import Options, parse_options
from agent_status.protocol.rows import ReportedFacet
from tests.support.checkouts import isolate, make_repository
from tests.support.chooser_lab import make_view
from tests.unit.features.test_review import Desk

WALL = 1_796_300_000.0
NOTED = Triage(note="the api alone", bounds=Bounds(only=("src/api/**",), never=("*.sql",)))
ROOT = "/src/shop"


def see(
    state: State = State.WORKING,
    pane: str = "%1",
    changes: Changes | None = None,
    triage: Triage = NOTED,
    calls: tuple[ToolCall, ...] = (),
    context: str = "",
) -> Sighting:
    """An agent in a checkout, in its state since the first second."""
    place = Pane(PaneId(pane), session="work", index=int(pane[1:]), pid=1, folder=ROOT)
    return Sighting(
        place,
        Status(Agent("claude", "Claude Code", 7), state, 1.0),
        changes=changes or Changes(root=ROOT, base="b", tree="t"),
        triage=triage,
        activity=Activity(calls=calls),
        task=Task(context=context),
        root=ROOT,
    )


def run(
    command: str, exit_status: int | None, at: float = 10.0, ended: float | None = 11.0
) -> ToolCall:
    """A command that the agent ran so many seconds after the first one."""
    ended_at = None if ended is None else WALL + ended
    call = ToolCall("c", "Bash", CallKind.RUN, command, at=WALL + at, ended_at=ended_at)
    return replace(call, exit_status=exit_status)


def write(*paths: str, folder: str = "", at: float = 10.0) -> ToolCall:
    """Files that the agent wrote."""
    return ToolCall("w", "Edit", CallKind.WRITE, paths=paths, folder=folder, at=WALL + at)


class Clock:
    """The plug-in, on a clock that the test sets: `now` and Unix time move together."""

    def __init__(self, **options: str) -> None:
        self.now = 1.0
        self.feature = BoundsFeature(lambda: WALL + self.now)
        raw = {f"@agent-status-{name}": value for name, value in options.items()}
        found, problems = parse_options(raw)
        assert not problems
        self.feature.take_options(found)

    def look(self, *sightings: Sighting, at: float) -> BoundsFacet | None:
        """Let the plug-in see these agents; return what it says about the last one."""
        self.now = at
        self.feature.enrich(sightings, at)
        return self.feature.find_facet(sightings[-1], at)


def words(facet: BoundsFacet | None) -> str:
    """Return what stands in the row."""
    return facet.words if facet else ""


def test_change_outside_of_the_boundary_is_named() -> None:
    """From what git found and from what the session file says, each file once; in any state."""
    changes = Changes(root=ROOT, touched=("db/x.sql", "src/api/a.py"), base="b", tree="t")
    calls = (write(f"{ROOT}/db/x.sql", "README.md"), write("x.py", folder=f"{ROOT}/src/api"))
    clock = Clock()

    facet = clock.look(see(State.IDLE, changes=changes, calls=calls), at=12.0)
    assert facet
    assert "outside db/x.sql and 1 more" == facet.words
    facet = Clock().look(see(changes=changes, calls=calls), at=12.0)
    assert facet
    assert ("outside db/x.sql and 1 more", "outside") == (facet.words, facet.news)
    assert (
        "outside of its boundary: only src/api/**; never *.sql",
        "  db/x.sql",
        "  README.md",
    ) == facet.lines


def test_write_outside_of_the_checkout_is_outside_of_what_only_names() -> None:
    """With `never` alone it isn't: no glob of it can name such a file."""
    call = (write("/etc/hosts"),)
    never = Triage(note="x", bounds=Bounds(never=("*.sql",)))

    assert "outside /etc/hosts" == words(Clock().look(see(calls=call), at=12.0))
    assert "" == words(Clock().look(see(calls=call, triage=never), at=12.0))


def test_old_note_bounds_nothing() -> None:
    """Nor does an agent without a boundary."""
    changes = Changes(root=ROOT, touched=("db/x.sql",), base="b", tree="t")

    for triage in (replace(NOTED, note_is_old=True), Triage(note="x"), Triage()):
        assert "" == words(Clock().look(see(changes=changes, triage=triage), at=12.0))


@pytest.mark.parametrize(
    ("path", "folder", "wanted"),
    [
        ("a.py", f"{ROOT}/src", "src/a.py"),
        (f"{ROOT}/src/../a.py", "/", "a.py"),
        ("../../x", ROOT, "/x"),
        ("~/x", ROOT, "~/x"),
        (f"{ROOT}-other/x", ROOT, f"{ROOT}-other/x"),
    ],
)
def test_paths_of_calls_are_placed_in_the_checkout(path: str, folder: str, wanted: str) -> None:
    """Relative ones are below the call's folder."""
    assert wanted == find_place(path, folder, ROOT)


@pytest.mark.parametrize(
    ("calls", "wanted"),
    [
        ((run("npm test", 1),) * 3, "failed 3 times: npm test"),
        ((run("npm test", 1),) * 2, ""),
        ((run("npm test", 1), run(" npm test\n", 2), run("npm test", 1)), "failed 3 times"),
        ((*(run("npm test", 1),) * 3, run("npm test", 0)), ""),
        ((*(run("npm test", 1),) * 2, run("npm test", 0), run("npm test", 1)), ""),
        ((*(run("npm test", 1),) * 2, run("npm test", None, ended=None)), ""),
        ((run("npm test", None),) * 3, ""),
        ((run("npm test", 1, at=-60.0),) * 3, ""),
        ((replace(run("x", None), failed=True),) * 4, "failed 4 times: x"),
        ((run("one", 1), run("two", 1), run("one", 1), run("two", 1), run("one", 1)), "3 times: o"),
    ],
)
def test_loop_on_one_failure_is_marked(calls: tuple[ToolCall, ...], wanted: str) -> None:
    """The same command, three times in this turn, and no success since."""
    found = words(Clock().look(see(calls=calls), at=12.0))

    assert wanted in found
    assert bool(wanted) is bool(found)


@pytest.mark.parametrize(
    ("context", "wanted"), [("92%", "context 92%"), ("90%", "context 90%"), ("89%", ""), ("9k", "")]
)
def test_nearly_full_context_is_marked(context: str, wanted: str) -> None:
    """As far as it is known in percent, while the agent works."""
    assert wanted == words(Clock().look(see(context=context), at=2.0))
    assert "" == words(Clock().look(see(State.IDLE, context=context), at=2.0))


def test_long_turn_is_marked_if_the_user_set_a_length() -> None:
    """The time that it waited for the user doesn't count."""
    clock = Clock(**{"turn-minutes": "2"})

    assert "" == words(clock.look(see(State.IDLE), at=1.0))
    assert "" == words(clock.look(see(), at=10.0))
    assert "" == words(clock.look(see(State.APPROVAL), at=70.0))
    assert "" == words(clock.look(see(), at=1000.0))
    assert "turn over 2m" == words(clock.look(see(), at=1070.0))
    assert "" == words(clock.look(see(State.IDLE), at=1071.0))
    assert "" == words(Clock().look(see(), at=90_000.0))


def test_turn_of_many_lines_is_marked_if_the_user_set_a_number() -> None:
    """Those that were there when it began don't count."""
    clock = Clock(**{"turn-lines": "100"})
    before = Changes(root=ROOT, added=90, removed=10, base="b", tree="t")

    assert "" == words(clock.look(see(State.IDLE, changes=before), at=1.0))
    assert "" == words(clock.look(see(changes=before), at=2.0))
    assert "" == words(clock.look(see(changes=replace(before, added=190)), at=3.0))
    more = replace(before, added=191)
    assert "turn over 100 lines" == words(clock.look(see(changes=more), at=4.0))
    reviewed = Changes(root=ROOT, added=5, base="c", tree="t")
    assert "" == words(clock.look(see(changes=reviewed), at=5.0))


def test_marks_go_when_the_user_acknowledges_them() -> None:
    """Until there is another one."""
    clock = Clock()
    calls = (run("npm test", 1),) * 3
    clock.look(see(calls=calls, context="95%"), at=12.0)

    clock.feature.acknowledge(PaneId("%1"), 30.0)
    assert "" == words(clock.look(see(calls=calls, context="95%"), at=40.0))
    again = (*calls, *(run("npm test", 1, at=50.0, ended=51.0),) * 3)
    facet = clock.look(see(calls=again, context="96%"), at=52.0)
    assert "failed 3 times: npm test" == words(facet)


def test_new_agent_in_a_busy_checkout_is_told() -> None:
    """Once it has come, and until the user has been there; not at the daemon's own start."""
    one = see(pane="%1", changes=Changes(root=ROOT, tree="t", shared=(PaneId("%2"),)))
    two = see(State.IDLE, "%2", Changes(root=ROOT, tree="t", shared=(PaneId("%1"),)))
    clock = Clock()

    assert "" == words(clock.look(two, one, at=1.0))
    clock = Clock()
    clock.look(one, at=1.0)
    assert "" == words(clock.look(one, replace(two, changes=Changes()), at=2.0))
    facet = clock.look(one, two, at=3.0)
    assert facet
    shares = "shares checkout with claude work:0.1"
    assert (shares, "", 0.0) == (facet.words, facet.news, facet.urgency)
    clock.feature.record_visit(PaneId("%2"), 4.0)
    assert "" == words(clock.look(one, two, at=5.0))


def test_new_agent_beside_idle_ones_is_no_news() -> None:
    """The checkout isn't busy."""
    shared = Changes(root=ROOT, tree="t", shared=(PaneId("%1"),))
    clock = Clock()
    clock.look(see(State.IDLE), at=1.0)

    assert "" == words(clock.look(see(State.IDLE), see(pane="%2", changes=shared), at=2.0))


def test_marks_raise_an_agent_above_its_equals_alone() -> None:
    """Above those that work, and below those that have finished; the words say why."""
    marked = Clock().look(see(context="95%"), at=2.0)
    assert marked
    working = replace(see(), facets=(marked,))
    other = see(pane="%2")
    finished = see(State.FINISHED, pane="%3")

    order = [one.pane.id for one in rank((other, working, finished), 2.0)]
    assert ["%3", "%1", "%2"] == order
    assert "working · context 95% · 1s" == weigh_attention(working, 2.0).words


def test_unchanged_agent_keeps_its_facet() -> None:
    """The same object: nothing is drawn or written again."""
    clock = Clock()
    sighting = see(context="95%")

    facet = clock.look(sighting, at=2.0)
    assert facet
    assert facet is clock.look(sighting, at=3.0)


def test_hostile_names_and_commands_are_inert() -> None:
    """A file's name is shown as a name, a command on one line."""
    changes = Changes(root=ROOT, touched=("\x1b[2J#(rm)\n",), base="b", tree="t")

    assert "outside \\x1b[2J#(rm)\\n" == words(Clock().look(see(changes=changes), at=2.0))


def test_options_off_are_no_limit() -> None:
    """As they are by default."""
    assert (float("inf"), float("inf")) == (Options().turn_minutes, Options().turn_lines)


def test_changes_of_a_real_checkout_are_held_against_the_boundary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that git has never seen is outside as soon as the review has found it."""
    isolate(monkeypatch, tmp_path)
    work = make_repository(tmp_path / "work", a_py="one\n")
    desk = Desk(tmp_path / "state")
    desk.put("%1", work, State.IDLE)
    desk.settle()
    desk.put("%1", work, State.WORKING)
    (work / "db").mkdir()
    (work / "db" / "x.sql").write_text("drop\n")
    desk.put("%1", work, State.FINISHED)
    desk.until(lambda: desk.changes().files)

    noted = replace(desk.told["%1"], triage=Triage(note="x", bounds=Bounds(only=("*.py",))))
    assert "outside db/x.sql" == words(Clock().look(noted, at=desk.now))


def test_marks_notify_once_if_the_user_asks() -> None:
    """Another mark is news, more files outside are none; a shared checkout never is."""
    wanted = frozenset({"too-far"})
    keys = []
    for touched, context in ((("a.sql",), ""), (("a.sql", "b.sql"), ""), (("a.sql",), "95%")):
        changes = Changes(root=ROOT, touched=touched, base="b", tree="t")
        sighting = see(changes=changes, context=context)
        facet = Clock().look(sighting, at=2.0)
        assert facet
        marked = replace(sighting, facets=(facet,))
        (topic,) = find_notable([marked], wanted)
        assert () == find_notable([marked], frozenset({"dangerous"}))
        keys.append(make_key(topic))

    assert [True, False] == [keys[0] == keys[1], keys[1] == keys[2]]
    shares = BoundsFacet(words="shares checkout with x", marks=("shares",))
    assert () == find_notable([replace(see(), facets=(shares,))], wanted)


def test_interrupt_is_named_first_beside_a_mark() -> None:
    """Behind the jump alone."""
    view = make_view()
    working = next(entry for entry in view.entries if entry.works)
    facets = {"bounds": ReportedFacet("context 95%", (), "context")}
    entries = tuple(
        replace(entry, facets=facets) if entry is working else entry for entry in view.entries
    )
    marked = replace(view, entries=entries, selected=working.ref)

    assert ["jump", "interrupt"] == [hint.word for hint in find_hints(marked)[:2]]
    assert "interrupt" not in {hint.word for hint in find_hints(select(view, working.ref))[:2]}
