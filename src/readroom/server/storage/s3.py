"""Blobs in a bucket of S3 or of a service that speaks its protocol. Parts go from the client to the bucket directly."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from readroom.server import config
from readroom.server.storage import blobs
from readroom.server.storage.blobs import (
    CHUNK,
    Joined,
    MissingBlob,
    MissingParts,
    NoSpace,
    OutOfReach,
    Part,
    StorageError,
    WrongParts,
    checked_key,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
NO_UPLOAD = frozenset({"NoSuchUpload"})
BAD_PARTS = frozenset({"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML", "InvalidRequest"})
SERVER_ERROR = 500
CHECK_SUMS = ("request_checksum_calculation", "response_checksum_validation")
FULL = frozenset({"QuotaExceeded", "XMinioStorageFull", "EntityTooLarge", "InsufficientStorage"})


class S3Blobs:
    """A `BlobStore` in a bucket. Credentials come from where boto3 looks for them (``AWS_ACCESS_KEY_ID`` ...)."""

    def __init__(self, settings: config.Config) -> None:
        parts = urlsplit(settings.storage)
        self.bucket, self.prefix = parts.netloc, parts.path.strip("/")
        self.settings = settings
        self.making = threading.Lock()
        self.made: dict[str, S3Client] = {}

    def client(self, endpoint: str = "") -> S3Client:
        """One client for all threads, made when it is needed: boto3 takes a while to load."""
        with self.making:
            if endpoint not in self.made:
                self.made[endpoint] = make_client(endpoint or self.settings.s3_endpoint, self.settings.s3_region)
            return self.made[endpoint]

    def name(self, key: str) -> str:
        return f"{self.prefix}/{checked_key(key)}" if self.prefix else checked_key(key)

    def write_file(self, key: str, source: Path) -> None:
        with errors_named():
            self.client().upload_file(str(source), self.bucket, self.name(key))

    def write_bytes(self, key: str, content: bytes) -> None:
        with errors_named():
            self.client().put_object(Bucket=self.bucket, Key=self.name(key), Body=content)

    def size(self, key: str) -> int:
        with errors_named():
            return self.client().head_object(Bucket=self.bucket, Key=self.name(key))["ContentLength"]

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        if length == 0 or start >= (size := self.size(key)):
            return iter(())
        end = size - 1 if length is None else min(size, start + length) - 1
        with errors_named():
            answer = self.client().get_object(Bucket=self.bucket, Key=self.name(key), Range=f"bytes={start}-{end}")
        return answer["Body"].iter_chunks(CHUNK)

    def remove(self, key: str) -> None:
        with errors_named():
            self.client().delete_object(Bucket=self.bucket, Key=self.name(key))

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="readroom-blob-") as folder:
            path = Path(folder) / key.rsplit("/", 1)[-1]
            with errors_named():
                self.client().download_file(self.bucket, self.name(key), str(path))
            yield path

    def begin_parts(self, key: str) -> str:
        with errors_named():
            return self.client().create_multipart_upload(Bucket=self.bucket, Key=self.name(key))["UploadId"]

    def part_links(self, key: str, parts_id: str, numbers: Sequence[int], *, seconds: int) -> Mapping[int, str]:
        client = self.client(self.settings.s3_public_endpoint)
        place = {"Bucket": self.bucket, "Key": self.name(key), "UploadId": parts_id}
        return {
            number: client.generate_presigned_url(
                "upload_part", Params={**place, "PartNumber": number}, ExpiresIn=seconds, HttpMethod="PUT"
            )
            for number in numbers
        }

    def list_parts(self, key: str, parts_id: str) -> Sequence[Part]:
        with errors_named():
            pages = (
                self.client()
                .get_paginator("list_parts")
                .paginate(Bucket=self.bucket, Key=self.name(key), UploadId=parts_id)
            )
            return [
                Part(part["PartNumber"], part["ETag"], part["Size"], part["LastModified"])
                for page in pages
                for part in page.get("Parts", [])
            ]

    def join_parts(self, key: str, parts_id: str, parts: Sequence[tuple[int, str]]) -> Joined:
        """S3 refuses an upload without parts, so an empty file is written as an empty object."""
        if not parts:
            self.list_parts(key, parts_id)
            self.write_bytes(key, b"")
            return Joined(0, "")
        wanted = [{"PartNumber": number, "ETag": etag} for number, etag in parts]
        try:
            with errors_named():
                answer = self.client().complete_multipart_upload(
                    Bucket=self.bucket, Key=self.name(key), UploadId=parts_id,
                    MultipartUpload={"Parts": wanted},  # type: ignore[typeddict-item]
                )  # fmt: skip
        except MissingParts:
            return Joined(self.size_or_gone(key), "")
        return Joined(self.size(key), answer["ETag"])

    def size_or_gone(self, key: str) -> int:
        """An upload that was joined before, by a process that died before it could say so, is joined."""
        try:
            return self.size(key)
        except MissingBlob:
            raise MissingParts from None

    def drop_parts(self, key: str, parts_id: str) -> None:
        try:
            with errors_named():
                self.client().abort_multipart_upload(Bucket=self.bucket, Key=self.name(key), UploadId=parts_id)
        except MissingParts:
            return


def make_client(endpoint: str, region: str) -> S3Client:
    import boto3
    from botocore.config import Config

    # Services beside the one of AWS know neither its host names of buckets nor, many of them, its newer check sums.
    of_others: Any = {"s3": {"addressing_style": "path"}, **dict.fromkeys(CHECK_SUMS, "when_required")}
    return boto3.client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region,
        config=Config(signature_version="s3v4", max_pool_connections=32, **(of_others if endpoint else {})),
    )


@contextmanager
def errors_named() -> Iterator[None]:
    """Turn S3's error codes into ours, and its silence."""
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise named(error) from error
    except S3UploadFailedError as error:
        raise named(error.__context__) from error
    except BotoCoreError as error:
        raise OutOfReach(f"the S3 service cannot be used: {error}") from error


def named(error: BaseException | None) -> StorageError:
    """Our word for what S3 refuses; its own code where we have none."""
    answer = getattr(error, "response", {})
    code, status = answer.get("Error", {}).get("Code", ""), answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in ABSENT:
        return MissingBlob()
    if code in NO_UPLOAD:
        return MissingParts()
    if code in BAD_PARTS:
        return WrongParts()
    if code in FULL:
        return NoSpace()
    if status >= SERVER_ERROR:
        return OutOfReach(f"the S3 service cannot be used: {code}")
    return StorageError(f"the S3 service refuses: {code}")


assert_is_store: type[blobs.BlobStore] = S3Blobs
