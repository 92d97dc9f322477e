from __future__ import annotations

import io
from urllib.parse import urlsplit
from uuid import uuid4

import numpy as np
import pytest
import SimpleITK
from django.db import transaction
from PIL import Image as Picture

from readroom.server.db.models import Image
from readroom.server.jobs.imports import worker_name
from readroom.server.services import attachments, import_run, imports, slide_tiles, uploads

SLIDES = "/api/v1/cases/slides/"


@pytest.fixture
def ann(make_user):
    return make_user("ann")


@pytest.fixture
def client(ann, client_of):
    return client_of(ann)


def import_file(actor, path):
    upload = uploads.add_file(actor, path)
    with transaction.atomic():
        row = imports.create_import(actor, upload_ids=[upload.id])
    import_run.run_import(row.pk, worker=worker_name(), attach=attachments.attach, refuse=attachments.refuse_import)
    return Image.objects.get(origin=row)


@pytest.fixture
def slide(ann, actor_of, testdata):
    return import_file(actor_of(ann), testdata / "wsi" / "CMU-1-Small-Region.svs")


def test_a_slide_says_its_size_its_place_and_how_far_it_zooms_out(client, slide):
    shown = client.get(f"{SLIDES}{slide.pk}/").json()
    assert (shown["width"], shown["height"], shown["tile_size"]) == (2220, 2967, 512)
    assert shown["halvings"] == 3
    assert 0.0001 < shown["geometry"]["spacing"][0] < 0.001


def test_tiles_cover_the_slide_exactly(client, slide):
    widths = [picture_of(client, slide, 0, 0, column).width for column in range(5)]
    heights = [picture_of(client, slide, 0, row, 0).height for row in range(6)]
    assert (sum(widths), sum(heights)) == (2220, 2967)
    whole = picture_of(client, slide, 3, 0, 0)
    assert whole.size == (2220 >> 3, 2967 >> 3)


def test_a_coarse_tile_is_the_mean_of_the_finer_ones(client, slide):
    fine = np.asarray(picture_of(client, slide, 0, 0, 0), dtype=float).reshape(256, 2, 256, 2, 3).mean((1, 3))
    coarse = np.asarray(picture_of(client, slide, 1, 0, 0), dtype=float)[:256, :256]
    assert np.abs(fine - coarse).mean() < 4


def test_outside_the_slide_there_is_nothing(client, slide):
    for address in ("0/6/0", "0/0/5", "4/0/0", "31/0/0", "0/99999999/0"):
        assert client.get(f"{SLIDES}{slide.pk}/{address}.jpg").status_code == 404


def test_a_stranger_sees_neither_slide_nor_tile(client_of, make_user, slide):
    stranger = client_of(make_user("eve"))
    for address in ("", "source/", "0/0/0.jpg"):
        assert stranger.get(f"{SLIDES}{slide.pk}/{address}").status_code == 404


def test_the_source_of_pixels_is_a_pack_or_a_slide(client, ann, actor_of, slide, tmp_path):
    shown = client.get(f"{SLIDES}{slide.pk}/source/").json()
    assert shown["url"] is None
    assert shown["slide"]["width"] == 2220
    path = tmp_path / "small.mha"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.zeros((3, 8, 8), np.int16)), str(path))
    volume = import_file(actor_of(ann), path)
    packed = client.get(f"{SLIDES}{volume.pk}/source/").json()
    assert packed["slide"] is None
    assert urlsplit(packed["url"]).path.startswith("/bytes/")
    assert client.get(f"{SLIDES}{uuid4()}/source/").status_code == 404


@pytest.mark.parametrize(("size", "halvings"), [((1, 1), 0), ((512, 512), 0), ((513, 10), 1), ((10, 5000), 4)])
def test_a_slide_is_halved_until_one_tile_holds_it(size, halvings):
    assert slide_tiles.halvings_of(*size) == halvings


def picture_of(client, slide, halvings, row, column):
    reply = client.get(f"{SLIDES}{slide.pk}/{halvings}/{row}/{column}.jpg")
    assert reply.status_code == 200
    assert reply["Content-Type"] == "image/jpeg"
    return Picture.open(io.BytesIO(reply.content))
