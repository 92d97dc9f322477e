"""The built front end: one page and its files; every path that is no file is the page's own business."""

from __future__ import annotations

import mimetypes
from http import HTTPStatus
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import ensure_csrf_cookie

from readroom.server import config

WEB = Path(__file__).resolve().parent.parent / "web"
NOT_BUILT = b"""<!doctype html><meta charset="utf-8"><title>readroom</title>
<p>The server runs. The pages were not built into this installation; <code>make frontend-build</code> builds them.
The API is at <a href="/api/v1/gcapi/">/api/v1/</a>."""
BROTLI = "br"
"""The one compressed form that the build leaves beside a file; every browser takes it over TLS."""
FOR_EVER = "public, max-age=31536000, immutable"


@ensure_csrf_cookie
def show_page(request: HttpRequest, path: str = "") -> HttpResponseBase:
    file = built_file(path)
    if file is not None:
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        form, coding = smallest_form(file, request.headers.get("Accept-Encoding", ""))
        headers = {
            "Cache-Control": FOR_EVER if "/assets/" in f"/{path}" else "no-cache",
            "Vary": "Accept-Encoding",
            **({"Content-Encoding": coding} if coding else {}),
        }
        return FileResponse(form.open("rb"), content_type=kind, headers=headers)
    index = WEB / "index.html"
    body = with_ways(index.read_bytes()) if index.is_file() else NOT_BUILT
    return HttpResponse(body, status=HTTPStatus.OK, headers={"Cache-Control": "no-cache"})


def with_ways(page: bytes) -> bytes:
    """The page, told how one may sign in here besides a password: by the organisation, with a mail to a new one."""
    settings = config.current()
    ways = [way for way, is_open in (("organisation", settings.oidc_issuer), ("mail", settings.email)) if is_open]
    return page.replace(b"</head>", f'<meta name="readroom-sign-in" content="{" ".join(ways)}" /></head>'.encode(), 1)


def built_file(path: str) -> Path | None:
    """The file of this path, never one outside the folder."""
    if not path or "\x00" in path:
        return None
    file = (WEB / path).resolve()
    return file if file.is_relative_to(WEB) and file.is_file() else None


def smallest_form(file: Path, accepted: str) -> tuple[Path, str]:
    """The file as the build compressed it, where the browser takes that; else the file itself."""
    offers = (part.partition(";") for part in accepted.lower().split(","))
    taken = {name.strip() for name, _, quality in offers if quality.strip().rstrip("0.") != "q="}
    form = file.with_name(f"{file.name}.{BROTLI}")
    return (form, BROTLI) if BROTLI in taken and form.is_file() else (file, "")
