"""Ratios, budgets and the table of the benchmark."""

from scripts.benchmarks.figures import find_exceeded, find_ratios, render_table


def test_ratios_are_of_figures_of_the_same_run() -> None:
    """
    A figure that was not measured, or is nothing, has none.
    """
    measured = {"calm_percent": 0.9, "floor_percent": 0.6, "working20_percent": 6.0}

    assert {"calm_x_floor": 1.5, "working20_x_floor": 10.0, "working20_x_calm": 6.67} == (
        find_ratios(measured)
    )
    assert {"working20_x_calm": 6.67} == find_ratios(measured | {"floor_percent": 0.0})


def test_another_checkout_is_compared_in_all_that_it_was_measured_in() -> None:
    """
    Below 1, this one is the cheaper.
    """
    measured = {"badge_p95_ms": 100.0, "badge_against_p95_ms": 400.0, "rss_against_mb": 50.0}

    assert {"badge_p95_ms_x_against": 0.25} == find_ratios(measured)
    assert {"badge_p95_ms_x_against": 0.25, "rss_mb_x_against": 1.2} == (
        find_ratios(measured | {"rss_mb": 60.0})
    )


def test_a_figure_over_its_budget_is_found() -> None:
    """
    At its budget it holds; what has no budget holds always.
    """
    assert () == find_exceeded({"calm_x_floor": 1.5, "badge_p95_ms": 120.0, "calm_percent": 90.0})
    assert ("calm_x_floor", "rss_mb") == find_exceeded({"rss_mb": 60.1, "calm_x_floor": 1.51})


def test_the_table_has_each_figure_with_its_budget_and_the_load_average() -> None:
    """
    Ratios have no load average of their own.
    """
    table = render_table({"calm_percent": 0.9, "calm_x_floor": 1.5}, {"calm_percent": 3.4})

    assert ["| calm_percent | 0.9 |  | 3.4 |", "| calm_x_floor | 1.5 | 1.5 |  |"] == (
        table.splitlines()[2:]
    )
