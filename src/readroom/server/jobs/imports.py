from __future__ import annotations

import os
import secrets
import socket
from uuid import UUID

from readroom.server.queue import RunImport, handles
from readroom.server.services import attachments, import_run


@handles(RunImport)
def run_import(message: RunImport) -> None:
    import_run.run_import(
        UUID(message.import_id), worker=worker_name(), attach=attachments.attach, refuse=attachments.refuse_import
    )


def worker_name() -> str:
    """Another name for every run, so that a lease tells two runs of one process apart."""
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"
