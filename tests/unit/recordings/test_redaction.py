"""Secrets in pane text: found, masked, and as wide as they were."""

import pytest

from agent_status.recordings.redaction import Masker, Person, describe_found
from agent_status.terminal.width import measure

ADA = Person("ada", "/home/ada", "analytical")
HEX = "0123456789abcdef0123456789abcdef"


def width(text: str) -> int:
    """
    Return the columns that a text takes.
    """
    return sum(max(0, measure(char)) for char in text)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("export KEY=sk-ant-api03-AbCdEfGh1234567890-xyz", "sk-ant-api03-AbCdEfGh1234567890-xyz"),
        ("sk-proj-abcdefghijklmnop1234", "abcdefghijklmnop1234"),
        ("token ghp_abcdefghijklmnopqrstuvwxyz012345", "ghp_abcdefghijklmnopqrstuvwxyz012345"),
        ("github_pat_11ABCDEFG0abcdefghij_klmnop", "11ABCDEFG0abcdefghij_klmnop"),
        ("aws AKIAIOSFODNN7EXAMPLE here", "AKIAIOSFODNN7EXAMPLE"),
        ("xoxb-123456789012-abcdefABCDEF", "123456789012-abcdefABCDEF"),
        ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "SyA1234567890abcdefghijklmnopqrstuv"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJzdWIiOiIxIn0"),
        ("Authorization: Bearer abc123def456ghi", "abc123def456ghi"),
        ("postgres://ada:hunter2@db/app", "hunter2"),
        ("https://x.test/cb?code=4f9a&access_token=abcd1234", "abcd1234"),
        ("DB_PASSWORD=hunter2", "hunter2"),
        ('"password": "hunter two"', "hunter"),
        ("mysql --password hunter2", "hunter2"),
        (f"SESSION_COOKIE: {HEX}", HEX),
        (f"api_key = '{HEX}'", HEX),
        ("aB3dE6gH9jK2mN5pQ8sT1vW4yZ7aB3dE6gH9jK2mN", "jK2mN5pQ8sT1vW4yZ7"),
        ("write to ada.lovelace@example.org please", "lovelace"),
        ("edit /home/ada/engine/src/main.py", "ada"),
        ("~/.claude/projects/-home-ada-engine/x", "ada"),
        ("ada@analytical:~$ ls", "analytical"),
    ],
)
def test_a_secret_is_masked_and_nothing_moves(text: str, secret: str) -> None:
    """
    Whatever it is, it is gone, and the text is as long as before.
    """
    masked = Masker(ADA).mask(text)

    assert secret not in masked
    assert len(text) == len(masked)


@pytest.mark.parametrize(
    "text",
    [
        "❯ 1. Yes, and don't ask again for: git push --force origin main",
        "npm install vite@5.4.2 && npx tsc --noEmit",
        "commit 9f2c1e7a4b8d6035f1e2d3c4b5a697887766554433",
        "Press a key: Enter to select · Esc to cancel",
        "✻ Pondering… (12s · ↑ 1.2k tokens · esc to interrupt)",
        "src/agent_status/daemon/panes.py:120: error: Incompatible types in assignment",
        "git@github.com is not masked as a whole line",
        "tokens used: 12.3k of 200k",
        "Basic understanding of authentication",
        "────────────────────────────────────────────────────────────────────────",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """
    Rules must still match: commands, choices, counters and paths are left alone.
    """
    masked = Masker(ADA).mask(text)

    assert text.replace("git@github.com", "xxx@xxxxxx.xxx") == masked


def test_a_wrapped_secret_is_masked_in_both_rows() -> None:
    """
    A key that fills its row goes on in the next one, behind the frame.
    """
    rows = ("│ export KEY=sk-ant-api03-AbCdEfGh12 │", "│ 34567890-SecretTail9               │")

    masked = Masker(ADA).mask_rows(rows, len(rows[0]))

    assert "SecretTail9" not in "".join(masked)
    assert [len(row) for row in rows] == [len(row) for row in masked]
    assert all(row.startswith("│ ") and row.endswith(" │") for row in masked)


def test_a_row_below_a_secret_that_has_ended_stays() -> None:
    """
    Only what goes on is masked there: not a path below a path, nor a word below an address.
    """
    rows = (
        "cwd: /home/ada",
        "src/wc.py",
        "to ada@example.org",
        "v2.1 of it",
        "DB_PASSWORD=ab12",
        "wc.py",
    )

    masked = Masker(ADA).mask_rows(rows, 80)

    assert rows[1::2] == masked[1::2]


def test_styles_within_a_secret_stay_where_they_are() -> None:
    """
    A row with colours is masked by its text, and keeps its sequences.
    """
    row = "\x1b[1msk-ant-\x1b[31mapi03-AbCdEfGh1234567890\x1b[0m is it"

    masked = Masker().mask_rows((row,), 80)[0]

    assert "\x1b[1mxx-xxx-\x1b[31mxxxxx-xxxxxxxxxxxxxxxxxx\x1b[0m is it" == masked


def test_wide_signs_keep_their_columns() -> None:
    """
    A password in wide letters is masked by twice as many.
    """
    text = "password=秘密鍵鍵 ok"

    assert width(text) == width(Masker().mask(text))


def test_a_common_name_is_masked_only_where_it_names_a_person() -> None:
    """
    A user who is called as an agent does not blind the rules.
    """
    masker = Masker(Person("claude", "/home/claude"))

    assert "/home/xxxxxx/x by Claude Code claude" == masker.mask(
        "/home/claude/x by Claude Code claude"
    )


def test_masking_twice_is_masking_once() -> None:
    """
    The mask itself is no secret.
    """
    once = Masker(ADA).mask("DB_PASSWORD=hunter2 ada@example.org sk-ant-api03-AbCdEfGh1234567890")
    again = Masker(ADA)

    assert once == again.mask(once)
    assert {} == again.found


def test_what_was_masked_is_counted_once_each() -> None:
    """
    The same secret on many screens is one secret.
    """
    masker = Masker(ADA)
    for _ in range(3):
        masker.mask_rows(("DB_PASSWORD=hunter2", "mail a@b.de or c@d.de"), 80)

    assert "1 password, 2 e-mail addresses" == describe_found(masker.found)
    assert "nothing" == describe_found({})
