"""Free-response studies: tables in, figures of merit out."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readroom.stats.errors import (
    BadTable,
    DuplicateReading,
    EmptyClass,
    EmptySelection,
    IncompleteDesign,
    MissingColumn,
    NotANumber,
    TooFewCases,
    UnknownChoice,
)
from readroom.stats.exports import to_rjafroc
from readroom.stats.froc import FrocStudy
from readroom.stats.froc_figures import FIGURES, froc_figures
from readroom.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from readroom.stats.plots import froc_plot


def tables(seed: int = 0, *, readers: int = 3, cases: int = 12) -> tuple[pd.DataFrame, pd.DataFrame]:
    generator = np.random.default_rng(seed)
    lesions = [(f"c{k}", n + 1) for k in range(cases // 2) for n in range(int(generator.integers(1, 4)))]
    truth = pd.DataFrame(
        [*lesions, *((f"c{k}", None) for k in range(cases // 2, cases))], columns=["display_set", "lesion"]
    )
    rows = []
    for modality in "AB":
        for reader in range(readers):
            base = {"modality": modality, "reader": f"r{reader}"}
            for case, lesion in lesions:
                if generator.random() < 0.7:
                    rating = int(generator.integers(2, 9))
                    rows.append({**base, "display_set": case, "mark": "LL", "lesion": lesion, "rating": rating})
            for k in range(cases):
                for _ in range(int(generator.integers(0, 3))):
                    rating = int(generator.integers(1, 7))
                    rows.append({**base, "display_set": f"c{k}", "mark": "NL", "lesion": None, "rating": rating})
    return pd.DataFrame(rows), truth


@pytest.mark.parametrize("figure", FIGURES)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_jackknife_of_every_figure_equals_leaving_cases_out_by_hand(figure, seed):
    marks, truth = tables(seed)
    found = froc_figures(FrocStudy.read(marks, truth=truth, unmarked="read"), figure=figure)
    diseased = set(truth[truth.lesion.notna()].display_set)
    names = sorted(set(truth.display_set))
    used = {
        "HR-sensitivity": sorted(diseased),
        "max-LLF": sorted(diseased),
        "HR-specificity": sorted(set(names) - diseased),
        "max-NLF": sorted(set(names) - diseased),
    }.get(figure, names)
    by_hand = [
        froc_figures(
            FrocStudy.read(marks[marks.display_set != case], truth=truth[truth.display_set != case], unmarked="read"),
            figure=figure,
        ).estimates
        for case in used
    ]
    assert found.replicates == pytest.approx(np.stack(by_hand, axis=-1), abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_names_and_monotone_changes_of_ratings_do_not_matter(seed):
    marks, truth = tables(seed)
    other = marks.sample(frac=1, random_state=seed % 1000).assign(rating=lambda frame: frame.rating**3 + 1)
    for figure in ("AFROC", "wAFROC", "wAFROC1", "HR-AUC", "FROC"):
        first, second = (
            froc_figures(FrocStudy.read(table, truth=rows, unmarked="read"), figure=figure)
            for table, rows in ((marks, truth), (other, truth.iloc[::-1]))
        )
        assert second.estimates == pytest.approx(first.estimates, rel=1e-12)


def test_perfect_readers_reach_one_in_every_bounded_figure():
    truth = pd.DataFrame({"display_set": ["a", "b", "b", "c", "d"], "lesion": [1, 1, 2, None, None]})
    rows = [
        {"modality": "A", "reader": reader, "display_set": case, "mark": "LL", "lesion": lesion, "rating": 5}
        for reader in "rs"
        for case, lesion in (("a", 1), ("b", 1), ("b", 2))
    ]
    study = FrocStudy.read(pd.DataFrame(rows), truth=truth, unmarked="read")
    for figure in ("AFROC", "AFROC1", "wAFROC", "wAFROC1", "HR-AUC", "HR-sensitivity", "HR-specificity", "max-LLF"):
        assert (froc_figures(study, figure=figure).estimates == 1).all(), figure


def test_weights_count_every_diseased_case_alike_unless_given():
    marks, truth = tables()
    study = FrocStudy.read(marks, truth=truth, unmarked="read")
    totals = np.bincount(study.lesion_case, weights=study.lesion_weight)
    assert totals[totals > 0] == pytest.approx(1)
    given = FrocStudy.read(marks, truth=truth.assign(weight=np.where(truth.lesion == 1, 3.0, 1.0)), unmarked="read")
    assert given.lesion_weight.max() == pytest.approx(1)
    assert not np.allclose(given.lesion_weight, study.lesion_weight)


def test_a_figure_goes_straight_into_an_mrmc_analysis():
    marks, truth = tables(3, cases=40)
    result = obuchowski_rockette(froc_figures(FrocStudy.read(marks, truth=truth, unmarked="read")))
    assert result.endpoint == "wAFROC figure of merit"
    assert result.means[0].n["lesions"] == truth.lesion.notna().sum()
    assert 0 < result.overall.p_value <= 1


def with_empty_rows(marks, truth, *, without=()):
    """The table with a row of its own for every case that was read and not marked."""
    axes = [sorted(set(marks.modality)), sorted(set(marks.reader)), sorted(set(truth.display_set))]
    marked = set(zip(marks.modality, marks.reader, marks.display_set, strict=True))
    empty = [key for key in itertools.product(*axes) if key not in marked and key not in without]
    return pd.concat([marks, pd.DataFrame(empty, columns=["modality", "reader", "display_set"])], ignore_index=True)


def test_rows_without_a_mark_tell_who_read_what():
    marks, truth = tables(2)
    complete = with_empty_rows(marks, truth)
    assert len(complete) > len(marks)
    study = FrocStudy.read(complete, truth=truth)
    assert study.design.is_complete
    assumed = FrocStudy.read(marks, truth=truth, unmarked="read")
    assert study.n == assumed.n
    for figure in FIGURES:
        told, taken = (froc_figures(each, figure=figure) for each in (study, assumed))
        assert (told.estimates == taken.estimates).all()
        assert (told.replicates == taken.replicates).all()


def test_a_reading_that_the_table_does_not_tell_of_stays_missing_and_is_refused():
    marks, truth = tables(2)
    gap = ("B", "r1", "c7")
    marks = marks[~((marks.modality == "B") & (marks.reader == "r1") & (marks.display_set == "c7"))]
    study = FrocStudy.read(with_empty_rows(marks, truth, without=[gap]), truth=truth)
    assert str(study.design) == "3 readers x 2 modalities x 12 cases, 71 of 72 readings present"
    assert not study.design.to_frame().loc["c7", ("B", "r1")]
    for use in (froc_figures, froc_plot, to_rjafroc):
        with pytest.raises(
            IncompleteDesign, match=r"1 of 72 readings are missing \(first: B, r1, c7\): they have no row"
        ):
            use(study)
    with pytest.raises(IncompleteDesign, match="unmarked: read"):
        froc_figures(FrocStudy.read(marks, truth=truth))


def test_half_a_row_without_a_mark_is_refused():
    marks, truth = tables(2)
    for column, error in (("mark", BadTable), ("rating", NotANumber)):
        half = marks.astype({"rating": float})
        half.loc[half.index[0], column] = None
        with pytest.raises(error):
            FrocStudy.read(half, truth=truth)
    with pytest.raises(UnknownChoice, match="choose missing or read"):
        FrocStudy.read(marks, truth=truth, unmarked="guess")


BREAKAGES = [
    (lambda m, t: (m.drop(columns="rating"), t), MissingColumn, "no column 'rating'"),
    (
        lambda m, t: (m.assign(modality=[*m.modality[:-1], None]), t),
        MissingColumn,
        r"'modality' of .* is empty in line \d+; fill",
    ),
    (
        lambda m, t: (m, t.assign(display_set=None)),
        MissingColumn,
        "'display_set' of the table of lesions is empty in line 2",
    ),
    (lambda m, t: (m.iloc[:0], t), EmptySelection, "not one mark"),
    (lambda m, t: (m.assign(mark="hit"), t), BadTable, "'hit'; write LL"),
    (lambda m, t: (m.assign(rating=np.inf), t), NotANumber, "no finite rating"),
    (lambda m, t: (m.assign(display_set="c99"), t), BadTable, "'c99', which the truth does not"),
    (lambda m, t: (m[m.mark == "LL"].assign(lesion=9), t), BadTable, "lesion 'c"),
    (lambda m, t: (pd.concat([m, m[m.mark == "LL"].head(1)]), t), DuplicateReading, "keep the mark with the highest"),
    (lambda m, t: (m, pd.concat([t, t.head(1)])), DuplicateReading, "its own name"),
    (lambda m, t: (m, t.assign(weight=0.0)), NotANumber, "no positive weight"),
]


@pytest.mark.parametrize(("breakage", "error", "words"), BREAKAGES)
def test_bad_tables_are_refused_with_the_remedy(breakage, error, words):
    marks, truth = breakage(*tables())
    with pytest.raises(error, match=words):
        FrocStudy.read(marks, truth=truth, unmarked="read")


def test_a_class_without_cases_or_with_one_is_refused():
    marks, truth = tables()
    sick = set(truth[truth.lesion.notna()].display_set)
    for keep, error in ((sick, EmptyClass), ({*sick, "c11"}, TooFewCases)):
        part = marks[marks.display_set.isin(keep)], truth[truth.display_set.isin(keep)]
        with pytest.raises(error, match="healthy"):
            froc_figures(FrocStudy.read(part[0], truth=part[1], unmarked="read"))


def test_an_unknown_figure_is_refused_with_the_choices():
    marks, truth = tables()
    with pytest.raises(UnknownChoice, match="wAFROC"):
        froc_figures(FrocStudy.read(marks, truth=truth, unmarked="read"), figure="JAFROC")
