"""Where the shared folders stand, and what their absence means."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("READROOM_SHARED", ROOT.parent / "shared"))


def shared_folder(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        message = f"{folder} is absent; set READROOM_SHARED to the folder that holds {name}/"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def testdata() -> Path:
    """The folder of real medical images and bad files."""
    return shared_folder("testdata")


@pytest.fixture(scope="session")
def statistics_reference() -> Path:
    """The folder of published statistical data sets and their reference values."""
    return shared_folder("statistics")
