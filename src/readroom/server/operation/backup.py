"""Everything of a server in one file, taken while it runs, and put back on an empty one.

The file is a tar: ``manifest.json``, the database as it stood at one moment, the key of signatures and every blob. The
database is copied first: blobs never change, and none goes within an hour of its last use, so all that the copy names
are still there.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

from readroom.server import config
from readroom.server.db.models import Blob, Upload, UploadStatus
from readroom.server.services import uploads
from readroom.server.storage import stores
from readroom.server.storage.blobs import MissingBlob, StorageError, checked_key

VERSION = 1
BLOBS = "blobs/"
KEPT = ("secret-key", "tls/ca.pem", "tls/ca.key")
DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}


class CannotRun(Exception):
    """A program of PostgreSQL is missing or failed."""


class CannotBackUp(Exception):
    """There is nothing to keep, or no place for it."""


class CannotRestore(Exception):
    """The backup does not fit this server."""


def back_up(target: Path) -> dict[str, Any]:
    """Write a backup; the file appears when it is whole. Returns its manifest."""
    if not connection.introspection.table_names():
        raise CannotBackUp("there is no server to back up: its database is empty; check --data and --database")
    try:
        return write_backup(target)
    except (CannotRun, OSError, StorageError) as error:
        raise CannotBackUp(f"the backup could not be written: {error}") from error


def write_backup(target: Path) -> dict[str, Any]:
    arriving = target.with_name(f"{target.name}.arriving")
    try:
        with tempfile.TemporaryDirectory(prefix="readroom-backup-") as folder, tarfile.open(arriving, "w") as tar:
            copy = Path(folder) / DATABASES[connection.vendor]
            copy_database(copy)
            tar.add(copy, arcname=copy.name)
            for name in KEPT:
                if (config.current().data / name).is_file():
                    tar.add(config.current().data / name, arcname=name)
            missing = [key for key in keys_in_use() if not add_blob(tar, key)]
            manifest = {
                "version": VERSION,
                "database": connection.vendor,
                "made": datetime.now(UTC).isoformat(),
                "missing_blobs": missing,
            }
            add_bytes(tar, "manifest.json", json.dumps(manifest).encode())
        arriving.replace(target)
    finally:
        arriving.unlink(missing_ok=True)
    return manifest


def copy_database(target: Path) -> None:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with sqlite3.connect(target) as copy:
            connection.connection.backup(copy)
        copy.close()
        return
    run_postgresql("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", str(target))


def run_postgresql(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on our database; the password goes through the environment, not the command line."""
    settings = connection.settings_dict
    names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
    environment = os.environ | {there: str(settings[here]) for here, there in names.items() if settings[here]}
    found = shutil.which(program) or next(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{program}")), "")
    if not found:
        raise CannotRun(f"{program} is not installed; install the client programs of PostgreSQL")
    done = subprocess.run([found, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise CannotRun(f"{program}: {done.stderr.strip()[-500:]}")


def keys_in_use() -> Iterator[str]:
    yield from Blob.objects.order_by("key").values_list("key", flat=True)
    waiting = Upload.objects.filter(status=UploadStatus.COMPLETED).values_list("creator_id", "id")
    for creator_id, upload_id in waiting:
        yield uploads.key_of(creator_id, upload_id)


def add_blob(tar: tarfile.TarFile, key: str) -> bool:
    try:
        with stores.current().local_copy(key) as path:
            tar.add(path, arcname=BLOBS + key)
    except (MissingBlob, FileNotFoundError):
        return False
    return True


def add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


def restore(source: Path) -> int:
    """Put a backup on this server, whose database must be empty; returns the number of blobs."""
    require_empty()
    try:
        return take_over(source)
    except tarfile.TarError as error:
        raise CannotRestore(f"the backup is not whole, or no backup: {error}") from error
    except (CannotRun, OSError, StorageError) as error:
        raise CannotRestore(f"the backup could not be put in its place: {error}") from error


def take_over(source: Path) -> int:
    with tarfile.open(source) as tar, tempfile.TemporaryDirectory(prefix="readroom-restore-") as name:
        folder, count = Path(name), 0
        database = DATABASES[connection.vendor]
        for entry in tar:
            if not entry.isreg():
                continue
            if entry.name.startswith(BLOBS):
                restore_blob(tar, entry, folder)
                count += 1
            elif entry.name in {*KEPT, "manifest.json", *DATABASES.values()}:
                take_out(tar, entry, folder / entry.name.replace("/", "-"))
        if not (folder / database).is_file() or not (folder / "manifest.json").is_file():
            raise CannotRestore(f"the backup is not whole, or it is not of a {connection.vendor} database")
        restore_files(folder)
        restore_database(folder / database)
    return count


def require_empty() -> None:
    if connection.introspection.table_names():
        raise CannotRestore("the database is not empty; restore into an empty folder or an empty database")


def take_out(tar: tarfile.TarFile, entry: tarfile.TarInfo, target: Path) -> None:
    content = tar.extractfile(entry)
    if content is None:
        raise CannotRestore(f"{entry.name} is missing in the backup")
    with content, target.open("wb") as file:
        shutil.copyfileobj(content, file, 1024 * 1024)


def restore_blob(tar: tarfile.TarFile, entry: tarfile.TarInfo, folder: Path) -> None:
    try:
        key = checked_key(entry.name.removeprefix(BLOBS))
    except MissingBlob as error:
        raise CannotRestore(f"the backup names a file that leaves its folder: {entry.name}") from error
    arriving = folder / "blob"
    take_out(tar, entry, arriving)
    stores.current().write_file(key, arriving)


def restore_files(folder: Path) -> None:
    for name in KEPT:
        kept = folder / name.replace("/", "-")
        if kept.is_file():
            target = config.current().data / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(kept, target)
            target.chmod(0o644 if name.endswith(".pem") else 0o600)


def restore_database(copy: Path) -> None:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with sqlite3.connect(copy) as source:
            source.backup(connection.connection)
        source.close()
        return
    run_postgresql(
        "pg_restore",
        "--no-owner",
        "--no-privileges",
        "--exit-on-error",
        "--dbname",
        connection.settings_dict["NAME"],
        str(copy),
    )
