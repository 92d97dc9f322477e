"""The guides run as they are printed; only the token and the port are put in."""

import re
from pathlib import Path

import pytest

from readroom.imaging.testing import write_tiny_series

DOCS = Path(__file__).parents[2] / "docs" / "how-to"
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
pytestmark = pytest.mark.xdist_group("client-server")


def blocks(name, **replacements):
    text = (DOCS / name).read_text()
    for old, new in replacements.items():
        text = text.replace(old, new)
    return BLOCK.findall(text)


def test_a_study_is_created_filled_opened_and_exported(real_server, owner, token, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number, path in enumerate(write_tiny_series(tmp_path / "series", slices=2).files, start=1):
        (tmp_path / f"slice{number}.dcm").write_bytes(path.read_bytes())
    real_server.add_person("ann")
    namespace = {}
    for block in blocks("create-a-study.md", TOKEN=token):
        code = block.replace("https://localhost:8443/api/v1/", real_server.base_url)
        code = code.replace("data/tls/ca.pem", str(real_server.certificate))
        exec(compile(code, "create-a-study.md", "exec"), namespace)
    namespace["client"].close()
    study = owner.reader_studies.detail(slug=namespace["study"]["slug"])
    assert study.state == "open"
    assert len(study.questions) == 2
    [case] = owner.reader_studies.display_sets.iterate_all({"reader_study": study.pk})
    assert {value.interface.slug: value.value for value in case.values} == {"age": 57, "chest-ct": None}
    assert (tmp_path / "answers.csv").read_text(encoding="utf-8-sig").startswith("reader,")


def test_dicom_is_de_identified_by_the_guide(tmp_path, capsys):
    series = write_tiny_series(tmp_path / "series", slices=2)
    (tmp_path / "out").mkdir()
    [block] = blocks("deidentify.md")
    exec(compile(block, "deidentify.md", "exec"), {"paths": series.files, "target": tmp_path / "out"})
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert re.match(r"\d+ kept, \d+ cleaned, \d+ emptied, \d+ replaced, \d+ removed\n", capsys.readouterr().out)


def test_a_deidentifier_of_ones_own_is_given_by_the_guide(monkeypatch):
    monkeypatch.setenv("READROOM_TOKEN", "abc")
    namespace = {}
    [block] = blocks("upload-cases.md")
    exec(compile(block, "upload-cases.md", "exec"), namespace)
    assert namespace["client"].deidentification.files == 0
    namespace["client"].close()
