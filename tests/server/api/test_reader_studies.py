from __future__ import annotations

import csv
import io
import json
import re

import pytest
import yaml
from django.utils import timezone
from tests.server.api.conftest import ANSWERS, QUESTIONS, STUDIES

from readroom.server.db.models import (
    Answer,
    AuditEntry,
    DisplaySet,
    Invitation,
    Question,
    ReaderStudy,
    StudyMember,
    User,
)
from readroom.server.domain.studies import RISKY_WHILE_READING
from readroom.server.services import copying
from readroom.server.testing import factories
from readroom.stats.exported import SHIELD


@pytest.fixture
def maker(people):
    people.editor.may_create_studies = True
    people.editor.save()
    return people.editor


def test_a_study_is_made_by_those_who_may_and_its_maker_is_editor_not_reader(client_of, maker, people):
    made = client_of(maker).send("POST", STUDIES, {"title": "New study"})
    assert made.status_code == 201, made.content
    assert made.json()["state"] == "draft"
    assert list(StudyMember.objects.values_list("user__username", "role")) == [("editor", "editor")]
    assert client_of(people.reader).send("POST", STUDIES, {"title": "x"}).status_code == 403
    assert client_of(None).send("POST", STUDIES, {"title": "x"}).status_code == 401


def test_slugs_are_unique_readable_and_never_names_of_routes(client_of, maker):
    client = client_of(maker)
    slugs = [
        client.send("POST", STUDIES, {"title": title}).json()["slug"] for title in ("A b", "A b", "answers", "شعاع")
    ]
    assert slugs[:3] == ["a-b", "a-b-2", "answers-1"]
    assert slugs[3].startswith("untitled-")


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"is_public": True}, "description"),
        ({"instant_verification": True}, "instant_verification"),
        ({"leaderboard_accessible_to_readers": True}, "leaderboard_accessible_to_readers"),
        ({"enable_autosaving": True}, "enable_autosaving"),
        ({"roll_over_answers_for_n_cases": 2, "shuffle_hanging_list": True}, "roll_over_answers_for_n_cases"),
        ({"title": " "}, "title"),
        ({"scoring_rule": "x"}, "scoring_rule"),
        ({"view_content": {"main": ["nothing"]}}, "view_content"),
        ({"hanging_protocol": "14909328-7a62-4745-8d2a-81a5d936f34b"}, "hanging_protocol"),
        ({"access_request_handling": "x"}, "access_request_handling"),
    ],
)
def test_settings_that_contradict_each_other_are_refused_by_name(client_of, maker, settings, field):
    reply = client_of(maker).send("POST", STUDIES, {"title": "x", **settings})
    assert (reply.status_code, list(reply.json())) == (400, [field])
    assert not ReaderStudy.objects.exists()


def test_changing_settings_while_people_read_warns_and_is_recorded(
    as_editor, as_reader, post_answer, text_question, display_set, study
):
    post_answer(as_reader, text_question, display_set, "x")
    reply = as_editor.send("PATCH", f"{STUDIES}{study.pk}/", {"shuffle_hanging_list": True, "why": "by mistake"})
    assert list(reply.json()["warnings"]) == ["shuffle_hanging_list"]
    entry = AuditEntry.objects.get(act="change study")
    assert json.loads(entry.before) == {"shuffle_hanging_list": False}
    assert json.loads(entry.after) == {"shuffle_hanging_list": True}
    assert entry.why == "by mistake"


def test_html_is_taken_out_of_what_is_shown(as_editor, study):
    evil = '<script>alert(1)</script><b onclick="x()">fine</b>'
    as_editor.send("PATCH", f"{STUDIES}{study.pk}/", {"title": evil, "help_text": evil, "end_of_study_text": evil})
    body = as_editor.send("GET", f"{STUDIES}{study.pk}/").json()
    for name in ("title_safe", "help_text_safe", "end_of_study_text_safe"):
        assert "script" not in body[name]
        assert "onclick" not in body[name]
        assert "fine" in body[name]


def test_only_a_complete_study_is_opened(client_of, maker):
    client = client_of(maker)
    path = f"{STUDIES}{client.send('POST', STUDIES, {'title': 'x'}).json()['pk']}/"
    kinds = [gap["kind"] for gap in client.send("GET", f"{path}readiness/").json()]
    assert kinds[:2] == ["questions", "display_sets"]
    refused = client.send("POST", f"{path}state/", {"state": "open"})
    assert (refused.status_code, list(refused.json())) == (400, ["state"])
    study = ReaderStudy.objects.get()
    factories.make_question(study, "Bool", required=False)
    socket = factories.make_socket()
    factories.make_display_set(study, sources=[factories.Source(socket_slug=socket.slug, value="x")])
    assert client.send("POST", f"{path}state/", {"state": "open"}).json()["state"] == "open"
    assert client.send("POST", f"{path}state/", {"state": "draft"}).json()["state"] == "draft"
    assert client.send("POST", f"{path}state/", {"state": "closed"}).status_code == 400


@pytest.mark.parametrize("name", sorted(RISKY_WHILE_READING))
def test_every_setting_that_changes_the_conditions_of_reading_warns_once_there_are_answers(
    as_editor, as_reader, post_answer, text_question, display_set, study, name
):
    value = getattr(study, name)
    other = (not value) if isinstance(value, bool) else value + 1
    needed = {"is_educational": True} if name == "instant_verification" else {}
    if name == "roll_over_answers_for_n_cases":
        as_editor.send("PATCH", f"{STUDIES}{study.pk}/", {"allow_case_navigation": False})
    assert as_editor.send("PATCH", f"{STUDIES}{study.pk}/", {name: other} | needed).json()["warnings"] == {}
    as_editor.send("PATCH", f"{STUDIES}{study.pk}/", {name: value})
    post_answer(as_reader, text_question, display_set, "x")
    reply = as_editor.send("PATCH", f"{STUDIES}{study.pk}/", {name: other})
    assert reply.json()["warnings"] == {name: RISKY_WHILE_READING[name]}
    entry = AuditEntry.objects.filter(act="change study").latest("id")
    assert (json.loads(entry.before), json.loads(entry.after)) == ({name: value}, {name: other})


def test_a_study_that_is_deleted_takes_its_parts_along_and_nothing_else(
    as_editor, text_question, choice_question, display_set, study, people
):
    other = factories.make_study(editor=people.editor)
    kept = factories.make_display_set(other)
    assert as_editor.send("DELETE", f"{STUDIES}{study.pk}/").status_code == 204
    assert list(ReaderStudy.objects.values_list("pk", flat=True)) == [other.pk]
    assert list(DisplaySet.objects.values_list("pk", flat=True)) == [kept.pk]
    assert not Question.objects.exists()
    assert set(StudyMember.objects.values_list("study_id", flat=True)) == {other.pk}


def test_a_study_with_answers_is_not_deleted(as_editor, as_reader, post_answer, text_question, display_set, study):
    pk = post_answer(as_reader, text_question, display_set, "x").json()["pk"]
    assert as_editor.send("DELETE", f"{STUDIES}{study.pk}/").status_code == 400
    as_editor.send("DELETE", f"{ANSWERS}{pk}/")
    assert as_reader.send("DELETE", f"{STUDIES}{study.pk}/").status_code == 403
    assert as_editor.send("DELETE", f"{STUDIES}{study.pk}/").status_code == 204


def test_a_public_study_is_seen_by_all_and_its_content_is_not(client_of, people, study, text_question, display_set):
    ReaderStudy.objects.filter(pk=study.pk).update(is_public=True, description="d")
    for who in (people.stranger, None):
        client = client_of(who)
        row = client.send("GET", f"{STUDIES}{study.pk}/").json()
        assert row["title"] == "Nodules"
        assert row["questions"] == []
        assert client.send("GET", QUESTIONS).json()["count"] == 0
        assert client.send("GET", f"{QUESTIONS}{text_question.pk}/").status_code == 404
        assert client.send("GET", f"/api/v1/reader-studies/display-sets/{display_set.pk}/").status_code == 404


QUESTION = {"question_text": "Q", "answer_type": "Text", "widget": "Text Input", "required": False}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"answer_type": "Nothing"}, "answer_type"),
        ({"widget": "Select"}, "widget"),
        ({"widget": ""}, "widget"),
        ({"question_text": " "}, "question_text"),
        ({"answer_type": "Bool", "widget": "", "required": True}, "required"),
        ({"answer_type": "Choice", "widget": "Select"}, "options"),
        ({"answer_type": "Choice", "widget": "Select", "options": [""]}, "options"),
        ({"answer_type": "Choice", "widget": "Select", "options": [{"title": "a", "default": True}, {"title": "b", "default": True}]}, "options"),
        ({"answer_type": "Number", "widget": "Number Range"}, "widget"),
        ({"answer_type": "Number", "widget": "Number Input", "answer_min_value": 5, "answer_max_value": 5}, "answer_max_value"),
        ({"answer_type": "Number", "widget": "", "answer_min_value": 5}, "answer_min_value"),
        ({"answer_type": "Number", "widget": "Number Input", "answer_min_value": 0.5}, "answer_min_value"),
        ({"answer_type": "Number", "widget": "Number Input", "answer_max_value": 2**40}, "answer_max_value"),
        ({"answer_type": "Number", "widget": "", "answer_step_size": 1}, "answer_step_size"),
        ({"answer_min_length": 5, "answer_max_length": 4}, "answer_max_length"),
        ({"answer_match_pattern": "("}, "answer_match_pattern"),
        ({"answer_match_pattern": "(a+)+$"}, "answer_match_pattern"),
        ({"image_port": "main"}, "image_port"),
        ({"answer_type": "Point", "widget": ""}, "image_port"),
        ({"default_annotation_color": "#ffffff"}, "default_annotation_color"),
        ({"answer_type": "Point", "widget": "", "image_port": "main", "default_annotation_color": "red"}, "default_annotation_color"),
        ({"overlay_segments": [{"name": "a", "visible": True, "voxel_value": 1}]}, "overlay_segments"),
        ({"empty_answer_confirmation": True, "required": True}, "required"),
        ({"answer_type": "Choice", "widget": "Select", "options": ["a"], "empty_answer_confirmation": True}, "empty_answer_confirmation"),
        ({"interface": "an image socket"}, "interface"),
        ({"interface": "nothing"}, "interface"),
        ({"answer_type": "Multiple points", "widget": "Accept/Reject Findings", "image_port": "main"}, "interface"),
        ({"order": -1}, "order"),
    ],
)  # fmt: skip
def test_a_question_that_contradicts_itself_is_refused_by_name(as_editor, study, fields, field):
    if fields.get("interface") == "an image socket":
        fields = {"interface": factories.make_socket("Image").slug}
    reply = as_editor.send("POST", QUESTIONS, {"reader_study": str(study.pk), **QUESTION, **fields})
    assert (reply.status_code, list(reply.json())) == (400, [field])


def test_what_an_answer_means_cannot_change_and_the_rest_can(
    as_editor, as_reader, post_answer, choice_question, display_set
):
    path = f"{QUESTIONS}{choice_question.pk}/"
    assert as_editor.send("PATCH", path, {"question_text": "Better?"}).status_code == 200
    answer = post_answer(as_reader, choice_question, display_set, factories.option_id(choice_question, "Yes")).json()
    for changes in ({"question_text": "x"}, {"required": True}, {"options": ["a"]}, {"widget": "Select"}):
        refused = as_editor.send("PATCH", path, changes)
        assert (refused.status_code, list(refused.json())) == (400, list(changes)), changes
    assert as_editor.send("PATCH", path, {"help_text": "look closely", "order": 5}).status_code == 200
    assert as_editor.send("DELETE", path).status_code == 400
    as_editor.send("DELETE", f"{ANSWERS}{answer['pk']}/")
    assert as_editor.send("DELETE", path).status_code == 204
    assert not Question.objects.exists()


def test_a_question_is_drawn_only_where_an_image_is_shown(as_editor, study):
    image, text = factories.make_socket("Image"), factories.make_socket("String")
    study_path = f"{STUDIES}{study.pk}/"
    content = {"main": [image.slug], "secondary": [text.slug]}
    assert as_editor.send("PATCH", study_path, {"view_content": content}).status_code == 200
    body = {"reader_study": str(study.pk), "question_text": "Where?", "answer_type": "Point", "required": False}
    for port, status in (("tertiary", 400), ("secondary", 400), ("main", 201)):
        assert as_editor.send("POST", QUESTIONS, {**body, "image_port": port}).status_code == status
    refused = as_editor.send("PATCH", study_path, {"view_content": {"secondary": [image.slug]}})
    assert "Where?" in refused.json()["view_content"][0]


def test_questions_have_every_field_of_the_contract(as_reader, choice_question):
    (row,) = as_reader.send("GET", QUESTIONS).json()["results"]
    assert row["form_direction"] == "Horizontal"
    assert [option["title"] for option in row["options"]] == ["No", "Yes", "Unsure", "Maybe"]
    assert row["interactive_algorithms"] == row["algorithms"] == []
    assert row["image_port"] == ""


def test_the_last_editor_stays(as_editor, study, people):
    members = f"{STUDIES}{study.pk}/members/"
    assert as_editor.send("DELETE", f"{members}editor/editor/").status_code == 400
    assert as_editor.send("POST", members, {"username": "colleague", "role": "editor"}).status_code == 201
    assert as_editor.send("DELETE", f"{members}editor/editor/").status_code == 204
    assert as_editor.send("GET", members).status_code == 404


def test_access_is_asked_for_once_and_decided(client_of, as_editor, people, study):
    ReaderStudy.objects.filter(pk=study.pk).update(is_public=True, description="d")
    stranger = client_of(people.stranger)
    path = f"{STUDIES}{study.pk}/access-requests/"
    assert stranger.send("POST", path).json() == {
        "status": "pending",
        "message": "An editor of this study decides on your request.",
    }
    assert stranger.send("POST", path).status_code == 400
    assert client_of(people.reader).send("POST", path).status_code == 400
    assert client_of(None).send("POST", path).status_code == 401
    assert as_editor.send("POST", f"{path}stranger/", {"is_accepted": True}).status_code == 204
    assert stranger.send("GET", f"{STUDIES}{study.pk}/progress/").status_code == 200
    as_editor.send("DELETE", f"{STUDIES}{study.pk}/members/reader/stranger/")
    assert as_editor.send("GET", path).json()[0]["status"] == "rejected"


def test_who_asks_for_access_sees_the_own_request_alone(client_of, as_editor, people, study):
    ReaderStudy.objects.filter(pk=study.pk).update(is_public=True, description="d")
    path = f"{STUDIES}{study.pk}/access-requests/"
    stranger, other = client_of(people.stranger), client_of(people.uploader)
    for client in (stranger, other):
        assert client.send("GET", path).json() == []
        assert client.send("POST", path).status_code == 201
    assert client_of(None).send("GET", path).status_code == 401
    as_editor.send("POST", f"{path}stranger/", {"is_accepted": False, "reason": "It is full."})
    seen = [(row["username"], row["status"], row["reason"]) for row in stranger.send("GET", path).json()]
    assert seen == [("stranger", "rejected", "It is full.")]
    assert {row["username"] for row in as_editor.send("GET", path).json()} == {"stranger", "uploader"}


@pytest.mark.parametrize(("name", "roles"), [("editor", ["editor"]), ("reader", ["reader"]), ("stranger", [])])
def test_a_study_tells_what_one_is_in_it(client_of, people, study, name, roles):
    ReaderStudy.objects.filter(pk=study.pk).update(is_public=True, description="d")
    found = client_of(getattr(people, name)).send("GET", f"{STUDIES}{study.pk}/").json()
    assert found["roles"] == roles
    listed = client_of(getattr(people, name)).send("GET", STUDIES).json()["results"]
    assert [row["roles"] for row in listed] == [roles]


def test_a_superuser_is_everything_everywhere(client_of, people, study):
    User.objects.filter(pk=people.stranger.pk).update(is_superuser=True)
    people.stranger.refresh_from_db()
    found = client_of(people.stranger).send("GET", f"{STUDIES}{study.pk}/").json()
    assert found["roles"] == ["editor", "reader", "uploader"]


def test_readers_are_accepted_at_once_where_the_study_says_so(client_of, people, study):
    ReaderStudy.objects.filter(pk=study.pk).update(
        is_public=True, description="d", access_request_handling="accept-all"
    )
    reply = client_of(people.stranger).send("POST", f"{STUDIES}{study.pk}/access-requests/")
    assert reply.json()["status"] == "accepted"


@pytest.mark.parametrize("handling", ["accept-verified-users", "manual-review"])
@pytest.mark.parametrize("how", ["organisation", "invitation", "mail address only"])
def test_only_who_is_known_is_accepted_where_the_study_asks_for_it(client_of, people, study, handling, how):
    ReaderStudy.objects.update(is_public=True, description="d", access_request_handling=handling)
    if how == "organisation":
        User.objects.filter(pk=people.stranger.pk).update(oidc_subject="https://login.example|7")
    if how == "invitation":
        Invitation.objects.create(
            email="stranger@example.org", digest="d", expires_at=timezone.now(), accepted_by=people.stranger
        )
    reply = client_of(people.stranger).send("POST", f"{STUDIES}{study.pk}/access-requests/").json()
    is_accepted = handling == "accept-verified-users" and how != "mail address only"
    assert reply["status"] == ("accepted" if is_accepted else "pending")
    assert StudyMember.objects.filter(user=people.stranger, role="reader").exists() == is_accepted
    if how == "mail address only" and handling == "accept-verified-users":
        assert "ask an editor for an invitation" in reply["message"]


def test_progress_tells_of_every_reader(
    as_editor, as_reader, post_answer, text_question, choice_question, display_set, study
):
    factories.make_display_set(study)
    post_answer(as_reader, text_question, display_set, "x", last_edit_duration="00:01:00")
    post_answer(as_reader, choice_question, display_set, None)
    rows = {row["reader"]: row for row in as_editor.send("GET", f"{STUDIES}{study.pk}/progress/").json()}
    assert (rows["reader"]["progress"], rows["reader"]["complete_display_sets"], rows["reader"]["seconds"]) == (
        50,
        1,
        60,
    )
    assert (rows["colleague"]["progress"], rows["colleague"]["last_answer"]) == (0, None)
    assert [row["reader"] for row in as_reader.send("GET", f"{STUDIES}{study.pk}/progress/").json()] == ["reader"]


def test_an_empty_study_and_one_with_headings_only_is_not_finished(as_editor, study):
    factories.make_question(study, "Heading")
    factories.make_display_set(study)
    assert {row["progress"] for row in as_editor.send("GET", f"{STUDIES}{study.pk}/progress/").json()} == {0}


def test_a_copy_has_every_setting_and_part_and_no_answers(
    as_editor, client_of, maker, as_reader, post_answer, choice_question, study
):
    socket = factories.make_socket()
    display_set = factories.make_display_set(
        study, title="A", sources=[factories.Source(socket_slug=socket.slug, value="x")]
    )
    post_answer(as_reader, choice_question, display_set, None)
    everything = sorted(copying.PARTS)
    made = client_of(maker).send("POST", f"{STUDIES}{study.pk}/copy/", {"title": "Copy", "parts": everything})
    assert made.status_code == 201, made.content
    copied = ReaderStudy.objects.get(pk=made.json()["pk"])
    assert copied.state == "draft"
    for field in ReaderStudy._meta.concrete_fields:
        if field.name not in copying.NOT_COPIED:
            assert getattr(copied, field.attname) == getattr(study, field.attname), field.name
    assert [option.title for option in copied.questions.get().options.all()] == ["No", "Yes", "Unsure", "Maybe"]
    assert copied.display_sets.get().values.get().value == "x"
    assert not Answer.objects.filter(study=copied).exists()
    assert set(copied.members.values_list("user__username", "role")) == {
        ("editor", "editor"),
        ("reader", "reader"),
        ("colleague", "reader"),
    }
    assert as_reader.send("POST", f"{STUDIES}{study.pk}/copy/", {"title": "C"}).status_code == 403


def test_a_study_travels_as_a_file(client_of, maker, study, choice_question, settings_with):
    socket = factories.make_socket("Integer", title="Age")
    factories.make_display_set(study, title="A", sources=[factories.Source(socket_slug=socket.slug, value=50)])
    client = client_of(maker)
    text = client.get(f"{STUDIES}{study.pk}/file/?as=yaml").content.decode()
    document = yaml.safe_load(text)
    document["study"] |= {"slug": "elsewhere", "title": "Elsewhere"}
    for expected, status in ((["study Elsewhere", "question Malignant?", "display set A"], 201), ([], 200)):
        reply = client.post(f"{STUDIES}apply/", data=yaml.safe_dump(document), content_type="application/yaml")
        assert reply.status_code == status, reply.content
        assert reply.json()["created"] == expected
    other = ReaderStudy.objects.get(slug="elsewhere")
    assert other.display_sets.get().values.get().value == 50
    assert other.questions.get().options.count() == 4
    assert (
        client.get(f"{STUDIES}{other.pk}/file/").json()["questions"]
        == client.get(f"{STUDIES}{study.pk}/file/").json()["questions"]
    )


@pytest.fixture
def applied(client_of, maker, as_reader, post_answer, study):
    """A study with everything, and a function that applies its file after changes."""
    kinds = {"age": "Integer", "tags": "Anything", "scan": "Image"}
    age, tags, scan = (factories.make_socket(kind, title=title) for title, kind in kinds.items())
    factories.make_question(study, "Number", question_text="How old?", answer_step_size=0.5, widget="Number Input")
    sources = [
        factories.Source(socket_slug=scan.slug, image=factories.make_image(creator=maker).pk),
        factories.Source(socket_slug=age.slug, value=50),
        factories.Source(socket_slug=tags.slug, value={"a": [1, 2.5, True, None, "é"]}),
    ]
    factories.make_display_set(study, title="A", sources=sources)
    text = factories.make_question(study, "Text", question_text="What?", required=False)
    post_answer(as_reader, text, factories.make_display_set(study, title="B", sources=sources), "x")
    factories.make_display_set(study, order=77)
    client = client_of(maker)

    def apply(change=lambda document: None):
        document = yaml.safe_load(client.get(f"{STUDIES}{study.pk}/file/?as=yaml").content)
        change(document)
        return client.post(f"{STUDIES}apply/", data=yaml.safe_dump(document), content_type="application/yaml")

    return apply


def test_a_file_applied_again_changes_nothing(applied, study):
    before, modified = AuditEntry.objects.count(), ReaderStudy.objects.get().modified_at
    said = applied().json()
    assert (said["created"], said["changed"], said["warnings"]) == ([], [], [])
    assert said["unchanged"] == [
        "study Nodules", "question How old?", "question What?", "display set A", "display set B",
        "display set number 3",
    ]  # fmt: skip
    assert AuditEntry.objects.count() == before
    assert ReaderStudy.objects.get().modified_at == modified


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (lambda d: d["study"].update(description="New."), "study Nodules"),
        (lambda d: d["questions"][0].update(help_text="New."), "question How old?"),
        (lambda d: d["display_sets"][0].update(order=5), "display set A"),
        (lambda d: d["display_sets"][0]["values"].update({"age": {"value": 51}}), "display set A"),
        (lambda d: d["display_sets"][0]["values"]["tags"]["value"].update(a=[True, 2.5, True]), "display set A"),
    ],
)
def test_a_file_applied_again_tells_the_one_part_that_changed(applied, change, changed):
    assert applied(change).json()["changed"] == [changed]


def test_a_display_set_with_answers_is_left_as_it_is(applied):
    said = applied(lambda d: d["display_sets"][1].update(order=5)).json()
    assert said["changed"] == []
    assert said["warnings"] == ["The display set B has answers and was left as it is."]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda d: d["study"].update(slug="../x"), "study"),
        (lambda d: d["study"].update(slug="answers"), "study"),
        (lambda d: d["study"].update(slug=["x"]), "study"),
        (lambda d: d["study"].update(slug="x" * 256), "study"),
        (lambda d: d["sockets"][0].update(slug="a b"), "sockets"),
        (lambda d: d["display_sets"][2].pop("order"), "display_sets"),
        (lambda d: d["display_sets"][2].update(order="x"), "display_sets"),
        (lambda d: d["display_sets"][2].update(values=[]), ""),
        (lambda d: d["display_sets"][2].update(values=[1]), "display_sets"),
    ],
)
def test_a_file_that_could_not_be_found_again_is_refused(applied, change, field):
    reply = applied(change)
    assert (reply.status_code, list(reply.json())) == (400, [field]) if field else reply.status_code == 200


def test_a_file_does_not_take_the_slug_of_another_study(applied):
    ReaderStudy.objects.create(title="Hidden", slug="hidden")
    reply = applied(lambda d: d["study"].update(slug="hidden"))
    assert (reply.status_code, "choose another" in str(reply.json())) == (400, True)


@pytest.mark.parametrize(
    "text",
    ["a: &x [1]\nb: *x", "[1, 2", "just text", "readroom: 2", "readroom: 1\nstudy: {title: x}\nsurprise: 1",
     "readroom: 1\nstudy: {title: x, color: red}", "readroom: 1\nstudy: {title: x}\nquestions: [{answer_type: Text}]",
     "!!python/object/apply:os.system ['true']"],
)  # fmt: skip
def test_a_file_that_is_wrong_makes_nothing(client_of, maker, text):
    reply = client_of(maker).post(f"{STUDIES}apply/", data=text, content_type="application/yaml")
    assert reply.status_code == 400
    assert not ReaderStudy.objects.exists()


def export(client, study, query=""):
    reply = client.get(f"{STUDIES}{study.pk}/export/?{query}")
    return b"".join(reply.streaming_content)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_an_export_is_readable_and_safe_for_spreadsheets(
    as_editor, as_reader, people, post_answer, text_question, choice_question, study
):
    display_set = factories.make_display_set(study, title="=Case, 1\nشعاع")
    factories.make_truth(choice_question, display_set, editor=people.editor, value="No")
    post_answer(as_reader, text_question, display_set, "=1+1", last_edit_duration="00:00:02.5")
    post_answer(as_reader, choice_question, display_set, factories.option_id(choice_question, "Yes"))
    text, choice = rows_of(export(as_editor, study))
    assert list(text)[:9] == [
        "reader",
        "modality",
        "session",
        "display_set",
        "question",
        "answer",
        "rating",
        "truth",
        "seconds",
    ]
    assert (text["reader"], text["answer"], text["seconds"], text["display_set_title"]) == (
        "reader",
        "'=1+1",
        "2.5",
        "'=Case, 1\nشعاع",
    )
    assert (choice["answer"], choice["truth"], choice["rating"], choice["score"]) == ("Yes", "No", "2.0", "0.0")
    assert choice["options"] == "No; Yes; Unsure; Maybe"
    assert choice["question_text"] == "Malignant?"


def test_a_wide_export_has_a_column_per_question(
    as_editor, as_reader, client_of, people, post_answer, text_question, choice_question, display_set, study
):
    post_answer(as_reader, text_question, display_set, "mine")
    post_answer(client_of(people.colleague), text_question, display_set, "his")
    rows = rows_of(export(as_editor, study, "layout=wide&names=pseudonym"))
    assert [row["What do you see?"] for row in rows] == ["his", "mine"]
    assert all(row["reader"].startswith("reader-") for row in rows)
    assert rows[0]["Malignant?"] == ""


def test_a_pseudonym_is_of_one_person_whatever_blanks_are_around_it(as_editor, people, study):
    members = f"{STUDIES}{study.pk}/members/"

    def add(person, pseudonym):
        return as_editor.send("POST", members, {"username": person.username, "role": "reader", "pseudonym": pseudonym})

    assert add(people.reader, " R1 ").status_code == 201
    assert add(people.colleague, "R1").json() == {"pseudonym": ["Another person of this study has this pseudonym."]}
    assert add(people.colleague, "\tR1").status_code == 400
    assert add(people.colleague, "R2").status_code == 201
    held = StudyMember.objects.filter(role="reader", pseudonym__startswith="R").order_by("pseudonym")
    assert list(held.values_list("pseudonym", flat=True)) == ["R1", "R2"]


def test_parquet_has_the_same_rows_with_types(as_editor, as_reader, post_answer, study, display_set):
    import pyarrow.parquet as pq

    number = factories.make_question(study, "Number", required=False)
    post_answer(as_reader, number, display_set, 2.5)
    for layout in ("long", "wide"):
        table = pq.read_table(io.BytesIO(export(as_editor, study, f"format=parquet&layout={layout}")))
        assert table.num_rows == 1
    long = pq.read_table(io.BytesIO(export(as_editor, study, "format=parquet"))).to_pylist()[0]
    assert (long["rating"], long["session"]) == (2.5, 1)


def test_a_wide_parquet_table_has_the_type_of_each_question(as_editor, as_reader, post_answer, study, display_set):
    import pyarrow.parquet as pq

    asked = {"How many?": ("Number", -2.5), "Seen?": ("Bool", False), "Why?": ("Text", "=1+1")}
    for text, (answer_type, value) in asked.items():
        question = factories.make_question(study, answer_type, question_text=text, required=False)
        post_answer(as_reader, question, display_set, value)
    [row] = pq.read_table(io.BytesIO(export(as_editor, study, "format=parquet&layout=wide"))).to_pylist()
    assert {text: row[text] for text in asked} == {text: value for text, (_, value) in asked.items()}


@pytest.mark.parametrize("text", ["reader", "session", "seconds", "display_set_order", "score", "created"])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_question_called_like_a_column_is_told_from_it(
    as_editor, as_reader, post_answer, study, display_set, text, form
):
    import pyarrow.parquet as pq

    question = factories.make_question(study, "Text", question_text=text, required=False)
    post_answer(as_reader, question, display_set, "none")
    content = export(as_editor, study, f"format={form}&layout=wide")
    [row] = rows_of(content) if form == "csv" else pq.read_table(io.BytesIO(content)).to_pylist()
    found = row[text] if text in {"score", "created"} else row[f"{text} [{question.pk}]"]
    assert (found, row["reader"], row["session"]) == ("none", "reader", "1" if form == "csv" else 1)


def test_numbers_are_no_formulas_and_every_text_can_be_had_back(as_editor, as_reader, post_answer, study, display_set):
    texts = ["-5", "+0.5e3", "-5+1", "'=1", "=1", "'tis", "\n=1", "'"]
    for number, text in enumerate(texts):
        question = factories.make_question(study, "Text", question_text=f"Q{number}", required=False)
        post_answer(as_reader, question, display_set, text)
    number = factories.make_question(study, "Number", required=False)
    post_answer(as_reader, number, display_set, -0.1)
    rows = rows_of(export(as_editor, study))
    shown = ["-5", "+0.5e3", "'-5+1", "''=1", "'=1", "'tis", "'\n=1", "'"]
    assert [row["answer"] for row in rows] == [*shown, "-0.1"]
    assert [json.loads(row["answer_json"]) for row in rows] == [*texts, -0.1]
    assert [re.sub(SHIELD, "", text) for text in shown] == texts


@pytest.mark.parametrize(("who", "status"), [("reader", 403), ("uploader", 403), ("stranger", 404), (None, 401)])
def test_only_editors_export(client_of, people, study, who, status):
    client = client_of(getattr(people, who) if who else None)
    assert client.get(f"{STUDIES}{study.pk}/export/").status_code == status
    assert client.get(f"{STUDIES}{study.pk}/ground-truth/example.csv").status_code == status


def test_an_export_in_a_form_that_does_not_exist_is_refused(as_editor, study):
    assert list(as_editor.get(f"{STUDIES}{study.pk}/export/?format=xlsx").json()) == ["format"]


def test_an_export_shows_one_moment_although_answers_arrive_meanwhile(transactional_db, client_of):
    reader, editor = factories.make_user(), factories.make_user()
    study = factories.make_study(editor=editor, readers=[reader])
    question = factories.make_question(study, "Number", required=False)
    for number in range(5):
        factories.make_answer(question, factories.make_display_set(study), creator=reader, value=number)
    reply = client_of(editor).get(f"{STUDIES}{study.pk}/export/")
    pieces = iter(reply.streaming_content)
    first = [next(pieces), next(pieces)]
    factories.make_answer(question, factories.make_display_set(study), creator=reader, value=99)
    rows = rows_of(b"".join([*first, *pieces]))
    assert [row["answer"] for row in rows] == ["0", "1", "2", "3", "4"]
