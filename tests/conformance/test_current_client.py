"""Every case with the newest client, and with the older ones that have the same methods."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CASES = re.findall(r"^def (\w+)\(\):$", (Path(__file__).parent / "cases.py").read_text(), re.MULTILINE)
SAME_METHODS = ("0.14.0", "0.15.1")


@pytest.mark.parametrize("case", CASES)
def test_the_newest_client(drive, case):
    drive("0.16.1", case)


@pytest.mark.parametrize("version", SAME_METHODS)
@pytest.mark.parametrize(
    "case",
    [
        "a_case_is_uploaded_processed_reused_and_renamed",
        "files_are_put_into_sockets_and_come_back",
        "images_are_listed_and_downloaded",
        "an_answer_is_given_once_and_locks_its_display_set",
        "archives_take_items",
    ],
)
def test_clients_with_the_same_methods(drive, version, case):
    drive(version, case)
