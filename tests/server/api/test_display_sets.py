from __future__ import annotations

import json

import pytest
from tests.server.api.conftest import ANSWERS, DISPLAY_SETS, QUESTIONS, url

from readroom.server.db.models import (
    AuditEntry,
    DisplaySet,
    LookUpTable,
    ReaderStudy,
    ShuffledPlace,
    SocketValue,
    StudyMember,
)
from readroom.server.services.socket_values import Source
from readroom.server.testing import factories


def listed(client, query=""):
    return client.send("GET", f"{DISPLAY_SETS}?{query}").json()["results"]


def create(client, study, **fields):
    return client.send("POST", DISPLAY_SETS, {"reader_study": study.slug, **fields})


def test_orders_follow_in_tens_and_given_ones_are_kept(as_editor, study):
    orders = [
        create(as_editor, study, **body).json()["order"] for body in ({}, {"order": 42}, {"order": 0}, {"order": 5})
    ]
    assert orders == [10, 42, 50, 5]


@pytest.mark.parametrize("order", [None, -1, "x", 1.5, 2**31])
def test_an_order_that_is_none_is_refused(as_editor, study, order):
    reply = create(as_editor, study, order=order)
    assert (reply.status_code, list(reply.json())) == (400, ["order"])


def test_equal_orders_are_stable_by_creation_and_indexes_are_unique(as_editor, study):
    pks = [create(as_editor, study, order=10).json()["pk"] for _ in range(4)]
    rows = listed(as_editor, f"reader_study={study.pk}")
    assert [row["pk"] for row in rows] == pks
    assert [row["index"] for row in rows] == [0, 1, 2, 3]
    assert [as_editor.send("GET", f"{DISPLAY_SETS}{pk}/").json()["index"] for pk in pks] == [0, 1, 2, 3]
    assert [row["index"] for row in listed(as_editor, f"reader_study={study.pk}&offset=2")] == [2, 3]
    assert [row["index"] for row in listed(as_editor)] == [0, 1, 2, 3]


def test_a_title_is_unique_in_its_study_unless_it_is_empty(as_editor, people, study):
    other = factories.make_study(editor=people.editor)
    assert create(as_editor, study, title="A").status_code == 201
    assert list(create(as_editor, study, title="A").json()) == ["non_field_errors"]
    assert create(as_editor, other, title="A").status_code == 201
    first, second = create(as_editor, study), create(as_editor, study)
    assert first.status_code == second.status_code == 201
    again = as_editor.send("PATCH", f"{DISPLAY_SETS}{second.json()['pk']}/", {"title": "A"})
    assert again.status_code == 400


@pytest.mark.parametrize("title", ["a/b", "🫁 lung", "شعاع", "x" * 255, "create", "<b>bold</b>"])
def test_titles_of_all_kinds_come_back(as_editor, study, title):
    made = create(as_editor, study, title=title).json()
    assert made["title"] == title
    assert "<" not in made["title_safe"]


def test_a_title_of_more_than_255_characters_is_refused(as_editor, study):
    assert list(create(as_editor, study, title="x" * 256).json()) == ["title"]


@pytest.mark.parametrize(("who", "status"), [("editor", 201), ("uploader", 201), ("reader", 400), ("stranger", 400)])
def test_who_may_add_display_sets(client_of, people, study, who, status):
    reply = create(client_of(getattr(people, who)), study)
    assert reply.status_code == status
    if status == 400:
        assert list(reply.json()) == ["reader_study"]


def test_a_display_set_is_filled_at_once_all_or_nothing(as_editor, study, db):
    text, number = factories.make_socket("String"), factories.make_socket("Integer")
    values = [{"interface": text.slug, "value": "x"}, {"interface": number.slug, "value": 0}]
    made = create(as_editor, study, values=values)
    assert [value["value"] for value in made.json()["values"]] == ["x", 0]
    wrong = create(as_editor, study, values=[*values, {"interface": "unknown", "value": 1}])
    assert wrong.status_code == 400
    assert wrong.json()["values"][2] == {"interface": ["Object with slug=unknown does not exist."]}
    assert DisplaySet.objects.count() == 1


@pytest.mark.parametrize(
    ("item", "place"),
    [
        ({"value": None}, "value"),
        ({"value": 1, "image": "https://x/api/v1/cases/images/d2856bc1-fe72-42d7-b8b7-1622527b8311/"}, "__all__"),
        ({"image": "not a link"}, "image"),
        ({"user_upload": "https://x/api/v1/uploads/nothing/"}, "user_upload"),
        ({"value": "text"}, "__all__"),
    ],
)
def test_a_wrong_source_is_named_and_changes_nothing(as_editor, display_set, item, place):
    socket = factories.make_socket("Integer")
    reply = as_editor.send(
        "PATCH", f"{DISPLAY_SETS}{display_set.pk}/", {"values": [{"interface": socket.slug, **item}], "title": "new"}
    )
    assert reply.status_code == 400
    assert list(reply.json()["values"][0]) == [place]
    display_set.refresh_from_db()
    assert display_set.title == "Case 1"


def test_patch_keeps_and_put_removes_what_is_not_named(as_editor, display_set):
    one, two = factories.make_socket(), factories.make_socket()
    path = f"{DISPLAY_SETS}{display_set.pk}/"
    for socket in (one, two):
        as_editor.send("PATCH", path, {"values": [{"interface": socket.slug, "value": "x"}]})
    assert len(as_editor.send("GET", path).json()["values"]) == 2
    assert as_editor.send("PATCH", path, {"values": []}).status_code == 200
    replaced = as_editor.send("PUT", path, {"values": [{"interface": two.slug, "value": "y"}]}).json()
    assert [value["interface"] for value in replaced["values"]] == [two.slug]
    assert replaced["title"] == ""


def test_a_socket_named_twice_takes_the_last(as_editor, display_set):
    socket = factories.make_socket("Integer")
    body = {"values": [{"interface": socket.slug, "value": value} for value in (1, 2)]}
    reply = as_editor.send("PATCH", f"{DISPLAY_SETS}{display_set.pk}/", body)
    assert [value["value"] for value in reply.json()["values"]] == [2]


def test_images_must_be_visible_to_be_used(as_editor, people, display_set):
    socket = factories.make_socket("Image")
    own, foreign = factories.make_image(creator=people.editor), factories.make_image(creator=people.stranger)
    path = f"{DISPLAY_SETS}{display_set.pk}/"

    def use(image):
        link = f"https://any/api/v1/cases/images/{image.pk}/"
        return as_editor.send("PATCH", path, {"values": [{"interface": socket.slug, "image": link}]})

    assert list(use(foreign).json()["values"][0]) == ["image"]
    assert use(own).status_code == use(own).status_code == 200
    assert SocketValue.objects.get().image_id == own.pk


def test_replacing_an_image_ends_the_right_to_see_it_and_deleting_too(as_reader, as_editor, people, display_set, study):
    socket = factories.make_socket("Image")
    first, second = (factories.make_image(creator=people.editor) for _ in range(2))
    path = f"{DISPLAY_SETS}{display_set.pk}/"

    def sees(image):
        return as_reader.send("GET", f"/api/v1/cases/images/{image.pk}/").status_code == 200

    for image in (first, second):
        link = f"https://any/api/v1/cases/images/{image.pk}/"
        as_editor.send("PATCH", path, {"values": [{"interface": socket.slug, "image": link}]})
        assert sees(image)
    assert not sees(first)
    other = factories.make_study(readers=[people.reader])
    factories.make_display_set(other)
    SocketValue.objects.create(display_set=other.display_sets.get(), socket=socket, image=second)
    as_editor.send("DELETE", path)
    assert sees(second)
    StudyMember.objects.filter(user=people.reader).delete()
    assert not sees(second)


def test_a_segmentation_holds_only_named_voxel_values(as_editor, people, display_set):
    socket = factories.make_socket("Segmentation")
    path = f"{DISPLAY_SETS}{display_set.pk}/"
    for segments, status in (([0, 1], 200), ([0, 1, 7], 400), (None, 400)):
        image = factories.make_image(creator=people.editor, segments=segments)
        link = f"https://any/api/v1/cases/images/{image.pk}/"
        reply = as_editor.send("PATCH", path, {"values": [{"interface": socket.slug, "image": link}]})
        assert reply.status_code == status
        if segments == [0, 1, 7]:
            assert "7, allowed are 0, 1" in reply.json()["values"][0]["__all__"][0]


def test_nothing_of_a_display_set_changes_after_the_first_answer_until_it_is_deleted(
    as_editor, as_reader, post_answer, text_question, display_set
):
    pk = post_answer(as_reader, text_question, display_set, "x").json()["pk"]
    path = f"{DISPLAY_SETS}{display_set.pk}/"
    for method, body in (("PATCH", {"title": "new"}), ("PATCH", {"order": 3}), ("PUT", {"values": []}), ("DELETE", {})):
        reply = as_editor.send(method, path, body)
        assert reply.status_code == 400
        assert isinstance(reply.json(), list)
    assert as_editor.send("GET", f"{path}status/").json()["is_locked"] is True
    as_editor.send("DELETE", f"{ANSWERS}{pk}/")
    assert as_editor.send("PATCH", path, {"title": "new"}).status_code == 200


def test_ground_truth_locks_a_display_set_too(as_editor, people, text_question, display_set):
    factories.make_truth(text_question, display_set, editor=people.editor, value="x")
    assert as_editor.send("PATCH", f"{DISPLAY_SETS}{display_set.pk}/", {"title": "n"}).status_code == 400


@pytest.mark.parametrize(("who", "status"), [("reader", 403), ("stranger", 404), ("uploader", 200), (None, 404)])
def test_who_may_change_a_display_set(client_of, people, display_set, who, status):
    client = client_of(getattr(people, who) if who else None)
    reply = client.send("PATCH", f"{DISPLAY_SETS}{display_set.pk}/", {"title": "n"})
    assert reply.status_code == (401 if who is None else status)


def test_bulk_deletion_spares_what_was_answered(as_editor, as_reader, post_answer, text_question, display_set, study):
    others = [factories.make_display_set(study) for _ in range(3)]
    post_answer(as_reader, text_question, display_set, "x")
    reply = as_editor.send("POST", f"{DISPLAY_SETS}delete/", {"reader_study": str(study.pk)})
    assert sorted(reply.json()["deleted"]) == sorted(str(row.pk) for row in others)
    assert [row.pk for row in DisplaySet.objects.all()] == [display_set.pk]
    assert as_reader.send("POST", f"{DISPLAY_SETS}delete/", {"reader_study": str(study.pk)}).status_code == 403


def shuffle(study):
    ReaderStudy.objects.filter(pk=study.pk).update(shuffle_hanging_list=True)


def pks(client, study, more=""):
    return [row["pk"] for row in listed(client, f"reader_study={study.pk}&limit=100{more}")]


def test_a_shuffled_order_differs_per_reader_and_study_and_stays(as_reader, as_editor, client_of, people, study):
    for _ in range(12):
        factories.make_display_set(study)
    plain = pks(as_editor, study)
    shuffle(study)
    mine, his = pks(as_reader, study), pks(client_of(people.colleague), study)
    assert sorted(mine) == sorted(his) == sorted(plain)
    assert len({tuple(order) for order in (plain, mine, his)}) == 3
    assert pks(as_reader, study) == mine
    assert [row["index"] for row in listed(as_reader, f"reader_study={study.pk}")] == list(range(12))
    for place, pk in enumerate(mine):
        assert as_reader.send("GET", f"{DISPLAY_SETS}{pk}/").json()["index"] == place


def test_a_shuffled_order_stays_when_display_sets_come_and_go(as_reader, as_editor, study):
    made = [factories.make_display_set(study) for _ in range(8)]
    shuffle(study)
    before = pks(as_reader, study)
    new = factories.make_display_set(study, order=1)
    assert pks(as_reader, study) == [*before, str(new.pk)]
    as_editor.send("DELETE", f"{DISPLAY_SETS}{made[3].pk}/")
    left = [pk for pk in before if pk != str(made[3].pk)]
    assert pks(as_reader, study) == [*left, str(new.pk)]
    assert [row["index"] for row in listed(as_reader, f"reader_study={study.pk}")] == list(range(8))


def test_a_person_with_two_roles_sees_each_display_set_once(client_of, people, study):
    StudyMember.objects.create(study=study, user=people.editor, role="reader")
    for _ in range(6):
        factories.make_display_set(study)
    for _ in range(2):
        rows = pks(client_of(people.editor), study)
        assert len(rows) == len(set(rows)) == 6
        assert len(client_of(people.editor).send("GET", "/api/v1/reader-studies/").json()["results"]) == 1
        shuffle(study)


def test_unanswered_lists_what_is_left_at_its_place(
    as_reader, as_editor, post_answer, text_question, choice_question, study
):
    first, second, third = (factories.make_display_set(study) for _ in range(3))
    heading = factories.make_question(study, "Heading")
    post_answer(as_reader, text_question, first, "x")
    post_answer(as_reader, choice_question, first, None)
    post_answer(as_reader, text_question, second, "x")
    post_answer(as_editor, text_question, third, "x")
    query = f"reader_study={study.pk}&unanswered_by_user=true"
    rows = listed(as_reader, query)
    assert [(row["pk"], row["index"]) for row in rows] == [(str(second.pk), 1), (str(third.pk), 2)]
    assert [row["pk"] for row in listed(as_editor, f"{query}&user=reader")] == [row["pk"] for row in rows]
    assert heading.pk
    factories.make_question(study, "Bool", required=False)
    assert len(listed(as_reader, query)) == 3


def test_ground_truth_does_not_count_as_an_answer(as_editor, people, text_question, display_set, study):
    factories.make_truth(text_question, display_set, editor=people.editor, value="x")
    assert len(listed(as_editor, f"reader_study={study.pk}&unanswered_by_user=true")) == 1


def test_the_unanswered_filter_has_its_conditions(as_reader, as_editor, study):
    assert as_reader.send("GET", f"{DISPLAY_SETS}?unanswered_by_user=true").status_code == 400
    assert as_reader.send("GET", f"{DISPLAY_SETS}?reader_study={study.pk}&user=reader").status_code == 400
    query = f"reader_study={study.pk}&unanswered_by_user=true&user="
    assert as_reader.send("GET", f"{DISPLAY_SETS}?{query}editor").status_code == 403
    assert as_editor.send("GET", f"{DISPLAY_SETS}?{query}nobody").status_code == 400
    assert as_editor.send("GET", f"{DISPLAY_SETS}?{query}reader").status_code == 200


def test_unanswered_keeps_the_shuffled_order(as_reader, post_answer, text_question, study):
    made = {str(row.pk): row for row in (factories.make_display_set(study) for _ in range(6))}
    shuffle(study)
    order = pks(as_reader, study)
    post_answer(as_reader, text_question, made[order[2]], "x")
    rows = listed(as_reader, f"reader_study={study.pk}&unanswered_by_user=true")
    assert [(row["pk"], row["index"]) for row in rows] == [(pk, place) for place, pk in enumerate(order) if place != 2]


def test_an_empty_study_lists_nothing_unanswered(as_reader, study):
    assert listed(as_reader, f"reader_study={study.pk}&unanswered_by_user=true") == []


@pytest.mark.parametrize("who", ["stranger", None])
def test_display_sets_of_strangers_are_absent(client_of, people, display_set, who):
    client = client_of(getattr(people, who) if who else None)
    assert listed(client) == []
    assert client.send("GET", f"{DISPLAY_SETS}{display_set.pk}/").status_code == 404


def test_case_texts_are_clean_and_only_for_images_that_are_shown(as_reader, people, study):
    socket = factories.make_socket("Image")
    image = factories.make_image(creator=people.editor, name="left.mha")
    display_set = factories.make_display_set(study)
    SocketValue.objects.create(display_set=display_set, socket=socket, image=image)
    ReaderStudy.objects.filter(pk=study.pk).update(
        case_text={"left.mha": "**old** <script>alert(1)</script>", "other.mha": "hidden"}
    )
    row = as_reader.send("GET", f"{DISPLAY_SETS}{display_set.pk}/").json()
    assert row["descriptions_map_safe"] == {"left.mha": row["description"]}
    assert "<strong>old</strong>" in row["description"]
    assert "script" not in row["description"]


def test_a_page_needs_five_statements_whatever_its_size(as_editor, study, statements):
    text, json = factories.make_socket(), factories.make_socket("Anything")
    for _ in range(6):
        sources = [Source(socket_slug=text.slug, value="x"), Source(socket_slug=json.slug, value={"a": [1]})]
        factories.make_display_set(study, sources=sources)
    listed(as_editor)
    for limit in (2, 6):
        with statements(at_most=5):
            reply = as_editor.send("GET", f"{DISPLAY_SETS}?reader_study={study.pk}&limit={limit}")
        rows = reply.json()["results"]
        assert len(rows) == limit
        assert [value["value"] for value in rows[0]["values"]] == [{"a": [1]}, "x"]


def test_a_change_of_order_costs_few_statements(as_editor, display_set, statements):
    as_editor.send("PATCH", f"{DISPLAY_SETS}{display_set.pk}/", {"order": 3})
    with statements(at_most=12):
        assert as_editor.send("PATCH", f"{DISPLAY_SETS}{display_set.pk}/", {"order": 7}).status_code == 200


def test_every_change_is_in_the_audit_trail(as_editor, display_set):
    as_editor.send("PATCH", f"{DISPLAY_SETS}{display_set.pk}/", {"title": "new"})
    entry = AuditEntry.objects.get(act="change display set")
    assert entry.actor_name == "editor"
    assert '"Case 1"' in entry.before
    assert '"new"' in entry.after


def test_the_trail_keeps_what_stood_in_a_display_set_that_is_deleted(as_editor, study):
    text, scan = factories.make_socket(), factories.make_socket("Image")
    image = factories.make_image()
    sources = [Source(socket_slug=text.slug, value="x"), Source(socket_slug=scan.slug, image=image.pk)]
    one, *others = [factories.make_display_set(study, title=str(place), sources=sources) for place in range(3)]
    as_editor.send("DELETE", f"{DISPLAY_SETS}{one.pk}/")
    as_editor.send("POST", f"{DISPLAY_SETS}delete/", {"reader_study": str(study.pk)})
    values = {text.slug: {"value": "x"}, scan.slug: {"image": str(image.pk)}}
    single, many = AuditEntry.objects.filter(act__startswith="delete display set").order_by("id")
    assert json.loads(single.before) == {"title": "0", "order": 10, "values": values}
    assert [row["values"] for row in json.loads(many.before)["display_sets"]] == [values, values]
    assert {row["pk"] for row in json.loads(many.before)["display_sets"]} == {str(row.pk) for row in others}


def test_places_are_given_once(as_reader, study):
    for _ in range(3):
        factories.make_display_set(study)
    shuffle(study)
    pks(as_reader, study)
    pks(as_reader, study)
    assert ShuffledPlace.objects.count() == 3


def test_addresses_of_questions_lead_to_questions(as_reader, text_question):
    assert (
        as_reader.send("GET", url("questions", text_question.pk).removeprefix("https://any.example.org")).status_code
        == 200
    )
    assert as_reader.send("GET", f"{QUESTIONS}foo/").status_code == 404


def test_a_value_shows_its_socket_as_the_catalogue_does(as_editor, people, study):
    table = LookUpTable.objects.create(title="Hot", slug="hot", color="[0 0 0 0]", alpha="[0 0]", range_max=255)
    map_socket = factories.make_socket("Heat Map", look_up_table=table.slug, description="where it is warm")
    sockets = [factories.make_socket("Segmentation"), map_socket, factories.make_socket("Integer", default_value=3)]
    case = factories.make_display_set(study)
    image = factories.make_image(creator=people.editor)
    SocketValue.objects.create(display_set=case, socket=sockets[0], image=image)
    SocketValue.objects.create(display_set=case, socket=sockets[1], image=image)
    SocketValue.objects.create(display_set=case, socket=sockets[2], value=7)
    values = as_editor.send("GET", f"{DISPLAY_SETS}{case.pk}/").json()["values"]
    for socket in sockets:
        catalogued = as_editor.send("GET", f"/api/v1/components/interfaces/{socket.pk}/").json()
        assert [value["socket"] for value in values if value["socket"]["pk"] == socket.pk] == [catalogued]
    assert {value["socket"]["default_value"] for value in values} == {None, 3}
