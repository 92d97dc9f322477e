import json
from pathlib import Path

import httpx
import pytest

from readroom.commands.upload import journal_of
from readroom.imaging.testing import write_tiny_series


@pytest.fixture
def study(server):
    server.add_socket("ct-image")
    server.add_socket("suspicion", kind="Integer")
    return server.add_study("nodules") | {"view_content": {"main": ["ct-image"]}}


@pytest.fixture
def nodules(server, study):
    server.objects["studies"][study["pk"]] = study
    return study


def write(folder, *names):
    for name in names:
        path = folder / "cases" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return folder / "cases"


def sent(server):
    """Titles of all display sets."""
    return sorted(entry["title"] for entry in server.objects["display_sets"].values())


def test_the_socket_that_the_study_shows_takes_everything(server, nodules, run, tmp_path):
    folder = write(tmp_path, "patient 2/1.dcm", "patient 10/a/1.dcm", "patient 10/a/2.dcm", "notes.txt", "b.mha")
    done = run("upload", folder, "--study", "nodules")
    assert done.exit_code == 0, done.output
    assert sent(server) == ["b", "patient 10", "patient 2"]
    assert len(server.objects["uploads"]) == 4
    assert "3 of 3 cases uploaded; all is well" in done.stderr
    assert "not used: " in done.stderr
    assert "notes.txt" in done.stderr


def test_a_second_run_sends_nothing(server, nodules, run, tmp_path):
    folder = write(tmp_path, "a/1.dcm", "b/1.dcm")
    run("upload", folder, "--study", "nodules")
    before = len(server.requests)
    done = run("upload", folder, "--study", "nodules")
    assert "0 of 2 cases uploaded, 2 were there already; all is well" in done.stderr
    assert not [request for request in server.requests[before:] if request.method != "GET"]


def test_a_dry_run_prints_the_plan_and_sends_nothing(server, nodules, run, tmp_path):
    folder = write(tmp_path, "a/1.dcm", "a/2.dcm")
    done = run("upload", folder, "--study", "nodules", "--dry-run")
    assert done.exit_code == 0
    assert "1 case" in done.stdout
    assert "ct-image" in done.stdout
    planned = json.loads(run("upload", folder, "--study", "nodules", "--dry-run", "--json").stdout)
    [case] = planned["cases"]
    assert case["title"] == "a"
    assert [Path(path).name for path in case["values"]["ct-image"]] == ["1.dcm", "2.dcm"]
    assert not [request for request in server.requests if request.method != "GET"]


def test_files_and_folders_called_after_sockets_fill_them(server, nodules, run, tmp_path):
    server.add_socket("mr-t1")
    nodules["view_content"] = {"main": ["ct-image"], "secondary": ["mr-t1"]}
    folder = write(tmp_path, "a/ct-image/1.dcm", "a/mr-t1.mha", "b/ct-image.mha")
    assert run("upload", folder, "--study", "nodules").exit_code == 0
    values = {
        entry["title"]: {value["interface"]["slug"] for value in entry["values"]}
        for entry in server.objects["display_sets"].values()
    }
    assert values == {"a": {"ct-image", "mr-t1"}, "b": {"ct-image"}}


def test_it_asks_when_the_study_shows_several_sockets(server, nodules, run, tmp_path):
    nodules["view_content"] = {"main": ["ct-image"], "secondary": ["mr-t1"]}
    done = run("upload", write(tmp_path, "a/1.dcm"), "--study", "nodules")
    assert done.exit_code == 2
    assert "The study shows ct-image, mr-t1. Say which socket the files fill: --socket ct-image" in done.stderr


def test_a_table_in_the_folder_is_the_plan(server, nodules, run, tmp_path):
    folder = write(tmp_path, "a/1.dcm", "b/1.dcm")
    (folder / "cases.csv").write_text("title,order,ct-image,suspicion\nFirst,20,a,3\nSecond,10,b,\n")
    assert run("upload", folder, "--study", "nodules").exit_code == 0
    shown = {
        entry["title"]: (entry["order"], len(entry["values"])) for entry in server.objects["display_sets"].values()
    }
    assert shown == {"First": (20, 2), "Second": (10, 1)}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["cases", "--study", "nodule"], "There is no reader study with slug 'nodule'"),
        (["cases", "--study", "nodules", "--socket", "ct-imgae"], "did you mean ct-image?"),
        (["absent", "--study", "nodules"], "There is no folder"),
        (["cases", "--study", "nodules", "--table", "absent.csv"], "There is no table absent.csv"),
        (["empty", "--study", "nodules"], "it needs one folder or one file per case"),
    ],
)
def test_what_cannot_be_begun_is_a_sentence_and_exit_code_2(server, nodules, run, tmp_path, arguments, sentence):
    write(tmp_path, "a/1.dcm")
    (tmp_path / "empty").mkdir()
    done = run("upload", tmp_path / arguments[0], *arguments[1:])
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.output
    assert not server.objects["display_sets"]


def test_a_case_that_is_refused_is_named_and_the_others_are_sent(server, nodules, run, tmp_path):
    folder = write(tmp_path, "a/1.dcm", "b/1.dcm")
    (folder / "cases.csv").write_text("title,ct-image,suspicion\nGood,a,3\nBad,b,\n")
    answer = server.handle_request

    def refuse_one(request):
        if request.method == "POST" and b"Bad" in request.content:
            return httpx.Response(400, json={"title": ["This title is taken."]}, request=request)
        return answer(request)

    server.handle_request = refuse_one
    done = run("upload", folder, "--study", "nodules", "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert [bool(case["error"]) for case in told["cases"]] == [False, True]
    assert told["problems"] == [told["cases"][1]["title"] + ": " + told["cases"][1]["error"]]
    assert sent(server) == ["Good"]


def test_an_interruption_says_how_to_go_on(server, nodules, run, tmp_path, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("readroom.client.uploads.Uploads.upload_files", interrupt)
    folder = write(tmp_path, "a/1.dcm")
    done = run("upload", folder, "--study", "nodules")
    assert done.exit_code == 130
    assert "Run the same command again to go on" in done.stderr


def test_names_are_shown_as_they_are(server, nodules, run, tmp_path):
    folder = write(tmp_path, "[red]a[red]/1.dcm", "[bold].txt")
    done = run("upload", folder, "--study", "nodules", "--dry-run")
    assert done.exit_code == 0
    assert "[red]a[red]" in done.stdout
    assert "[bold].txt" in done.stdout


def test_de_identification_is_reported(server, nodules, run, tmp_path):
    write_tiny_series(tmp_path / "cases" / "a", slices=3)
    done = run("upload", tmp_path / "cases", "--study", "nodules", "--deidentify")
    assert done.exit_code == 0, done.output
    assert "3 files de-identified: " in done.stderr
    folder = tmp_path / "cases"
    (folder / ".readroom-nodules.journal").unlink()
    told = json.loads(run("upload", folder, "--study", "nodules", "--deidentify", "--json").stdout)
    assert told["deidentification"]["files"] == 3


def test_the_journal_of_a_folder_that_cannot_be_written_stands_elsewhere(server, tmp_path, monkeypatch):
    assert journal_of(tmp_path, "nodules") == tmp_path / ".readroom-nodules.journal"
    monkeypatch.setattr("os.access", lambda *_: False)
    elsewhere = journal_of(tmp_path, "nodules")
    assert elsewhere.parent == tmp_path / "state" / "readroom"
    assert elsewhere != journal_of(tmp_path / "other", "nodules")
