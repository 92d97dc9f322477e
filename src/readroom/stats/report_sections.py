"""The analyses of a plan, each as a section of the report."""

from __future__ import annotations

from collections.abc import Callable

from readroom.stats.errors import BadPlan, StatisticsError
from readroom.stats.plan import Analysis, Plan
from readroom.stats.plan_fields import ANALYSES
from readroom.stats.report_mrmc import froc_section, mrmc_section, power_section
from readroom.stats.report_readers import (
    accuracy_section,
    agreement_section,
    limits_section,
    time_section,
)
from readroom.stats.report_roc import roc_section
from readroom.stats.sections import Section, Task
from readroom.stats.table import Readings

__all__ = ["run_analysis"]

SECTIONS: dict[str, Callable[[Task], Section]] = {
    "mrmc": mrmc_section,
    "roc": roc_section,
    "accuracy": accuracy_section,
    "agreement": agreement_section,
    "bland-altman": limits_section,
    "froc": froc_section,
    "time": time_section,
    "power": power_section,
}

SHARED = ("question", "session", "truth_question", "only", "leave_out", "level")
"""Fields that stand in the plan for every analysis that knows them."""


def run_analysis(analysis: Analysis, *, readings: Readings, plan: Plan) -> Section:
    """Run one analysis; what stands in the way becomes the section's refusal, so that the others still run."""
    of_plan = {name: plan.settings[name] for name in SHARED if name in plan.settings and name in _known(analysis)}
    task = Task(
        name=analysis.name,
        kind=analysis.kind,
        settings=of_plan | dict(analysis.settings),
        readings=readings,
        folder=plan.folder,
    )
    try:
        return SECTIONS[analysis.kind](task)
    except BadPlan as error:
        raise BadPlan(f"Line {analysis.line}: {analysis.name!r}: {error}") from error
    except StatisticsError as error:
        return task.section(refusal=f"{type(error).__name__}: {error}", design=None)


def _known(analysis: Analysis) -> set[str]:
    """A case takes the time of all its questions together, unless the analysis names one."""
    return set(ANALYSES[analysis.kind]) - ({"question"} if analysis.kind == "time" else set())
