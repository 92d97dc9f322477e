import csv
import io
import sys

import pytest

from readroom import SocketValueSpec
from readroom.client.answers import Scene, row, to_seconds
from readroom.client.models import Answer


@pytest.fixture
def study(client, server):
    options = [{"id": 1, "title": "left"}, {"id": 2, "title": "right"}]
    study = server.add_study(
        "nodules",
        questions=[
            {"question_text": "Side?", "answer_type": "Multiple choice", "options": options},
            {"question_text": '=Sum, "quoted"', "answer_type": "Text"},
        ],
    )
    server.add_socket("ct-image")
    image = server.add_image("chest")["api_url"]
    case = client.add_case_to_reader_study(
        reader_study_slug="nodules", values=[SocketValueSpec("ct-image", existing_image_api_url=image)], title="First"
    )
    for question, value in zip(study["questions"], [[2, 1], "-1 + 1"], strict=True):
        client.reader_studies.answers.create(
            question=question["pk"], display_set=case.pk, answer=value, total_edit_duration="00:01:30.5"
        )
    return study


def test_the_table_has_words_instead_of_ids(client, study):
    rows = client.reader_studies.answers.table(reader_study="nodules", form="rows")
    assert [row["answer_text"] for row in rows] == ["right; left", "-1 + 1"]
    assert rows[0]["display_set_title"] == "First"
    assert rows[0]["seconds"] == 90.5
    assert rows[0]["images"] == "chest"


def test_the_wide_table_has_a_column_per_question(client, study):
    [row] = client.reader_studies.answers.table(reader_study="nodules", wide=True, form="rows")
    assert row["Side?"] == "right; left"
    assert row["seconds"] == 181


def test_csv_runs_nothing_in_a_spreadsheet(client, study):
    text = client.reader_studies.answers.table(reader_study="nodules", form="csv")
    [_, second] = csv.DictReader(io.StringIO(text))
    assert second["question_text"] == '\'=Sum, "quoted"'
    assert second["answer"] == "'-1 + 1"


@pytest.mark.parametrize("form", ["pandas", "polars"])
def test_frames_have_a_row_per_answer(client, study, form):
    frame = client.reader_studies.answers.table(reader_study="nodules", form=form)
    assert len(frame) == 2
    assert list(frame["answer_text"]) == ["right; left", "-1 + 1"]


def test_a_study_without_answers_gives_an_empty_table(client, server):
    server.add_study("empty")
    assert client.reader_studies.answers.table(reader_study="empty", form="rows") == []
    assert len(client.reader_studies.answers.table(reader_study="empty", form="pandas")) == 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:00:01", 1),
        ("01:30", 90),
        ("1 00:00:00", 86400),
        ("P0DT00H00M30S", 30),
        ("PT5S", 5),
        (None, None),
        ("x", None),
    ],
)
def test_durations_of_both_forms_are_seconds(text, seconds):
    assert to_seconds(text) == seconds


def test_masks_are_downloaded_under_telling_names(client, server, study, tmp_path):
    answer = next(iter(server.objects["answers"].values()))
    answer["answer_image"] = server.add_image("mask", b"mask pixels")["api_url"]
    [path] = client.reader_studies.answers.masks(reader_study="nodules", output_directory=tmp_path)
    assert path.name.startswith("First_me_Side")
    assert path.read_bytes() == b"mask pixels"


def test_an_answer_to_a_question_that_is_not_shown_any_more_keeps_its_address():
    scene = Scene(questions={}, display_sets={}, image_names={})
    shown = row(Answer({"pk": "1", "question": "https://a/questions/7/", "answer": 3}), scene)
    assert (shown["question_text"], shown["answer_text"]) == ("https://a/questions/7/", 3)


@pytest.mark.parametrize(
    ("absent", "kind"), [((), "DataFrame"), (("pandas",), "DataFrame"), (("pandas", "polars"), "str")]
)
def test_the_table_is_a_frame_of_what_is_installed_else_csv(client, study, monkeypatch, absent, kind):
    pytest.importorskip("polars")  # before pandas is hidden: it remembers for good what it finds when it is imported
    for name in absent:
        monkeypatch.setitem(sys.modules, name, None)
    table = client.reader_studies.answers.table(reader_study="nodules")
    assert type(table).__name__ == kind
    assert type(table).__module__.partition(".")[0] == ("pandas", "polars", "builtins")[len(absent)]
