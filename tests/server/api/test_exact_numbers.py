"""Whole numbers come back as they were sent, or are refused with the bound named."""

from __future__ import annotations

import json

import pytest
from tests.server.api.conftest import ANSWERS, DISPLAY_SETS, STUDIES, url

from readroom.server.db.models import Answer, DisplaySet, SocketValue
from readroom.server.testing import factories

WIDEST = 2**63 - 1
EXACT = [0, 2**53, 2**53 + 1, -(2**53) - 1, 10**18 + 1, WIDEST, -WIDEST]
TOO_WIDE = [WIDEST + 1, -WIDEST - 1, 2**64, 2**64 + 1, -(2**64), 10**30, -(10**30), 10**5000]


def as_json(number: int) -> str:
    return str(number) if abs(number) < 10**40 else "1" + "0" * 5000


def post_text(client, path, text):
    return client.post(path, data=text, content_type="application/json")


def display_set_of(study, socket, value: str) -> str:
    return f'{{"reader_study": "{study.slug}", "values": [{{"interface": "{socket.slug}", "value": {value}}}]}}'


@pytest.mark.parametrize("number", EXACT)
def test_a_value_comes_back_as_the_same_whole_number(as_editor, study, number):
    socket = factories.make_socket("Anything")
    made = post_text(
        as_editor, DISPLAY_SETS, display_set_of(study, socket, f'{{"a": [{number}, 0.1234567890123456789]}}')
    )
    assert made.status_code == 201, made.content
    for answer in (made, as_editor.get(f"{DISPLAY_SETS}{made.json()['pk']}/"), as_editor.get(DISPLAY_SETS)):
        assert f'"value":{{"a":[{number},0.1' in answer.content.decode().replace(" ", "")


@pytest.mark.parametrize("number", TOO_WIDE, ids=lambda number: f"{as_json(number)[:24]}")
@pytest.mark.parametrize("place", ["%s", '{"a": [1, %s]}'])
def test_a_value_that_would_be_changed_is_refused_with_its_bound(as_editor, study, number, place):
    socket = factories.make_socket("Anything")
    refused = post_text(as_editor, DISPLAY_SETS, display_set_of(study, socket, place % as_json(number)))
    assert refused.status_code == 400
    assert str(WIDEST) in refused.content.decode()
    assert not DisplaySet.objects.exists()
    assert not SocketValue.objects.exists()


@pytest.mark.parametrize(
    "text", ['"18446744073709551616"', "1e300", "0.12345678901234567890123", "123456789.12345678901234567890"]
)
def test_texts_and_fractions_may_have_as_many_digits_as_they_like(as_editor, study, text):
    socket = factories.make_socket("Anything")
    made = post_text(as_editor, DISPLAY_SETS, display_set_of(study, socket, text))
    value = made.json()["values"][0]["value"]
    assert (value if isinstance(value, str) else float(value)) == json.loads(text)


@pytest.mark.parametrize(
    ("number", "status"), [(2**53 - 1, 201), (2**53, 400), (-(2**53), 400), (WIDEST, 400), (2**64, 400)]
)
def test_a_number_that_a_browser_would_change_is_no_answer(as_reader, study, display_set, number, status):
    question = factories.make_question(study, "Number", required=False, widget="Number Input")
    body = {
        "question": url("questions", question.pk),
        "display_set": url("display-sets", display_set.pk),
        "answer": number,
    }
    answer = as_reader.send("POST", ANSWERS, body)
    assert answer.status_code == status
    if status == 201:
        assert answer.json()["answer"] == Answer.objects.get().value == number
    else:
        assert str(WIDEST if number > WIDEST else 2**53 - 1) in answer.content.decode()
        assert not Answer.objects.exists()


def test_ground_truth_and_study_files_have_the_same_bounds(as_editor, study, display_set):
    for method, path, text in (
        ("put", f"{STUDIES}{study.pk}/ground-truth/", '[{"display_set": 18446744073709551616}]'),
        ("post", f"{STUDIES}apply/", '{"study": {"title": 18446744073709551616}}'),
    ):
        refused = getattr(as_editor, method)(path, data=text, content_type="application/json")
        assert refused.status_code == 400
        assert str(WIDEST) in refused.content.decode()


def test_numbers_that_a_database_writes_out_are_read_again_and_are_no_change(as_reader, people):
    settings = {"settings": {"a": [1e30, {"b": -1.5e300}], "c": 2**63 - 1}}
    path = "/api/v1/accounts/me/settings/"
    first = as_reader.send("PUT", path, settings)
    again = as_reader.send("PUT", path, settings)
    assert first.json() == again.json() == as_reader.get(path).json() == settings | {"version": 1}
    socket = factories.make_socket("Float", default_value=6.02e23)
    assert as_reader.get(f"/api/v1/components/interfaces/{socket.pk}/").json()["default_value"] == 6.02e23
