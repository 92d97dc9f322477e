"""The synthetic data sets of tests/stats/data/own, and the reference programs' values for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

# A busy machine makes a first call slow; that is no failure of a property.
settings.register_profile("statistics", deadline=None)
settings.load_profile("statistics")

OWN = Path(__file__).parent / "data" / "own"


@pytest.fixture(scope="session")
def own_ratings():
    """Ratings (cases x raters) of one of the agreement sets."""

    def ratings(name: str) -> np.ndarray:
        return pd.read_csv(OWN / "data" / f"{name}.csv").iloc[:, 1:].to_numpy(float)

    return ratings


@pytest.fixture(scope="session")
def own_data():
    """One of the synthetic data sets as a frame."""

    def data(name: str) -> pd.DataFrame:
        return pd.read_csv(OWN / "data" / f"{name}.csv")

    return data


@pytest.fixture(scope="session")
def own_expected():
    """Values of the R programs: dataset, analysis, block, item, quantity, value, program."""
    return pd.read_csv(OWN / "own_expected_R.csv")


@pytest.fixture(scope="session")
def own_expected_py():
    """Values of the Python programs: dataset, analysis, item, value, program."""
    return pd.read_csv(OWN / "own_expected_py.csv")
