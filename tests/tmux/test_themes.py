"""Badges and summary in the status lines of others: themes, before us, after us and reloaded."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_status.daemon import control
from agent_status.install import plugin
from agent_status.tmux.client import Tmux, quote
from tests.support.tmux_lab import Lab, open_lab, wait_for
from tests.tmux.test_badges import draw_line
from tests.tmux.test_daemon import hint
from tests.tmux.test_doctor import examine

COMPOSED = r"""
set -g @hue_base "#112233"
set -g @hue_name "yellow"
set -g @tab_text " #{b:pane_current_path}:#W"
set -g @tab_start "#[fg=#{@hue_name},bg=#{@hue_base}]"
set -gF window-status-format "#{@tab_start} ##I #{@tab_text} #[fg=#{@hue_base},bg=default]]"
set -gF window-status-current-format "#[reverse] ##I #{@tab_text}#{?window_zoomed_flag, Z,} ]"
set -g @part_clock "#[fg=#{@hue_name}] %H:%M"
set -g status-right-length 100
set -g status-right "#{E:@part_clock}"
set -agF status-right "#[fg=#{@hue_name}] end"
"""
"""A theme whose formats are put together from options of its own, some of them at once."""
STEP_BY_STEP = r"""
run-shell 'sh $HERE/theme.sh'
#!/bin/sh
tmux set -g status-right ""
tmux set -ga status-right "#[fg=green] #(echo load | cut -c1-9)"
tmux set -gw window-status-format "#[fg=red]#I#[fg=cyan] #W#{?window_flags,#{window_flags},}"
tmux set -ga status-right "#[default] %H"
"""
"""A theme that is a program, which appends one part after the other."""
PROGRAMS = r"""
set -g status-interval 2
set -g status-left "#(echo left | tr a-z A-Z)"
set -g status-right "#(printf '%s' 'a|b' | sed 's/|/ /')"
set -g window-status-format "#(echo '#I #W' | tr ' ' ':')"
set -g window-status-current-format "#[bold]#(printf '%s' '(#I) #W')#[default]"
"""
"""A theme that leaves everything to programs, names of windows too."""
SEPARATED = r"""
set -g status-style bg=colour234
setw -g window-status-style fg=colour40
setw -g window-status-separator ""
set -g status-right "#[fg=colour235,bg=colour40] %R #[default]"
setw -g window-status-format "#[bg=red]>#[default,bg=red] #I #W #[bg=colour234]>#[default]"
setw -g window-status-current-format "#[bg=colour235]>#[default,fg=colour16] #I #W #[fg=colour40]>"
"""
"""A theme of tabs with separators, which begins and ends each with the status line's own style."""
LATER = r"""
run-shell -b 'sh $HERE/theme.sh'
#!/bin/sh
sleep 1
tmux set -g status-right-length 1000 \; set -g status-right "#{?client_prefix,P ,}| %R" \; \
  setw -g window-status-format " #{?window_bell_flag,!,}#I #W " \; \
  setw -g window-status-current-format " #I #W* " \; set -g @theme_runs "$$"
"""
"""A configuration that has its theme set by a job, a while after it was read."""
TWO_LINES = r"""
set -g status 2
set -g status-right "%R"
set -g status-format[1] "#[align=centre]#{P:#{?pane_active,#[reverse],}#{pane_index}#[default] }"
"""
"""A second status line, of panes."""
THEMES = {
    "composed": COMPOSED,
    "step by step": STEP_BY_STEP,
    "programs": PROGRAMS,
    "separated": SEPARATED,
    "later": LATER,
    "two lines": TWO_LINES,
}


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A server with an agent in a window that is not the current one.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start(width=160)
        lab.tmux("new-window", "-d", "-n", "agent", "exec cat")
        hint(lab, "%1", kind="claude")
        yield lab
        control.stop(lab.inner)


def source(lab: Lab, text: str) -> None:
    """
    Have tmux read a configuration.
    """
    folder = Path(lab.folder)
    lines, _, script = text.replace("$HERE", str(folder)).partition("#!/bin/sh\n")
    (folder / "theme.sh").write_text(script)
    (folder / "theme.conf").write_text(lines)
    lab.tmux("source-file", str(folder / "theme.conf"))


def is_shown(lab: Lab) -> bool:
    """
    Whether the badge stands in its window's tab, and the summary on the right.
    """
    lines = [line for line in lab.drawn().split("\n") if "◌1" in line]
    return any(re.search(r"agent.*◌.*◌1", line) for line in lines)


def reload(lab: Lab, theme: str, *, first: bool) -> None:
    """
    Do what reading the whole configuration does; `first` is whether the theme's line is above ours.
    """
    if first:
        source(lab, theme)
    plugin.load(Tmux(lab.inner), plugin.find_program())
    if not first:
        source(lab, theme)


@pytest.mark.parametrize("first", [True, False], ids=["above", "below"])
@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_shows_badge_and_summary(lab: Lab, theme: str, *, first: bool) -> None:
    """
    At the start and after a reload; without us everything is as the theme has it.
    """
    lab.attach(width=160)
    lab.spawn_daemon()
    for _ in range(2):
        lab.tmux("set-option", "-g", "@theme_runs", "")
        reload(lab, THEMES[theme], first=first)
        wait_for(lambda: theme != "later" or lab.tmux("show-options", "-gv", "@theme_runs").strip())
        wait_for(lambda: is_shown(lab))

    assert {} == {key: row for key, row in examine(lab).items() if key != "daemon"}
    lab.run("uninstall")
    assert "agent-status" not in lab.tmux("show-options", "-gv", "status-right")
    assert "agent-status" not in lab.tmux("show-options", "-gwv", "window-status-format")


def test_a_tab_keeps_its_style_behind_the_badge(lab: Lab) -> None:
    """
    Whatever the theme has set within its format, and within a condition.
    """
    source(
        lab,
        'setw -g window-status-format "#[bg=yellow]#{?window_index,#[bg=blue],} #I:#W end "\n'
        'setw -g window-status-current-format "#W"\n',
    )
    plugin.load(Tmux(lab.inner), plugin.find_program())
    lab.attach(width=160)
    lab.spawn_daemon()
    wait_for(lambda: is_shown(lab))

    line = draw_line(lab)
    text = "".join(character for character, _ in line)
    grounds = [ground for _, ground in line]
    badge, end = text.index("◌"), text.index(" end ")
    assert "40" == grounds[badge]
    assert {"44"} == set(grounds[end : end + 5])
    assert "agent ◌ end " in text


def test_a_status_line_of_the_user_s_own_is_told(lab: Lab) -> None:
    """
    Each placeholder with the line that it belongs in; then they show, and all is well.
    """
    tabs = "#{W:#I #W ,#I #W* }"
    lab.tmux("set-option", "-g", "status", "2")
    lab.tmux("set-option", "-g", "status-format[0]", "#S #[align=right]%H:%M")
    lab.tmux("set-option", "-g", "status-format[1]", tabs)
    plugin.load(Tmux(lab.inner), plugin.find_program())
    lab.spawn_daemon()

    wrong = examine(lab)

    window = "add #{@agent-status-window} to status-format[1], after the name"
    assert window == wrong["window-status-format"]["hint"]
    assert "add #{@agent-status-summary} to status-format[0]" == wrong["status-right"]["hint"]
    own = "#S #[align=right]#{@agent-status-summary} %H:%M"
    lab.tmux("set-option", "-g", "status-format[0]", own)
    tabs = tabs.replace("#W", "#W#{@agent-status-window}")
    lab.tmux("set-option", "-g", "status-format[1]", tabs)
    plugin.load(Tmux(lab.inner), plugin.find_program())
    assert {} == examine(lab)
    lab.attach(width=160)
    wait_for(lambda: "agent ◌" in lab.drawn() and "◌1" in lab.drawn())


def test_a_placeholder_that_nothing_draws_is_told(lab: Lab) -> None:
    """
    Such as one in the border of panes, which has no text.
    """
    lab.tmux("set-option", "-g", "pane-border-format", "#{@agent-status-pane}")
    lab.spawn_daemon()
    plugin.load(Tmux(lab.inner), plugin.find_program())

    assert "no line that tmux draws uses pane-border-format" == examine(lab)["formats"]["problem"]
    lab.tmux("set-option", "-g", "pane-border-status", "top")
    assert {} == examine(lab)


def test_no_status_line_is_told(lab: Lab) -> None:
    """
    With the option that brings it back.
    """
    plugin.load(Tmux(lab.inner), plugin.find_program())
    lab.spawn_daemon()
    lab.tmux("set-option", "-g", "status", "off")

    assert "set -g status on" == examine(lab)["status"]["hint"]


def test_what_is_overwritten_is_told(lab: Lab) -> None:
    """
    As long as it is, and differently once it is put back no more.
    """
    plugin.load(Tmux(lab.inner), plugin.find_program())
    lab.tmux("set-option", "-g", "status-right", "%H:%M")

    found = examine(lab)["status-right"]
    assert "the daemon restores the badge within seconds" in found["problem"]
    assert "add #{@agent-status-summary} to status-right yourself" in found["hint"]
    saved = lab.tmux("show-options", "-gv", "@agent-status-saved").rstrip("\n")
    saved = saved.replace('"repairs": []', '"repairs": [1, 2, 3, 4]')
    Tmux(lab.inner).feed(f"set-option -g @agent-status-saved {quote(saved)}\n")
    assert "3 times after the badge was restored" in examine(lab)["status-right"]["problem"]
