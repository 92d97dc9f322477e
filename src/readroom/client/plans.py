"""From a folder to cases: one folder (or file) per case, sockets by name, or a table that says it all."""

from __future__ import annotations

import csv
import fnmatch
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from readroom.client.batches import CasePlan
from readroom.client.errors import ConfigurationError
from readroom.client.specs import SocketValueSpec

TABLE_NAMES = ("cases.csv", "cases.yaml", "cases.yml")
COMPANIONS = (".raw", ".zraw")
NO_IMAGES = frozenset(
    {".csv", ".docx", ".html", ".json", ".log", ".md", ".pdf", ".py", ".txt", ".xlsx", ".xml", ".yaml", ".yml"}
)
IGNORED_NAMES = frozenset({"Thumbs.db", "desktop.ini", "__MACOSX"})

KindOf = Callable[[str], str]
"""Socket slug -> its super kind: "Image", "File" or "Value"."""


@dataclass(frozen=True)
class SocketPattern:
    """Which entries of a case's folder go into which socket: a glob over their names, ``*`` for everything.

    Parameters
    ----------
    slug : str
        The socket.
    pattern : str
        Of names.
    takes_images : bool
        Leave files aside that are no images by their name, as notes and tables.
    """

    slug: str
    pattern: str = "*"
    takes_images: bool = True

    @classmethod
    def parse(cls, text: str) -> SocketPattern:
        """Read ``SLUG`` or ``PATTERN=SLUG``.

        Examples
        --------
        >>> SocketPattern.parse("t1*=mr-t1")
        SocketPattern(slug='mr-t1', pattern='t1*', takes_images=True)
        """
        pattern, _, slug = text.rpartition("=")
        return cls(slug, pattern or "*")


@dataclass(frozen=True)
class FolderPlan:
    """What a folder becomes.

    Parameters
    ----------
    cases : tuple of CasePlan
        In the order of their names, numbers by value.
    unused : tuple of Path
        Files and folders that no socket takes.
    """

    cases: tuple[CasePlan, ...]
    unused: tuple[Path, ...] = field(default=())


def plan_folder(folder: Path, sockets: Sequence[SocketPattern]) -> FolderPlan:
    """Find cases by the layout of a folder: each sub-folder is a case, each loose file too.

    Examples
    --------
    >>> plan_folder(Path("study"), [SocketPattern("ct-image")]).cases  # doctest: +SKIP

    Parameters
    ----------
    folder : Path
        Holds one entry per case.
    sockets : sequence of SocketPattern
        With one socket for everything, all files of a case are its one image; with patterns, each file or sub-folder
        of a case goes to the first socket whose pattern its name matches.

    Raises
    ------
    ConfigurationError
        When there is nothing in the folder.
    """
    cases: list[CasePlan] = []
    unused: list[Path] = []
    for entry in grouped(visible(folder)):
        values, left = values_of_case(entry, sockets)
        unused += left
        if values:
            cases.append(CasePlan(values, title=stem(entry[0])))
    if not cases:
        raise ConfigurationError(f"There are no cases in {folder}: it needs one folder or one file per case")
    return FolderPlan(tuple(cases), tuple(unused))


def values_of_case(entry: Sequence[Path], sockets: Sequence[SocketPattern]) -> tuple[list[SocketValueSpec], list[Path]]:
    """Values of one case, and what of it is not used."""
    is_whole = len(sockets) == 1 and sockets[0].pattern == "*"
    if is_whole or not entry[0].is_dir():
        taker = next((s for s in sockets if is_whole or fnmatch.fnmatch(entry[0].name, s.pattern)), None)
        files, left = taken(taker, entry)
        return ([SocketValueSpec(taker.slug, files=files)] if taker and files else []), left
    return matched(entry[0], sockets)


def taken(taker: SocketPattern | None, entry: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Files that a socket takes of some entries, and what is left of them."""
    if taker is None:
        return [], list(entry)
    kept: list[Path] = []
    left: list[Path] = []
    for path in (path for part in entry for path in files_below(part)):
        is_left = taker.takes_images and path.suffix.lower() in NO_IMAGES
        (left if is_left else kept).append(path)
    return (kept, left) if kept else ([], list(entry))


def matched(folder: Path, sockets: Sequence[SocketPattern]) -> tuple[list[SocketValueSpec], list[Path]]:
    found: dict[str, list[Path]] = {}
    unused: list[Path] = []
    for part in grouped(visible(folder)):
        taker = next((s for s in sockets if fnmatch.fnmatch(part[0].name, s.pattern)), None)
        files, left = taken(taker, part)
        unused += left
        if taker and files:
            found.setdefault(taker.slug, []).extend(files)
    return [SocketValueSpec(slug, files=files) for slug, files in found.items()], unused


def visible(folder: Path) -> list[Path]:
    """Entries of a folder in the order a person expects, hidden and system files left out."""
    if not folder.is_dir():
        raise ConfigurationError(f"There is no folder {folder}")
    entries = [
        entry for entry in folder.iterdir() if not entry.name.startswith(".") and entry.name not in IGNORED_NAMES
    ]
    return sorted(entries, key=lambda entry: natural_key(entry.name))


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sort key under which 2 comes before 10.

    Examples
    --------
    >>> sorted(["case10", "case2"], key=natural_key)
    ['case2', 'case10']
    """
    import re

    pieces = re.findall(r"\d+|\D+", name)
    return [(0, int(piece), "") if piece.isdecimal() else (1, 0, piece.strip().lower()) for piece in pieces]


def grouped(entries: Sequence[Path]) -> Iterator[list[Path]]:
    """Put a header and its data file together, everything else alone."""
    headers = {entry.stem: entry for entry in entries if entry.suffix.lower() == ".mhd"}
    for entry in entries:
        if entry.suffix.lower() in COMPANIONS and entry.stem in headers:
            continue
        companions = [other for other in entries if other.suffix.lower() in COMPANIONS and other.stem == entry.stem]
        yield [entry, *companions] if headers.get(entry.stem) == entry else [entry]


def files_below(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [file for entry in visible(path) for file in files_below(entry)] if path.is_dir() else []


def stem(path: Path) -> str:
    """Name of a case: without the ending of a file, ".nii.gz" whole."""
    return path.name.removesuffix(".gz").rpartition(".")[0] if path.is_file() and "." in path.name else path.name


def plan_table(path: Path, *, folder: Path, kind_of: KindOf) -> FolderPlan:
    """Read cases from a table: CSV with a column per socket, or YAML with a list of cases.

    Examples
    --------
    >>> plan_table(Path("cases.csv"), folder=Path("."), kind_of=lambda slug: "Image")  # doctest: +SKIP

    Parameters
    ----------
    path : Path
        ``.csv`` with the columns ``title``, ``order`` and one per socket, or ``.yaml`` with the same keys.
    folder : Path
        What relative paths in the table start from.
    kind_of : callable
        Socket slug -> "Image", "File" or "Value".

    Raises
    ------
    ConfigurationError
        With the line, when a row cannot be used.
    """
    if not path.is_file():
        raise ConfigurationError(f"There is no table {path}")
    rows = yaml_rows(path) if path.suffix.lower() in (".yaml", ".yml") else csv_rows(path)
    cases = [case_of_row(row, where=where, folder=folder, kind_of=kind_of) for where, row in rows]
    titles = [case.title for case in cases if case.title]
    if twice := sorted({title for title in titles if titles.count(title) > 1}):
        raise ConfigurationError(f"{path}: titles must be unique, {', '.join(twice[:5])} stand more than once")
    if not cases:
        raise ConfigurationError(f"{path} has no cases")
    return FolderPlan(tuple(cases))


def csv_rows(path: Path) -> list[tuple[str, dict[str, Any]]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        sample = file.read(8192)
        file.seek(0)
        delimiter = ";" if sample.split("\n", 1)[0].count(";") > sample.split("\n", 1)[0].count(",") else ","
        reader = csv.DictReader(file, delimiter=delimiter)
        return [(f"{path}, line {reader.line_num}", dict(row)) for row in reader if any(row.values())]


def yaml_rows(path: Path) -> list[tuple[str, dict[str, Any]]]:
    try:
        import yaml
    except ImportError as error:
        raise ConfigurationError(f"{path}: reading YAML needs PyYAML: pip install pyyaml, or use CSV") from error
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} is not YAML: {error}") from error
    cases = content.get("cases") if isinstance(content, Mapping) else content
    if not isinstance(cases, list) or not all(isinstance(case, Mapping) for case in cases):
        raise ConfigurationError(f"{path} must hold a list of cases, each with title, order and its sockets")
    return [(f"{path}, case {number}", dict(case)) for number, case in enumerate(cases, start=1)]


def case_of_row(row: Mapping[str, Any], *, where: str, folder: Path, kind_of: KindOf) -> CasePlan:
    """One case of a table; empty cells fill nothing."""
    title, order = str(row.get("title") or ""), row.get("order")
    cells = {slug: cell for slug, cell in row.items() if slug not in ("title", "order") and cell not in (None, "")}
    try:
        values = [spec_of_cell(slug, cell, folder=folder, kind=kind_of(slug)) for slug, cell in cells.items()]
        return CasePlan(values, title=title, order=None if order in (None, "") else int(order))
    except (ValueError, FileNotFoundError, LookupError) as error:
        raise ConfigurationError(f"{where}: {error}") from error


def spec_of_cell(slug: str, cell: Any, *, folder: Path, kind: str) -> SocketValueSpec:
    if kind == "Value":
        return SocketValueSpec(slug, value=value_of_cell(cell))
    if isinstance(cell, str) and cell.startswith(("http://", "https://")):
        return SocketValueSpec(slug, existing_image_api_url=cell)
    paths = [folder / part.strip() for part in (cell.split("|") if isinstance(cell, str) else cell)]
    files = [file for path in paths for file in files_below(path)]
    if not files:
        raise FileNotFoundError(f"there is nothing at {', '.join(map(str, paths))} for socket {slug!r}")
    return SocketValueSpec(slug, files=files)


def value_of_cell(cell: Any) -> Any:
    """A cell's value: JSON when it is JSON, else its text."""
    if not isinstance(cell, str):
        return cell
    try:
        return json.loads(cell)
    except ValueError:
        return cell
