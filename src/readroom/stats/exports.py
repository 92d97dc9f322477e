"""Files that other programs open: iMRMC, MRMCaov and RJafroc."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from readroom.stats.design import Cube
from readroom.stats.errors import BadTable
from readroom.stats.froc import FrocStudy
from readroom.stats.workbook import Cell, write_workbook

__all__ = ["to_imrmc", "to_mrmcaov", "to_rjafroc"]


TRUTH_ROWS = frozenset({"truth", "-1"})
"""Readers by which iMRMC knows a row that states the truth."""


def to_imrmc(cube: Cube, *, title: str = "readroom") -> str:
    """Write a study as an ``.imrmc`` file.

    Examples
    --------
    >>> Path("study.imrmc").write_text(to_imrmc(cube))

    Parameters
    ----------
    cube : Cube
        Ratings by modality, reader and case; missing ones are left out.
    title : str
        The first line of the file.

    Returns
    -------
    str
        Counts, ``BEGIN DATA:`` and one row ``reader,case,modality,score`` per truth and reading. Names have no white
        space (``Anna_B.``), because the program leaves it out.

    Raises
    ------
    MissingTruth, EmptyClass, BadTable
    """
    diseased = cube.is_diseased
    modalities, readers, cases = (_plain_names(names) for names in (cube.modalities, cube.readers, cube.cases))
    lines = [
        _headline(title),
        f"N0: {int((~diseased).sum())}",
        f"N1: {int(diseased.sum())}",
        f"NR: {len(cube.readers)}",
        f"NM: {len(cube.modalities)}",
        "",
        "BEGIN DATA:",
        *(f"truth,{case},truth,{int(truth)}" for case, truth in zip(cases.values(), diseased, strict=True)),
    ]
    lines += [f"{readers[r]},{cases[c]},{modalities[m]},{score:.17g}" for m, r, c, score in _readings(cube)]
    return "\n".join(lines) + "\n"


def _readings(cube: Cube) -> Iterator[tuple[str, str, str, float]]:
    for i, j, k in np.argwhere(cube.mask):
        yield cube.modalities[i], cube.readers[j], cube.cases[k], float(cube.ratings[i, j, k])


def _headline(title: str) -> str:
    """One line of the head; a colon after a word is how the program finds the counts and the beginning of the data."""
    return " ".join(title.replace(":", " ").split())


def _plain(name: str) -> str:
    """A name that cannot break a row: the program splits at commas and leaves out white space."""
    joined = "_".join(name.replace(",", " ").split())
    return f"{joined}_" if joined in TRUTH_ROWS else joined


def _plain_names(names: Sequence[str]) -> dict[str, str]:
    plain = {name: _plain(name) for name in names}
    if len(set(plain.values())) < len(plain):
        raise BadTable("Two names differ only in commas or spaces, which .imrmc files cannot hold; rename one.")
    return plain


R_SNIPPET = """\
# install.packages("MRMCaov")
library(MRMCaov)
study <- read.csv("{name}", stringsAsFactors = TRUE)
study$truth <- factor(study$truth)
result <- mrmc(
  empirical_auc(truth, rating), test = treatment, reader = reader, case = case, data = study, cov = {covariance}
)
summary(result)
"""


def to_mrmcaov(cube: Cube, *, name: str = "study.csv", covariance: str = "jackknife") -> tuple[str, str]:
    """Write a study as a table for the R package MRMCaov, with the lines of R that analyse it.

    Examples
    --------
    >>> table, script = to_mrmcaov(cube, name="study.csv")

    Parameters
    ----------
    cube : Cube
        Ratings by modality, reader and case; missing ones are left out.
    name : str
        What the table's file will be called.
    covariance : {"jackknife", "delong", "unbiased"}
        As in our own analysis.

    Returns
    -------
    table, script : str
        CSV with ``reader, treatment, case, truth, rating``, and R.

    Raises
    ------
    MissingTruth, EmptyClass
    """
    truth = {case: int(value) for case, value in zip(cube.cases, cube.is_diseased, strict=True)}
    rows = [
        f"{_quoted(reader)},{_quoted(modality)},{_quoted(case)},{truth[case]},{rating:.17g}"
        for modality, reader, case, rating in _readings(cube)
    ]
    method = {"delong": "DeLong"}.get(covariance, covariance)
    script = R_SNIPPET.format(name=name.replace("\\", "/").replace('"', ""), covariance=method)
    return "\n".join(["reader,treatment,case,truth,rating", *rows]) + "\n", script


def _quoted(text: str) -> str:
    escaped = " ".join(text.splitlines()).replace('"', '""')
    return f'"{escaped}"'


def to_rjafroc(study: FrocStudy | Cube) -> bytes:
    """Write a study as the Excel workbook that RJafroc reads.

    Examples
    --------
    >>> Path("study.xlsx").write_bytes(to_rjafroc(froc_study))

    Parameters
    ----------
    study : FrocStudy or Cube
        Marks and lesions; or ratings of every case by every reader.

    Returns
    -------
    bytes
        A workbook with the sheets TP, FP and TRUTH, a fully crossed design, and a sheet USED NAMES: RJafroc wants whole
        numbers for modalities, readers, cases and lesions, so all are numbered from 1 (healthy cases have lesion 0).
        It opens with ``DfReadDataFile(name, newExcelFileFormat = TRUE)``.

    Raises
    ------
    MissingTruth, EmptyClass, IncompleteDesign
    BadTable
        Marks that RJafroc does not open: none on a lesion, none beside one, or a reader or modality without any.
    """
    if isinstance(study, FrocStudy):
        _require_marks(study)
    tables = _froc_tables(study) if isinstance(study, FrocStudy) else _roc_tables(study)
    buffer = io.BytesIO()
    write_workbook(buffer, tables)
    return buffer.getvalue()


TP_HEAD: tuple[Cell, ...] = ("ReaderID", "ModalityID", "CaseID", "LesionID", "TP_Rating")
FP_HEAD: tuple[Cell, ...] = ("ReaderID", "ModalityID", "CaseID", "FP_Rating")
TRUTH_HEAD: tuple[Cell, ...] = ("CaseID", "LesionID", "Weight", "ReaderID", "ModalityID", "Paradigm")
LEGEND = "USED NAMES"
"""The sheet with our names; RJafroc sorts the sheets and wants its own three first."""

Tables = dict[str, list[tuple[Cell, ...]]]


def _require_marks(study: FrocStudy) -> None:
    """RJafroc learns readers and modalities from their marks, and cannot open an empty sheet."""
    study.require_complete("The RJafroc workbook")
    i, j, _ = np.nonzero(np.isfinite(study.lesion_rating))
    if not len(i) or not len(study.false_cell):
        raise BadTable("RJafroc opens no workbook without marks on lesions and marks elsewhere; analyse it here.")
    false_i, false_j = np.divmod(study.false_cell, len(study.readers))
    for names, marked in ((study.modalities, {*i, *false_i}), (study.readers, {*j, *false_j})):
        silent = [name for place, name in enumerate(names) if place not in marked]
        if silent:
            raise BadTable(f"{silent[0]!r} made no mark, and RJafroc would leave it out; analyse the study here.")


def _froc_tables(study: FrocStudy) -> Tables:
    number = _numbers_within_cases(study)
    marked = np.argwhere(np.isfinite(study.lesion_rating))
    hits: list[tuple[Cell, ...]] = [
        (int(j) + 1, int(i) + 1, int(study.lesion_case[k]) + 1, number[k], float(study.lesion_rating[i, j, k]))
        for i, j, k in marked
    ]
    readers = len(study.readers)
    false: list[tuple[Cell, ...]] = [
        (int(cell) % readers + 1, int(cell) // readers + 1, int(case) + 1, float(rating))
        for cell, case, rating in zip(study.false_cell, study.false_case, study.false_rating, strict=True)
    ]
    lesions: list[tuple[int, int, float]] = [
        (int(case) + 1, number[k], float(study.lesion_weight[k])) for k, case in enumerate(study.lesion_case)
    ]
    healthy = [(int(case) + 1, 0, 0.0) for case in np.flatnonzero(~study.is_diseased)]
    names = {"modality": study.modalities, "reader": study.readers, "case": study.cases, "lesion": study.lesions}
    return _tables(hits, false, sorted(healthy + lesions), names, paradigm="FROC")


def _numbers_within_cases(study: FrocStudy) -> list[int]:
    """1, 2, ... for the lesions of each case, in their order."""
    numbers = [0] * len(study.lesions)
    order = sorted(range(len(study.lesions)), key=lambda k: (study.lesion_case[k], k))
    for _, lesions in groupby(order, key=lambda k: study.lesion_case[k]):
        for number, lesion in enumerate(lesions, start=1):
            numbers[lesion] = number
    return numbers


def _roc_tables(cube: Cube) -> Tables:
    cube.require_complete("The RJafroc workbook")
    diseased = cube.is_diseased
    hits: list[tuple[Cell, ...]] = []
    false: list[tuple[Cell, ...]] = []
    for i, j, k in np.argwhere(cube.mask):
        start: tuple[Cell, ...] = (int(j) + 1, int(i) + 1, int(k) + 1)
        rating = float(cube.ratings[i, j, k])
        if diseased[k]:
            hits.append((*start, 1, rating))
        else:
            false.append((*start, rating))
    truth = [(k + 1, int(sick), float(sick)) for k, sick in enumerate(diseased)]
    names = {"modality": cube.modalities, "reader": cube.readers, "case": cube.cases}
    return _tables(hits, false, truth, names, paradigm="ROC")


def _tables(
    hits: list[tuple[Cell, ...]],
    false: list[tuple[Cell, ...]],
    truth: list[tuple[int, int, float]],
    names: Mapping[str, Sequence[str]],
    *,
    paradigm: str,
) -> Tables:
    readers, modalities = (", ".join(str(n + 1) for n in range(len(names[key]))) for key in ("reader", "modality"))
    kinds = [paradigm, "FCTRL", *[None] * (max(len(truth), 2) - 2)]
    rows: list[tuple[Cell, ...]] = [(*row, readers, modalities, kind) for row, kind in zip(truth, kinds, strict=True)]
    legend: list[tuple[Cell, ...]] = [
        (what, number, name) for what, labels in names.items() for number, name in enumerate(labels, start=1)
    ]
    return {
        "TP": [TP_HEAD, *hits],
        "FP": [FP_HEAD, *false],
        "TRUTH": [TRUTH_HEAD, *rows],
        LEGEND: [("what", "number", "name"), *legend],
    }
