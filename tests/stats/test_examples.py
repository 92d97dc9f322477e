"""Every example in the documentation of the statistics runs, and gives what it shows."""

import doctest
import importlib
import pkgutil

import numpy as np
import pandas as pd
import pytest

import readroom.stats
from readroom.stats import Readings, compare_aucs, to_frame

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(readroom.stats.__path__, "readroom.stats.")
    if module.name.split(".")[2]
    in {"accuracy", "agreement", "consensus", "intervals", "overlap", "results", "roc", "summaries", "table", "timing"}
)


class ShownOnly(doctest.OutputChecker):
    """Examples that show no result are run, and may give one."""

    def check_output(self, want, got, optionflags):
        return not want or super().check_output(want, got, optionflags)


def study() -> pd.DataFrame:
    generator = np.random.default_rng(4)
    rows = [
        {
            "reader": reader,
            "modality": modality,
            "session": session,
            "display_set": f"c{case}",
            "question": "Malignant?",
            "answer": int(np.clip(np.round(3 + case % 2 + generator.normal(0, 1)), 1, 5)),
            "truth": case % 2,
            "seconds": float(generator.lognormal(4, 0.4)),
        }
        for case in range(40)
        for modality in ("CT", "MRI")
        for session in ("first", "second")
        for reader in ("anna", "ben", "carl")
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def names(tmp_path, monkeypatch):
    """What examples take for granted: a study in a file, readings, masks, ratings."""
    monkeypatch.chdir(tmp_path)
    frame = study()
    text = {1: "normal", 2: "normal", 3: "benign", 4: "malignant", 5: "malignant"}
    frame.assign(answer=frame["answer"].map(text), truth=frame["truth"].map({0: "normal", 1: "malignant"})).to_csv(
        "answers.csv", index=False
    )
    both = Readings.read(frame, options=[1, 2, 3, 4, 5])
    readings = both.only(session="first")
    cube = readings.cube()
    generator = np.random.default_rng(1)
    masks = [generator.random((6, 6, 6)) < share for share in (0.5, 0.6, 0.7)]
    return {
        "readings": readings,
        "both": both,
        "cube": cube,
        "ratings": cube.ratings[0, 0],
        "truth": cube.truth,
        "with_ai": cube.ratings[0, 0],
        "without_ai": cube.ratings[1, 0],
        "mine": masks[0],
        "yours": masks[1],
        **dict(zip(("anna", "ben", "carl"), masks, strict=True)),
        "to_frame": to_frame,
        "compare_aucs": compare_aucs,
    }


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_give_what_they_show(name, names):
    module = importlib.import_module(name)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    report: list[str] = []
    for examples in doctest.DocTestFinder(exclude_empty=True).find(module):
        examples.globs.update({**names, **examples.globs})
        if examples.name.endswith("within_readers"):
            examples.globs["readings"] = names["both"]
        doctest.DocTestRunner(checker=ShownOnly(), optionflags=flags).run(examples, out=report.append)
    assert not report, "".join(report)
