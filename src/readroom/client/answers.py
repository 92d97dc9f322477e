"""Answers as a person reads them: one table with texts instead of ids, and masks as files."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from readroom.client import models
from readroom.client.connection import Connection
from readroom.client.downloads import Images
from readroom.client.resources import ReaderStudies, StudyAnswers, Syntheses

COLUMNS = (
    "reader",
    "display_set",
    "display_set_title",
    "order",
    "question",
    "question_text",
    "answer_type",
    "answer",
    "answer_text",
    "score",
    "seconds",
    "last_seconds",
    "images",
    "answer_image",
    "created",
    "modified",
)
MASKS_AT_ONCE = 4
FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
DURATION = re.compile(r"(?:(?P<days>-?\d+) )?(?:(?P<hours>\d+):)?(?P<minutes>\d+):(?P<seconds>\d+(?:\.\d+)?)$")
ISO_DURATION = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$")


@dataclass(frozen=True)
class Scene:
    """What is needed to read answers: questions, display sets and image names by address."""

    questions: Mapping[str, models.Question]
    display_sets: Mapping[str, models.DisplaySet]
    image_names: Mapping[str, str]

    def question_of(self, answer: models.Answer) -> models.Question:
        """The question of an answer; one that is not shown any more is known by its address alone."""
        return self.questions.get(answer.question) or models.Question(
            {"pk": answer.question, "question_text": answer.question}
        )


class AnswersWithTables(StudyAnswers):
    """Answers of reader studies, also as a table and as masks."""

    def __init__(self, studies: ReaderStudies, images: Images) -> None:
        super().__init__(studies.connection, studies.syntheses)
        self._studies = studies
        self._images = images

    def table(self, *, reader_study: str | models.ReaderStudy, wide: bool = False, form: str = "auto") -> Any:
        """Read all answers of a study as one table.

        Examples
        --------
        >>> client.reader_studies.answers.table(reader_study="nodules").head()  # doctest: +SKIP

        Parameters
        ----------
        reader_study : str or ReaderStudy
            The study or its slug.
        wide : bool
            One row per reader and display set with a column per question, instead of one row per answer.
        form : str
            ``"pandas"``, ``"polars"``, ``"csv"``, ``"rows"`` (a list of dicts), or ``"auto"``: the first of pandas
            and polars that is installed, else CSV text.

        Returns
        -------
        pandas.DataFrame, polars.DataFrame, str or list
            Durations in seconds; multiple choices and images joined by "; "; anything else that is not a plain value
            stays JSON.
        """
        study = self._study(reader_study)
        rows = list(self._rows(study))
        return to_form(widened(rows) if wide else rows, form, columns=None if wide else COLUMNS)

    def masks(self, *, reader_study: str | models.ReaderStudy, output_directory: str | Path) -> list[Path]:
        """Download the masks that readers drew, one ``.mha`` per answer.

        Parameters
        ----------
        reader_study : str or ReaderStudy
            The study or its slug.
        output_directory : str or Path
            Where to; files are called by display set, reader and question.
        """
        study = self._study(reader_study)
        scene = self._scene(study)
        drawn = [answer for answer in self.iterate_all({"question__reader_study": study.pk}) if answer.answer_image]

        def fetch(answer: models.Answer) -> list[Path]:
            name = mask_name(answer, scene)
            return self._images.download(url=answer.answer_image, output_directory=output_directory, filename=name)

        with ThreadPoolExecutor(MASKS_AT_ONCE) as pool:
            return [path for paths in pool.map(fetch, drawn) for path in paths]

    def _study(self, study: str | models.ReaderStudy) -> models.ReaderStudy:
        return self._studies.detail(slug=study) if isinstance(study, str) else study

    def _scene(self, study: models.ReaderStudy) -> Scene:
        filters = {"reader_study": study.pk}
        studies = self._studies
        return Scene(
            questions={question.api_url: question for question in studies.questions.iterate_all(filters)},
            display_sets={case.api_url: case for case in studies.display_sets.iterate_all(filters)},
            image_names={image.api_url: image.name for image in self._images.iterate_all(filters)},
        )

    def _rows(self, study: models.ReaderStudy) -> Iterator[dict[str, Any]]:
        scene = self._scene(study)
        for answer in self.iterate_all({"question__reader_study": study.pk}):
            if not answer.is_ground_truth:
                yield row(answer, scene)


class ReaderStudiesWithTables(ReaderStudies):
    """Reader studies whose answers can be read as a table."""

    answers: AnswersWithTables

    def __init__(self, connection: Connection, syntheses: Syntheses, *, images: Images) -> None:
        super().__init__(connection, syntheses)
        self.answers = AnswersWithTables(self, images)


def row(answer: models.Answer, scene: Scene) -> dict[str, Any]:
    """One answer with the words that belong to it."""
    question = scene.question_of(answer)
    case = scene.display_sets.get(answer.display_set or "")
    images = [value.image for value in case.values if value.image] if case else []
    return {
        "reader": answer.creator,
        "display_set": case.pk if case else None,
        "display_set_title": (case.title or case.title_safe or "") if case else "",
        "order": case.order if case else None,
        "question": question.pk,
        "question_text": question.question_text or question.question_text_safe,
        "answer_type": question.answer_type,
        "answer": answer.answer,
        "answer_text": answer_text(answer.answer, question),
        "score": answer.score,
        "seconds": to_seconds(answer.total_edit_duration),
        "last_seconds": to_seconds(answer.last_edit_duration),
        "images": "; ".join(scene.image_names.get(address, address) for address in images),
        "answer_image": answer.answer_image,
        "created": answer.created,
        "modified": answer.modified,
    }


def answer_text(answer: Any, question: models.Question) -> Any:
    """The answer in words: titles of options, plain values as they are."""
    titles = {option["id"]: option["title"] for option in question.options}
    if question.answer_type == "Choice":
        return titles.get(answer, answer)
    if question.answer_type == "Multiple choice" and isinstance(answer, list):
        return "; ".join(str(titles.get(option, option)) for option in answer)
    return answer


def widened(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row per reader and display set; two questions with one text keep their own columns."""
    texts: dict[str, str] = {}
    for entry in rows:
        taken = {text for pk, text in texts.items() if pk != entry["question"]}
        text = entry["question_text"]
        texts.setdefault(entry["question"], f"{text} ({entry['question'][:8]})" if text in taken else text)
    table: dict[tuple[Any, Any], dict[str, Any]] = {}
    kept = ("reader", "display_set", "display_set_title", "order", "images")
    for entry in rows:
        line = table.setdefault(
            (entry["reader"], entry["display_set"]),
            {**{name: entry[name] for name in kept}, **dict.fromkeys(texts.values()), "seconds": 0.0},
        )
        line[texts[entry["question"]]] = entry["answer_text"]
        line["seconds"] += entry["seconds"] or 0.0
    return list(table.values())


def to_seconds(duration: str | None) -> float | None:
    """Seconds of a duration in either form of the wire.

    Examples
    --------
    >>> to_seconds("1 02:00:30.5"), to_seconds("P0DT00H01M30S"), to_seconds(None)
    (93630.5, 90.0, None)
    """
    if not duration:
        return None
    if found := DURATION.match(duration):
        parts = {name: float(text or 0) for name, text in found.groupdict().items()}
        return ((parts["days"] * 24 + parts["hours"]) * 60 + parts["minutes"]) * 60 + parts["seconds"]
    if found := ISO_DURATION.match(duration):
        days, hours, minutes, seconds = (float(text or 0) for text in found.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return None


def to_form(rows: list[dict[str, Any]], form: str, *, columns: Sequence[str] | None) -> Any:
    """Rows as the frame that was asked for."""
    makers = {"rows": to_rows, "pandas": to_pandas, "polars": to_polars, "csv": to_csv}
    if form != "auto":
        return makers[form](rows, columns)
    for name in ("pandas", "polars"):
        try:
            return makers[name](rows, columns)
        except ImportError:
            continue
    return to_csv(rows, columns)


def to_rows(rows: list[dict[str, Any]], columns: Sequence[str] | None) -> Any:  # noqa: ARG001 - one of four forms
    return rows


def to_pandas(rows: list[dict[str, Any]], columns: Sequence[str] | None) -> Any:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(columns) if columns else None)


def to_polars(rows: list[dict[str, Any]], columns: Sequence[str] | None) -> Any:
    import polars as pl

    names = list(columns or (rows[0] if rows else ()))
    return pl.DataFrame({name: [flat(entry.get(name)) for entry in rows] for name in names}, strict=False)


def to_csv(rows: list[dict[str, Any]], columns: Sequence[str] | None) -> str:
    """CSV text that a spreadsheet opens without running anything in it."""
    names = list(columns or (rows[0] if rows else ()))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in names])
    writer.writerows([harmless(flat(entry.get(name))) for name in names] for entry in rows)
    return text.getvalue()


def flat(value: Any) -> Any:
    """Plain values as they are, the rest as JSON."""
    return json.dumps(value) if isinstance(value, dict | list) else value


def harmless(value: Any) -> Any:
    """Text that begins like a formula, and is no number, gets an apostrophe before it."""
    is_formula = isinstance(value, str) and FORMULA.match(value) and not NUMBER.fullmatch(value)
    return f"'{value}" if is_formula else value


def mask_name(answer: models.Answer, scene: Scene) -> str:
    case = scene.display_sets.get(answer.display_set or "")
    title = (case.title or case.title_safe or case.pk) if case else "case"
    text = scene.question_of(answer).question_text_safe or answer.question
    name = "_".join(re.sub(r"[^\w.-]+", "-", part).strip("-.") for part in (title, answer.creator, text))
    return f"{name[:100]}_{answer.pk[:8]}"
