from __future__ import annotations

import json

import pytest
from tests.server.api.conftest import ANSWERS, DISPLAY_SETS, QUESTIONS, STUDIES

from readroom.server.db.models import Answer, AuditEntry, ReaderStudy
from readroom.server.testing import factories


@pytest.fixture
def path(study):
    return f"{STUDIES}{study.pk}/ground-truth/"


@pytest.fixture
def bool_question(study):
    return factories.make_question(study, "Bool", question_text="Benign?", required=False)


@pytest.fixture
def multiple(study):
    return factories.make_question(study, "Multiple choice", question_text="Where?", required=False)


def upload(client, path, text):
    data = text.encode() if isinstance(text, str) else text
    return client.put(path, data=data, content_type="text/csv")


def truths():
    rows = Answer.objects.filter(is_ground_truth=True).order_by("display_set__order", "question__question_text")
    return [(row.display_set.title, row.question.question_text, row.value, row.explanation) for row in rows]


def test_the_example_can_be_uploaded_as_it_is_and_is_complete(
    as_editor, path, text_question, choice_question, multiple, bool_question, study
):
    for _ in range(3):
        factories.make_display_set(study)
    factories.make_question(study, "Number", answer_min_value=3, widget="Number Input", required=True)
    factories.make_question(study, "Heading")
    example = as_editor.get(f"{path}example.csv").content
    assert upload(as_editor, path, example).json() == {"answers": 15}
    assert as_editor.get(path).json() == {"expected": 15, "present": 15}


@pytest.mark.parametrize(
    "text",
    [
        'case,What do you see?,Malignant?,Malignant?__explanation\n{pk},"a, ""b""",Yes,"because, so"\n',
        'case;What do you see?;Malignant?;Malignant?__explanation\n{pk};a, "b";Yes;because, so\n\n;;;\n',
        "'case','What do you see?','Malignant?','Malignant?__explanation'\n'{pk}','\"a, \\\\\"b\\\\\"\"','\"Yes\"','because, so'\n",
        '\ufeffcase\tWhat do you see?\tMalignant?\tMalignant?__explanation\r\nCase 1\ta, "b"\tYes\tbecause, so\r\n',
    ],
    ids=["commas", "semicolons and blank rows", "single quotes", "tabs, a byte-order mark and titles"],
)  # fmt: skip
def test_tables_of_all_dialects_are_read(as_editor, path, text_question, choice_question, display_set, text):
    reply = upload(as_editor, path, text.format(pk=display_set.pk))
    assert reply.status_code == 200, reply.content
    yes = factories.option_id(choice_question, "Yes")
    assert truths() == [("Case 1", "Malignant?", yes, "because, so"), ("Case 1", "What do you see?", 'a, "b"', "")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("case,Malignant?\nnothing,Yes\n", "There is no display set 'nothing'"),
        ("case,Malignant?\nCase 1,Perhaps\n", "'Perhaps' is not an option"),
        ("case,Malignant?\nCase 1,Yes\nCase 1,No\n", "Row 2 has the same display set"),
        ("case,Malignant?\nCase 1,Yes,7\n", "The row has 3 cells, the header 2"),
        ("case,Unknown?\nCase 1,Yes\n", "No question is called 'Unknown?'"),
        ("case\nCase 1\n", "The column 'Malignant?' is missing"),
        ("name,Malignant?\nCase 1,Yes\n", "The first column must be called"),
        ("case,Malignant?\n", "no rows"),
        ("\n", "no rows"),
        (b"case,Malignant?\nCase 1,\xff\n", "not UTF-8 (line 2)"),
    ],
)
def test_a_wrong_table_is_refused_with_its_reason_and_nothing_is_written(
    as_editor, path, choice_question, display_set, text, message
):
    reply = upload(as_editor, path, text)
    assert reply.status_code == 400
    assert message in json.dumps(reply.json(), ensure_ascii=False)
    assert truths() == []


def test_faults_are_named_by_row_and_column(as_editor, path, choice_question, display_set, study):
    factories.make_display_set(study, title="Case 2")
    reply = upload(as_editor, path, "case,Malignant?\nCase 1,Yes\nCase 2,x\n")
    assert [(row["row"], row["column"]) for row in reply.json()["rows"]] == [(3, "Malignant?")]
    assert truths() == []


def test_equal_question_texts_are_told_apart_by_id(as_editor, path, study, display_set):
    first, second = (factories.make_question(study, "Bool", question_text="Same?", required=False) for _ in range(2))
    assert "Two questions" in upload(as_editor, path, "case,Same?\nCase 1,true\n").json()["ground_truth"][0]
    reply = upload(as_editor, path, f"case,{first.pk},Same? [{second.pk}]\nCase 1,yes,no\n")
    assert reply.json() == {"answers": 2}


def test_an_unknown_option_of_a_multiple_choice_fails(as_editor, path, multiple, display_set):
    refused = upload(as_editor, path, 'case;Where?\nCase 1;["Left", "Behind"]\n')
    assert "'Behind' is not an option" in refused.json()["rows"][0]["message"]
    assert upload(as_editor, path, 'case;Where?\nCase 1;["Left", "Right"]\n').status_code == 200


def test_optional_empty_cells_create_nothing_and_a_second_upload_overwrites(
    as_editor, path, bool_question, display_set, study
):
    factories.make_display_set(study, title="Case 2")
    assert upload(as_editor, path, "case,Benign?\nCase 1,true\nCase 2,\n").json() == {"answers": 1}
    assert upload(as_editor, path, "case,Benign?\nCase 1,false\nCase 2,null\n").json() == {"answers": 1}
    assert truths() == [("Case 1", "Benign?", False, "")]


def test_the_trail_keeps_the_ground_truth_that_was_overwritten_or_deleted(as_editor, path, bool_question, display_set):
    upload(as_editor, path, "case,Benign?,Benign?__explanation\nCase 1,true,because\n")
    upload(as_editor, path, "case,Benign?\nCase 1,false\n")
    as_editor.delete(path)
    place = {"display_set": str(display_set.pk), "question": str(bool_question.pk)}
    first, second = place | {"answer": True, "explanation": "because"}, place | {"answer": False, "explanation": ""}
    entries = AuditEntry.objects.filter(act__endswith="ground truth").order_by("id").values_list("before", "after")
    read = [tuple(json.loads(text) if text else None for text in entry) for entry in entries]
    assert read == [([], [first]), ([first], [second]), ([second], None)]


def test_an_upload_without_answers_leaves_everything_as_it_is(as_editor, path, bool_question, display_set):
    upload(as_editor, path, "case,Benign?\nCase 1,true\n")
    assert upload(as_editor, path, "case,Benign?\nCase 1,\n").status_code == 400
    assert len(truths()) == 1


def test_json_entries_name_things_by_id_title_or_text(as_editor, path, choice_question, bool_question, display_set):
    entries = [
        {"display_set": "Case 1", "question": "Malignant?", "answer": "Yes", "explanation": "e"},
        {"display_set": str(display_set.pk), "question": str(bool_question.pk), "answer": True},
    ]
    assert as_editor.send("PUT", path, entries).json() == {"answers": 2}
    wrong = as_editor.send("PUT", path, [{"display_set": "x", "question": "Malignant?", "answer": 1}])
    assert wrong.json()["rows"][0]["column"] == "display_set"
    assert as_editor.send("PUT", path, {"no": "list"}).status_code == 400


@pytest.mark.parametrize("explanation", [7, True, ["a"], {"a": 1}])
def test_an_explanation_is_a_text(as_editor, path, bool_question, display_set, explanation):
    entry = {"display_set": "Case 1", "question": "Benign?", "answer": True, "explanation": explanation}
    reply = as_editor.send("PUT", path, [entry])
    assert reply.json() == {"rows": [{"row": 1, "column": "explanation", "message": "An explanation is a text."}]}
    assert truths() == []
    assert as_editor.send("PUT", path, [entry | {"explanation": None}]).json() == {"answers": 1}


def test_ground_truth_belongs_to_the_editor_who_wrote_it_last(
    as_editor, client_of, people, path, bool_question, display_set, study
):
    upload(as_editor, path, "case,Benign?\nCase 1,true\n")
    study.members.create(user=people.stranger, role="editor")
    upload(client_of(people.stranger), path, "case,Benign?\nCase 1,false\n")
    [truth] = Answer.objects.filter(is_ground_truth=True)
    assert (truth.value, truth.creator) == (False, people.stranger)


@pytest.mark.parametrize(("who", "status"), [("reader", 403), ("uploader", 403), ("stranger", 404), (None, 401)])
def test_only_editors_write_ground_truth(client_of, people, path, bool_question, display_set, who, status):
    client = client_of(getattr(people, who) if who else None)
    assert upload(client, path, "case,Benign?\nCase 1,true\n").status_code == status
    assert client.delete(path).status_code == status


def test_scores_follow_the_ground_truth(as_editor, as_reader, post_answer, path, multiple, display_set):
    left, right, upper, _ = multiple.options.values_list("pk", flat=True)
    pk = post_answer(as_reader, multiple, display_set, [right, left]).json()["pk"]

    def score():
        return as_editor.send("GET", f"{ANSWERS}{pk}/").json()["score"]

    assert score() is None
    upload(as_editor, path, 'case;Where?\nCase 1;["Left", "Right"]\n')
    assert score() == 1
    as_reader.send("PATCH", f"{ANSWERS}{pk}/", {"answer": [left, right, upper]})
    assert score() == pytest.approx(2 / 3)
    as_reader.send("PATCH", f"{ANSWERS}{pk}/", {"answer": [right]})
    assert score() == 0.5
    as_editor.send("PATCH", f"{STUDIES}{multiple.study_id}/", {"scoring_rule": "Exact"})
    assert score() == 0
    assert as_editor.delete(path).json() == {"deleted": 1}
    assert score() is None
    assert Answer.objects.count() == 1


def test_scores_follow_the_tolerance(as_editor, as_reader, people, post_answer, display_set, study):
    question = factories.make_question(study, "Number", required=False)
    factories.make_truth(question, display_set, editor=people.editor, value=10)
    pk = post_answer(as_reader, question, display_set, 11).json()["pk"]
    for tolerance, score in ((0, 0), (1, 1), (0.5, 0)):
        as_editor.send("PATCH", f"{QUESTIONS}{question.pk}/", {"score_tolerance": tolerance})
        assert as_editor.get(f"{ANSWERS}{pk}/").json()["score"] == score


def test_answers_of_a_reader_who_finished_become_ground_truth_and_stay_his(
    as_editor, as_reader, post_answer, path, text_question, display_set, study
):
    point = factories.make_question(study, "Point", required=False)
    post_answer(as_reader, text_question, display_set, "x")
    body = {"username": "reader"}
    assert as_editor.send("POST", f"{path}from-reader/", body).status_code == 400
    post_answer(as_reader, point, display_set, None)
    assert as_editor.send("POST", f"{path}from-reader/", body).json() == {"answers": 1}
    assert as_reader.send("GET", f"{ANSWERS}mine/").json()["count"] == 2
    assert as_editor.send("POST", f"{path}from-reader/", body).status_code == 400


def test_an_editor_takes_the_ground_truth_as_his_answers_once(as_editor, path, bool_question, display_set):
    upload(as_editor, path, "case,Benign?\nCase 1,true\n")
    assert as_editor.send("POST", f"{path}to-answers/").json() == {"answers": 1}
    assert as_editor.send("POST", f"{path}to-answers/").status_code == 400
    assert as_editor.send("GET", f"{ANSWERS}mine/").json()["results"][0]["score"] == 1


def test_readers_learn_what_is_right_only_where_the_study_teaches(
    as_reader, as_editor, client_of, people, path, choice_question, display_set, study
):
    shown = f"{path}{display_set.pk}/"
    upload(as_editor, path, "case,Malignant?,Malignant?__explanation\nCase 1,Yes,because\n")
    assert as_reader.get(shown).status_code == 404
    ReaderStudy.objects.filter(pk=study.pk).update(is_educational=True)
    (truth,) = as_reader.get(shown).json().values()
    assert (truth["answer_text"], truth["question_text"], truth["explanation"]) == ("Yes", "Malignant?", "because")
    assert truth["options"][str(truth["answer"])] == "Yes"
    assert client_of(people.stranger).get(shown).status_code == 404
    listed = as_reader.send("GET", f"{ANSWERS}?is_ground_truth=true").json()
    assert listed["count"] == 0
    assert as_reader.send("GET", f"{STUDIES}{study.pk}/").json()["has_ground_truth"] is True


@pytest.mark.parametrize(("state", "status"), [("draft", 200), ("open", 200), ("paused", 400), ("closed", 400)])
def test_ground_truth_becomes_answers_only_while_the_study_takes_answers(
    as_editor, path, bool_question, display_set, study, state, status
):
    upload(as_editor, path, "case,Benign?\nCase 1,true\n")
    ReaderStudy.objects.filter(pk=study.pk).update(state=state)
    assert as_editor.send("POST", f"{path}to-answers/").status_code == status
    assert Answer.objects.filter(is_ground_truth=False).exists() == (status == 200)


def test_the_leaderboard_counts_scorable_questions_and_hides_names(
    as_editor, as_reader, client_of, people, post_answer, path, bool_question, display_set, study
):
    factories.make_question(study, "Point", required=False)
    upload(as_editor, path, "case,Benign?\nCase 1,true\n")
    post_answer(as_reader, bool_question, display_set, True)
    post_answer(client_of(people.colleague), bool_question, display_set, True)
    post_answer(as_editor, bool_question, display_set, True)
    board = f"{STUDIES}{study.pk}/leaderboard/"
    rows = as_editor.get(board).json()
    assert [(row["rank"], row["reader"], row["score"], row["maximum"]) for row in rows] == [
        (1, "colleague", 1, 1),
        (1, "reader", 1, 1),
    ]
    assert as_reader.get(board).status_code == 403
    ReaderStudy.objects.filter(pk=study.pk).update(is_educational=True, leaderboard_accessible_to_readers=True)
    assert {row["reader"] for row in as_reader.get(board).json()} == {"You", "Reader"}
    statistics = as_editor.get(f"{STUDIES}{study.pk}/statistics/").json()
    assert statistics["questions"][0]["answers"] == 3
    assert as_reader.get(f"{STUDIES}{study.pk}/statistics/").status_code == 403


def test_display_sets_with_ground_truth_alone_are_still_unanswered(
    as_reader, as_editor, path, bool_question, display_set, study
):
    upload(as_editor, path, "case,Benign?\nCase 1,true\n")
    query = f"reader_study={study.pk}&unanswered_by_user=true"
    assert as_reader.send("GET", f"{DISPLAY_SETS}?{query}").json()["count"] == 1


def test_deleting_ground_truth_touches_no_other_study_and_no_answer(
    as_editor, as_reader, people, post_answer, path, choice_question, display_set
):
    other = factories.make_study(editor=people.editor, readers=[people.reader])
    question, shown = factories.make_question(other, "Bool", required=False), factories.make_display_set(other)
    factories.make_truth(question, shown, editor=people.editor, value=True)
    factories.make_truth(choice_question, display_set, editor=people.editor, value="Yes")
    kept = post_answer(as_reader, question, shown, True).json()["pk"]
    post_answer(as_reader, choice_question, display_set, factories.option_id(choice_question, "Yes"))
    assert as_editor.delete(path).json() == {"deleted": 1}
    assert Answer.objects.filter(is_ground_truth=True, study=other).count() == 1
    assert Answer.objects.filter(is_ground_truth=False).count() == 2
    assert as_editor.get(f"{ANSWERS}{kept}/").json()["score"] == 1


def test_no_list_filter_or_error_tells_a_reader_what_is_right(
    as_reader, as_editor, people, post_answer, path, choice_question, text_question, display_set, study
):
    factories.make_truth(text_question, display_set, editor=people.editor, value="the secret truth")
    ReaderStudy.objects.update(is_educational=True)
    truth = Answer.objects.get(is_ground_truth=True)
    post_answer(as_reader, text_question, display_set, "a guess")
    for address in (
        f"{ANSWERS}?is_ground_truth=true", f"{ANSWERS}mine/?is_ground_truth=true", f"{ANSWERS}{truth.pk}/",
        f"{ANSWERS}{truth.pk}/history/", f"{ANSWERS}?creator={people.editor.username}", f"{STUDIES}{study.pk}/",
        f"{STUDIES}{study.pk}/statistics/", f"{STUDIES}{study.pk}/leaderboard/", f"{STUDIES}{study.pk}/export/",
        f"{STUDIES}{study.pk}/file/", f"{STUDIES}{study.pk}/audit/", path, f"{path}example.csv",
        f"{DISPLAY_SETS}{display_set.pk}/", f"{DISPLAY_SETS}{display_set.pk}/status/",
    ):  # fmt: skip
        assert b"secret truth" not in as_reader.get(address).content, address
    assert b"secret truth" not in as_reader.send("PATCH", f"{ANSWERS}{truth.pk}/", {"answer": "x"}).content
    assert b"secret truth" in as_editor.get(f"{ANSWERS}{truth.pk}/").content
