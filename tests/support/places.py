"""Where the tests' files are."""

from pathlib import Path

SUPPORT = Path(__file__).resolve().parent
TESTS = SUPPORT.parent
ROOT = TESTS.parent
RECORDINGS = TESTS / "recordings"
SCREEN_CASES = TESTS / "screen_cases"
CHOOSER_FRAMES = TESTS / "chooser_frames"
