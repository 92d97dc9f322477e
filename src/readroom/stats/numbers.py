"""Numbers as they come from a caller: an array of finite ones, NaN where missing, or a refusal by name."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from readroom.stats.errors import NotANumber

Floats = npt.NDArray[np.float64]


def as_numbers(values: npt.ArrayLike, name: str) -> Floats:
    """An array of float; text, uneven rows and infinite values are refused with the name that the caller knows."""
    try:
        numbers = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise NotANumber(f"The {name} are not all numbers ({error}); give numbers, NaN where missing.") from error
    if np.isinf(numbers).any():
        raise NotANumber(f"The {name} hold an infinite value; give finite numbers, NaN where missing.")
    return numbers
