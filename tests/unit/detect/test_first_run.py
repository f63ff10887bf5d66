"""First-run dialogs of Claude Code without numbers, as 2.1.332 drew them, and what they allow."""

from pathlib import Path

import pytest

from agent_status.features.risk.loader import parse_tables
from agent_status.features.risk.policy import grade_ask, make_working_dir
from agent_status.features.risk.table_files import read_risk_files
from agent_status.model import Ask, Grade, Option, Pick, State, Status
from agent_status.model.choice import UnclearError, find_option
from agent_status.recordings.replay import parse_command
from tests.support.knowledge import KNOWLEDGE
from tests.support.panes import open_blank_pane

NOWHERE = Path("/nonexistent")
STAKES = parse_tables(read_risk_files(NOWHERE).tables)[0]
RULE = "─" * 100
FOOT = "Enter to confirm · Esc to cancel"
API_KEY = f"""
{RULE}
  Detected a custom API key in your environment

  ANTHROPIC_API_KEY: sk-ant-...akefake-AAAAAAAAAAAA

  Do you want to use this API key?

    Yes
  ❯ No (recommended)

  {FOOT}"""
BYPASS = f"""
{RULE}
  WARNING: Claude Code running in Bypass Permissions mode

  In Bypass Permissions mode, Claude Code will not ask for your approval before running
  potentially dangerous commands.
  This mode should only be used in a sandboxed container/VM that has restricted internet access
  and can easily be restored if damaged.

  By proceeding, you accept all responsibility for actions taken while running in Bypass
  Permissions mode.

  https://code.claude.com/docs/en/security

  ❯ No, exit
    Yes, I accept

  {FOOT}"""
TRUST = f"""
{RULE}
 Accessing workspace:

 /home/me/demo

 Quick safety check: Is this a project you created or one you trust? (Like your own code, a
 well-known open source project, or work from your team). If not, take a moment to review what's in
 this folder first.

 Claude Code'll be able to read, edit, and execute files here.

 Security guide

 ❯ No, exit
   Yes, I trust this folder

 {FOOT}"""
AUTO = """Set up auto mode for your environment?

Claude Code reads some things first and makes better decisions then.

  How you use Claude here    ◂ Mixed ▸
❯ Also scan shell history    [ ]
  Also scan your other repos [ ]

  Continue

←/→ to change usage · Enter to continue · Esc to cancel"""
CASES = {"api key": API_KEY, "bypass": BYPASS, "trust": TRUST}


def look(screen: str) -> tuple[Status, Pick]:
    """
    What is said of Claude that shows this, and how its dialog takes an option.
    """
    watch = open_blank_pane(KNOWLEDGE, 100, 30)
    watch.processes = parse_command("claude")
    watch.feed(screen.replace("\n", "\r\n").encode())
    watch.look(0.0)
    found = watch.look(3.0)
    return found.status, found.keys.pick


def read_ask(screen: str) -> Ask:
    """
    What it asks.
    """
    ask = look(screen)[0].ask
    assert ask
    return ask


@pytest.mark.parametrize(
    ("name", "question", "yes", "no"),
    [
        ("api key", "Do you want to use this API key?", "Yes", "No (recommended)"),
        (
            "bypass",
            "WARNING: Claude Code running in Bypass Permissions mode",
            "Yes, I accept",
            "No, exit",
        ),
        (
            "trust",
            "Is this a project you created or one you trust?",
            "Yes, I trust this folder",
            "No, exit",
        ),
    ],
)
def test_a_dialog_without_numbers_is_read_with_its_mark(
    name: str, question: str, yes: str, no: str
) -> None:
    """
    Its options are moved to; y and n mean the one and the other, and a number its place.
    """
    status, pick = look(CASES[name])
    ask = read_ask(CASES[name])

    assert (State.SETUP, Pick.MOVE) == (status.state, pick)
    assert (question, {Option(yes, yes), Option(no, no, selected=True)}) == (
        ask.question,
        set(ask.options),
    )
    assert [yes, no] == [find_option(ask, choice).label for choice in "yn"]
    assert ask.options[0] == find_option(ask, "1")


def test_a_form_is_answered_in_the_pane() -> None:
    """
    What is no list of options takes no key of ours.
    """
    ask = read_ask(AUTO)

    with pytest.raises(UnclearError, match="can't read its options: answer in the pane"):
        find_option(ask, "y")


@pytest.mark.parametrize(
    ("screen", "wanted"),
    [
        (API_KEY, Grade.HARMLESS),
        (TRUST, Grade.HARMLESS),
        (BYPASS, Grade.DANGEROUS),
        (AUTO, Grade.DANGEROUS),
        (BYPASS.replace("No, exit", "1. No, exit").replace("Yes,", "2. Yes,"), Grade.DANGEROUS),
    ],
)  # fmt: skip
def test_what_ends_all_asking_is_dangerous(screen: str, wanted: Grade) -> None:
    """
    With numbers or without: whoever accepts it is not asked again.
    """
    status, _ = look(screen)
    risk = grade_ask(read_ask(screen), make_working_dir("/w", "/w", "/home/me"), STAKES)

    assert State.SETUP is status.state
    assert wanted is risk.grade
    assert (wanted is Grade.DANGEROUS) == (risk.reasons == ("allows it to run anything",))
