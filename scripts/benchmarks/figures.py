"""What was measured: how long to measure, ratios between the figures, budgets, and the table."""

from collections.abc import Mapping
from dataclasses import dataclass

from .ways import Way

Figures = dict[str, float]
AGAINST = "_against"


@dataclass(frozen=True)
class Plan:
    """What every measurement has to know."""

    seconds: float
    """How long each load is measured."""
    rounds: int
    ways: tuple[Way, ...]

    settle_s: float = 6.0
    """How long to wait before a load is measured: byte rates are averaged over seconds."""


RATIOS = (
    ("calm_x_floor", "calm_percent", "floor_percent"),
    ("calm_capture_x_floor", "calm_capture_percent", "floor_percent"),
    ("working20_x_floor", "working20_percent", "floor_percent"),
    ("working20_capture_x_floor", "working20_capture_percent", "floor_percent"),
    ("working20_x_calm", "working20_percent", "calm_percent"),
    ("working20_x_capture", "working20_percent", "working20_capture_percent"),
    ("working100_x_working20", "working100_percent", "working20_percent"),
    ("working100_capture_x_working20", "working100_capture_percent", "working20_capture_percent"),
    ("naive_x_working20", "naive_percent", "working20_percent"),
    ("status_script_x_working20", "status_script_percent", "working20_percent"),
    ("badge_x_capture", "badge_p95_ms", "badge_capture_p95_ms"),
    ("popup_warm_x_choose_tree", "popup_warm_p50_ms", "choose_tree_ms"),
    ("popup_cold_x_python", "popup_cold_p95_ms", "python_ms"),
    ("event_x_python", "event_ms", "python_ms"),
    ("panes400_x_panes10", "panes400_percent", "panes10_percent"),
    ("busy100_x_busy0", "busy100_percent", "busy0_percent"),
)
"""Name, dividend and divisor."""
BUDGETS = {
    "calm_x_floor": 1.5,
    "working100_x_working20": 2.5,
    "badge_p95_ms": 120.0,
    "badge_capture_p95_ms": 400.0,
    "popup_warm_p95_ms": 120.0,
    "popup_cold_x_python": 6.0,
    "event_x_python": 1.3,
    "rss_mb": 60.0,
    "tap_flood_lines_tapped_growth_mb": 16.0,
    "tap_flood_text_tapped_growth_mb": 16.0,
}
"""What each may be at most. Machines differ, so most are ratios of one run."""


def find_ratios(figures: Mapping[str, float]) -> Figures:
    """Return the ratios whose figures were measured, each against another checkout's included."""
    others = [(name.replace(AGAINST, ""), name) for name in figures if AGAINST in name]
    pairs = [(f"{own}_x_against", own, name) for own, name in others]
    return {
        name: round(figures[one] / figures[other], 2)
        for name, one, other in (*RATIOS, *pairs)
        if one in figures and figures.get(other, 0.0) > 0
    }


def find_exceeded(figures: Mapping[str, float]) -> tuple[str, ...]:
    """Return the names of the figures over their budgets."""
    return tuple(name for name, most in BUDGETS.items() if figures.get(name, 0.0) > most)


def render_table(figures: Mapping[str, float], loads: Mapping[str, float]) -> str:
    """Return a Markdown table: each figure, its budget, and how busy the machine was."""
    rows = [
        f"| {name} | {value:g} | {_format(BUDGETS.get(name))} | {_format(loads.get(name))} |"
        for name, value in figures.items()
    ]
    head = "| figure | measured | budget | load average |"
    return "\n".join([head, "|---|---|---|---|", *rows])


def _format(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
