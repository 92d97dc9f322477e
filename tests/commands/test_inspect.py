import hashlib
import json

import numpy as np
import pytest
import tifffile
from PIL import Image
from typer.testing import CliRunner

from readroom.commands.inspect import app
from readroom.imaging.testing import write_tiny_series


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_json_tells_every_image_and_every_file(tmp_path):
    series = write_tiny_series(tmp_path / "upload" / "a", slices=6, gaps={2})
    (tmp_path / "upload" / "notes.txt").write_text("x")
    result = run(tmp_path / "upload", "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    [image] = document["images"]
    assert image["shape"] == [5, 8, 8]
    assert image["dtype"] == "int16"
    assert image["modality"] == "CT"
    assert image["spacing"][:2] == [0.5, 0.75]
    assert image["origin"] == list(series.positions[0])
    assert image["direction"] == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert "gap" in [finding["kind"] for finding in image["findings"]]
    assert image["voxels_sha256"] == hashlib.sha256(series.voxels.astype("<i2").tobytes()).hexdigest()
    assert image["files"] == [f"a/{file.name}" for file in series.files]
    assert {file["path"]: file["outcome"] for file in document["files"]} == {
        **{f"a/{file.name}": "used" for file in series.files},
        "notes.txt": "refused",
    }


def test_the_exit_code_is_2_when_nothing_was_read(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    result = run(tmp_path / "notes.txt", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["images"] == []


def test_the_table_shows_names_as_text_and_reasons(tmp_path):
    write_tiny_series(tmp_path / "upload", slices=2)
    (tmp_path / "upload" / "[bold]x[").write_text("x")
    result = run(tmp_path / "upload")
    assert result.exit_code == 0
    assert "[bold]x[" in result.stdout
    assert "2 of 3 files used." in result.stdout


def test_a_name_cannot_steer_the_terminal(tmp_path):
    (tmp_path / "upload").mkdir()
    (tmp_path / "upload" / "\x1b]0;owned\x07.txt").write_text("x")
    result = run(tmp_path / "upload")
    assert "\x1b]" not in result.stdout
    assert "]0;owned" in result.stdout


def test_a_contact_sheet_holds_all_images(tmp_path):
    for number in range(3):
        write_tiny_series(tmp_path / "upload" / str(number), slices=2, seed=number)
    assert run(tmp_path / "upload", "--sheet", tmp_path / "sheet.png").exit_code == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > sheet.height
        assert len(sheet.getcolors(1 << 20)) > 20


@pytest.mark.parametrize(("place", "sentence"), [("none/sheet.png", "there is no folder"), (".", "is a folder")])
def test_a_sheet_without_a_place_is_refused_before_the_work(tmp_path, place, sentence):
    write_tiny_series(tmp_path / "upload", slices=2)
    result = run(tmp_path / "upload", "--sheet", tmp_path / place)
    assert result.exit_code == 2
    assert sentence in " ".join(result.output.replace("│", " ").split())
    assert "Images" not in result.output


def test_a_slide_is_told_with_the_checksum_of_its_values(tmp_path):
    pixels = np.random.default_rng(2).integers(0, 255, (600, 700, 3), dtype=np.uint8)
    with tifffile.TiffWriter(tmp_path / "slide.tif") as writer:
        writer.write(pixels, tile=(128, 128), photometric="rgb", subifds=1)
        writer.write(pixels[::2, ::2], tile=(128, 128), photometric="rgb", subfiletype=1)
    [image] = json.loads(run(tmp_path / "slide.tif", "--json").stdout)["images"]
    assert image["is_slide"] is True
    assert image["shape"] == [600, 700, 3]
    assert image["voxels_sha256"] == hashlib.sha256(pixels.tobytes()).hexdigest()
