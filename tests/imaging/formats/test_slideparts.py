"""Slides of several files: MIRAX and Hamamatsu's, compared with what openslide itself reads of them."""

import gc
import shutil
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import openslide
import pytest
from tests.imaging.counting import counted_statements, measured_memory
from tests.imaging.formats.slidefiles import (
    MICRONS,
    Mirax,
    assert_same_pixels,
    encode,
    write_keys,
    write_vms,
    write_vmu,
)

from readroom.imaging import import_files, open_slide
from readroom.imaging.errors import CorruptFile, RefusedFile
from readroom.imaging.formats.slides import open_parts
from readroom.imaging.source import UploadedFile

WRITERS = {
    "mirax": lambda folder: Mirax().write(folder),
    "mirax, uploaded flat": lambda folder: Mirax().write(folder, is_flat=True),
    "mirax, png, moved photos": lambda folder: Mirax(kind="PNG", moved={(0, 1): (5, -3), (1, 2): (-7, 4)}).write(
        folder
    ),
    "mirax, packed places": lambda folder: Mirax(places="StitchingIntensityLayer", levels=3).write(folder),
    "mirax, bitmaps, no places": lambda folder: Mirax(kind="BMP", places="").write(folder),
    "vms": lambda folder: write_vms(folder)[0],
    "vms without macro": lambda folder: write_vms(folder, macro=False)[0],
    "vmu": lambda folder: write_vmu(folder)[0],
}


def outcomes(result):
    return {file.name: (file.outcome, file.error) for file in result.files}


def open_oracle(main):
    """Openslide wants MIRAX in the folder of its name."""
    if main.suffix == ".mrxs" and not main.with_suffix("").is_dir():
        main.with_suffix("").mkdir()
        for part in main.parent.glob("*.[di][an][ti]"):
            shutil.copy(part, main.with_suffix(""))
    return openslide.OpenSlide(str(main))


@pytest.mark.parametrize("name", WRITERS)
def test_a_slide_of_several_files_is_that_which_openslide_reads(name, tmp_path):
    main = WRITERS[name](tmp_path / "upload")
    result = import_files([tmp_path / "upload"], destination=tmp_path / "out")
    [image] = result.images
    assert {outcome for outcome, _ in outcomes(result).values()} == {"used"}
    assert sorted(image.files) == sorted(outcomes(result))
    assert all(file.images == (0,) for file in result.files)
    assert image.header.geometry.spacing[:2] == pytest.approx((MICRONS / 1000, MICRONS / 1000), rel=0.01)
    assert image.header.shape == (*open_slide(image.slide).levels[0], 3)
    assert image.thumbnail.read_bytes().startswith(b"\xff\xd8\xff")
    with open_oracle(main) as oracle:
        assert_same_pixels(open_slide(image.slide), oracle)


@pytest.mark.parametrize("name", WRITERS)
def test_a_zip_of_it_and_its_files_by_name_are_the_same_slide(name, tmp_path):
    WRITERS[name](tmp_path / "upload" / "deep")
    with zipfile.ZipFile(tmp_path / "slide.zip", "w") as archive:
        for file in sorted((tmp_path / "upload").rglob("*.*"), reverse=True):
            archive.write(file, file.relative_to(tmp_path / "upload"))
    [plain] = import_files([tmp_path / "upload"], destination=tmp_path / "one").images
    [zipped] = import_files([tmp_path / "slide.zip"], destination=tmp_path / "two").images
    assert zipped.voxels_sha256 == plain.voxels_sha256 is not None
    hidden = {}
    for number, file in enumerate(path for path in zipped.slide.rglob("*") if path.is_file()):
        hidden[file.relative_to(zipped.slide).as_posix()] = file.rename(tmp_path / f"blob-{number}")
    slide = open_slide(hidden)
    place = {"level": 0, "row": 20, "column": 30, "rows": 60, "columns": 70}
    np.testing.assert_array_equal(slide.region(**place), open_slide(plain.slide).region(**place))


def test_the_first_file_of_mirax_does_not_pass_for_the_slide(tmp_path):
    """It is a JPEG of the whole slide."""
    (tmp_path / "a.mrxs").write_bytes(encode(np.zeros((64, 64, 3), np.uint8)))
    result = import_files([tmp_path / "a.mrxs"], destination=tmp_path / "out")
    assert result.images == ()
    [outcome] = result.files
    assert (outcome.outcome, outcome.error) == ("refused", "MissingCompanion")
    assert "a/Slidedat.ini" in outcome.reason


def test_which_part_is_missing_is_told_and_no_other_part_becomes_a_picture(tmp_path):
    write_vms(tmp_path / "upload", without={"slide-1-0.jpg", "slide_map.jpg"})
    (tmp_path / "upload" / "photo.jpg").write_bytes(encode(np.zeros((8, 8, 3), np.uint8)))
    result = import_files([tmp_path / "upload"], destination=tmp_path / "out")
    assert [image.files for image in result.images] == [("photo.jpg",)]
    refused = {file.name: file for file in result.files if file.outcome == "refused"}
    assert set(refused) == {"slide.vms", "slide-0-0.jpg", "slide_macro.jpg"}
    for file in refused.values():
        assert "'slide-1-0.jpg'" in file.reason
        assert "'slide_map.jpg'" in file.reason
        assert file.error == "MissingCompanion"


@pytest.mark.parametrize("part", ["Index.dat", "Data0000.dat", "Slidedat.ini"])
def test_a_part_of_mirax_that_is_missing_is_told(part, tmp_path):
    Mirax().write(tmp_path / "upload")
    (tmp_path / "upload" / "slide" / part).unlink()
    result = import_files([tmp_path / "upload"], destination=tmp_path / "out")
    assert result.images == ()
    [main] = [file for file in result.files if file.name == "slide.mrxs"]
    assert part in main.reason
    assert main.error == "MissingCompanion"


@pytest.mark.parametrize("named", ["../secret.dat", "/etc/passwd", "C:\\secret.dat", "x/../../secret.dat"])
@pytest.mark.parametrize("kind", ["data", "index", "vms", "map"])
def test_a_name_that_leaves_the_upload_is_refused(kind, named, tmp_path):
    folder = tmp_path / "upload"
    (tmp_path / "secret.dat").write_bytes(encode(np.zeros((8, 8, 3), np.uint8)))
    if kind in ("data", "index"):
        key = ("DATAFILE", "FILE_0") if kind == "data" else ("HIERARCHICAL", "INDEXFILE")
        Mirax(settings={key: named}).write(folder)
    else:
        write_vms(folder, settings={"ImageFile" if kind == "vms" else "MapFile": named})
    result = import_files([folder], destination=tmp_path / "out")
    assert "UnsafePath" in {error for _, error in outcomes(result).values()}
    assert not any(image.slide for image in result.images)


def test_openslide_sees_only_files_of_the_upload_and_nothing_stays_behind(tmp_path, monkeypatch):
    """A line that our reading of the description ignores cannot lead openslide astray: it never gets to see it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    main = Mirax().write(tmp_path / "upload")
    description = tmp_path / "upload" / "slide" / "Slidedat.ini"
    description.write_bytes(
        description.read_bytes() + b"[DATAFILE]\nFILE_0[en]=/etc/passwd\n#FILE_0=x\n\tFILE_9\x1b=y\n"
    )
    slide = open_slide(main.parent)
    [staged] = (tmp_path / "temporary").iterdir()
    links = [path for path in staged.rglob("*") if path.is_symlink()]
    assert {path.resolve() for path in links} == {
        main.with_suffix("") / "Index.dat",
        main.with_suffix("") / "Data0000.dat",
    }
    assert "passwd" not in (staged / "slide" / "Slidedat.ini").read_text()
    del slide
    gc.collect()
    assert list((tmp_path / "temporary").iterdir()) == []


HOSTILE = {
    "a grid of a hundred million tiles": {("GENERAL", "IMAGENUMBER_X"): 99999, ("GENERAL", "IMAGENUMBER_Y"): 99999},
    "no tiles": {("GENERAL", "IMAGENUMBER_X"): 0},
    "a number that is none": {("GENERAL", "IMAGENUMBER_X"): "0x10"},
    "divisions of nothing": {("GENERAL", "CameraImageDivisionsPerSide"): 0},
    "more divisions than tiles": {("GENERAL", "CameraImageDivisionsPerSide"): 7},
    "huge tiles": {("LEVEL_0", "DIGITIZER_WIDTH"): 100_000},
    "tiles of another size": {("LEVEL_0", "DIGITIZER_WIDTH"): 65},
    "an unknown code": {("LEVEL_1", "IMAGE_FORMAT"): "JPEGXR"},
    "overlap of all": {("LEVEL_0", "OVERLAP_X"): 127.9},
    "overlap that is none": {("LEVEL_0", "OVERLAP_Y"): "nan"},
    "a level that is too coarse": {("LEVEL_1", "IMAGE_CONCAT_FACTOR"): 31},
    "too many levels": {("HIERARCHICAL", "HIER_0_COUNT"): 1000},
    "a level that is not told": {("HIERARCHICAL", "HIER_0_VAL_1_SECTION"): None},
    "too many files": {("DATAFILE", "FILE_COUNT"): 100_000_000},
    "a file that is not named": {("DATAFILE", "FILE_COUNT"): 2},
    "records without end": {("HIERARCHICAL", "NONHIER_COUNT"): 100_000_000},
    "no name": {("GENERAL", "SLIDE_ID"): ""},
    "another name": {("GENERAL", "SLIDE_ID"): "ANOTHER"},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_description_that_contradicts_itself_is_refused_with_little_work(name, tmp_path):
    Mirax(settings=HOSTILE[name]).write(tmp_path / "upload")
    assert_refused(tmp_path)


@pytest.mark.parametrize(
    ("made", "error"),
    [
        (Mirax(pages_loop=True), "CorruptFile"),
        (Mirax(offset_added=1), "CorruptFile"),
        (Mirax(offset_added=1 << 30), "TruncatedFile"),
        (Mirax(moved={(1, 1): (2_000_000_000, 0)}), "CorruptFile"),
        (Mirax(moved={(1, 1): (0, -100_000)}), "CorruptFile"),
    ],
)
def test_an_index_that_would_lead_astray_is_refused_with_little_work(made, error, tmp_path):
    made.write(tmp_path / "upload")
    assert assert_refused(tmp_path) == {error}


def assert_refused(tmp_path):
    with counted_statements() as work, measured_memory() as held:
        result = import_files([tmp_path / "upload"], destination=tmp_path / "out")
    assert result.images == ()
    assert {file.outcome for file in result.files} == {"refused"}
    assert work.statements < 50_000
    assert held.peak_bytes < 16 << 20
    main = [file for file in result.files if file.name.endswith((".mrxs", ".vms", ".vmu"))]
    assert all(file.reason.endswith(".") for file in main)
    return {file.error for file in main}


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"NoJpegColumns": 100_000}, "CorruptFile"),
        ({"NoJpegColumns": 3}, "CorruptFile"),
        ({"MapFile": None}, "CorruptFile"),
        ({"MapFile": "slide.vms"}, "CorruptFile"),
        ({"ImageFile": "slide.vms"}, "CorruptFile"),
    ],
)
def test_a_description_of_hamamatsu_that_contradicts_itself_is_refused(settings, error, tmp_path):
    write_vms(tmp_path / "upload", settings=settings)
    result = import_files([tmp_path / "upload"], destination=tmp_path / "out")
    assert outcomes(result)["slide.vms"] == ("refused", error)


def test_parts_cut_short_are_refused(tmp_path):
    write_vmu(tmp_path / "vmu", cut=1)
    write_vms(tmp_path / "vms")
    part = tmp_path / "vms" / "slide-1-0.jpg"
    part.write_bytes(part.read_bytes()[:-200])
    Mirax().write(tmp_path / "mirax")
    data = tmp_path / "mirax" / "slide" / "Data0000.dat"
    data.write_bytes(data.read_bytes()[:-100])
    result = import_files([tmp_path / kind for kind in ("vmu", "vms", "mirax")], destination=tmp_path / "out")
    assert result.images == ()
    assert {error for _, error in outcomes(result).values()} == {"TruncatedFile"}


def test_a_description_of_nothing_or_without_end_is_refused(tmp_path):
    folder = tmp_path / "upload"
    folder.mkdir()
    (folder / "a.vms").write_bytes(b"[Virtual Microscope Specimen]\n" + b"x" * (2 << 20))
    (folder / "b.vmu").write_text("no group\n")
    (folder / "c.vms").write_bytes(b"\xff\xd8\xff")
    write_keys(folder / "d.vms", "Virtual Microscope Specimen", {f"ImageFile({i},0)": "x" for i in range(4200)})
    assert assert_refused(tmp_path) == {"TooLarge", "CorruptFile"}


def test_a_damaged_tile_is_named_and_the_other_tiles_stay_readable(tmp_path):
    """Damage in the middle of a tile shows when it is decoded; openslide answers nothing more after an error."""
    made = Mirax()
    main = made.write(tmp_path / "upload")
    data = bytearray(made.data)
    at = bytes(data).index(b"\xff\xd8", bytes(data).index(b"\xff\xd9")) + 2
    data[at : at + 20] = b"\xff\xc0" * 10
    (main.with_suffix("") / "Data0000.dat").write_bytes(data)
    slide = open_slide(main.parent)
    tile = {"level": 0, "rows": 16, "columns": 16}
    with pytest.raises(CorruptFile, match=r"tile of slide\.mrxs is damaged"):
        slide.region(row=0, column=64, **tile)
    assert np.abs(slide.region(row=0, column=0, **tile).astype(int) - made.pixels[:16, :16]).max() < 12
    result = import_files([tmp_path / "upload"], destination=tmp_path / "out")
    assert result.images == ()
    assert {error for _, error in outcomes(result).values()} == {"CorruptFile"}


@pytest.mark.parametrize("target", ["slide/Slidedat.ini", "slide/Index.dat", "slide.vms", "slide.vmu", "slide.ngr"])
def test_mutated_parts_give_a_slide_or_an_error_of_ours(target, memory_path):
    {"vms": write_vms, "vmu": write_vmu, "ngr": write_vmu}.get(target[-3:], Mirax().write)(memory_path)
    main = next(path for path in memory_path.iterdir() if path.suffix in {".mrxs", ".vms", ".vmu"})
    path = memory_path / target
    data = path.read_bytes()
    random = np.random.default_rng(len(target))
    opened = 0
    for number in range(200):
        broken = bytearray(data)
        for _ in range(random.integers(1, 4)):
            at = int(random.integers(min(len(broken), 2000)))
            broken[at : at + 1] = random.choice([b"\0", b"\xff", b"9", b"-", b"\n", b"\x7f", b"99999"])
        path.write_bytes(broken)
        with counted_statements() as work, measured_memory() as held:
            slide = open_one(main)
        opened += slide is not None
        assert work.statements < 100_000, f"mutation {number}"
        assert held.peak_bytes < 64 << 20, f"mutation {number}"
        if slide is not None:
            read_some(slide)
    assert opened > 0


def open_one(main: Path):
    def siblings(name):
        path = main.parent / name
        if not path.is_file() or path.resolve().parent not in (main.parent, main.with_suffix("")):
            raise RefusedFile("not there")
        return UploadedFile(path, name, path.read_bytes()[:16])

    return next(iter(open_parts(UploadedFile(main, main.name, b""), siblings).images), None)


def read_some(slide):
    try:
        assert slide.region(level=0, row=0, column=0, rows=100, columns=100).shape == (100, 100, 3)
    except CorruptFile as refusal:
        assert str(refusal).endswith(".")  # noqa: PT017
