"""Documents in requests: read as they are meant, and none of them keeps the server busy."""

from __future__ import annotations

import copy

import orjson
import pytest
from tests.server.api.conftest import STUDIES

from readroom.server.api.replies import to_json
from readroom.server.db.models import DisplaySet, ReaderStudy
from readroom.server.services import accounts, hanging_protocols, studies, study_documents, workstation_configs
from readroom.server.services.socket_values import Source
from readroom.server.testing import factories

APPLY = f"{STUDIES}apply/"


@pytest.fixture
def maker(client_of):
    return client_of(factories.make_user("maker", may_create_studies=True))


def apply(client, text):
    return client.post(APPLY, data=text, content_type="application/yaml")


def test_what_has_a_colon_or_is_a_date_is_a_text(maker):
    text = "readroom: 1\nstudy: {title: 12:30}\ndisplay_sets:\n- {title: 2026-01-02, order: 10}\n- {title: 1:2.5, order: 20}\n"
    reply = apply(maker, text)
    assert reply.status_code in {200, 201}, reply.content
    assert ReaderStudy.objects.get().title == "12:30"
    assert list(DisplaySet.objects.order_by("order").values_list("title", "order")) == [
        ("2026-01-02", 10),
        ("1:2.5", 20),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("readroom: 1\nstudy: &a {title: x}\nsockets: [*a]\n", "aliases"),
        ("readroom: 1\nstudy: {title: !!int 1:1:1}\n", "tags"),
        ("readroom: 1\nstudy: !!python/object/apply:os.getcwd []\n", "tags"),
        ("[" * 5000, "cannot be read"),
    ],
)
def test_what_yaml_could_do_beyond_plain_data_is_refused(maker, text, reason):
    reply = apply(maker, text)
    assert reply.status_code == 400
    assert reason in reply.content.decode()
    assert not ReaderStudy.objects.exists()


def test_a_number_to_base_60_is_not_computed(maker):
    """Of this length it took minutes, in which the process did nothing else."""
    assert apply(maker, "readroom: 1\nstudy: {title: x}\nquestions: 1" + ":1" * 400_000).status_code == 400


ODD = [None, True, -1, 2**40, "", "x" * 300, [1], [[]], {"a": 1}]


@pytest.fixture
def document(people, study, choice_question, display_set):
    """A study file that has something in every part."""
    socket = factories.make_socket("Anything", value_schema={"type": "object"})
    factories.make_display_set(study, title="with", sources=[Source(socket_slug=socket.slug, value={"a": [1]})])
    image = factories.make_socket("Image")
    protocol = hanging_protocols.create_hanging_protocol(
        accounts.to_actor(people.editor), fields={"title": "One", "json": [{"viewport_name": "main"}]}
    )
    actor = accounts.to_actor(people.editor)
    table = {"title": "Hot", "color": "[0 0 0 0, 1 0 0 1]", "alpha": "[0 0, 1 1]"}
    hot = workstation_configs.create_look_up_table(actor, fields=table)
    factories.make_question(study, "Mask", required=False, look_up_table=hot.slug)
    config = workstation_configs.create_workstation_config(actor, fields={"title": "wide", "overlay_luts": [hot.slug]})
    changes = {
        "workstation_config": config.pk,
        "hanging_protocol": protocol.pk,
        "optional_hanging_protocols": [protocol.pk],
        "view_content": {"main": [image.slug]},
    }
    studies.change_study(accounts.to_actor(people.editor), study_id=study.pk, changes=changes)
    return orjson.loads(to_json(study_documents.export_study(accounts.to_actor(people.editor), study_id=study.pk)))


def with_one_wrong(document):
    """The document, with each of its fields replaced by each odd value."""
    for part, entries in document.items():
        for place, entry in enumerate(entries if isinstance(entries, list) else [entries]):
            for name in entry if isinstance(entry, dict) else ():
                for odd in ODD:
                    other = copy.deepcopy(document)
                    (other[part][place] if isinstance(entries, list) else other[part])[name] = odd
                    yield f"{part}.{name} = {odd!r:.20}", other
        for odd in ODD:
            yield f"{part} = {odd!r:.20}", document | {part: odd}


def test_a_study_file_of_wrong_types_is_refused_by_name_and_fails_nothing(as_editor, document):
    assert as_editor.send("POST", APPLY, document).status_code == 200
    statuses = {name: as_editor.send("POST", APPLY, other).status_code for name, other in with_one_wrong(document)}
    assert {name: status for name, status in statuses.items() if status not in {200, 201, 400}} == {}
    assert len(statuses) > 400
    assert sum(status == 400 for status in statuses.values()) > len(statuses) / 2


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("study", {"is_public": "yes"}, "is_public is true or false."),
        ("study", {"description": 7}, "description is a text."),
        ("study", {"publications": {"a": 1}}, "publications is a list."),
        ("study", {"roll_over_answers_for_n_cases": True}, "roll_over_answers_for_n_cases is a whole number."),
        ("study", {"optional_hanging_protocols": [1]}, "optional_hanging_protocols is a list of texts."),
        ("study", {"case_text": []}, "case_text is an object."),
    ],
)
def test_a_field_of_another_type_is_named_with_what_it_takes(as_editor, document, part, change, message):
    reply = as_editor.send("POST", APPLY, document | {part: document[part] | change})
    assert (reply.status_code, reply.json()) == (400, {part: [message]})


def test_of_very_many_unknown_fields_some_are_named(as_editor, study):
    body = {f"titel{number}": number for number in range(50_000)} | {"titl": "x"}
    reply = as_editor.send("PATCH", f"{STUDIES}{study.pk}/", body)
    assert reply.status_code == 400
    assert 0 < len(reply.json()) <= 20
    study.refresh_from_db()
    assert study.title == "Nodules"
