import numpy as np
import pandas as pd
import pytest

from readroom.stats import Readings
from readroom.stats.agreement import between_pairs, between_readers, cohen_kappa, icc, within_readers
from readroom.stats.errors import AmbiguousSelection, TooFewReaders, UnknownChoice


def readings(sessions=("first", "second")):
    generator = np.random.default_rng(7)
    rows = []
    for modality in ("CT", "MRI"):
        for case in range(30):
            base = generator.integers(1, 6)
            rows += [
                {
                    "reader": reader,
                    "modality": modality,
                    "session": session,
                    "display_set": f"c{case}",
                    "answer": int(np.clip(base + generator.integers(-1, 2), 1, 5)),
                }
                for reader in ("anna", "ben", "carl")
                for session in sessions
            ]
    return Readings.read(pd.DataFrame(rows), options=[1, 2, 3, 4, 5])


def test_agreement_between_readers_is_given_for_each_modality():
    found = between_readers(readings().only(session="first"), "gwet", weights="quadratic")
    assert [estimate.group["modality"] for estimate in found] == ["CT", "MRI"]
    assert all(estimate.n["readers"] == 3 for estimate in found)


def test_every_pair_of_readers_has_a_cell():
    found = between_pairs(readings().only(session="first"), "cohen", weights="linear")
    names = [tuple(estimate.group.values()) for estimate in found]
    assert len(names) == 6
    assert names[0] == ("CT", "anna", "ben")


def test_a_reader_is_compared_with_itself_over_sessions():
    table = readings()
    found = within_readers(table, "cohen", weights="quadratic")
    assert [estimate.group["reader"] for estimate in found[:3]] == ["anna", "ben", "carl"]
    one = table.only(modality="CT", reader="anna").frame.pivot_table(
        index="display_set", columns="session", values="rating", aggfunc="first"
    )
    alone = cohen_kappa(one.to_numpy(), options=[1, 2, 3, 4, 5], weights="quadratic")
    assert found[0].value == pytest.approx(alone.value)


def test_measurements_go_the_same_way():
    found = between_readers(readings().only(session="first", modality="CT"), "icc", form="ICC(3,1)")
    cube = readings().only(session="first", modality="CT").cube()
    assert found[0].value == icc(cube.ratings[0].T, form="ICC(3,1)").value


def test_what_cannot_be_compared_is_refused_with_the_remedy():
    with pytest.raises(UnknownChoice, match="krippendorff"):
        between_readers(readings(), "kapa")
    with pytest.raises(AmbiguousSelection, match="'session'"):
        between_readers(readings(), "fleiss")
    with pytest.raises(TooFewReaders, match="second one"):
        within_readers(readings(sessions=("first",)), "cohen")
    with pytest.raises(TooFewReaders, match="pair"):
        between_pairs(readings().only(reader="anna", session="first"))
