import numpy as np
import pandas as pd
import pytest

from readroom.stats import Readings
from readroom.stats.consensus import majority_answers, majority_mask, staple
from readroom.stats.errors import MismatchedShapes, NotEstimable, TooFewReaders, UnknownChoice


def readers(seed=1, qualities=((0.97, 0.99), (0.9, 0.98), (0.7, 0.95))):
    generator = np.random.default_rng(seed)
    truth = np.zeros((60, 60), dtype=bool)
    truth[20:40, 15:45] = True
    masks = [
        np.where(truth, generator.random(truth.shape) < p, generator.random(truth.shape) > q) for p, q in qualities
    ]
    return truth, masks


def test_a_majority_is_more_than_half_and_a_tie_is_outside():
    found = majority_mask([[[1, 1, 0]], [[1, 0, 0]]])
    assert found.mask.tolist() == [[True, False, False]]
    assert found.probability.tolist() == [[1, 0.5, 0]]
    assert found.sensitivity == (1, 1)


def test_staple_recovers_truth_and_the_quality_of_readers():
    truth, masks = readers()
    found = staple(masks)
    assert (found.mask != truth).mean() < (majority_mask(masks).mask != truth).mean() + 0.005
    assert found.sensitivity == pytest.approx((0.97, 0.9, 0.7), abs=0.04)
    assert found.specificity == pytest.approx((0.99, 0.98, 0.95), abs=0.01)
    assert "Warfield" in found.citations[0]


def test_the_order_of_readers_does_not_matter():
    _, masks = readers()
    found, turned = staple(masks), staple(masks[::-1])
    assert found.sensitivity == pytest.approx(turned.sensitivity[::-1], abs=1e-6)


def test_the_answer_of_most_readers_is_found_and_ties_stay_open():
    rows = [("a", "c1", "yes"), ("b", "c1", "yes"), ("c", "c1", "no"), ("a", "c2", "yes"), ("b", "c2", "no")]
    readings = Readings.read(pd.DataFrame(rows, columns=["reader", "display_set", "answer"]), options=["no", "yes"])
    found = majority_answers(readings)
    assert found.loc["c1"].tolist() == ["yes", 2, 3, False]
    assert pd.isna(found.loc["c2", "answer"])
    assert found.loc["c2", "is_tie"]


def test_bad_input_is_a_named_error():
    with pytest.raises(TooFewReaders):
        staple([np.ones((3, 3))])
    with pytest.raises(MismatchedShapes):
        majority_mask([np.ones((3, 3)), np.ones((3, 4))])
    with pytest.raises(NotEstimable, match="empty"):
        staple([np.zeros((3, 3)), np.zeros((3, 3))])
    with pytest.raises(UnknownChoice):
        majority_mask([np.full((2, 2), 2), np.ones((2, 2))])
