"""What the server replies is what its description says: every path that reads, as the people who may read."""

from __future__ import annotations

import json

import jsonschema
import numpy as np
import pytest
from tests.server.api.test_images import import_picture
from tests.server.api.test_permissions import DESCRIPTION, PATHS, filled_in, world

from readroom.server.db.models import AccessRequest, Archive, HangingProtocol, ReaderStudy
from readroom.server.services import accounts, workstation_configs

__all__ = ["world"]
READS = [case for case in PATHS if case.values[0] == "GET"]


@pytest.fixture
def full_world(world, study, people):
    """The same with a layout, settings of the viewer, and somebody who asks to read."""
    protocol = HangingProtocol.objects.get()
    config = workstation_configs.create_workstation_config(accounts.to_actor(people.editor), fields={"title": "wide"})
    ReaderStudy.objects.update(hanging_protocol=protocol, workstation_config=config)
    study.optional_hanging_protocols.add(protocol)
    Archive.objects.update(hanging_protocol=protocol)
    AccessRequest.objects.create(study=study, user=people.stranger)
    return world | {"workstations/configs/{pk}": config.pk}


@pytest.fixture
def pixels(request, people, tmp_path):
    """An image that was imported, where the path is about images."""
    if "/cases/" not in request.getfixturevalue("path"):
        return {}
    image = import_picture(accounts.to_actor(people.editor), tmp_path, np.ones((3, 20, 30), np.int16))
    ids = {"cases/images/{pk}": image.pk, "cases/slides/{pk}": image.pk}
    return ids | {"cases/upload-sessions/{pk}": image.origin_id}


def schema_of(path, status):
    replies = DESCRIPTION["paths"][path]["get"]["responses"]
    content = replies[str(status)].get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return schema and {**schema, "components": DESCRIPTION["components"]}


@pytest.mark.parametrize(("_method", "path"), READS)
def test_a_reply_is_as_it_is_described(as_editor, full_world, pixels, _method, path):
    address = filled_in(path, full_world | pixels)
    if path.endswith("/invitations/"):
        address += f"?study={full_world['reader-studies/{pk}']}"
    reply = as_editor.get(address)
    if reply.status_code == 404:
        assert reply.json()["detail"]
        return
    schema = schema_of(path, reply.status_code)
    if schema is None:
        assert reply.status_code == 302 or reply.headers["Content-Type"] != "application/json"
        return
    jsonschema.validate(json.loads(reply.content), schema, jsonschema.Draft202012Validator)
