import pickle

import pytest

from readroom.client.models import Answer, DisplaySet, SocketValue
from readroom.client.records import Record

CASE = {
    "pk": "1",
    "title": "First",
    "values": [{"interface": {"pk": 7, "slug": "ct"}, "image": "u"}],
    "novelty": {"a": 1},
}


def test_fields_are_attributes_and_keys():
    case = DisplaySet(CASE)
    assert case.title == case["title"] == case.get("title") == "First"
    assert case.values[0].interface.slug == "ct"
    assert isinstance(case.values[0], SocketValue)


def test_what_a_newer_server_adds_is_kept():
    assert DisplaySet(CASE).novelty == {"a": 1}
    assert DisplaySet(CASE).to_dict() == CASE


def test_what_a_server_leaves_out_reads_as_nothing():
    case = DisplaySet({"pk": "1"})
    assert case.order is None
    assert case.values == []
    assert case.get("values") is None


def test_an_unknown_field_names_those_there_are():
    with pytest.raises(AttributeError, match="DisplaySet has no 'titel'; it has .*title"):
        DisplaySet(CASE).titel  # noqa: B018
    with pytest.raises(KeyError, match="titel"):
        DisplaySet(CASE)["titel"]


def test_a_record_survives_pickling_and_compares_by_content():
    case = DisplaySet(CASE)
    assert pickle.loads(pickle.dumps(case)) == case
    assert case != DisplaySet({"pk": "2"})
    assert len({case, DisplaySet(CASE)}) == 1


def test_a_field_of_older_servers_is_made_when_it_is_asked_for():
    calls = []
    record = Record({"pk": "1"}, {"images": lambda made: calls.append(made) or ["a"]})
    assert "images" in record
    assert not calls
    assert record["images"] == record.images == ["a"]
    assert len(calls) == 1


def test_a_declared_field_is_found_without_a_search_that_fails(monkeypatch):
    def search(record, name):
        raise AssertionError(f"{name} was searched for")

    monkeypatch.setattr("readroom.client.records.Record.__getattr__", search)
    answer = Answer({"pk": "1", "score": None})
    assert (answer.pk, answer.score, answer.creator) == ("1", None, None)
