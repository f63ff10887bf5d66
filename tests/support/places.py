"""Where the tests' files are."""

from pathlib import Path

SUPPORT = Path(__file__).resolve().parent
TESTS = SUPPORT.parent
ROOT = TESTS.parent
RECORDINGS = TESTS / "recordings"
SCREEN_CASES = TESTS / "screen_cases"
CHOOSER_FRAMES = TESTS / "chooser_frames"


def list_folders() -> list[Path]:
    """Return the folders of recordings, one for each agent and version."""
    found = RECORDINGS.iterdir()
    return sorted(path for path in found if path.is_dir() and not path.name.startswith("_"))
