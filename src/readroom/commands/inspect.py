"""`readroom inspect`: what would become of these files, as a table, a contact sheet or JSON."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from readroom.imaging import FindingKind, ImportedImage, ImportResult, import_files
from readroom.imaging.sheets import contact_sheet

app = typer.Typer(add_completion=False)
NOTHING_READ = 2
_NAMED = 3
_SHOWN = 30
_TINY = 0.01


def check_sheet(sheet: Path | None) -> Path | None:
    """Refuse a place for the sheet before the work, not after it."""
    if sheet is not None and not sheet.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {sheet.parent}; make it first.")
    if sheet is not None and sheet.is_dir():
        raise typer.BadParameter(f"{sheet} is a folder; name a file in it.")
    return sheet


@app.command()
def inspect(
    paths: Annotated[list[Path], typer.Argument(exists=True, help="Files, folders and zips, in any mix.")],
    sheet: Annotated[
        Path | None, typer.Option(callback=check_sheet, help="Write a contact sheet of all images to this PNG.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,  # noqa: FBT002 - typer's way
) -> None:
    """Show the images that files hold: geometry, findings, and what became of every file.

    Nothing is kept. The exit code is 2 when there is no image.

    Examples
    --------
        readroom inspect cases --sheet cases.png

        readroom inspect cases.zip --json
    """
    with tempfile.TemporaryDirectory(prefix="readroom-") as folder:
        result = import_files(paths, destination=folder)
        if as_json:
            typer.echo(json.dumps(describe(result), indent=2, allow_nan=False))
        else:
            print_tables(result, Console())
        if sheet is not None and result.images:
            sheet.write_bytes(contact_sheet(result.images))
    raise typer.Exit(0 if result.images else NOTHING_READ)


def describe(result: ImportResult) -> dict[str, Any]:
    """Put an import into JSON's types."""
    files = [{"path": file.name, "outcome": file.outcome, "reason": file.reason} for file in result.files]
    return {"images": [describe_image(image) for image in result.images], "files": files}


def describe_image(image: ImportedImage) -> dict[str, Any]:
    header = image.header
    geometry = header.geometry
    return {
        "name": header.name,
        "modality": header.modality,
        "shape": list(header.shape),
        "dtype": header.dtype.name,
        "color": str(header.color),
        "spacing": [float(value) for value in geometry.spacing],
        "origin": [float(value) for value in geometry.origin],
        "direction": [float(value) for value in np.array(geometry.directions).T.reshape(-1)],
        "findings": [
            {"kind": str(finding.kind), "message": finding.message, "frames": list(finding.frames)}
            for finding in header.findings
        ],
        "is_slide": image.slide is not None,
        "voxels_sha256": image.voxels_sha256,
        "files": list(image.files),
    }


def print_tables(result: ImportResult, console: Console) -> None:
    images = Table("name", "modality", "shape", "values", "spacing", "findings", "files", title="Images")
    for column in images.columns:
        column.overflow = "fold"
    for image in result.images:
        images.add_row(*(_plain(text) for text in _cells(image)))
    if result.images:
        console.print(images)
    print_findings(result, console)
    used = sum(file.outcome == "used" for file in result.files)
    others = [file for file in result.files if file.outcome != "used" or file.reason]
    console.print(f"{used} of {len(result.files)} files used.")
    if others:
        files = Table("file", "outcome", "reason", title="Files with a remark")
        for file in others[:_SHOWN]:
            files.add_row(_plain(file.name), file.outcome, _plain(file.reason))
        console.print(files)
    if len(others) > _SHOWN:
        console.print(f"... and {len(others) - _SHOWN} more; --json lists them all.")


def print_findings(result: ImportResult, console: Console) -> None:
    """Each sentence once, with the images it is about: a folder of one kind says the same of every image."""
    about: dict[str, list[str]] = {}
    for image in result.images:
        for finding in image.header.findings:
            about.setdefault(f"{finding.kind}: {finding.message}", []).append(image.header.name)
    if not about:
        return
    findings = Table("finding", "images", title="Findings")
    for sentence, names in about.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        findings.add_row(_plain(sentence), _plain(", ".join(names[:_NAMED])) + more)
    console.print(findings)


def _plain(text: str) -> str:
    """Text from a file, without markup and without a terminal's control characters."""
    return escape("".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text))


def _cells(image: ImportedImage) -> tuple[str, ...]:
    header = image.header
    is_flat = len(header.shape) == len(header.frame_shape)
    spacing = _say_spacing(header.geometry.spacing[: 2 if is_flat else 3])
    if any(finding.kind is FindingKind.UNCALIBRATED_SPACING for finding in header.findings):
        spacing = "unknown"
    findings = "\n".join(dict.fromkeys(str(finding.kind) for finding in header.findings))
    shape = "x".join(str(size) for size in header.shape)
    return header.name, header.modality, shape, header.dtype.name, spacing, findings, str(len(image.files))


def _say_spacing(millimetres: Sequence[float]) -> str:
    """Short, in micrometres for a microscope; `--json` has all digits."""
    is_tiny = max(millimetres) < _TINY
    sizes = "x".join(f"{value * (1000 if is_tiny else 1):.3g}" for value in millimetres)
    return f"{sizes} {'µm' if is_tiny else 'mm'}"
