"""Every setting, question field, answer type, widget and kind of socket there is: set, shown, copied, filed, recorded.

The tables are held against the schemas and the rules, so that nothing new is left out.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.server.api.conftest import DISPLAY_SETS, QUESTIONS, STUDIES

from readroom.server.api.questions import QuestionFieldsIn
from readroom.server.api.reader_studies import StudyFieldsIn
from readroom.server.db.models import AuditEntry, LookUpTable, ReaderStudy
from readroom.server.domain import questions as question_rules
from readroom.server.domain.sockets import KINDS
from readroom.server.domain.viewer_settings import DEFAULTS
from readroom.server.services import accounts, hanging_protocols, workstation_configs
from readroom.server.testing import factories

ANNOTATIONS = Path(__file__).resolve().parents[3] / "contract" / "fixtures" / "annotations" / "valid"
CONFIGS = "/api/v1/workstations/configs/"

SETTINGS = {
    "title": ({}, "Another title"),
    "description": ({}, "About *lungs*"),
    "help_text": ({}, "Scroll."),
    "end_of_study_text": ({}, "Thank you."),
    "case_text": ({}, {"a.mha": "Look left."}),
    "is_public": ({"description": "For all."}, True),
    "access_request_handling": ({}, "accept-all"),
    "view_content": ({}, {"main": ["scan"]}),
    "shuffle_hanging_list": ({}, True),
    "allow_case_navigation": ({}, True),
    "allow_answer_modification": ({}, True),
    "enable_autosaving": ({"allow_answer_modification": True}, True),
    "allow_show_all_annotations": ({}, True),
    "roll_over_answers_for_n_cases": ({}, 3),
    "is_educational": ({}, True),
    "instant_verification": ({"is_educational": True}, True),
    "leaderboard_accessible_to_readers": ({"is_educational": True}, True),
    "max_credits": ({}, 1000),
    "scoring_rule": ({}, "Exact"),
    "publications": ({}, ["10.1000/182"]),
    "modalities": ({}, ["CT"]),
    "structures": ({}, ["Lung"]),
    "organizations": ({}, ["A hospital"]),
    "hanging_protocol": ({}, "protocol"),
    "optional_hanging_protocols": ({}, ["protocol"]),
    "workstation_config": ({}, "config"),
}
NOT_COPIED = {"title", "is_public", "max_credits"}


def test_no_setting_of_a_study_is_left_out():
    assert set(SETTINGS) == set(StudyFieldsIn.model_fields)


@pytest.fixture
def made(people):
    """A layout and settings of the viewer, by the words that the tables use for them."""
    actor = accounts.to_actor(people.editor)
    layout = {"title": "one", "json": [{"viewport_name": "main"}]}
    config = workstation_configs.create_workstation_config(actor, fields={"title": "wide"})
    return {
        "protocol": str(hanging_protocols.create_hanging_protocol(actor, fields=layout).pk),
        "config": str(config.pk),
    }


def in_words(value, made):
    """Ids and addresses as the words of the table."""
    words = {pk: word for word, pk in made.items()}
    if isinstance(value, dict) and "pk" in value:
        return words[value["pk"]]
    if isinstance(value, list):
        return [in_words(part, made) for part in value]
    return next((word for pk, word in words.items() if isinstance(value, str) and pk in value), value)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_set_shown_recorded_and_copied(as_editor, client_of, people, made, name):
    study = factories.make_study(editor=people.editor)
    people.editor.save()
    factories.make_socket("Image", title="Scan")
    needed, value = SETTINGS[name]
    ids = {**made}
    wanted = [ids.get(part, part) for part in value] if isinstance(value, list) else ids.get(str(value), value)
    path = f"{STUDIES}{study.pk}/"
    before = in_words(as_editor.get(path).json()[name], made)
    changed = as_editor.send("PATCH", path, {**needed, name: wanted, "why": "for the test"})
    assert changed.status_code == 200, changed.content
    assert (before != value, in_words(changed.json()[name], made)) == (True, value)
    entry = AuditEntry.objects.filter(act="change study").latest("id")
    assert (name in json.loads(entry.after), entry.why) == (True, "for the test")
    parts = ["hanging", "case_text"]
    copied = as_editor.send("POST", f"{path}copy/", {"title": "Copy", "parts": parts}).json()
    assert (in_words(copied[name], made) == value) is (name not in NOT_COPIED)
    filed = as_editor.get(f"{path}file/").json()["study"][name]
    if "protocol" in str(value):
        assert filed == (["one"] if isinstance(value, list) else "one")
    else:
        assert filed == ("wide" if name == "workstation_config" else value)


FIELDS = {
    "question_text": ("Text", {}, "Another question?"),
    "help_text": ("Text", {}, "Look closely."),
    "widget": ("Text", {}, "Text Area"),
    "required": ("Text", {}, False),
    "image_port": ("Point", {"image_port": "main"}, "Secondary"),
    "direction": ("Text", {}, "Vertical"),
    "order": ("Text", {}, 7),
    "default_annotation_color": ("Point", {"image_port": "main"}, "#00ff00"),
    "overlay_segments": ("Mask", {"image_port": "main"}, [{"name": "lesion", "visible": True, "voxel_value": 1}]),
    "interface": ("Text", {}, "words"),
    "look_up_table": ("Mask", {"image_port": "main"}, "table"),
    "answer_min_value": ("Number", {"widget": "Number Input"}, -3),
    "answer_max_value": ("Number", {"widget": "Number Input"}, 30),
    "answer_step_size": ("Number", {"widget": "Number Input"}, "0.5"),
    "answer_min_length": ("Text", {}, 2),
    "answer_max_length": ("Text", {}, 20),
    "answer_match_pattern": ("Text", {}, "^[a-z]+$"),
    "empty_answer_confirmation": ("Text", {"required": False}, True),
    "empty_answer_confirmation_label": ("Text", {}, "Nothing seen"),
    "score_tolerance": ("Number", {}, 0.5),
    "options": ("Choice", {"options": ["Yes", "No"]}, ["Left", "Right"]),
}
SHOWN_AS = {"direction": "form_direction"}
NEVER_LOCKED = {
    "help_text", "direction", "order", "default_annotation_color", "look_up_table", "empty_answer_confirmation",
    "empty_answer_confirmation_label", "score_tolerance",
}  # fmt: skip


def test_no_field_of_a_question_is_left_out():
    assert set(FIELDS) == set(QuestionFieldsIn.model_fields)
    assert set(FIELDS) - NEVER_LOCKED == set(question_rules.LOCKED_FIELDS) - {"answer_type"}


def shown_field(body, name):
    value = body[SHOWN_AS.get(name, name)]
    if name == "options":
        return [option["title"] for option in value]
    return value["slug"] if name in ("interface", "look_up_table") and value else value


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_of_a_question_is_set_shown_recorded_and_copied_and_locked_if_it_gives_answers_their_meaning(
    as_editor, people, study, name
):
    answer_type, needed, value = FIELDS[name]
    factories.make_socket("String", title="Words")
    segments = factories.make_socket("Segmentation", title="Segments")
    LookUpTable.objects.create(title="Table", slug="table", color="[0 0 0 0]", alpha="[0 0]")
    if name == "overlay_segments":
        needed = {**needed, "interface": segments.slug}
        value = segments.overlay_segments
    ReaderStudy.objects.update(view_content={})
    body = {"reader_study": str(study.pk), "question_text": "Q?", "answer_type": answer_type, **needed}
    question = as_editor.send("POST", QUESTIONS, body | ({name: value} if name == "overlay_segments" else {}))
    assert question.status_code == 201, question.content
    path = f"{QUESTIONS}{question.json()['pk']}/"
    if name != "overlay_segments":
        assert shown_field(question.json(), name) != value
        changed = as_editor.send("PATCH", path, {name: value})
        assert changed.status_code == 200, changed.content
        assert name in json.loads(AuditEntry.objects.filter(act="change question").latest("id").after)
    assert shown_field(as_editor.get(path).json(), name) == value
    people.editor.save()
    copied = as_editor.send("POST", f"{STUDIES}{study.pk}/copy/", {"title": "Copy"}).json()
    assert shown_field(copied["questions"][-1], name) == value
    row = study.questions.get(pk=question.json()["pk"])
    display_set = factories.make_display_set(study)
    study.answers.create(
        round_id=study.rounds.get().pk, creator=people.reader, question=row, display_set=display_set,
        created_at=row.created_at, modified_at=row.created_at,
    )  # fmt: skip
    other = question.json()[SHOWN_AS.get(name, name)] if name not in ("options", "overlay_segments") else ["Other"]
    if name == "overlay_segments":
        other = None
    if name in ("interface", "look_up_table"):
        other = None
    refused = as_editor.send("PATCH", path, {name: other})
    assert refused.status_code == (200 if name in NEVER_LOCKED else 400), refused.content


def answers_by_type():
    found = {}
    for file in sorted(ANNOTATIONS.glob("*.json")):
        content = json.loads(file.read_text())
        found.setdefault(content["type"], content)
    plain = {"Text": "words", "Bool": True, "Number": 1.5, "Choice": 0, "Multiple choice": [0, 1], "Mask": None}
    return plain | found


TYPES = answers_by_type()


def test_no_answer_type_is_left_out():
    assert set(TYPES) == set(question_rules.ANSWER_TYPES) - {question_rules.HEADING}


@pytest.mark.parametrize(
    ("answer_type", "widget"),
    [(kind, widget) for kind in TYPES for widget in (question_rules.widgets_of(kind) or ("",))],
)
def test_every_type_is_asked_with_every_widget_answered_read_back_and_exported(
    as_editor, as_reader, post_answer, study, display_set, answer_type, widget
):
    body = {"reader_study": str(study.pk), "question_text": "Q?", "answer_type": answer_type, "widget": widget}
    body["required"] = False
    if "hoice" in answer_type:
        body["options"] = ["Yes", "No"]
    if question_rules.needs_image_port(answer_type):
        body["image_port"] = "main"
    if widget == "Accept/Reject Findings":
        body["interface"] = factories.make_socket(answer_type, is_stored_as_file=True).slug
    if widget == "Number Range":
        body |= {"answer_min_value": 0, "answer_max_value": 3, "answer_step_size": 0.5}
    question = as_editor.send("POST", QUESTIONS, body)
    assert question.status_code == 201, question.content
    assert (question.json()["answer_type"], question.json()["widget"]) == (answer_type, widget)
    row, value = study.questions.get(), TYPES[answer_type]
    if "hoice" in answer_type:
        ids = [option["id"] for option in question.json()["options"]]
        value = ids if isinstance(value, list) else ids[0]
    given = post_answer(as_reader, row, display_set, value)
    assert given.status_code == 201, given.content
    assert as_reader.get(given.json()["api_url"]).json()["answer"] == value
    table = b"".join(as_editor.get(f"{STUDIES}{study.pk}/export/").streaming_content).decode()
    assert f",{answer_type}," in table


VALUES = {
    "String": "x",
    "Integer": 0,
    "Float": 0.5,
    "Bool": False,
    "Anything": {"a": [None]},
    "Chart": {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "data": {"values": []}, "mark": "bar"},
    "Affine transform registration": {"3d_affine_transform": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]},
    "Choice": "a",
    "Multiple choice": ["a"],
    **{kind: value for kind, value in TYPES.items() if isinstance(value, dict)},
}


def test_no_kind_with_a_value_is_left_out():
    assert set(VALUES) == {label for label, kind in KINDS.items() if kind.family == "json"}


@pytest.mark.parametrize("kind", [kind for kind in VALUES if kind not in question_rules.SEVERAL])
def test_every_kind_of_value_stands_in_a_display_set_and_comes_back(as_editor, study, kind):
    socket = factories.make_socket(kind)
    body = {"reader_study": study.slug, "values": [{"interface": socket.slug, "value": VALUES[kind]}]}
    made = as_editor.send("POST", DISPLAY_SETS, body)
    assert made.status_code == 201, made.content
    [value] = as_editor.get(f"{DISPLAY_SETS}{made.json()['pk']}/").json()["values"]
    assert (value["value"], value["interface"]["kind"], value["interface"]["super_kind"]) == (
        VALUES[kind],
        kind,
        "Value",
    )
    wrong = {"values": [{"interface": socket.slug, "value": [None, {}]}]}
    refused = as_editor.send("PATCH", f"{DISPLAY_SETS}{made.json()['pk']}/", wrong)
    assert refused.status_code == (200 if kind == "Anything" else 400), refused.content


VIEWER = {
    name: {bool: not value, float: 2.0 if name != "default_overlay_alpha" else 0.25, int: 2}.get(type(value))
    for name, value in DEFAULTS.items()
} | {
    "image_context": "Pathology",
    "default_slab_render_method": "Maximum",
    "default_orientation": "Sagittal",
    "default_overlay_interpolation": "Trilinear",
    "default_image_interpolation": "NearestNeighbor",
    "overlay_segments": [{"name": "lesion", "visible": True, "voxel_value": 1}],
    "key_bindings": [{"key": "n", "command": "next"}],
    "default_brush_size": 3.5,
    "default_annotation_color": "#00ff00",
    "default_annotation_line_width": 3,
    "enabled_preprocessors": ["contrast_enhanced"],
}


def test_every_setting_of_the_viewer_is_kept_and_shown(as_editor):
    made = as_editor.send("POST", CONFIGS, {"title": "All", **VIEWER})
    assert made.status_code == 201, made.content
    shown = as_editor.get(f"{CONFIGS}{made.json()['pk']}/").json()
    assert {name: shown[name] for name in VIEWER} == VIEWER | {"default_brush_size": "3.5"}
    assert not [name for name, value in VIEWER.items() if value is None or value == DEFAULTS[name]]


@pytest.mark.parametrize("name", VIEWER)
def test_a_setting_of_the_viewer_that_no_viewer_could_follow_is_refused(as_editor, name):
    refused = as_editor.send("POST", CONFIGS, {"title": "Wrong", name: {"not": "possible"}})
    assert (refused.status_code, list(refused.json())) == (400, [name]), refused.content
