"""Scripts as researchers wrote them, whole, against a real server over TLS, on real images."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.corpus, pytest.mark.xdist_group("client-server")]
HERE = Path(__file__).parent
READROOM = (sys.executable, "-c", "from readroom.cli import main; main()")


def run(arguments, environment, *, code=0):
    result = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False, timeout=240)
    assert result.returncode == code, result.stdout + result.stderr
    return result


def run_script(name, environment, real_server, token, *arguments):
    script = HERE / "scripts" / name
    return run([sys.executable, str(script), real_server.base_url, token, *map(str, arguments)], environment).stdout


def test_an_image_is_uploaded_once_and_used_again(real_server, token, study, environment, testdata):
    ct = testdata / "volumes" / "ct-crop.mha"
    assert run_script("reuse_images.py", environment, real_server, token, study, ct).startswith("reused https://")


def test_display_sets_and_archive_items_are_made_of_every_source(
    real_server, owner, token, study, environment, testdata, tmp_path
):
    archive = owner.connection.request("POST", "archives/", json={"title": study})["slug"]
    ct = testdata / "volumes" / "ct-crop.mha"
    said = run_script("create_with_specs.py", environment, real_server, token, study, archive, ct, tmp_path)
    assert said.startswith("written ")


def test_the_older_tutorial_runs_from_upload_to_masks(real_server, token, study, environment, testdata, tmp_path):
    volumes = testdata / "volumes"
    arguments = (study, volumes / "ct-crop.mha", volumes / "ct-crop-mask.mha", tmp_path)
    assert "mask" in run_script("older_tutorial.py", environment, real_server, token, *arguments)


@pytest.fixture
def cases(testdata, tmp_path):
    """Three cases: a DICOM series, one file, and one that cannot be read."""
    folder = tmp_path / "cases"
    series = folder / "case 1" / "series"
    series.mkdir(parents=True)
    for path in sorted((testdata / "dicom-variants" / "shuffled-order").iterdir()):
        (series / path.name).symlink_to(path)
    (folder / "case 2.mha").symlink_to(testdata / "volumes" / "ct-crop.mha")
    return folder


def test_a_folder_becomes_display_sets_and_a_second_run_adds_nothing(owner, study, environment, cases):
    command = [*READROOM, "upload", str(cases), "--study", study, "--socket", "ct-image", "--json"]
    planned = json.loads(run([*command, "--dry-run"], environment).stdout)
    assert [case["title"] for case in planned["cases"]] == ["case 1", "case 2"]
    assert owner.reader_studies.display_sets.page(params={"reader_study": pk_of(owner, study)}).total_count == 0
    first = json.loads(run(command, environment).stdout)
    second = json.loads(run(command, environment).stdout)
    assert [case["pk"] for case in first["cases"]] == [case["pk"] for case in second["cases"]]
    assert all(case["was_there"] for case in second["cases"])
    shown = owner.reader_studies.display_sets.iterate_all({"reader_study": pk_of(owner, study)})
    assert [(case.title, len(case.values)) for case in shown] == [("case 1", 1), ("case 2", 1)]


def test_a_file_that_cannot_be_read_is_named_with_its_reason(study, environment, cases, testdata):
    (cases / "case 3.mha").symlink_to(testdata / "bad" / "mha-truncated.mha")
    command = [*READROOM, "upload", str(cases), "--study", study, "--socket", "ct-image", "--json"]
    reported = json.loads(run(command, environment, code=1).stdout)
    [problem] = reported["problems"]
    assert "case 3" in problem
    assert "ct-image" in problem


def test_answers_come_out_as_csv_and_parquet(owner, study, environment, tmp_path, testdata):
    [pk] = owner.add_cases_to_reader_study(reader_study=study, values=[{"suspicion": 1}])
    [question, *_] = owner.reader_studies.questions.iterate_all({"reader_study": pk_of(owner, study)})
    chosen = question.options[1]["id"]
    owner.reader_studies.answers.create(
        display_set=pk, question=question.pk, answer=chosen, last_edit_duration="00:00:12"
    )
    run([*READROOM, "answers", study, "-o", str(tmp_path / "answers.csv")], environment)
    with (tmp_path / "answers.csv").open(newline="", encoding="utf-8-sig") as file:
        [row] = csv.DictReader(file)
    assert (row["reader"], row["question_text"], row["answer"]) == ("owner", "Is there a nodule?", "yes")
    assert float(row["seconds"]) == 12
    run([*READROOM, "answers", study, "-o", str(tmp_path / "answers.parquet"), "--wide", "--parquet"], environment)
    import pandas as pd

    assert len(pd.read_parquet(tmp_path / "answers.parquet")) == 1
    table = owner.reader_studies.answers.table(reader_study=study)
    assert list(table["answer_text"]) == ["yes"]
    assert list(table["seconds"]) == [12]


def test_a_study_is_downloaded_and_goes_from_server_to_server(owner, study, environment, tmp_path, testdata):
    ct = testdata / "volumes" / "ct-crop.mha"
    pks = owner.add_cases_to_reader_study(reader_study=study, values=[{"ct-image": str(ct), "suspicion": 3}])
    owner.wait_until_ready(display_sets=pks)
    written = json.loads(run([*READROOM, "download", study, "-o", str(tmp_path / "out"), "--json"], environment).stdout)
    assert len(written["written"]) == 2
    again = json.loads(run([*READROOM, "download", study, "-o", str(tmp_path / "out"), "--json"], environment).stdout)
    assert again == {"written": [], "problems": []}
    [mha] = (tmp_path / "out").rglob("*.mha")
    import SimpleITK as sitk

    assert (sitk.GetArrayFromImage(sitk.ReadImage(str(mha))) == sitk.GetArrayFromImage(sitk.ReadImage(str(ct)))).all()
    run([*READROOM, "study", "export", study, "-o", str(tmp_path / "study-out.yaml")], environment)
    said = json.loads(
        run([*READROOM, "study", "apply", str(tmp_path / "study-out.yaml"), "--json"], environment).stdout
    )
    assert said["created"] == []
    status = json.loads(run([*READROOM, "study", "status", study, "--json"], environment).stdout)
    assert status["display_sets"] == 1


def test_answers_are_printed_to_whoever_reads_them_and_no_further(study, environment):
    command = [*READROOM, "answers", study]
    assert run(command, environment).stdout.startswith("reader,")
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as printing:
        printing.stdout.close()
        assert printing.stderr.read() == b""
    assert printing.returncode == 0


def test_a_wrong_token_and_a_wrong_slug_are_one_sentence(study, environment, tmp_path):
    output = str(tmp_path / "a.csv")
    wrong = run([*READROOM, "answers", study, "-o", output, "--token", "0" * 64], environment, code=2)
    assert "Traceback" not in wrong.stderr
    assert "Make a new token on your account page" in wrong.stderr
    absent = run([*READROOM, "answers", "absent", "-o", output], environment, code=2)
    assert "There is no reader study with slug 'absent'" in absent.stderr


def pk_of(owner, slug):
    return owner.reader_studies.detail(slug=slug).pk
