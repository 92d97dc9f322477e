from __future__ import annotations

from readroom.server.queue import Answer, CleanUp, handles
from readroom.server.services import attachments, cleanup, imports


@handles(CleanUp)
def clean_up(_message: CleanUp) -> None:
    cleanup.clean_up()


@handles(Answer)
def answer(_message: Answer) -> None:
    """That the message was taken is all that was asked."""


def revive() -> None:
    """Called by every worker now and then: imports whose worker died are done again or given up."""
    imports.revive_imports()
    for import_id in imports.hopeless_imports():
        imports.give_up(import_id, refuse=attachments.refuse_import)


def release_lost_messages() -> None:
    cleanup.release_lost_messages()
