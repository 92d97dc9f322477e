"""Which answers were recorded a moment ago, and when their senders were told.

The same answer that was on its way by then is not a second one: its sender could not know of the first. A process knows
this of the requests that it works on itself.
"""

from __future__ import annotations

from collections import OrderedDict
from math import inf
from threading import Lock
from typing import Final
from uuid import UUID

KEPT: Final = 4096
_told: Final[OrderedDict[UUID, float]] = OrderedDict()
_lock: Final = Lock()


def begin(answer_id: UUID) -> None:
    """Keep in mind that an answer is being recorded, and that nobody was told of it."""
    with _lock:
        _told[answer_id] = inf
        while len(_told) > KEPT:
            _told.popitem(last=False)


def tell(answer_id: UUID, at: float) -> None:
    """Keep in mind when the first reply left that tells of an answer, in seconds."""
    with _lock:
        if _told.get(answer_id) == inf:
            _told[answer_id] = at


def was_untold(answer_id: UUID, at: float) -> bool:
    """Whether nobody could have known of an answer at a moment, as far as this process knows."""
    with _lock:
        return _told.get(answer_id, -inf) >= at
