"""The items of the folder of real images, and what an import makes of each, as rows of a table.

`python -m tests.corpus.items` writes `expectations.csv` again; read the difference before it is kept.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from readroom.imaging import ImportedImage, ImportResult, import_files

TABLE = Path(__file__).parent / "expectations.csv"
COLUMNS = (
    "item",
    "image",
    "first_file",
    "files",
    "shape",
    "dtype",
    "spacing",
    "origin",
    "findings",
    "voxels_sha256",
    "used",
    "ignored",
    "refused",
    "errors",
)
ONE_BY_ONE = ("bad",)
"""Folders whose files are imported one at a time."""
WHOLE = ("itk", "nrrd", "ophthalmic", "panimg", "photo", "volumes", "wsi")


def item_paths(testdata: Path) -> dict[str, Path]:
    """Name and path of every item: a folder of files that belong together, or one bad file."""
    items = {}
    for top in sorted(path for path in testdata.iterdir() if path.is_dir()):
        if top.name in ONE_BY_ONE or top.name not in WHOLE:
            for path in sorted(top.iterdir()):
                for leaf in _leaves(path):
                    items[leaf.relative_to(testdata).as_posix()] = leaf
        else:
            items[top.name] = top
    return items


def _leaves(path: Path) -> Iterator[Path]:
    """A folder of series that are items of their own, or the folder itself."""
    inner = [entry for entry in sorted(path.iterdir()) if entry.is_dir()] if path.name.endswith("-nih") else []
    yield from inner or [path]


def rows_of(item: str, result: ImportResult) -> list[dict[str, str]]:
    """One row per image, or one for an item without any."""
    count = Counter(file.outcome for file in result.files)
    common = {
        "item": item,
        **{outcome: str(count[outcome]) for outcome in ("used", "ignored", "refused")},
        "errors": " ".join(sorted({file.error for file in result.files if file.error})),
    }
    rows = [{**common, **image_cells(number, image)} for number, image in enumerate(result.images)]
    return [{column: row.get(column, "") for column in COLUMNS} for row in rows or [common]]


def image_cells(number: int, image: ImportedImage) -> dict[str, str]:
    header = image.header
    return {
        "image": str(number),
        "first_file": image.files[0],
        "files": str(len(image.files)),
        "shape": "x".join(str(size) for size in header.shape),
        "dtype": header.dtype.name,
        "spacing": " ".join(f"{value:.5g}" for value in header.geometry.spacing),
        "origin": " ".join(f"{value + 0.0:.5g}" for value in header.geometry.origin),
        "findings": " ".join(sorted({str(finding.kind) for finding in header.findings})),
        "voxels_sha256": (image.voxels_sha256 or "")[:16],
    }


def read_table() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["item"], []).append(row)
    return found


def write_table(testdata: Path) -> None:
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for item, path in item_paths(testdata).items():
            with tempfile.TemporaryDirectory() as folder:
                writer.writerows(rows_of(item, import_files([path], destination=folder)))


if __name__ == "__main__":
    from tests.conftest import SHARED

    sys.exit(write_table(SHARED / "testdata"))
