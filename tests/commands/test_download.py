import json

import pytest


@pytest.fixture
def study(server):
    server.add_socket("ct-image")
    server.add_socket("suspicion", kind="Integer")
    study = server.add_study("nodules")
    for number in range(3):
        image = server.add_image(f"image {number}", f"pixels {number}".encode())["api_url"]
        body = {"reader_study": "nodules", "title": f"../case {number}"}
        _, made = server._create("display_sets", body)
        values = [
            {"interface": "ct-image", "image": image, "value": None, "user_upload": None, "user_uploads": None},
            {"interface": "suspicion", "image": None, "value": number, "user_upload": None, "user_uploads": None},
        ]
        server._change(made, {"values": values})
    return study


def test_every_value_lands_in_the_folder_of_its_case(server, study, run, tmp_path):
    told = json.loads(run("download", "nodules", "-o", tmp_path / "out", "--json").stdout)
    assert told["problems"] == []
    assert len(told["written"]) == 6
    assert sorted(path.read_bytes() for path in (tmp_path / "out").rglob("*.mha")) == [
        b"pixels 0",
        b"pixels 1",
        b"pixels 2",
    ]
    assert not (tmp_path / "case 0").exists()


def test_a_run_that_was_cut_off_is_ended_by_the_next(server, study, run, tmp_path):
    first = json.loads(run("download", "nodules", "-o", tmp_path / "out", "--json").stdout)
    slot = next((tmp_path / "out").glob("*/ct-image"))
    slot.rename(slot.with_name(".ct-image.part"))
    again = json.loads(run("download", "nodules", "-o", tmp_path / "out", "--json").stdout)
    assert again == {"written": [str(slot)], "problems": []}
    assert str(slot) in first["written"]
    assert not list((tmp_path / "out").rglob("*.part"))


def test_only_the_sockets_that_are_asked_for_are_fetched(server, study, run, tmp_path):
    run("download", "nodules", "-o", tmp_path / "out", "--socket", "suspicion")
    assert {path.name for path in (tmp_path / "out").glob("*/*")} == {"suspicion"}


def test_a_value_that_cannot_be_fetched_is_named_and_the_rest_is_there(server, study, run, tmp_path):
    server.files.popitem()
    done = run("download", "nodules", "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "../case 2, ct-image: GET " in done.stderr
    assert "5 values written" in done.stderr
