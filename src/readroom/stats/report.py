"""The report of a plan: a page that needs no network, every number as CSV, the plan, versions and the data's hash."""

from __future__ import annotations

import hashlib
import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import jinja2
import markupsafe
import pandas as pd

from readroom.stats.charts import png_of
from readroom.stats.columns import Option
from readroom.stats.design import Design
from readroom.stats.plan import Plan, slug
from readroom.stats.plots import Plot
from readroom.stats.report_sections import run_analysis
from readroom.stats.report_words import p_of
from readroom.stats.results import Estimate, HypothesisTest, Interval, Result, to_frame
from readroom.stats.sections import Section
from readroom.stats.table import Readings

__all__ = ["Report", "analyze", "read_for_plan"]

PROGRAMS = ("readroom", "numpy", "scipy", "pandas", "statsmodels", "altair", "vl-convert-python")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """All sections of a plan, and what they rest on. No time and no place: the same input gives the same bytes.

    Parameters
    ----------
    plan : Plan
        What was computed.
    sections : tuple of Section
        One per analysis.
    data_sha256 : str
        Of the table of answers.
    design : Design
        Who read what.
    versions : mapping of str to str
        Of the programs.
    """

    plan: Plan
    sections: tuple[Section, ...]
    data_sha256: str
    design: Design
    versions: Mapping[str, str]

    @property
    def refusals(self) -> tuple[Section, ...]:
        """Analyses that the data did not allow."""
        return tuple(section for section in self.sections if section.refusal)

    def numbers(self) -> pd.DataFrame:
        """Every estimate and test, a row each, with the name of its analysis."""
        frames = [
            to_frame(section.results).assign(analysis=section.name) for section in self.sections if section.results
        ]
        if not frames:
            return pd.DataFrame(columns=["analysis", "name", "value"])
        table = pd.DataFrame([row for frame in frames for row in frame.to_dict("records")])
        first = [name for name in ("analysis", "name", "value") if name in table]
        return table[[*first, *table.columns.difference(first, sort=False)]]

    def components(self) -> pd.DataFrame:
        """Variance components and mean squares of all analyses."""
        rows = [(section.name, name, value) for section in self.sections for name, value in section.components.items()]
        return pd.DataFrame(rows, columns=["analysis", "name", "value"])

    def powers(self) -> pd.DataFrame:
        """Planned study sizes."""
        rows = [
            {"analysis": section.name, **{key: value for key, value in asdict(power).items() if key != "pilot"}}
            for section in self.sections
            for power in section.powers
        ]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; missing ones are None."""
        return {
            "title": self.plan.title,
            "data_sha256": self.data_sha256,
            "design": str(self.design),
            "versions": dict(self.versions),
            "analyses": [_section_values(section) for section in self.sections],
        }

    def html(self) -> str:
        """The page."""
        return self._page(self._drawings())

    def files(self, *, png: bool = False) -> dict[str, bytes]:
        """Every file of the report by its name; with plots as PNG beside SVG and Vega-Lite when asked."""
        drawings = self._drawings()
        pictures: dict[str, bytes] = {}
        texts = {
            "index.html": self._page(drawings),
            "methods.txt": self.methods(),
            "plan.yaml": self.plan.source,
            "results.json": json.dumps(self.to_dict(), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
            + "\n",
            "results.csv": _csv(self.numbers()),
            "components.csv": _csv(self.components()),
            "design.csv": _csv(self.design.to_frame().astype(int), index=True),
        }
        if any(section.powers for section in self.sections):
            texts["power.csv"] = _csv(self.powers())
        for section in self.sections:
            for plot, drawing in drawings[section.name]:
                texts[f"{slug(section.name)}/{plot.name}.svg"] = drawing
                texts[f"{slug(section.name)}/{plot.name}.json"] = json.dumps(plot.spec, sort_keys=True, indent=1)
                if png:
                    pictures[f"{slug(section.name)}/{plot.name}.png"] = png_of(drawing)
        found = {name: text.encode() for name, text in texts.items()} | pictures
        for section in self.sections:
            folder = slug(section.name)
            if section.design is not None:
                found[f"{folder}/design.csv"] = _csv(section.design.to_frame().astype(int), index=True).encode()
            found |= {f"{folder}/{name}": content for name, content in section.files.items()}
        return found

    def _drawings(self) -> dict[str, list[tuple[Plot, str]]]:
        return {section.name: [(plot, plot.svg()) for plot in section.plots] for section in self.sections}

    def _page(self, drawings: Mapping[str, Sequence[tuple[Plot, str]]]) -> str:
        environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        environment.filters["short"] = _short
        environment.filters |= {
            "slug": slug,
            "p": _p,
            "more_notes": _more_notes,
            "level": _level,
            "ends": _ends,
            "statistic": _statistic,
            "by_quantity": _by_quantity,
            "count_of": _count,
        }
        source = resources.files("readroom.stats").joinpath("report.html.j2").read_text(encoding="utf-8")
        safe = {
            name: [(plot, markupsafe.Markup(drawing)) for plot, drawing in drawn]  # noqa: S704 - drawn by us
            for name, drawn in drawings.items()
        }
        return environment.from_string(source).render(report=self, drawings=safe)

    def methods(self) -> str:
        """Paragraphs for the methods and the results of a paper, and their references."""
        references = list(dict.fromkeys(text for section in self.sections for text in section.citations))
        paragraphs = [
            f"{section.methods} [{', '.join(str(references.index(text) + 1) for text in section.citations)}]"
            for section in self.sections
            if section.methods
        ]
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        findings = [section.findings for section in self.sections if section.findings]
        if findings:
            findings = ["Results", *findings]
        closing = f"Analyses were done with {versions}; the data have the SHA-256 {self.data_sha256}."
        numbered = [f"{number}. {text}" for number, text in enumerate(references, start=1)]
        return "\n\n".join([*paragraphs, closing, *findings]) + "\n\nReferences\n" + "\n".join(numbered) + "\n"

    def write(self, folder: str | Path, *, png: bool = False) -> tuple[Path, ...]:
        """Write all files into a folder, which is made when needed; files of the same names are replaced."""
        root = Path(folder)
        written = []
        for name, content in sorted(self.files(png=png).items()):
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            written.append(target)
        return tuple(written)


def analyze(readings: Readings, plan: Plan, *, data_sha256: str = "") -> Report:
    """Run every analysis of a plan.

    Examples
    --------
    >>> plan = Plan.read("plan.yaml")
    >>> readings, digest = read_for_plan("answers.csv", plan)
    >>> analyze(readings, plan, data_sha256=digest).write("report")

    Parameters
    ----------
    readings : Readings
        The long table.
    plan : Plan
        What to compute.
    data_sha256 : str
        Of the file that the readings come from; without it, of the readings as CSV.

    Returns
    -------
    Report
        An analysis that the data do not allow says why, and the others stand.

    Raises
    ------
    BadPlan
    """
    digest = data_sha256 or hashlib.sha256(_csv(readings.frame).encode()).hexdigest()
    sections = tuple(run_analysis(analysis, readings=readings, plan=plan) for analysis in plan.analyses)
    return Report(
        plan=plan, sections=sections, data_sha256=digest, design=readings.design(), versions=program_versions()
    )


def read_for_plan(path: str | Path, plan: Plan) -> tuple[Readings, str]:
    """Read a table with the columns, options and truths that a plan names; and the SHA-256 of the file.

    Examples
    --------
    >>> readings, digest = read_for_plan("answers.csv", plan)

    Parameters
    ----------
    path : str or Path
        CSV or Parquet.
    plan : Plan
        What to compute.

    Returns
    -------
    readings : Readings
    digest : str
    """
    settings = plan.settings
    options = _options(plan)
    positive: Option | list[Option] | None = settings.get("positive")
    readings = Readings.read(path, options=options, positive=positive, columns=settings.get("columns"))
    return readings, hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _options(plan: Plan) -> Any:  # noqa: ANN401 - as the plan gives them
    """One list belongs to the questions that the plan names, and not to the others in the table."""
    options = plan.settings.get("options")
    asked = [of["question"] for of in (plan.settings, *(part.settings for part in plan.analyses)) if "question" in of]
    return dict.fromkeys(asked, options) if isinstance(options, list) and asked else options


def program_versions() -> dict[str, str]:
    """Versions of Python and of the packages that compute."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in PROGRAMS}}


def _short(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "–"
    if value != 0 and abs(value) < 0.001:
        return f"{value:.2e}"
    places = 4 if abs(value) < 10 else max(0, 3 - math.floor(math.log10(abs(value))))
    return f"{value:.{places}f}"


def _by_quantity(results: Sequence[Result]) -> list[Result]:
    """What is compared stands together; quantities and their parts in the order of the section."""
    names = list(dict.fromkeys(result.name for result in results))
    return sorted(results, key=lambda result: names.index(result.name))


def _count(result: Result) -> str:
    """On how many cases or readings a value rests; of a share, the hits among them."""
    n = result.n
    if "successes" in n:
        return f"{n['successes']}/{n['readings']}"
    alone = n.get("cases", n.get("readings"))
    return " + ".join(map(str, n.values())) if alone is None else str(alone)


def _statistic(test: HypothesisTest) -> str:
    degrees = ", ".join(f"{number:.4g}" for number in test.degrees_of_freedom)
    return f"{test.statistic_name}{f'({degrees})' if degrees else ''} = {test.statistic:.4g}"


def _p(test: HypothesisTest) -> str:
    return p_of(test).removeprefix("p ").removeprefix("= ")


def _level(section: Section) -> float:
    """The coverage of most intervals of a section."""
    levels = [result.interval.level for result in section.results if isinstance(result, Estimate) and result.interval]
    return max(levels, key=levels.count, default=0.95)


def _ends(interval: Interval, level: float) -> str:
    """Both ends; and the coverage where it is another one than that of the column."""
    other = "" if math.isclose(interval.level, level) else f" ({100 * interval.level:g} %)"
    return f"{_short(interval.low)} to {_short(interval.high)}{other}"


def _more_notes(section: Section) -> list[str]:
    """Notes that the paragraph of methods does not hold already."""
    return [note for note in section.notes if note.removeprefix("The design is ") not in section.methods]


def _csv(frame: pd.DataFrame, *, index: bool = False) -> str:
    return str(frame.to_csv(index=index, lineterminator="\n"))


def _section_values(section: Section) -> dict[str, Any]:
    return {
        "name": section.name,
        "kind": section.kind,
        "refusal": section.refusal or None,
        "design": str(section.design) if section.design else None,
        "methods": section.methods,
        "findings": section.findings or None,
        "notes": list(section.notes),
        "citations": list(section.citations),
        "results": [_plain(result.to_dict()) for result in section.results],
        "components": _plain(dict(section.components)),
        "powers": [_plain({k: v for k, v in asdict(power).items() if k != "pilot"}) for power in section.powers],
        "plots": {plot.name: plot.spec for plot in section.plots},
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON may hold
    """JSON knows no NaN and no infinity."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
