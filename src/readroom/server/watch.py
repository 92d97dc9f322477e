"""Whether a SQLite database has changed, told without a look into its tables."""

from __future__ import annotations

import sqlite3


class Watch:
    """A connection that only asks; it never waits for others."""

    def __init__(self, database: str) -> None:
        self.connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=0, isolation_level=None)

    def version(self) -> int | None:
        """A number that changes with every commit of any process; None where it cannot be told now."""
        try:
            number: int = self.connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:
            return None
        return number

    def close(self) -> None:
        self.connection.close()
