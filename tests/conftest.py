"""Settings of every run, and what its tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from agent_status.agents.registry import Registry
from tests.support import share  # noqa: F401  registers the profiles
from tests.support.install_lab import Checkout, share_clone
from tests.support.knowledge import KNOWLEDGE
from tests.support.places import TESTS
from tests.support.tmux_lab import Lab, open_lab

WITH_TMUX = {TESTS / "tmux", TESTS / "install"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what the gate says."""
    parser.addoption("--all", action="store_true", help="try all examples and recordings")


def pytest_configure(config: pytest.Config) -> None:
    """Choose how much is tried, before modules of tests are imported."""
    settings.load_profile("all" if config.getoption("all") else "quick")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run all tests on all cores, unless `-n` says otherwise; one file is quicker on one."""
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    if everything and not is_worker and config.option.numprocesses is None:
        config.option.numprocesses = "logical"


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A clone with the pinned runtime environment, as on a new machine; one for all workers."""
    base = tmp_path_factory.getbasetemp()
    return share_clone((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "clone")


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """Return a private tmux server with tmux's own options, and one quiet pane."""
    with open_lab(monkeypatch.setenv) as lab:
        lab.start()
        yield lab


@pytest.fixture(scope="session")
def registry() -> Registry:
    """Return what the packaged rules know."""
    return KNOWLEDGE


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no module of the other half for `pytest -m "not tmux"`."""
    asked = config.getoption("markexpr") == "not tmux"
    return True if asked and collection_path in WITH_TMUX else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts a tmux, so that `pytest -m "not tmux"` is the quick half."""
    for item in items:
        if WITH_TMUX & set(item.path.parents):
            item.add_marker("tmux")
