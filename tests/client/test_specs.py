import json
from pathlib import Path

import pytest

from readroom import SocketValueSpec
from readroom.client.models import SocketValue
from readroom.client.specs import spec_from_source


@pytest.mark.parametrize("sources", [{}, {"value": 1, "file": "a"}, {"files": ["a"], "existing_image_api_url": "b"}])
def test_a_value_has_exactly_one_source(sources):
    with pytest.raises(ValueError, match="exactly one of"):
        SocketValueSpec("slug", **sources)


@pytest.mark.parametrize("value", [0, False, "", None])
def test_values_that_look_like_nothing_are_values(value):
    assert SocketValueSpec("slug", value=value).value == value


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent.dcm"):
        SocketValueSpec("slug", file=tmp_path / "absent.dcm").paths  # noqa: B018


def test_one_path_as_files_is_a_mistake_that_is_explained():
    with pytest.raises(TypeError, match="file='1.dcm'"):
        SocketValueSpec("slug", files="1.dcm")


def test_sources_of_every_era_are_understood(tmp_path):
    path = tmp_path / "a.mha"
    path.write_bytes(b"1")
    assert spec_from_source("s", path).paths == (path,)
    assert spec_from_source("s", str(path)).paths == (path,)
    assert spec_from_source("s", [path, path]).paths == (path, path)
    assert spec_from_source("s", {"api_url": "https://x/api/v1/cases/images/1/"}).existing_image_api_url.endswith("/1/")
    assert spec_from_source("s", [1, 2]).value == [1, 2]
    assert spec_from_source("s", "a text").value == "a text"
    value = SocketValue({"pk": 1})
    assert spec_from_source("s", value).existing_socket_value is value


def test_a_value_is_read_from_a_json_file(client, server, tmp_path):
    server.add_study("study")
    server.add_socket("number", kind="Integer")
    path = tmp_path / "number.json"
    path.write_text(json.dumps(42))
    case = client.add_case_to_reader_study(reader_study_slug="study", values=[SocketValueSpec("number", file=path)])
    assert case.values[0].value == 42


@pytest.mark.parametrize("content", ["{", "NaN ,"])
def test_a_file_that_is_not_json_is_refused_before_anything_is_sent(client, server, tmp_path, content):
    server.add_study("study")
    server.add_socket("number", kind="Integer")
    path = tmp_path / "number.json"
    path.write_text(content)
    with pytest.raises(ValueError, match="number.json is not JSON"):
        client.add_case_to_reader_study(reader_study_slug="study", values=[SocketValueSpec("number", file=path)])
    assert not server.objects["display_sets"]


def test_a_value_of_another_socket_is_refused(client, server):
    server.add_study("study")
    server.add_socket("number", kind="Integer")
    other = server.add_socket("other", kind="Integer")
    value = SocketValue({"interface": other, "value": 1})
    with pytest.raises(ValueError, match="belongs to socket 'other'"):
        client.add_case_to_reader_study(
            reader_study_slug="study", values=[SocketValueSpec("number", existing_socket_value=value)]
        )


def test_a_file_socket_filled_by_a_value_uploads_json_under_a_bare_name(client, server, tmp_path):
    server.add_study("study")
    socket = server.add_socket("report", kind="CSV file")
    socket["relative_path"] = "deep/folder/report.json"
    client.add_case_to_reader_study(reader_study_slug="study", values=[SocketValueSpec("report", value={"a": 1})])
    upload = next(iter(server.objects["uploads"].values()))
    assert upload["filename"] == Path("report.json").name
    assert server.parts[upload["pk"]][1] == b'{"a": 1}'
