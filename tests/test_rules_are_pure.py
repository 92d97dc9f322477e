"""The rules' own tests pass where no framework, no database and no pixels are to be had."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "server" / "domain"
ABSENT = ("django", "ninja", "pydicom", "granian", "msgspec", "readroom.imaging", "readroom.stats")
PROGRAM = f"""
import sys
sys.modules.update(dict.fromkeys({ABSENT!r}))
import pytest
options = ["-q", "-p", "no:django", "-p", "no:cacheprovider", "-p", "no:xdist"]
sys.exit(pytest.main([*options, "--confcutdir", {str(FOLDER)!r}, {str(FOLDER)!r}]))
"""


def test_the_rules_are_tested_without_django():
    result = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=240)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-1000:]
    assert " passed" in result.stdout
