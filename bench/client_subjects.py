"""What is measured of the client, in this environment or in gcapi's. Imports nothing that either lacks."""

from __future__ import annotations

import os
import time
from pathlib import Path


def folders(path: str) -> list[list[Path]]:
    return [sorted(folder.iterdir()) for folder in sorted(Path(path).iterdir()) if folder.is_dir()]


def upload(*, client: str, base_url: str, token: str, certificate: str, study: str, folder: str) -> dict:
    """Make a case of each folder, and tell the seconds until the last request was answered."""
    os.environ["SSL_CERT_FILE"] = certificate
    module = __import__(client)
    cases = folders(folder)
    start = time.perf_counter()
    talker = module.Client(token=token, base_url=base_url)
    for files in cases:
        values = [module.SocketValueSpec(socket_slug="generic-medical-image", files=files)]
        talker.add_case_to_reader_study(reader_study_slug=study, values=values)
    return {"seconds": time.perf_counter() - start, "files": sum(map(len, cases))}


def upload_large(*, base_url: str, token: str, certificate: str, path: str) -> dict:
    """Send one large file, for what it costs in memory."""
    import readroom

    with readroom.Client(token=token, base_url=base_url, verify=certificate) as client:
        client.uploads.upload_files([Path(path)])
    return {"bytes": Path(path).stat().st_size}
