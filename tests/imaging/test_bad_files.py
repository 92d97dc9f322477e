"""Files that are broken or made to break us end in one of our errors, with little work and memory, and touch nothing.

How many seconds that takes is measured by the bench of imaging; here statements are counted, so that nothing else that
the machine does decides the test.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.corpus.items import read_table
from tests.imaging.badfiles import make_bad_files

from readroom.imaging import errors

STATEMENTS, MEBIBYTES = 300_000, 256
CHILD = """
import json, resource, sys, tempfile
from pathlib import Path
from tests.imaging.counting import counted_statements
import readroom.imaging.importing, readroom.imaging.formats, SimpleITK, tifffile, pydicom, PIL.Image
used = int(Path('/proc/self/status').read_text().split('VmData:')[1].split()[0]) * 1024
resource.setrlimit(resource.RLIMIT_DATA, (used + int(sys.argv[2]) * 2**20,) * 2)
found = {}
for path in map(Path, json.loads(sys.stdin.read())):
    with tempfile.TemporaryDirectory(dir=sys.argv[1]) as folder:
        with counted_statements() as work:
            result = readroom.imaging.importing.import_files([path], destination=folder)
        found[path.name] = {
            "statements": work.statements,
            "images": len(result.images),
            "errors": sorted({file.error for file in result.files if file.error}),
            "outcomes": sorted({file.outcome for file in result.files}),
            "reasons": [file.reason for file in result.files if file.outcome == "refused"],
        }
print(json.dumps(found))
"""


def import_in_little_memory(paths, folder):
    """Import each file in a process that may take 256 MiB more than its libraries do."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), str(MEBIBYTES)],
        input=json.dumps([str(path) for path in paths]),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def check(name, seen):
    assert seen["statements"] < STATEMENTS, f"{name} took {seen['statements']:,} statements"
    assert all(issubclass(getattr(errors, error), errors.RefusedFile) for error in seen["errors"]), name
    assert all(reason.endswith(".") and len(reason) < 400 for reason in seen["reasons"]), f"{name}: {seen['reasons']}"
    if not seen["images"]:
        assert seen["errors"], f"{name} ends in no error class"


@pytest.mark.corpus
def test_every_bad_file_ends_as_the_table_says_with_little_work_and_memory(testdata, tmp_path):
    paths = sorted((testdata / "bad").iterdir())
    escapes = [Path("/tmp/zip-slip-evil.txt"), Path("/etc/zip-slip-absolute.txt")]
    found = import_in_little_memory(paths, tmp_path)
    table = read_table()
    for path in paths:
        seen = found[path.name]
        check(path.name, seen)
        rows = table[f"bad/{path.name}"]
        assert " ".join(seen["errors"]) == rows[0]["errors"], path.name
        assert seen["images"] == sum(row["image"] != "" for row in rows), path.name
    assert list(tmp_path.iterdir()) == []
    assert not [path for path in escapes if path.exists()]


def test_files_made_to_exhaust_or_escape_are_refused(tmp_path):
    folder, destination = tmp_path / "bad", tmp_path / "out"
    folder.mkdir()
    destination.mkdir()
    paths = make_bad_files(folder)
    found = import_in_little_memory(paths, destination)
    for path in paths:
        seen = found[path.name]
        check(path.name, seen)
        assert seen["images"] == 0 or path.name in {"bomb.mha", "bomb.nii.gz", "bomb.nrrd"}, path.name
    assert list(destination.iterdir()) == []
