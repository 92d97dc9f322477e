"""From values to shades: which window shows an image well, and what a window makes of values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.source import Color, Frame, ImageHeader, Scale, Window

SAMPLES = 1 << 20
SAMPLES_PER_FRAME = 4096
DARK_AND_BRIGHT = (1.0, 99.0)
"""Percentiles that a window of no other origin turns black and white."""


def scale_of(header: ImageHeader, frame: int) -> Scale:
    """Return how the stored values of a frame become real ones."""
    return header.scales[frame] if len(header.scales) > 1 else header.scales[0]


def to_real(values: Frame, scale: Scale) -> NDArray[np.float32]:
    """Real values in single precision."""
    real: NDArray[np.float32] = values.astype(np.float32)
    if scale.slope != 1.0:
        real *= np.float32(scale.slope)
    if scale.intercept != 0.0:
        real += np.float32(scale.intercept)
    return real


def to_shades(real: NDArray[np.float32], window: Window, *, is_inverted: bool = False) -> NDArray[np.uint8]:
    """Map a window to 0..255 (DICOM PS3.3 C.11.2.1.3.2, LINEAR_EXACT); NaN becomes black.

    Parameters
    ----------
    real : array of float32
        Real values, any shape.
    window : Window
        What becomes black to white.
    is_inverted : bool
        Show low values bright.

    Returns
    -------
    array of uint8
    """
    shades = (real - np.float32(window.center)) * np.float32(255.0 / window.width) + np.float32(127.5)
    shades = np.clip(np.nan_to_num(shades, nan=0.0, posinf=255.0, neginf=0.0), 0.0, 255.0)
    if is_inverted:
        shades = 255.0 - shades
    whole: NDArray[np.uint8] = np.rint(shades).astype(np.uint8)
    return whole


class WindowSampler:
    """Finds a window for an image while its frames pass by, from about a million of its values.

    Parameters
    ----------
    header : ImageHeader
        A window recorded there is taken as it is.
    """

    def __init__(self, header: ImageHeader) -> None:
        self._header = header
        self._recorded = next((window for window in header.windows if _is_usable(window)), None)
        self._per_frame = min(SAMPLES_PER_FRAME, max(SAMPLES // max(header.frame_count, 1), 16))
        self._samples: list[NDArray[np.float32]] = []

    def add(self, number: int, values: Frame) -> None:
        """Take a sample of a frame."""
        if self._recorded is not None or self._header.color is not Color.GRAY:
            return
        stride = max(int((values.size / self._per_frame) ** 0.5), 1)
        some = values[stride // 2 :: stride, stride // 2 :: stride]
        self._samples.append(to_real(some if some.size else values, scale_of(self._header, number)).reshape(-1))

    def window(self) -> Window:
        """Return the window: recorded, or from percentiles, or the full range for colour."""
        if self._recorded is not None:
            return self._recorded
        if not self._samples:
            width = float(np.iinfo(self._header.dtype).max) if self._header.dtype.kind in "iu" else 1.0
            return Window(width / 2, width)
        samples = np.concatenate(self._samples)
        samples = samples[np.isfinite(samples)]
        if not samples.size:
            return Window(0.5, 1.0)
        dark, bright = (float(value) for value in np.percentile(samples, DARK_AND_BRIGHT))
        if bright <= dark:
            dark, bright = float(samples.min()), float(samples.max())
        return Window((dark + bright) / 2, bright - dark or 1.0)


def _is_usable(window: Window) -> bool:
    return bool(np.isfinite(window.center) and np.isfinite(window.width) and window.width > 0)
