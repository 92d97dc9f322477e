"""Sockets, hanging protocols, archives and settings of the viewer on the wire."""

from __future__ import annotations

import socketserver

import pytest
from tests.server.api.conftest import STUDIES

from readroom.server.db.models import Socket
from readroom.server.domain.viewer_settings import DEFAULTS
from readroom.server.services.socket_values import Source
from readroom.server.testing import factories

SOCKETS = "/api/v1/components/interfaces/"
PROTOCOLS = "/api/v1/hanging-protocols/"
CONFIGS = "/api/v1/workstations/configs/"
PRESETS = "/api/v1/workstations/window-presets/"
ARCHIVES = "/api/v1/archives/"


@pytest.fixture
def maker(client_of, people):
    people.editor.may_create_studies = people.editor.may_create_archives = True
    people.editor.save()
    return client_of(people.editor)


def test_a_socket_is_made_found_by_slug_and_locked_by_its_values(maker, study, client_of, people):
    body = {"title": "Age in years", "kind": "Integer", "relative_path": "age.json", "value_schema": {"minimum": 0}}
    made = maker.send("POST", SOCKETS, body).json()
    assert (made["slug"], made["super_kind"]) == ("age-in-years", "Value")
    (found,) = maker.get(f"{SOCKETS}?slug=age-in-years").json()["results"]
    assert found == made
    path = f"{SOCKETS}{made['pk']}/"
    assert client_of(people.reader).send("PATCH", path, {"title": "x"}).status_code == 403
    factories.make_display_set(study, sources=[Source(socket_slug="age-in-years", value=5)])
    assert maker.send("PATCH", path, {"kind": "Float"}).status_code == 400
    assert maker.send("PATCH", path, {"description": "d"}).status_code == 200
    assert maker.send("DELETE", path).status_code == 400
    with pytest.raises(factories.display_sets.Invalid, match="schema"):
        factories.make_display_set(study, sources=[Source(socket_slug="age-in-years", value=-1)])


ELSEWHERE = "https://example.org/schema"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nothing"},
        {"$ref": ELSEWHERE},
        {"$dynamicRef": ELSEWHERE},
        {"$ref": "file:///etc/hostname"},
        {"$defs": {"x": {"type": "string"}}, "anyOf": [{"$ref": "#/$defs/x"}, {"$ref": ELSEWHERE}]},
        {"$defs": {"x": {"$ref": ELSEWHERE}}, "$ref": "#/$defs/x"},
        {"properties": {"a": {"items": {"$ref": ELSEWHERE}}, "b": {"$ref": "#"}}},
    ],
)
def test_a_schema_that_cannot_be_used_is_refused(maker, schema):
    body = {"title": "x", "kind": "Anything", "relative_path": "x.json", "value_schema": schema}
    assert list(maker.send("POST", SOCKETS, body).json()) == ["value_schema"]
    assert not Socket.objects.filter(title="x").exists()


def test_a_schema_may_refer_to_itself(maker, study):
    schema = {"$defs": {"age": {"type": "integer", "minimum": 0}}, "properties": {"$ref": {"$ref": "#/$defs/age"}}}
    body = {"title": "x", "kind": "Anything", "relative_path": "x.json", "value_schema": schema}
    slug = maker.send("POST", SOCKETS, body).json()["slug"]
    factories.make_display_set(study, sources=[Source(socket_slug=slug, value={"$ref": 1})])
    with pytest.raises(factories.display_sets.Invalid, match="schema"):
        factories.make_display_set(study, sources=[Source(socket_slug=slug, value={"$ref": -1})])


@pytest.mark.parametrize(
    "schema", [{"$ref": "#"}, {"$ref": "#/$defs/x", "$defs": {"x": {"$ref": "#/$defs/x"}}}, {"$ref": "#/$defs/absent"}]
)
def test_a_schema_that_leads_nowhere_refuses_values_and_fails_nothing(maker, study, as_editor, schema):
    body = {"title": "x", "kind": "Anything", "relative_path": "x.json", "value_schema": schema}
    slug = maker.send("POST", SOCKETS, body).json()["slug"]
    case = factories.make_display_set(study)
    values = [{"interface": slug, "value": {"a": [1]}}]
    reply = as_editor.send("PATCH", f"{STUDIES}display-sets/{case.pk}/", {"values": values})
    assert reply.status_code == 400
    assert "refers to" in reply.content.decode()


@pytest.mark.parametrize("word", ["$ref", "$dynamicRef"])
def test_a_schema_that_was_stored_before_fetches_nothing(maker, study, word):
    """What stands in the table already is not looked at again, so that the reading itself must refuse."""
    with socketserver.TCPServer(("127.0.0.1", 0), None) as away:
        place = f"http://127.0.0.1:{away.server_address[1]}/schema"
        socket = factories.make_socket("Anything")
        Socket.objects.filter(pk=socket.pk).update(value_schema={word: place})
        with pytest.raises(factories.display_sets.Invalid, match="refers to"):
            factories.make_display_set(study, sources=[Source(socket_slug=socket.slug, value=1)])
        away.socket.settimeout(0)
        with pytest.raises(BlockingIOError):
            away.socket.accept()


def test_a_layout_in_use_keeps_fitting(maker, study, client_of, people):
    made = maker.send("POST", PROTOCOLS, {"title": "Two", "json": [{"viewport_name": "main"}]}).json()
    socket = factories.make_socket("Image")
    changes = {"hanging_protocol": made["pk"], "view_content": {"main": [socket.slug]}}
    assert maker.send("PATCH", f"{STUDIES}{study.pk}/", changes).status_code == 200
    path = f"{PROTOCOLS}{made['pk']}/"
    two = [{"viewport_name": "main"}, {"viewport_name": "secondary"}]
    assert "Nodules" in maker.send("PATCH", path, {"json": two}).json()["json"][0]
    assert maker.send("DELETE", path).status_code == 400
    assert client_of(people.reader).send("PATCH", path, {"title": "mine"}).status_code == 403
    assert client_of(people.reader).get(path).json()["svg_icon"].startswith("<svg")
    assert maker.send("POST", PROTOCOLS, {"title": "Two", "json": two}).status_code == 400


def test_viewer_settings_have_every_field_and_never_null_where_clients_break(maker):
    made = maker.send("POST", CONFIGS, {"title": "Default", "default_brush_size": 2.5}).json()
    assert set(DEFAULTS) <= set(made)
    assert made["creator"] == "editor"
    assert made["default_window_preset"]["slug"] == "full-range"
    assert made["default_overlay_lut"]["color"].startswith("[")
    assert made["default_brush_size"] == "2.5"
    assert maker.get(CONFIGS).json()["results"] == [made]
    changed = maker.send("PATCH", f"{CONFIGS}{made['pk']}/", {"link_panning": False}).json()
    assert changed["link_panning"] is False
    for wrong in ({"link_panning": "no"}, {"default_overlay_alpha": 2}, {"unknown": 1}, {"default_window_preset": "x"}):
        assert list(maker.send("PATCH", f"{CONFIGS}{made['pk']}/", wrong).json()) == list(wrong)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"center": 40, "width": 400}, 201),
        ({"lower_percentile": 1, "upper_percentile": 99}, 201),
        ({"center": 40}, 400),
        ({"center": 40, "upper_percentile": 99}, 400),
        ({"center": 40, "width": 400, "lower_percentile": 1}, 400),
        ({"lower_percentile": 99, "upper_percentile": 1}, 400),
        ({}, 400),
    ],
)
def test_a_window_is_a_centre_and_a_width_or_two_percentiles(maker, fields, status):
    assert maker.send("POST", PRESETS, {"title": "w", **fields}).status_code == status


def test_an_archive_is_a_source_of_images(maker, client_of, people, study):
    archive = maker.send("POST", ARCHIVES, {"title": "Old cases"}).json()
    socket = factories.make_socket("Image")
    image = factories.make_image(creator=people.editor)
    link = f"https://any/api/v1/cases/images/{image.pk}/"
    body = {"archive": archive["api_url"], "title": "a", "values": [{"interface": socket.slug, "image": link}]}
    item = maker.send("POST", f"{ARCHIVES}items/", body)
    assert item.status_code == 201, item.content
    assert maker.send("POST", f"{ARCHIVES}items/", body).status_code == 400
    user = client_of(people.stranger)
    assert user.get(f"/api/v1/cases/images/{image.pk}/").status_code == 404
    members = f"{ARCHIVES}{archive['pk']}/members/"
    assert maker.send("POST", members, {"username": "stranger", "role": "user"}).status_code == 201
    assert user.get(f"/api/v1/cases/images/{image.pk}/").status_code == 200
    assert user.get(f"{ARCHIVES}items/?archive={archive['pk']}").json()["count"] == 1
    assert user.send("PATCH", f"{ARCHIVES}items/{item.json()['pk']}/", {"title": "b"}).status_code == 403
    assert maker.send("DELETE", f"{members}editor/editor/").status_code == 400
    assert maker.send("DELETE", f"{ARCHIVES}{archive['pk']}/").status_code == 400
    assert maker.send("DELETE", f"{ARCHIVES}items/{item.json()['pk']}/").status_code == 204
    assert maker.send("DELETE", f"{ARCHIVES}{archive['pk']}/").status_code == 204
    assert user.get(f"/api/v1/cases/images/{image.pk}/").status_code == 404


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "POST"])
def test_a_malformed_id_is_absent_for_every_method(maker, method):
    reply = maker.send(method, f"{STUDIES}foo/", {})
    assert reply.status_code == 404
    assert reply.headers["Content-Type"] == "application/json"
