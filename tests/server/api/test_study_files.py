"""What a study file holds comes out of another server as it went in, and a second time nothing changes."""

from __future__ import annotations

import pytest
import yaml
from tests.server.api.conftest import STUDIES

from readroom.server.db.models import (
    AuditEntry,
    HangingProtocol,
    LookUpTable,
    Question,
    ReaderStudy,
    WindowPreset,
    WorkstationConfig,
)
from readroom.server.services import accounts, hanging_protocols, workstation_configs
from readroom.server.testing import factories

LUNG = {"title": "Lung", "center": -600, "width": 1500}
HOT = {"title": "Hot", "color": "[0 0 0 0, 255 0 0 1]", "alpha": "[0 0, 1 1]", "range_min": -5, "range_max": 5}


@pytest.fixture
def maker(people):
    people.editor.may_create_studies = True
    people.editor.save()
    return people.editor


@pytest.fixture
def client(client_of, maker):
    return client_of(maker)


@pytest.fixture
def apply(client):
    def send(document):
        return client.post(f"{STUDIES}apply/", data=yaml.safe_dump(document), content_type="application/yaml")

    return send


@pytest.fixture
def document(client, maker, study):
    """The file of a study with settings of the viewer and a look-up table of a question."""
    actor = accounts.to_actor(maker)
    lung = workstation_configs.create_window_preset(actor, fields=LUNG)
    hot = workstation_configs.create_look_up_table(actor, fields=HOT)
    fields = {"title": "wide", "description": "For lungs.", "default_zoom_scale": 2.5, "link_panning": False}
    fields |= {"window_presets": [lung.slug], "default_window_preset": lung.slug, "overlay_luts": [hot.slug]}
    config = workstation_configs.create_workstation_config(actor, fields=fields)
    question = factories.make_question(study, "Mask", question_text="Where?", required=False, look_up_table=hot.slug)
    assert client.send("PATCH", f"{STUDIES}{study.pk}/", {"workstation_config": str(config.pk)}).status_code == 200
    filed = yaml.safe_load(client.get(f"{STUDIES}{study.pk}/file/?as=yaml").content)
    assert filed["questions"][-1]["look_up_table"] == question.look_up_table.slug
    filed["study"] |= {"slug": "elsewhere", "title": "Elsewhere"}
    return filed


def forget_viewer_settings():
    """As on another server."""
    ReaderStudy.objects.update(workstation_config=None)
    Question.objects.update(look_up_table=None)
    for model in (WorkstationConfig, WindowPreset, LookUpTable):
        model.objects.all().delete()


def filed_again(client):
    study = ReaderStudy.objects.get(slug="elsewhere")
    return yaml.safe_load(client.get(f"{STUDIES}{study.pk}/file/?as=yaml").content)


def test_settings_of_the_viewer_travel_with_a_study(client, apply, document):
    forget_viewer_settings()
    reply = apply(document)
    assert reply.status_code == 201, reply.content
    assert "workstation config wide" in reply.json()["created"]
    assert filed_again(client) == document
    before = AuditEntry.objects.count()
    again = apply(document).json()
    assert (again["created"], again["changed"], AuditEntry.objects.count()) == ([], [], before)
    assert (WorkstationConfig.objects.count(), WindowPreset.objects.count(), LookUpTable.objects.count()) == (1, 1, 2)


def test_settings_that_are_there_under_the_same_title_and_differ_stand_beside(client, apply, document):
    document["workstation_configs"][0]["settings"]["default_zoom_scale"] = 3.5
    document["look_up_tables"][0]["range_max"] = 7
    assert apply(document).status_code == 201
    assert apply(document).json()["changed"] == []
    assert (WorkstationConfig.objects.filter(title="wide").count(), LookUpTable.objects.count()) == (2, 3)
    again = filed_again(client)
    assert again["workstation_configs"] == document["workstation_configs"]
    table = LookUpTable.objects.get(range_max=7)
    assert again["look_up_tables"] == [document["look_up_tables"][0] | {"slug": table.slug}]


@pytest.mark.parametrize(
    ("part", "entries"),
    [
        ("workstation_configs", [{"settings": {}}]),
        ("workstation_configs", [{"title": 5}]),
        ("workstation_configs", [{"title": "x", "settings": ["a"]}]),
        ("workstation_configs", [{"title": "x", "settings": {"default_zoom_scale": "wide"}}]),
        ("workstation_configs", [{"title": "x", "settings": {"zoom": 1}}]),
        ("workstation_configs", [{"title": "x", "window_presets": "lung"}]),
        ("workstation_configs", [{"title": "x", "window_presets": ["lung"]}]),
        ("workstation_configs", [{"title": "x", "window_presets": [{"title": "y", "center": "z", "width": 1}]}]),
        ("workstation_configs", [{"title": "x", "window_presets": [{"title": "y"}]}]),
        ("workstation_configs", [{"title": "x", "default_overlay_lut": {"title": "y", "color": "red"}}]),
        ("workstation_configs", [{"title": "x", "description": 7}]),
        ("look_up_tables", [{"slug": "x", "title": "y", "color": 5, "alpha": "[0 0]"}]),
        ("look_up_tables", [{"slug": "x", "title": "y", "hue": 5}]),
        ("look_up_tables", ["grey"]),
    ],
)
def test_settings_of_the_viewer_that_are_wrong_make_nothing(apply, part, entries):
    before = AuditEntry.objects.count()
    reply = apply({"readroom": 1, "study": {"title": "x"}, part: entries})
    assert reply.status_code == 400, reply.content
    assert (ReaderStudy.objects.filter(title="x").exists(), AuditEntry.objects.count()) == (False, before)


def test_sockets_travel_with_their_look_up_tables_and_what_differs_here_is_told(apply, document, client):
    document["sockets"] = [
        {
            "slug": "pet",
            "title": "PET",
            "kind": "Heat Map",
            "relative_path": "images/pet",
            "look_up_table": document["look_up_tables"][0]["slug"],
        },
        {"slug": "stage", "title": "Stage", "kind": "Integer", "relative_path": "stage.json"},
    ]
    document["study"]["view_content"] = {"main": ["pet"]}
    document["display_sets"] = [{"title": "Case", "values": {"stage": {"value": 2}}}]
    forget_viewer_settings()
    assert apply(document).status_code == 201
    pet, _stage = filed_again(client)["sockets"]
    assert pet["look_up_table"] == document["look_up_tables"][0]["slug"]
    document["sockets"][1]["value_schema"] = {"maximum": 4}
    again = apply(document).json()
    assert again["warnings"] == ["The socket stage is here with another value_schema, and stays so."]
    document["sockets"][1]["look_up_table"] = 5
    assert apply(document).json() == {"sockets": ["look_up_table is a text."]}


def test_a_workstation_config_that_is_nowhere_is_named(apply):
    reply = apply({"readroom": 1, "study": {"title": "x", "workstation_config": "none such"}})
    assert (reply.status_code, "none such" in str(reply.json())) == (400, True)


def test_questions_with_the_same_text_and_display_sets_with_the_same_order_stay_apart(client, apply, document):
    document["questions"] = [
        {"question_text": "Why?", "answer_type": "Text", "widget": "Text Input"},
        {"question_text": "Why?", "answer_type": "Number", "widget": "Number Input"},
    ]
    document["display_sets"] = [{"title": "", "order": 5}, {"title": "", "order": 5}]
    assert apply(document).status_code == 201
    again = apply(document).json()
    assert (again["created"], again["changed"]) == ([], [])
    filed = filed_again(client)
    assert [question["answer_type"] for question in filed["questions"]] == ["Text", "Number"]
    assert [case["order"] for case in filed["display_sets"]] == [5, 5]


def test_a_layout_whose_title_is_taken_is_made_once(apply, document, maker):
    other = {"title": "Two", "json": [{"viewport_name": "main"}]}
    hanging_protocols.create_hanging_protocol(accounts.to_actor(maker), fields=other)
    document["hanging_protocols"] = [{"title": "Two", "json": [{"viewport_name": "main", "orientation": "axial"}]}]
    document["study"]["hanging_protocol"] = "Two"
    document["study"]["view_content"] = {}
    assert "hanging protocol Two (2)" in apply(document).json()["created"]
    assert apply(document).json()["created"] == []
    assert HangingProtocol.objects.filter(title__startswith="Two").count() == 2


def test_the_trail_names_the_presets_of_viewer_settings(client, document):
    config = WorkstationConfig.objects.get(title="wide")
    path = f"/api/v1/workstations/configs/{config.pk}/"
    assert client.send("PATCH", path, {"window_presets": []}).status_code == 200
    entry = AuditEntry.objects.filter(act="change workstation config").latest("id")
    assert ('"lung"' in entry.before, '"window_presets": []' in entry.after) == (True, True)
