"""The labels and the inferred states of one recording, side by side."""

from collections.abc import Iterator

from agent_status.model.plain import clean_text
from agent_status.recordings.accuracy.claims import NEED_OF, NEEDS, Claim
from agent_status.recordings.accuracy.score import BEFORE, NOTABLE_S, Stretch, is_named
from agent_status.recordings.accuracy.table import render_mistake
from agent_status.recordings.accuracy.trial import Trial


def render_comparison(trial: Trial) -> str:
    """Yield both timelines side by side, one line per change, with mistakes marked."""
    lines = [f"{'seconds':>9}  {'label':13}{'we say':11}rule", *_iterate_lines(trial)]
    if not trial.claims:
        lines.append("\nno label yet: agent-status label FILE SECONDS LABEL")
    elif trial.mistakes:
        lines += ["\nwrong:", *(clean_text(render_mistake(one)) for one in trial.mistakes)]
    else:
        lines.append("\nas labelled")
    return "\n".join(lines) + "\n"


def _iterate_lines(trial: Trial) -> Iterator[str]:
    begins = {claim.label.start: claim for claim in trial.claims}
    changes = {change.at: change for change in trial.changes}
    marks = {
        (one.claim.label.start, one.predicted.at): mark
        for one in trial.score.stretches
        if one.seconds >= NOTABLE_S and (mark := _find_mark(one))
    }
    claim: Claim | None = None
    change = BEFORE
    for at in sorted({*begins, *changes}):
        claim, change = begins.get(at, claim), changes.get(at, change)
        holds = claim is not None and at < claim.label.end
        name = claim.label.name if claim and holds else ""
        mark = marks.get((claim.label.start, change.at), "") if claim and holds else ""
        yield clean_text(
            f"{at:9.2f}  {name:13}{change.state.value:11}{change.rule:32}{mark}"
        ).rstrip()


def _find_mark(stretch: Stretch) -> str:
    """Return what is wrong outside the grace period; empty if nothing is."""
    if not stretch.is_right:
        return "<- wrong"
    need = stretch.claim.label.name in NEED_OF.values() and stretch.predicted_class == NEEDS
    return "<- another need" if need and not is_named(stretch) else ""
