"""Mails to people: sent at once, and a mail server that is away spoils nothing."""

from __future__ import annotations

import logging

from django.core.mail import send_mail

logger = logging.getLogger(__name__)


def send(*, to: str, subject: str, text: str) -> bool:
    """Whether the mail was handed over; why not stands in the log, without the address."""
    try:
        send_mail(" ".join(subject.split()), text, None, [to])
    except OSError as error:
        logger.error("mail not sent: %s", type(error).__name__)  # noqa: TRY400 - the trace would show the address
        return False
    return True
