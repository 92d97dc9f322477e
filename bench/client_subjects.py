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


def upload_large(*, base_url: str, token: str, certificate: str, paths: list[str]) -> dict:
    """Send large files at once, for what they cost in memory."""
    import readroom

    with readroom.Client(token=token, base_url=base_url, verify=certificate) as client:
        client.uploads.upload_files([Path(path) for path in paths])
    return {"files": len(paths)}


def read_list(*, client: str, base_url: str, token: str, certificate: str, study: str, what: str, turns: int) -> dict:
    """Read a whole list some times, look at a field of every element, and tell the seconds of the best turn."""
    os.environ["SSL_CERT_FILE"] = certificate
    talker = __import__(client).Client(token=token, base_url=base_url)
    of_study = {"display_sets": "reader_study", "answers": "question__reader_study"}[what]
    best = float("inf")
    for _ in range(turns):
        start = time.perf_counter()
        seen = {entry.pk for entry in getattr(talker.reader_studies, what).iterate_all(params={of_study: study})}
        best = min(best, time.perf_counter() - start)
    return {"seconds": best, "count": len(seen)}
