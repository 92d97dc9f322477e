"""A whole import where bytes are kept in S3: parts go to the bucket directly, a worker imports, frames come back."""

from __future__ import annotations

import time

import boto3
import httpx
import imagecodecs
import numpy as np
import pytest
import SimpleITK

from readroom.server.testing.clusters import s3_service
from readroom.server.testing.servers import running_server

PART = 5 * 1024 * 1024
VALUES = np.random.default_rng(0).integers(-1000, 3000, (12, 512, 512), dtype=np.int16)


@pytest.fixture(scope="module")
def bucket():
    """An S3 service with a bucket; its endpoint."""
    with pytest.MonkeyPatch.context() as patch, s3_service() as endpoint:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="scans")
        yield endpoint


@pytest.fixture(scope="module")
def server(bucket, tmp_path_factory):
    data = tmp_path_factory.mktemp("server") / "data"
    with running_server(data, storage="s3://scans/readroom", s3_endpoint=bucket) as server:
        yield server


@pytest.fixture(scope="module")
def client(server):
    headers = {"Authorization": f"BEARER {server.add_person('ann')}"}
    base_url = f"http://127.0.0.1:{server.http_port}/api/v1/"
    with httpx.Client(base_url=base_url, headers=headers, timeout=60, follow_redirects=True) as client:
        yield client


@pytest.fixture(scope="module")
def image(client, bucket, tmp_path_factory):
    """The image that the uploaded file became."""
    path = tmp_path_factory.mktemp("scan") / "scan.mha"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(VALUES), str(path))
    content = path.read_bytes()
    upload = client.post("uploads/", json={"filename": path.name}).raise_for_status().json()
    verbs = f"uploads/{upload['pk']}/{upload['s3_upload_id']}"
    pieces = {n + 1: content[start : start + PART] for n, start in enumerate(range(0, len(content), PART))}
    signing = client.patch(f"{verbs}/generate-presigned-urls/", json={"part_numbers": list(pieces)})
    parts = []
    for number, address in signing.raise_for_status().json()["presigned_urls"].items():
        assert address.startswith(f"{bucket}/scans/readroom/uploads/")
        sent = httpx.put(address, content=pieces[int(number)], timeout=60).raise_for_status()
        parts.append({"ETag": sent.headers["ETag"], "PartNumber": int(number)})
    client.patch(f"{verbs}/complete-multipart-upload/", json={"parts": parts}).raise_for_status()
    begun = client.post("cases/upload-sessions/", json={"uploads": [upload["api_url"]]}).raise_for_status().json()
    return client.get(ended(client, begun["pk"])["image_set"][0].split("/api/v1/")[1]).raise_for_status().json()


def ended(client, pk):
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        row = client.get(f"cases/upload-sessions/{pk}/").raise_for_status().json()
        if row["status"] in {"Succeeded", "Failed", "Cancelled"}:
            assert row["status"] == "Succeeded", row
            return row
        time.sleep(0.2)
    pytest.fail(f"the import did not end: {row}")


def test_the_file_of_an_image_has_the_uploaded_voxels(client, server, image, tmp_path):
    assert image["shape"] == list(VALUES.shape)
    path = tmp_path / "out.mha"
    address = image["files"][0]["file"].split("/api/v1/")[1]
    for _again in range(2):  # made, then kept
        path.write_bytes(client.get(address).raise_for_status().content)
        assert np.array_equal(SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path))), VALUES)


def test_a_frame_is_a_range_of_the_pack_in_the_bucket(client, server, image):
    described = client.get(f"cases/images/{image['pk']}/pack/").raise_for_status().json()
    address = described["url"].split("/", 3)[3]
    base = f"http://127.0.0.1:{server.http_port}/"
    for number in (0, 11):
        frame = httpx.get(f"{base}{address}?frame={number}", timeout=60).raise_for_status()
        assert np.array_equal(imagecodecs.htj2k_decode(frame.content), VALUES[number])


def test_pack_and_original_are_in_the_bucket_and_the_upload_is_gone(bucket, server, image):
    listing = boto3.client("s3", endpoint_url=bucket, region_name="us-east-1").list_objects_v2(Bucket="scans")
    kinds = [row["Key"].split("/")[1] for row in listing["Contents"]]
    assert kinds.count("packs") == kinds.count("originals") == 1
    assert "uploads" not in kinds
    assert not (server.data / "blobs").exists()
