"""Settings of every run, and what its tests share."""

import os

import pytest
from hypothesis import HealthCheck, settings

from agent_status.agents.registry import Registry
from tests.support.install_lab import Checkout, share_clone
from tests.support.knowledge import KNOWLEDGE
from tests.support.places import TESTS

settings.register_profile(
    "gate", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("gate")
"""A slow machine fails nothing, and a run finds what every other does; scripts/fuzz finds more."""


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A clone with the pinned runtime environment, as on a new machine; one for all workers."""
    base = tmp_path_factory.getbasetemp()
    return share_clone((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "clone")


@pytest.fixture(scope="session")
def knowledge() -> Registry:
    """Return what the packaged rules know."""
    return KNOWLEDGE


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts a tmux, so that `pytest -m "not tmux"` is the quick half."""
    for item in items:
        if {TESTS / "tmux", TESTS / "install"} & set(item.path.parents):
            item.add_marker("tmux")
