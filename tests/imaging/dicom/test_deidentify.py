import copy
import io
import string

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from readroom.imaging.dicom.deidentify import Action, Deidentifier, Option, deidentify
from readroom.imaging.dicom.deidentify_table import BASIC, BIRTH, DESCRIPTORS, DEVICE, INSTITUTION, PATIENT
from readroom.imaging.dicom.deidentify_values import cap_age, shift_date
from readroom.imaging.errors import CorruptFile
from readroom.imaging.testing import write_ct_phantom, write_mr_phantom, write_tiny_series

SECRET = "a secret of some length"
KEEPING = [Option.RETAIN_PATIENT, Option.CLEAN_DESCRIPTORS, Option.SHIFT_DATES, Option.RETAIN_DEVICE]


def plain(**elements):
    dataset = Dataset()
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    dataset.SOPInstanceUID = "1.2.3.4.5"
    dataset.StudyInstanceUID = "1.2.3.4"
    dataset.PatientName, dataset.PatientID = "Marmalade^Orville", "MRN0815471"
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def bytes_of(dataset):
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def action_of(report, path):
    (change,) = [change for change in report.changes if change.path == path]
    return change.action


def test_the_table_is_that_of_the_standard():
    """Counts and samples of Table E.1-1."""
    assert len(BASIC) == 652
    samples = {
        0x00100010: "Z",
        0x00100020: "Z/D",
        0x00080080: "X/Z/D",
        0x0020000D: "U",
        0x00081140: "X/Z/U*",
        0x0040A730: "D",
        0x00102160: "X",
        0x00080022: "X/Z",
        0x00080021: "X/D",
        0x00080023: "Z/D",
    }
    assert {tag: BASIC[tag] for tag in samples} == samples
    for column in (PATIENT, DEVICE, INSTITUTION, DESCRIPTORS, BIRTH):
        assert column
        assert set(BASIC) >= column


def test_the_original_stays_as_it_is(tmp_path):
    series = write_tiny_series(tmp_path)
    before = series.files[0].read_bytes()
    dataset = pydicom.dcmread(series.files[0])
    same = copy.deepcopy(dataset)
    deidentify(dataset)
    deidentify(series.files[0])
    assert dataset == same
    assert series.files[0].read_bytes() == before


def test_a_real_series_stays_readable_with_the_same_pixels(tmp_path):
    phantom = write_ct_phantom(tmp_path / "in", slices=3, size=32, nodules=0)
    deidentifier = Deidentifier()
    for file in phantom.files:
        dataset, _ = deidentifier.deidentify(file)
        dataset.save_as(tmp_path / file.name, enforce_file_format=True)
        read = pydicom.dcmread(tmp_path / file.name)
        assert np.array_equal(read.pixel_array, pydicom.dcmread(file).pixel_array)
        assert read.PatientIdentityRemoved == "YES"
        assert read.ImagePositionPatient == pydicom.dcmread(file).ImagePositionPatient
        assert read.BodyPartExamined == "CHEST"


def test_each_action_of_the_profile_is_done_and_reported():
    dataset, report = deidentify(
        plain(
            PatientBirthDate="19500102",
            StudyDate="20200102",
            SeriesDate="20200102",
            AccessionNumber="A12345",
            InstitutionName="General Hospital",
            StudyDescription="Knee",
            Modality="MR",
            VerifyingObserverName="Watson^John",
        )
    )
    assert "StudyDescription" not in dataset
    assert not [keyword for keyword in ("PatientBirthDate", "StudyDate", "AccessionNumber") if dataset[keyword].value]
    assert dataset.SeriesDate == "19000101"
    assert dataset.InstitutionName == "REMOVED"
    assert dataset.VerifyingObserverName == "Anonymous"
    assert dataset.Modality == "MR"
    expected = {
        "StudyDescription": Action.REMOVED,
        "PatientBirthDate": Action.EMPTIED,
        "SeriesDate": Action.REPLACED,
        "SOPInstanceUID": Action.REPLACED,
    }
    assert {path: action_of(report, path) for path in expected} == expected
    assert "removed" in report.summary()


def test_the_report_holds_no_value():
    secret_values = ("Marmalade", "Orville", "MRN0815471", "A12345", "Kneeling")
    _, report = deidentify(plain(AccessionNumber="A12345", StudyDescription="Kneeling"))
    assert not [value for value in secret_values if value in repr(report)]


def test_a_patient_keeps_one_pseudonym_and_others_get_others():
    deidentifier = Deidentifier()
    first, second, other = (
        deidentifier.deidentify(plain(PatientID=identity))[0] for identity in ("MRN1", "MRN1", "MRN2")
    )
    assert first.PatientID == second.PatientID != other.PatientID
    assert first.PatientName == first.PatientID


def test_uids_stay_consistent_within_a_call_and_with_a_secret_across_calls():
    reference = Dataset()
    reference.ReferencedSOPInstanceUID, reference.ReferencedSOPClassUID = "1.2.3.4.5", "1.2.840.10008.5.1.4.1.1.2"
    original = plain(ReferencedImageSequence=Sequence([reference]))
    one, again = (deidentify(original, secret=SECRET)[0] for _ in range(2))
    assert one.SOPInstanceUID == one.ReferencedImageSequence[0].ReferencedSOPInstanceUID == again.SOPInstanceUID
    assert one.SOPInstanceUID != original.SOPInstanceUID
    assert one.file_meta.MediaStorageSOPInstanceUID == one.SOPInstanceUID
    assert one.SOPClassUID == original.SOPClassUID
    assert one.SOPInstanceUID.is_valid
    assert deidentify(original, secret="another")[0].SOPInstanceUID != one.SOPInstanceUID
    assert deidentify(original)[0].SOPInstanceUID != deidentify(original)[0].SOPInstanceUID


def test_private_unknown_curve_and_overlay_elements_go():
    dataset = plain()
    dataset.private_block(0x0019, "ACME", create=True).add_new(1, "LO", "Marmalade")
    dataset.add_new(0x0028FFEE, "UN", b"what")
    dataset.add_new(0x60003000, "OW", b"\0\0")
    dataset.add_new(0x60020022, "LO", "overlay description")
    dataset.add_new(0x50003000, "OW", b"\0\0")
    result, report = deidentify(dataset)
    assert {change.why for change in report.of(Action.REMOVED)} >= {"private", "unknown", "overlay", "curve"}
    assert not [element for element in result if element.tag.is_private]
    assert 0x60020022 in result


def test_nested_items_are_cleaned_too():
    item = Dataset()
    item.ScheduledProcedureStepID, item.CodeMeaning = "MRN0815471", "for Marmalade, Orville"
    result, report = deidentify(plain(AnatomicRegionSequence=Sequence([item])))
    assert "ScheduledProcedureStepID" not in result.AnatomicRegionSequence[0]
    assert "armalade" not in result.AnatomicRegionSequence[0].CodeMeaning
    assert action_of(report, "AnatomicRegionSequence[0].CodeMeaning") is Action.CLEANED


def test_texts_of_a_report_become_dummies_and_its_numbers_stay():
    number = Dataset()
    number.NumericValue = "7.5"
    text = Dataset()
    text.TextValue, text.ValueType = "He said that he lives in Chelsea", "TEXT"
    text.MeasuredValueSequence = Sequence([number])
    result, report = deidentify(plain(Modality="SR", ContentSequence=Sequence([text])))
    assert result.ContentSequence[0].TextValue == "REMOVED"
    assert result.ContentSequence[0].MeasuredValueSequence[0].NumericValue == 7.5
    assert any("report" in warning for warning in report.warnings)


def test_dates_are_shifted_by_one_number_of_days_for_a_patient():
    options = {"options": [Option.SHIFT_DATES], "secret": SECRET}
    first, _ = deidentify(
        plain(StudyDate="20200229", AcquisitionDateTime="20200305101500.5+0100", StudyTime="101500"), **options
    )
    second, _ = deidentify(plain(StudyDate="20210301", PatientBirthDate="19500101"), **options)
    days = (np.datetime64("2021-03-01") - np.datetime64("2020-02-29")).astype(int)
    moved = [np.datetime64(f"{value[:4]}-{value[4:6]}-{value[6:8]}") for value in (first.StudyDate, second.StudyDate)]
    assert (moved[1] - moved[0]).astype(int) == days
    assert moved[0] < np.datetime64("2020-02-29")
    assert first.AcquisitionDateTime[8:] == "101500.5+0100"
    assert first.StudyTime == "101500"
    assert not second.PatientBirthDate
    assert first.LongitudinalTemporalInformationModified == "MODIFIED"


def test_options_keep_what_they_say_and_no_more():
    original = plain(
        PatientSex="F",
        PatientAge="093Y",
        PatientWeight="71",
        StationName="CT07",
        InstitutionName="General Hospital",
        StudyDate="20200102",
        StudyDescription="Knee of Marmalade, ID MRN0815471, call 020-555-1234",
        ReferringPhysicianName="Watson^John",
    )
    everything = [option for option in Option if option is not Option.SHIFT_DATES]
    result, report = deidentify(original, options=everything)
    assert (result.PatientSex, result.PatientAge, result.PatientWeight) == ("F", "090Y", 71)
    assert (result.StationName, result.InstitutionName, result.StudyDate) == ("CT07", "General Hospital", "20200102")
    assert result.SOPInstanceUID == original.SOPInstanceUID
    assert result.StudyDescription.startswith("Knee of")
    assert not [word for word in ("Marmalade", "MRN0815471", "555") if word in result.StudyDescription]
    assert not result.ReferringPhysicianName
    assert action_of(report, "StudyDescription") is Action.CLEANED
    codes = [item.CodeValue for item in result.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113110", "113106", "113108", "113109", "113112", "113105"]


def test_dates_cannot_be_kept_and_shifted():
    with pytest.raises(ValueError, match="not both"):
        Deidentifier(options=[Option.RETAIN_DATES, Option.SHIFT_DATES])


def test_an_unknown_option_and_an_empty_secret_are_refused():
    with pytest.raises(ValueError, match="retain-everything"):
        Deidentifier(options=["retain-everything"])
    with pytest.raises(ValueError, match="empty secret"):
        Deidentifier(secret="")


@pytest.mark.parametrize(
    ("elements", "word"),
    [
        ({"BurnedInAnnotation": "YES", "PixelData": b"\0\0"}, "burned"),
        ({"Modality": "US", "PixelData": b"\0\0"}, "burned"),
        ({"RecognizableVisualFeatures": "YES"}, "recognised"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LABEL", "NONE"]}, "label"),
        ({"EncapsulatedDocument": b"%PDF"}, "document"),
    ],
)
def test_what_no_program_decides_is_a_warning(elements, word):
    _, report = deidentify(plain(**elements))
    assert [warning for warning in report.warnings if word in warning]


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["empty.dcm", "png-renamed.dcm", "random-4k.dcm", "text-renamed.dcm"])
def test_what_is_no_dicom_is_refused(name, testdata):
    with pytest.raises(CorruptFile, match="no DICOM file"):
        deidentify(testdata / "bad" / name)


@pytest.mark.corpus
def test_sequences_nested_very_deep_are_cleaned_to_the_bottom(testdata):
    _, report = deidentify(testdata / "bad/deep-nesting-200.dcm")
    assert max(change.path.count("[0]") for change in report.changes) >= 100


def test_a_ct_without_text_has_no_warning(tmp_path):
    series = write_tiny_series(tmp_path)
    assert deidentify(series.files[0])[1].warnings == ()


def test_the_preamble_and_the_machines_of_the_file_meta_go(tmp_path):
    series = write_tiny_series(tmp_path)
    dataset = pydicom.dcmread(series.files[0])
    dataset.preamble = b"Marmalade".ljust(128, b"\0")
    dataset.file_meta.SourceApplicationEntityTitle = "MARMALADE7"
    dataset.file_meta.PrivateInformationCreatorUID = "1.2.3.9"
    dataset.file_meta.PrivateInformation = b"Marmalade"
    result, report = deidentify(dataset)
    assert b"armalade" not in bytes_of(result)
    assert b"MARMALADE7" not in bytes_of(result)
    assert action_of(report, "SourceApplicationEntityTitle") is Action.REMOVED


def test_values_that_cannot_be_read_go():
    dataset = plain()
    tag = pydicom.tag.Tag(0x00280006)
    dataset[tag] = pydicom.dataelem.RawDataElement(tag, "US", 3, b"abc", 0, False, True)
    result, report = deidentify(dataset)
    assert "PlanarConfiguration" not in result
    assert action_of(report, "PlanarConfiguration") is Action.REMOVED


@pytest.mark.parametrize(
    ("value", "shifted"),
    [("20200310", "20200229"), ("2020.03.10", "20200229"), ("", ""), ("00000000", ""), ("2020", ""), ("00010101", "")],
)
def test_dates_move_back_or_become_empty(value, shifted):
    assert shift_date(value, 10) == shifted


@pytest.mark.filterwarnings("error")
def test_an_odd_value_is_not_quoted_in_a_warning():
    dataset = plain()
    dataset[0x00080050] = pydicom.dataelem.RawDataElement(
        pydicom.tag.Tag(0x00080050), "SH", 40, b"MRN0815471 ".ljust(40, b"x"), 0, False, True
    )
    deidentify(dataset)


def test_high_ages_are_one_age():
    assert [cap_age(value) for value in ("089Y", "090Y", "101Y", "100M", "")] == ["089Y", "090Y", "090Y", "100M", ""]


identifiers = st.text(string.ascii_uppercase, min_size=6, max_size=11).map(lambda text: f"Q{text}7")
WRITTEN = {uid for uid in pydicom.uid.AllTransferSyntaxes if uid.is_transfer_syntax}
TEXT_HOLDERS = [
    "StudyDescription",
    "SeriesDescription",
    "ImageComments",
    "PatientComments",
    "ProtocolName",
    "ConvolutionKernel",
    "SequenceName",
    "ManufacturerModelName",
    "InstitutionName",
    "StationName",
    "OtherPatientIDs",
    "PatientAddress",
    "AdditionalPatientHistory",
]


@given(
    identity=identifiers,
    names=st.lists(identifiers, min_size=2, max_size=4, unique=True),
    holders=st.lists(st.sampled_from(TEXT_HOLDERS), unique=True),
    options=st.sets(st.sampled_from([*KEEPING, Option.RETAIN_INSTITUTION])),
    depth=st.integers(0, 3),
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_original_identifier_survives_in_the_bytes(identity, names, holders, options, depth):
    uid = "1.2.826.0.1.3680043.9.7777.424242"
    inner = plain(SOPInstanceUID=uid, StudyInstanceUID=uid + ".1", PatientID=identity, PatientName="^".join(names))
    inner.ReferringPhysicianName, inner.AccessionNumber, inner.PatientBirthDate = names[0], identity, "19511213"
    for holder in holders:
        is_short = dictionary_VR(tag_for_keyword(holder)) == "SH"
        setattr(inner, holder, f"a {identity}" if is_short else f"seen {names[-1].lower()} of {identity}")
    inner.private_block(0x0011, f"ACME {names[0]}", create=True).add_new(1, "LO", identity)
    for _ in range(depth):
        outer = copy.deepcopy(inner)
        outer.ReferencedSeriesSequence = Sequence([inner])
        inner = outer
    result, _ = deidentify(inner, options=options)
    result.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    written = bytes_of(result).lower()
    survivors = [value for value in (identity, *names, uid, "19511213") if value.lower().encode() in written]
    assert survivors == []


def test_two_visits_of_a_person_stay_together_and_apart(tmp_path):
    baseline, follow_up = write_mr_phantom(tmp_path, slices=2, size=16, separate_studies=True)
    deidentifier = Deidentifier(options=[Option.SHIFT_DATES])
    first, second = (deidentifier.deidentify(phantom.files[0])[0] for phantom in (baseline, follow_up))
    assert first.PatientID == second.PatientID
    assert first.StudyInstanceUID != second.StudyInstanceUID
    assert first.StudyDate < second.StudyDate


@pytest.mark.corpus
@pytest.mark.filterwarnings("ignore:::pydicom")  # the library warns about odd values while the test reads and writes
def test_every_readable_file_of_the_corpus_is_cleaned_and_written(testdata):
    deidentifier = Deidentifier(options=[Option.CLEAN_DESCRIPTORS])
    done = 0
    folders = [testdata / "dicom", *(path for path in sorted((testdata / "dicom").rglob("*")) if path.is_dir())]
    small = [[path for path in sorted(folder.iterdir()) if path.is_file()][:8] for folder in folders]
    for path in [path for few in small for path in few if path.stat().st_size < 400_000]:
        try:
            original = pydicom.dcmread(path)
        except Exception:  # noqa: BLE001 - what the library cannot read is the importer's concern
            continue
        syntax = original.file_meta.get("TransferSyntaxUID")
        if not original.get("SOPInstanceUID") or not original.get("SOPClassUID") or syntax not in WRITTEN:
            continue
        result, _ = deidentifier.deidentify(original)
        written = bytes_of(result)
        name = str(original.get("PatientName", ""))
        parts = [part for part in name.replace("=", "^").split("^") if len(part) >= 5 and part.isascii()]
        header = written[: written.rfind(b"\xe0\x7f\x10\x00")] if b"\xe0\x7f\x10\x00" in written else written
        assert not [part for part in parts if part.encode() in header], path
        done += 1
    assert done > 100
