"""Values that stand for others: UIDs, pseudonyms, dates moved by a number of days, dummies."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import uuid
from datetime import datetime, timedelta

REGISTERED = "1.2.840.10008."
"""Root of the UIDs that the standard itself registers; they identify nobody."""
LONGEST_SHIFT = 3650
DUMMIES = {
    "DA": "19000101",
    "TM": "000000",
    "DT": "19000101000000",
    "PN": "Anonymous",
    "AS": "000Y",
    "IS": "0",
    "DS": "0",
    "UR": "urn:removed",
    "CS": "REMOVED",
    "AE": "REMOVED",
}
NUMBERS = frozenset({"US", "SS", "UL", "SL", "UV", "SV", "FL", "FD", "AT"})
BYTES = frozenset({"OB", "OW", "OD", "OF", "OL", "OV", "UN"})
DATE = re.compile(r"(\d{4})[.-]?(\d{2})[.-]?(\d{2})")


class Pseudonyms:
    """Replacements that follow from a secret: the same original always has the same one.

    Parameters
    ----------
    secret : str or bytes, optional
        The same secret gives the same replacements in another run; without one they are of this object alone.
    """

    def __init__(self, secret: str | bytes | None = None) -> None:
        if secret is not None and not secret:
            message = "an empty secret protects nobody; leave it out or choose one of 16 characters or more"
            raise ValueError(message)
        key = secrets.token_bytes(32) if secret is None else secret
        self._key = key.encode() if isinstance(key, str) else key

    def _digest(self, purpose: str, value: str) -> bytes:
        return hmac.new(self._key, f"{purpose}\0{value}".encode(), hashlib.sha256).digest()

    def uid(self, original: str) -> str:
        """Make a UID of the root for UUIDs (PS3.5 B.2)."""
        return f"2.25.{uuid.UUID(bytes=self._digest('uid', original)[:16], version=4).int}"

    def person(self, original: str) -> str:
        """Make a code for a person."""
        return f"P{self._digest('person', original).hex()[:12].upper()}"

    def days(self, person: str) -> int:
        """Choose by how many days the dates of a person move back."""
        return 1 + int.from_bytes(self._digest("days", person)[:8], "big") % LONGEST_SHIFT


def shift_date(value: str, days: int) -> str:
    """Move the date at the beginning of a DA or DT value back; a value without a whole date becomes empty."""
    match = DATE.match(value.strip())
    if match is None:
        return ""
    try:
        moved = datetime(int(match[1]), int(match[2]), int(match[3])) - timedelta(days=days)  # noqa: DTZ001 - a date
    except (ValueError, OverflowError):
        return ""
    return f"{moved.year:04d}{moved.month:02d}{moved.day:02d}{value.strip()[match.end() :]}"


def cap_age(value: str) -> str:
    """Ages above 89 years are so rare that they identify; they become 90."""
    digits = value.strip().rstrip("Yy")
    is_high = value.strip()[-1:].upper() == "Y" and digits.isdigit() and int(digits) > 89
    return "090Y" if is_high else value


def dummy_of(vr: str) -> str | int | bytes:
    """Give a value that says nothing, of a value representation."""
    if vr in BYTES:
        return b"\0\0"
    if vr in NUMBERS:
        return 0
    return DUMMIES.get(vr, "REMOVED")
