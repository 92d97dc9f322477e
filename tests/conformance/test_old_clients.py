from __future__ import annotations

import re
from pathlib import Path

import pytest

CASES = re.findall(r"^def (\w+)\(\):$", (Path(__file__).parent / "old_cases.py").read_text(), re.MULTILINE)


@pytest.mark.parametrize("version", ["0.12.0", "0.13.4"])
@pytest.mark.parametrize("case", CASES)
def test_clients_with_other_methods(drive, version, case):
    drive(version, case, script="old_cases.py")
