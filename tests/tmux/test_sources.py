"""A source of agents: the daemon of a tmux server here, and the literal one that stands for any."""

from collections.abc import Iterator

import pytest

from agent_status.actions.local import LocalActions
from agent_status.errors import DaemonGoneError, RefusedError
from agent_status.model.ref import AgentRef, make_ref
from agent_status.protocol.messages import Acknowledge, Done, List, Ping, ShowScreen, Watch
from agent_status.protocol.rows import Report
from agent_status.sources.literal import LiteralSource
from agent_status.sources.local import LocalSource
from agent_status.sources.source import Health
from tests.support.tmux_lab import Lab, open_lab, run_daemon, wait_for
from tests.support.word_tracker import WordTracker


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private tmux server with one pane.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start()
        yield lab


def test_local_source_reports_and_inspects_what_the_daemon_sees(lab: Lab) -> None:
    """
    Requests share a connection; one that is refused costs only that.
    """
    lab.tmux("set-option", "-p", "-t", "%0", "@agent-status-agent", "word")
    lab.tmux("send-keys", "-t", "%0", "-l", "working\n")
    source = LocalSource(lab.inner, LocalActions)
    with run_daemon(lab, WordTracker):
        wait_for(lambda: lab.ask("ping"))
        (row,) = wait_for(lambda: source.poll(0.0).agents)

        assert make_ref("%0") == row.ref
        assert "word" == source.inspect(row.ref).kind
        assert source.inspect(make_ref("%99")).gone
        with pytest.raises(RefusedError, match="no pane %99"):
            source.ask(ShowScreen(make_ref("%99")))
        assert Health() == source.health()
        assert row.ref == next(source.watch()).agents[0].ref
        source.close()
        assert source.ask(Ping()).pid

    source.close()


def test_daemon_refuses_a_reference_to_another_host(lab: Lab) -> None:
    """
    Its pane of the same name is another one.
    """
    source = LocalSource(lab.inner, LocalActions)
    with run_daemon(lab, WordTracker):
        wait_for(lambda: lab.ask("ping"))
        for request in (source.inspect, lambda ref: source.ask(Acknowledge(ref))):
            with pytest.raises(RefusedError, match="knows no host studio"):
                request(AgentRef("studio", "", make_ref("%0").pane))
    source.close()


def test_source_says_that_its_daemon_is_gone(lab: Lab) -> None:
    """
    Until it answers again.
    """
    source = LocalSource(lab.inner, LocalActions)

    with pytest.raises(DaemonGoneError):
        source.poll(0.0)

    assert not source.health().is_up
    assert "daemon start" in source.health().words
    with run_daemon(lab, WordTracker):
        wait_for(lambda: lab.ask("ping"))
        source.poll(0.0)
        assert source.health().is_up
    source.close()


def test_literal_source_answers_what_it_was_given() -> None:
    """
    Anything else is a daemon that is not there.
    """
    report = Report(socket="/s")
    source = LiteralSource({List: report, Watch: report, Acknowledge: Done()})

    assert report == source.poll(0.0) == next(source.watch())
    assert Done() == source.ask(Acknowledge(make_ref("%1")))
    with pytest.raises(DaemonGoneError):
        source.inspect(make_ref("%1"))
    with pytest.raises(DaemonGoneError):
        source.open_actions(make_ref("%1"))
