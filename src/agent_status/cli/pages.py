"""The topic pages of the package: `agent-status help TOPIC` shows them, README links to them."""

from importlib.resources import files

FOLDER = files("agent_status") / "help"


def list_topics() -> list[str]:
    """Return the names of the pages, in alphabetical order."""
    return sorted(page.name.removesuffix(".md") for page in FOLDER.iterdir())


def read_topic(topic: str) -> str:
    """Return the Markdown text of a page; the topic must be one of `list_topics`."""
    return (FOLDER / f"{topic}.md").read_text("utf-8")


def find_summary(page: str) -> str:
    """Return the sentence below a page's title, which stands on one line. Pure."""
    return page.split("\n")[2]
