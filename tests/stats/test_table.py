import numpy as np
import pandas as pd
import pytest

from readroom.stats import Readings, columns
from readroom.stats.errors import (
    AmbiguousSelection,
    BadTable,
    ContradictoryTruth,
    DuplicateReading,
    EmptyClass,
    EmptySelection,
    IncompleteDesign,
    MissingColumn,
    MissingTruth,
    NotANumber,
    StatisticsError,
    UnknownChoice,
    UnknownOption,
    UnreadableTable,
)


def frame(**changes):
    columns = {
        "reader": ["ben", "anna", "ben", "anna"],
        "display_set": ["c2", "c2", "c10", "c10"],
        "answer": ["1", "2", "3", None],
        "truth": [0, 0, 1, 1],
    }
    return pd.DataFrame(columns | changes)


def test_a_csv_file_becomes_readings_with_missing_kept_missing(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text(
        "reader,arm,display_set,answer,truth,seconds,age\n01,CT,c1,3,1,12.5,40\n01,CT,c2,,0,,41\n02,CT,c1,2,1,8,40\n"
    )
    readings = Readings.read(path, columns={"modality": "arm"})
    assert readings.names("reader") == ("01", "02")
    cube = readings.cube()
    assert cube.ratings[0, 0, 0] == 3
    assert np.isnan(cube.ratings[0, 0, 1])
    assert cube.truth.tolist() == [1, 0]
    assert readings.frame["age"].tolist() == ["40", "41", "40"]
    assert "3 of 4 readings" not in str(readings.design())
    assert "2 of 4 readings present" in str(readings.design())


def test_parquet_reads_as_csv_does(tmp_path):
    path = tmp_path / "answers.parquet"
    frame().to_parquet(path)
    cube = Readings.read(path).cube()
    np.testing.assert_array_equal(cube.ratings, Readings.read(frame()).cube().ratings)


def test_axes_are_sorted_as_people_count():
    cube = Readings.read(frame()).cube()
    assert cube.cases == ("c2", "c10")
    assert cube.readers == ("anna", "ben")
    assert cube.ratings[0].tolist()[1] == [1, 3]


def test_answers_are_coded_by_the_full_list_of_options():
    readings = Readings.read(frame(), options=[5, 4, 3, 2, 1])
    assert readings.options_of() == ("5", "4", "3", "2", "1")
    np.testing.assert_array_equal(readings.cube(value="answer").ratings[0], [[3, np.nan], [4, 2]])


def test_numbers_and_their_spellings_are_one_option():
    readings = Readings.read(frame(answer=["1.0", 2.0, "3", None]), options=[1, 2, 3])
    assert readings.frame["answer"].tolist()[:3] == ["1", "2", "3"]


def test_truth_is_diseased_where_it_is_positive():
    readings = Readings.read(frame(truth=["benign", "benign", "cancer", "cancer"]), positive="cancer")
    assert readings.cube().is_diseased.tolist() == [False, True]


def test_a_truth_in_words_is_not_taken_for_healthy():
    with pytest.raises(MissingTruth, match="'positive'"):
        _ = Readings.read(frame(truth=["benign", "benign", "cancer", "cancer"])).cube().is_diseased
    with pytest.raises(MissingTruth, match="c10"):
        _ = Readings.read(frame(truth=[0, 0, 2, 2])).cube().is_diseased


def test_readings_of_a_table_can_be_read_again():
    readings = Readings.read(frame(), options=[1, 2, 3])
    again = Readings.read(readings)
    assert again.options == readings.options
    np.testing.assert_array_equal(again.cube().ratings, readings.cube().ratings)


def test_one_column_can_be_chosen_and_the_rest_kept():
    readings = Readings.read(frame()).only(reader="anna")
    assert readings.cube().ratings.shape == (1, 1, 2)


def test_a_design_shows_who_read_what():
    design = Readings.read(frame()).design()
    assert not design.is_complete
    assert design.to_frame().loc["c10"].tolist() == [False, True]
    assert design.n == {"modalities": 1, "readers": 2, "cases": 2, "readings": 3}


@pytest.mark.parametrize(
    ("table", "given", "error", "says"),
    [
        (frame().drop(columns="reader"), {}, MissingColumn, "'columns'"),
        (frame().drop(columns="answer"), {}, MissingColumn, "neither"),
        (frame(reader=["a", None, "b", "b"]), {}, MissingColumn, "line 3"),
        (frame(), {"columns": {"reader": "radiologist"}}, MissingColumn, "radiologist"),
        (frame(display_set=["c1"] * 4), {}, DuplicateReading, "lines 2, 4"),
        (frame(), {"options": [1, 2]}, UnknownOption, "Line 4: '3'"),
        (frame(), {"options": [1, 2, 3, 3]}, UnknownOption, "twice"),
        (frame(truth=[0, 1, 1, 1]), {}, ContradictoryTruth, "c2"),
        (frame(rating=["1", "2", "x", "4"]), {}, NotANumber, "line 4"),
        (frame(rating=["1", "2", "inf", "4"]), {}, NotANumber, "inf"),
        (frame(seconds=["1", "2", "soon", "4"]), {}, NotANumber, "seconds"),
        (frame().iloc[:0], {}, EmptySelection, "no rows"),
    ],
)
def test_a_bad_table_is_refused_by_name_with_the_remedy(table, given, error, says):
    with pytest.raises(error, match=says):
        Readings.read(table, **given)


def test_a_file_that_is_no_table_is_refused(tmp_path):
    path = tmp_path / "answers.parquet"
    path.write_bytes(b"not parquet")
    with pytest.raises(UnreadableTable, match="Parquet"):
        Readings.read(path)
    with pytest.raises(UnreadableTable, match="not a file"):
        Readings.read(tmp_path / "absent.csv")


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "answers.parquet"
    pd.concat([frame()] * 5000).to_parquet(path)
    monkeypatch.setattr(columns, "LARGEST_TABLE", 100_000)
    with pytest.raises(UnreadableTable, match="unpacks"):
        Readings.read(path)
    monkeypatch.setattr(columns, "LARGEST_FILE", 100)
    with pytest.raises(UnreadableTable, match="larger"):
        Readings.read(path)


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(BadTable, match="two columns 'reader'"):
        Readings.read(frame(radiologist=["a"] * 4), columns={"reader": "radiologist"})


def test_a_choice_that_matches_nothing_names_what_there_is():
    with pytest.raises(EmptySelection, match="anna, ben"):
        Readings.read(frame()).only(reader="carl")
    with pytest.raises(MissingColumn, match="hospital"):
        Readings.read(frame()).only(hospital="x")


def test_several_questions_or_sessions_must_be_chosen_from():
    with pytest.raises(AmbiguousSelection, match="'only', such as question: q1"):
        Readings.read(frame(question=["q1", "q2", "q1", "q2"])).cube()
    twice = pd.concat([frame(session=1), frame(session=2)])
    with pytest.raises(AmbiguousSelection, match="choose one with 'session'"):
        Readings.read(twice).cube()
    assert Readings.read(twice).only(session=2).cube().ratings.shape == (1, 2, 2)


def test_unknown_truth_and_a_single_class_are_refused():
    with pytest.raises(MissingTruth, match="c10"):
        _ = Readings.read(frame(truth=[0, 0, None, None])).cube().is_diseased
    with pytest.raises(EmptyClass, match="healthy"):
        _ = Readings.read(frame(truth=[1, 1, 1, 1])).cube().is_diseased


def test_a_method_for_crossed_designs_refuses_missing_readings_and_offers_the_rest():
    cube = Readings.read(frame()).cube()
    with pytest.raises(IncompleteDesign, match="c10"):
        cube.require_complete("Obuchowski-Rockette")
    assert cube.complete_cases().cases == ("c2",)


def test_only_known_columns_can_be_pivoted():
    with pytest.raises(UnknownChoice, match="seconds"):
        Readings.read(frame()).cube(value="age")
    with pytest.raises(UnknownOption, match="give options"):
        Readings.read(frame()).cube(value="answer")


def test_every_error_has_a_message_of_its_own():
    def tree(cls):
        return [cls, *(leaf for child in cls.__subclasses__() for leaf in tree(child))]

    messages = [str(error()) for error in tree(StatisticsError)]
    assert len(set(messages)) == len(messages)


def asked_twice(**more):
    """How sure a reader is in one question; what is right, at another."""
    sure = pd.DataFrame({"reader": "anna", "display_set": ["a", "b", "c"], "question": "sure", "answer": [1, 4, 5]})
    kind = sure.assign(question="kind", answer=["benign", "cancer", "cancer"], truth=["benign", "cancer", None])
    return Readings.read(pd.concat([sure, kind.assign(**more)]), positive="cancer")


def test_ratings_of_one_question_are_compared_with_the_truth_of_another():
    readings = asked_twice().with_truth_of("kind").only(question="sure", display_set=["a", "b"])
    assert readings.cube().is_diseased.tolist() == [False, True]
    assert readings.cube().ratings.ravel().tolist() == [1, 4]


def test_a_display_set_without_truth_at_that_question_has_none():
    with pytest.raises(MissingTruth, match="c"):
        _ = asked_twice().with_truth_of("kind").only(question="sure").cube().is_diseased


def test_a_question_that_has_no_truth_or_two_is_refused_by_name():
    with pytest.raises(MissingTruth, match="'sure'"):
        asked_twice().with_truth_of("sure")
    with pytest.raises(EmptySelection, match="kind, sure"):
        asked_twice().with_truth_of("size")
    readings = asked_twice(question_text="Kind?")
    both = readings.frame.assign(question=[f"{q} {n}" for n, q in enumerate(readings.frame["question"])])
    twice = both.assign(display_set="a", truth=["x", "y", "x", "x", "y", "y"])
    with pytest.raises(ContradictoryTruth, match="two truths of a"):
        Readings.read(twice).with_truth_of("Kind?")


def test_what_is_left_out_is_gone_and_what_is_misspelt_is_refused():
    readings = Readings.read(frame(reader=["R1", "R2", "R1", "R2"]))
    assert readings.leave_out(reader="R2").names("reader") == ("R1",)
    assert readings.leave_out(display_set="c2").names("display_set") == ("c10",)
    with pytest.raises(EmptySelection, match="R1, R2"):
        readings.leave_out(reader=["R2", "R3"])
    with pytest.raises(EmptySelection, match="leave out fewer"):
        readings.leave_out(reader=["R1", "R2"])
    with pytest.raises(MissingColumn, match="no column 'age'"):
        readings.leave_out(age=3)


def test_reading_again_may_say_that_nought_is_positive():
    again = Readings.read(Readings.read(frame()), positive=0)
    assert again.cube().is_diseased.tolist() == [True, False]


def test_a_number_of_numpy_chooses_like_any_other_value():
    table = pd.DataFrame({"reader": ["anna", "anna"], "display_set": [1, 2], "answer": [1, 2]})
    readings = Readings.read(table)
    for case in table["display_set"].unique():
        assert readings.only(display_set=case).names("display_set") == (str(case),)
