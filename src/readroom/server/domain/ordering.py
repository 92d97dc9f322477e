"""The order of display sets: numbers that editors give, and a shuffled order for each reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final
from uuid import UUID

from readroom.server.domain.errors import Invalid

STEP: Final = 10
HIGHEST_ORDER: Final = 2**31 - 1


def next_order(highest: int | None) -> int:
    """Return the next multiple of ten above the highest order in use."""
    return ((highest or 0) // STEP + 1) * STEP


def check_order(order: object) -> int:
    """Return the order that was asked for, 0 for `choose one`."""
    if isinstance(order, bool) or not isinstance(order, int):
        raise Invalid("A valid integer is required.", field="order")
    if not 0 <= order <= HIGHEST_ORDER:
        raise Invalid(f"The order must be from 0 to {HIGHEST_ORDER}.", field="order")
    return order


def shuffled(display_sets: Iterable[UUID], *, study: UUID, reader: int, round_number: int = 1) -> list[UUID]:
    """Return an order that depends on study, reader and round alone, not on the order of what is given."""
    prefix = f"{study}:{reader}:{round_number}:".encode()

    def key(display_set: UUID) -> bytes:
        return blake2b(prefix + display_set.bytes, digest_size=16).digest()

    return sorted(display_sets, key=key)


def extended(
    places: Sequence[UUID], display_sets: Iterable[UUID], *, study: UUID, reader: int, round_number: int = 1
) -> list[UUID]:
    """Keep the places that were given and add the newcomers, shuffled among themselves, at the end.

    What a reader has gone through never changes its order, whatever comes or goes.
    """
    present = set(display_sets)
    kept = [place for place in places if place in present]
    newcomers = present.difference(kept)
    return kept + shuffled(newcomers, study=study, reader=reader, round_number=round_number)
