"""What the real gcapi does in the platform's bench; runs in gcapi's own environment."""

from __future__ import annotations

import os
import time
from pathlib import Path


def upload_series(*, base_url: str, token: str, certificate: str, study: str, folder: str) -> dict:
    """Upload the files of one series as a case, and tell when the last request was answered."""
    os.environ["SSL_CERT_FILE"] = certificate
    import gcapi

    client = gcapi.Client(token=token, base_url=base_url)
    files = sorted(Path(folder).rglob("*.dcm"))
    start = time.perf_counter()
    spec = gcapi.SocketValueSpec(socket_slug="generic-medical-image", files=files)
    made = client.add_case_to_reader_study(reader_study_slug=study, values=[spec])
    return {"seconds": time.perf_counter() - start, "files": len(files), "display_set": made.pk}
