"""The journal's tables: one migration step per version."""

APPLICATION = 0x61675374
"""Stands in the file's head, and tells a journal from anybody else's database."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE entries (
            id INTEGER PRIMARY KEY,
            at REAL NOT NULL,
            server TEXT NOT NULL,
            pane TEXT NOT NULL,
            place TEXT NOT NULL,
            agent TEXT NOT NULL,
            folder TEXT NOT NULL,
            kind TEXT NOT NULL,
            facts TEXT NOT NULL
        )
        """,
        "CREATE INDEX entries_at ON entries (at)",
        "CREATE INDEX entries_pane ON entries (pane, at)",
        "CREATE INDEX entries_server ON entries (server, at)",
        """
        CREATE TABLE notes (
            root TEXT NOT NULL,
            branch TEXT NOT NULL,
            folder TEXT NOT NULL,
            text TEXT NOT NULL,
            at REAL NOT NULL,
            PRIMARY KEY (root, branch, folder)
        )
        """,
    ),
    ("ALTER TABLE notes ADD COLUMN facts TEXT NOT NULL DEFAULT '{}'",),
)
"""The statements that lead from each version to the next; version 0 is an empty file."""

VERSION = len(MIGRATIONS)
COLUMNS = ("at", "server", "pane", "place", "agent", "folder", "kind", "facts")
"""The columns of an entry, as `entry.Entry` names them."""
