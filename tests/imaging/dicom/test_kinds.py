"""What an instance is."""

import pytest

from readroom.imaging.dicom.kinds import SENTENCES, STORAGE, Kind, kind_of


@pytest.mark.parametrize(
    ("sop_class", "kind"),
    [
        (STORAGE + "2", Kind.IMAGE),
        (STORAGE + "2.1", Kind.IMAGE),
        (STORAGE + "481.2", Kind.IMAGE),
        (STORAGE + "30", Kind.IMAGE),
        (STORAGE + "77.1.6", Kind.SLIDE),
        (STORAGE + "66.4", Kind.SEGMENTATION),
        (STORAGE + "66.7", Kind.SEGMENTATION),
        (STORAGE + "66.1", Kind.REGISTRATION),
        (STORAGE + "481.3", Kind.STRUCTURES),
        (STORAGE + "481.5", Kind.PLAN),
        (STORAGE + "88.33", Kind.REPORT),
        (STORAGE + "88.59", Kind.OTHER),
        (STORAGE + "11.1", Kind.PRESENTATION),
        (STORAGE + "104.1", Kind.DOCUMENT),
        (STORAGE + "9.1.1", Kind.WAVEFORM),
        (STORAGE + "77.1.4.1", Kind.VIDEO),
        (STORAGE + "77.1.4", Kind.IMAGE),
        (STORAGE + "91.1", Kind.ANNOTATION),
        ("1.2.840.10008.1.3.10", Kind.INDEX),
        ("1.2.3.private", Kind.IMAGE),
    ],
)
def test_a_class_says_what_an_instance_is_for(sop_class, kind):
    assert kind_of(sop_class, transfer_syntax="1.2.840.10008.1.2.1", has_pixels=True) is kind


def test_an_unknown_class_without_pixels_is_no_image():
    assert kind_of("1.2.3", transfer_syntax="", has_pixels=False) is Kind.OTHER


def test_a_video_stream_is_a_video_whatever_its_class():
    assert kind_of(STORAGE + "3.1", transfer_syntax="1.2.840.10008.1.2.4.106", has_pixels=True) is Kind.VIDEO


def test_everything_that_becomes_no_image_has_a_sentence():
    assert set(SENTENCES) == set(Kind) - {Kind.IMAGE, Kind.SLIDE, Kind.SEGMENTATION}
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())
