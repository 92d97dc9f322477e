"""The built front end: one page and its files; every path that is no file is the page's own business."""

from __future__ import annotations

import mimetypes
from http import HTTPStatus
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import ensure_csrf_cookie

WEB = Path(__file__).resolve().parent.parent / "web"
NOT_BUILT = b"""<!doctype html><meta charset="utf-8"><title>readroom</title>
<p>The server runs. The pages were not built into this installation; <code>make build</code> builds them.
The API is at <a href="/api/v1/gcapi/">/api/v1/</a>."""
FOR_EVER = "public, max-age=31536000, immutable"


@ensure_csrf_cookie
def show_page(request: HttpRequest, path: str = "") -> HttpResponseBase:
    file = built_file(path)
    if file is not None:
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        headers = {"Cache-Control": FOR_EVER if "/assets/" in f"/{path}" else "no-cache"}
        return FileResponse(file.open("rb"), content_type=kind, headers=headers)
    index = WEB / "index.html"
    body = index.read_bytes() if index.is_file() else NOT_BUILT
    return HttpResponse(body, status=HTTPStatus.OK, headers={"Cache-Control": "no-cache"})


def built_file(path: str) -> Path | None:
    """The file of this path, never one outside the folder."""
    if not path or "\x00" in path:
        return None
    file = (WEB / path).resolve()
    return file if file.is_relative_to(WEB) and file.is_file() else None
