"""What workers do: one message, one service call. Importing this package makes the messages known."""

from __future__ import annotations

from readroom.server.jobs import cleanup, imports

__all__ = ["cleanup", "imports"]
