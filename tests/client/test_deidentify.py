import json
import shutil
import zipfile

import pydicom
import pytest

import readroom
from readroom import SocketValueSpec, errors
from readroom.client.testing import ServerDouble
from readroom.imaging import Deidentifier
from readroom.imaging.testing import write_tiny_series


@pytest.fixture
def slices(tmp_path):
    series = write_tiny_series(tmp_path / "series", slices=3)
    for path in series.files:
        dataset = pydicom.dcmread(path)
        dataset.PatientName, dataset.PatientID, dataset.PatientSex = "Doe^Jane", "MRN0815", "F"
        dataset.save_as(path)
    return list(series.files)


def send(files, **options):
    server = ServerDouble()
    server.add_socket("ct-image")
    server.add_study("nodules")
    client = readroom.Client(token="a", base_url=server.base_url, transport=server, **options)
    spec = SocketValueSpec("ct-image", files=files)
    client.add_case_to_reader_study(reader_study_slug="nodules", values=[spec])
    arrived = [b"".join(parts.values()) for parts in server.parts.values()]
    return client, server, arrived


def datasets(contents):
    return [pydicom.dcmread(pydicom.filebase.DicomBytesIO(content)) for content in contents]


def test_nothing_that_tells_the_patient_leaves(slices):
    _, server, arrived = send(slices, deidentify=True)
    assert len(arrived) == 3
    assert not any(word in content for content in arrived for word in (b"Doe", b"Jane", b"MRN0815"))
    assert len({str(dataset.PatientID) for dataset in datasets(arrived)}) == 1
    names = [upload["filename"] for upload in server.objects["uploads"].values()]
    assert sorted(names) == ["00001.dcm", "00002.dcm", "00003.dcm"]


def test_the_report_tells_what_was_done_without_any_value(slices):
    client, _, _ = send(slices, deidentify=True)
    report = client.deidentification.to_dict()
    assert report["files"] == 3
    done = {change["element"]: (change["action"], change["files"]) for change in report["changes"]}
    assert done["PatientName"] == ("replaced", 3)
    assert "Doe" not in json.dumps(report)
    assert client.deidentification.summary().startswith("3 files de-identified: ")


def test_options_of_ones_own_are_applied(slices):
    _, _, arrived = send(slices, deidentify=Deidentifier(options=["retain-patient-characteristics"], secret="s"))
    assert {dataset.PatientSex for dataset in datasets(arrived)} == {"F"}


def test_without_it_files_leave_as_they_are(slices):
    client, _, arrived = send(slices)
    assert client.deidentification is None
    assert sorted(arrived) == sorted(path.read_bytes() for path in slices)


def test_files_of_other_formats_are_sent_and_named(tmp_path):
    (tmp_path / "a.mha").write_bytes(b"ObjectType = Image")
    client, _, arrived = send([tmp_path / "a.mha"], deidentify=True)
    assert arrived == [b"ObjectType = Image"]
    assert client.deidentification.passed_on == ["a.mha"]
    assert client.deidentification.summary().endswith("1 of other formats sent as they are")


def test_an_archive_is_refused_because_nothing_in_it_is_de_identified(slices, tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(slices[0], "1.dcm")
    with pytest.raises(errors.UploadRefused, match="unpack it first"):
        send([tmp_path / "all.zip"], deidentify=True)


def test_dicom_without_its_mark_never_leaves_as_it_is(slices, tmp_path):
    shutil.copy(slices[0], tmp_path / "IM0001")
    (tmp_path / "IM0001").write_bytes((tmp_path / "IM0001").read_bytes()[132:])
    with pytest.raises(errors.UploadRefused, match="IM0001 cannot be de-identified and was not sent"):
        send([tmp_path / "IM0001"], deidentify=True)
