"""Any mix of files becomes images, and every file gets its one outcome."""

import os
import shutil
import signal
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tests.imaging.counting import counted_statements

from readroom.imaging import Limits, Pack, import_files, read_volume
from readroom.imaging.geometry import FindingKind
from readroom.imaging.testing import write_ct_phantom, write_tiny_series


def outcomes(result):
    return {file.name: (file.outcome, file.error, file.images) for file in result.files}


@pytest.fixture
def series(tmp_path):
    return write_tiny_series(tmp_path / "upload" / "series", slices=5, size=16)


def test_a_folder_becomes_an_image_whose_voxels_are_those_of_the_files(series, tmp_path):
    result = import_files([tmp_path / "upload"], destination=tmp_path / "out")
    [image] = result.images
    with Pack.open(image.pack) as pack:
        np.testing.assert_array_equal(pack.read(), series.voxels)
        pack.verify()
    assert image.files == tuple(f"series/{file.name}" for file in series.files)
    assert outcomes(result) == {f"series/{file.name}": ("used", "", (0,)) for file in series.files}
    assert [file.name for file in (tmp_path / "out").iterdir()] == [image.pack.name]


def test_files_folders_and_zips_mix_and_their_order_does_not_matter_to_the_pixels(series, tmp_path):
    with zipfile.ZipFile(tmp_path / "half.zip", "w") as archive:
        for file in series.files[:2]:
            archive.write(file, f"deep/{file.name}")
    mix = [tmp_path / "half.zip", *series.files[2:]]
    first = import_files(mix, destination=tmp_path / "one")
    second = import_files(mix[::-1], destination=tmp_path / "two")
    assert first.images[0].voxels_sha256 == second.images[0].voxels_sha256
    assert first.images[0].header.shape == (5, 16, 16)
    assert outcomes(first)["half.zip"] == ("used", "", (0,))
    assert outcomes(first)[f"half.zip/deep/{series.files[0].name}"] == ("used", "", (0,))
    assert len(first.files) == 6


def test_junk_between_the_images_is_refused_or_ignored_and_spoils_nothing(series, tmp_path):
    upload = tmp_path / "upload"
    (upload / "notes.txt").write_text("remember the milk")
    (upload / "empty.dcm").touch()
    (upload / "random.dcm").write_bytes(os.urandom(4096))
    (upload / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    (upload / "._slice.dcm").write_bytes(b"\0\5\x16\7")
    (upload / ".readroom-nodules.journal").write_text("{}")
    (upload / "all.tar").write_bytes(b"\0" * 257 + b"ustar\x0000" + b"\0" * 300)
    (upload / "broken.zip").write_bytes(b"PK\3\4 and no more")
    shutil.copy(series.files[0], upload / "cut.dcm")
    os.truncate(upload / "cut.dcm", 200)
    result = import_files([upload], destination=tmp_path / "out")
    [image] = result.images
    assert image.header.shape == (5, 16, 16)
    found = outcomes(result)
    for name in (".DS_Store", "._slice.dcm", ".readroom-nodules.journal"):
        assert found[name][0] == "ignored", name
    assert found["notes.txt"][:2] == ("refused", "UnknownFormat")
    assert found["empty.dcm"][:2] == ("refused", "EmptyFile")
    assert found["random.dcm"][0] == "refused"
    assert found["all.tar"][:2] == ("refused", "UnsupportedContent")
    assert found["broken.zip"][:2] == ("refused", "TruncatedFile")
    assert found["cut.dcm"][0] == "refused"
    assert all(file.reason.endswith(".") for file in result.files if file.outcome != "used")


def test_a_slice_that_cannot_be_decoded_leaves_a_gap_and_not_a_ruin(tmp_path):
    phantom = write_ct_phantom(
        tmp_path / "upload", slices=6, size=64, transfer_syntax="1.2.840.10008.1.2.4.80", nodules=0
    )
    data = phantom.files[3].read_bytes()
    start = data.index(b"\xff\xd8\xff")
    phantom.files[3].write_bytes(data[:start] + b"\0" * 64 + data[start + 64 :])
    result = import_files([tmp_path / "upload"], destination=tmp_path / "out")
    [image] = result.images
    assert image.header.shape[0] == 5
    assert FindingKind.GAP in {finding.kind for finding in image.header.findings}
    refused = [file for file in result.files if file.outcome == "refused"]
    assert [file.name for file in refused] == [phantom.files[3].name]
    assert refused[0].reason


def test_two_imports_into_one_folder_replace_nothing(series, tmp_path):
    first = import_files([tmp_path / "upload"], destination=tmp_path / "out")
    second = import_files([tmp_path / "upload"], destination=tmp_path / "out")
    assert first.images[0].pack != second.images[0].pack
    assert first.images[0].pack.read_bytes() == second.images[0].pack.read_bytes()


def test_imports_at_the_same_time_do_not_take_each_others_names(series, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: import_files([tmp_path / "upload"], destination=tmp_path / "out"), range(8)))
    packs = {result.images[0].pack for result in results}
    assert len(packs) == 8
    assert packs == set((tmp_path / "out").iterdir())


def test_the_same_upload_gives_the_same_names_order_and_outcomes(tmp_path):
    for number in range(3):
        write_tiny_series(tmp_path / "upload" / f"case-{number}", slices=2, seed=number)
    (tmp_path / "upload" / "notes.txt").write_text("x")
    first, second = (import_files([tmp_path / "upload"], destination=tmp_path / name) for name in ("one", "two"))
    assert first.files == second.files
    assert [image.pack.name for image in first.images] == [image.pack.name for image in second.images]
    assert [image.files[0].split("/")[0] for image in first.images] == ["case-0", "case-1", "case-2"]


def test_two_folders_with_the_same_names_keep_one_outcome_per_file(series, tmp_path):
    shutil.copytree(tmp_path / "upload", tmp_path / "again")
    result = import_files([tmp_path / "upload", tmp_path / "again"], destination=tmp_path / "out")
    assert len(result.files) == 10
    assert len({file.name for file in result.files}) == 10
    same = import_files([series.files[0], series.files[0]], destination=tmp_path / "out")
    assert [file.name for file in same.files] == [series.files[0].name, f"{series.files[0].name} (2)"]


def test_links_that_leave_the_folder_are_refused_and_links_within_are_followed(series, tmp_path):
    upload = tmp_path / "links"
    upload.mkdir()
    secret = tmp_path / "secret.dcm"
    shutil.copy(series.files[0], secret)
    shutil.copy(series.files[1], upload / "real.bin")
    (upload / "out.dcm").symlink_to(secret)
    (upload / "loop.dcm").symlink_to(upload / "loop.dcm")
    (upload / "folder").symlink_to(tmp_path / "upload")
    (upload / "dangling.dcm").symlink_to(upload / "nothing")
    os.mkfifo(upload / "pipe.dcm")
    found = outcomes(import_files([upload], destination=tmp_path / "out"))
    assert {name for name, outcome in found.items() if outcome[0] == "used"} == {"real.bin"}
    assert found["out.dcm"][:2] == found["loop.dcm"][:2] == found["dangling.dcm"][:2] == ("refused", "UnsafePath")
    assert found["folder"][:2] == ("refused", "UnsafePath")
    assert found["pipe.dcm"][:2] == ("refused", "UnsupportedContent")


def test_a_name_of_the_series_never_becomes_a_path(tmp_path):
    import pydicom

    series = write_tiny_series(tmp_path / "upload", slices=2)
    for file in series.files:
        dataset = pydicom.dcmread(file)
        dataset.SeriesDescription = "../../etc/passwd"
        dataset.save_as(file)
    [image] = import_files([tmp_path / "upload"], destination=tmp_path / "out").images
    assert image.pack == tmp_path / "out" / "etc-passwd.pack"


def test_images_over_the_limits_are_refused_before_they_are_decoded(series, tmp_path):
    limits = Limits(max_frame_bytes=500)
    result = import_files([tmp_path / "upload"], destination=tmp_path / "out", limits=limits)
    assert result.images == ()
    assert {file.error for file in result.files} == {"TooLarge"}
    assert list((tmp_path / "out").iterdir()) == []


def test_more_files_than_the_limit_are_refused_each_with_its_outcome(series, tmp_path):
    result = import_files([tmp_path / "upload"], destination=tmp_path / "out", limits=Limits(max_files=3))
    assert [file.error for file in result.files] == ["", "", "", "TooLarge", "TooLarge"]


def test_progress_rises_to_its_end(series, tmp_path):
    steps = []
    import_files([tmp_path / "upload"], destination=tmp_path / "out", progress=steps.append)
    stored = [step for step in steps if step.stage == "storing"]
    assert [step.stage for step in steps] == sorted(step.stage for step in steps)
    assert [step.done for step in stored] == sorted(step.done for step in stored)
    assert (stored[-1].done, stored[-1].total) == (5, 5)


def test_an_import_that_is_stopped_leaves_nothing_behind(series, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("stays")

    def stop(progress):
        if progress.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_files([tmp_path / "upload"], destination=tmp_path / "out", progress=stop)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_a_killed_import_leaves_no_half_image_and_the_next_one_sweeps_up(series, tmp_path):
    out = tmp_path / "out"
    program = (
        "import sys, time\n"
        "from readroom.imaging import import_files\n"
        "def wait(progress):\n"
        "    if progress.stage == 'storing' and progress.done == 3:\n"
        "        print('now', flush=True); time.sleep(60)\n"
        f"import_files([{str(tmp_path / 'upload')!r}], destination={str(out)!r}, progress=wait)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"now\n"
        during = import_files([tmp_path / "upload"], destination=out)
        assert len(list(out.glob(".import-*"))) == 1, "a workspace in use is left alone"
        child.send_signal(signal.SIGKILL)
    assert [file for file in out.iterdir() if not file.name.startswith(".import-")] == [during.images[0].pack]
    import_files([tmp_path / "upload"], destination=out)
    assert list(out.glob(".import-*")) == []


def test_a_header_finds_its_pixels_beside_it_whatever_the_case_of_their_name(tmp_path):
    upload = tmp_path / "upload"
    for name, raw in [("a", "PIXELS.RAW"), ("b", "pixels.raw")]:
        (upload / name).mkdir(parents=True)
        text = "ObjectType = Image\nNDims = 2\nDimSize = 2 2\nElementType = MET_UCHAR\nElementDataFile = pixels.raw\n"
        (upload / name / "x.mhd").write_text(text)
        (upload / name / raw).write_bytes(name.encode() * 4)
    result = import_files([upload], destination=tmp_path / "out")
    values = [read_volume(image.pack).array.tobytes() for image in result.images]
    assert values == [b"aaaa", b"bbbb"]
    assert {file.outcome for file in result.files} == {"used"}


def test_a_folder_of_nothing_gives_no_images_and_no_error(tmp_path):
    (tmp_path / "upload").mkdir()
    result = import_files([tmp_path / "upload"], destination=tmp_path / "out")
    assert result.images == result.files == ()


def test_many_small_files_take_work_in_proportion(tmp_path):
    statements = {}
    for count in (50, 400):
        folder = tmp_path / str(count)
        folder.mkdir()
        for number in range(count):
            (folder / f"{number}.txt").write_text("x")
        with counted_statements() as work:
            result = import_files([folder], destination=tmp_path / "out")
        assert len(result.files) == count
        statements[count] = work.statements
    assert 1_000 < statements[400] < 8.5 * statements[50]
