from __future__ import annotations

import pytest

from readroom.server.api import pages


@pytest.fixture
def built(tmp_path, monkeypatch):
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html>page")
    for suffix, content in {"": b"plain", ".br": b"brotli"}.items():
        (web / f"assets/room.js{suffix}").write_bytes(content)
    (web / "sw.js").write_bytes(b"worker")
    monkeypatch.setattr(pages, "WEB", web)
    return web


def content_of(response) -> bytes:
    return b"".join(response.streaming_content)


@pytest.mark.parametrize(
    ("accepted", "content", "coding"),
    [
        ("gzip, deflate, br, zstd", b"brotli", "br"),
        ("gzip", b"plain", None),
        ("br;q=0, gzip;q=0.5", b"plain", None),
        ("br;q=0.0", b"plain", None),
        ("", b"plain", None),
    ],
)
def test_files_travel_in_the_smallest_form_that_the_browser_takes(built, client, accepted, content, coding):
    response = client.get("/assets/room.js", headers={"accept-encoding": accepted})
    assert content_of(response) == content
    assert response.headers.get("Content-Encoding") == coding
    assert "Accept-Encoding" in response.headers["Vary"]
    assert response.headers["Content-Type"].split(";")[0] == "text/javascript"
    assert "immutable" in response.headers["Cache-Control"]


def test_a_file_without_compressed_forms_travels_as_it_is(built, client):
    response = client.get("/sw.js", headers={"accept-encoding": "br"})
    assert content_of(response) == b"worker"
    assert response.headers["Cache-Control"] == "no-cache"


def test_any_other_path_is_the_page(built, client):
    assert client.get("/read/lungs").content.endswith(b"page")


@pytest.mark.parametrize("path", ["/../pages.py", "/assets/../../secret", "/assets/%2e%2e/%2e%2e/secret"])
def test_nothing_outside_the_folder_is_shown(built, client, path):
    (built.parent / "secret").write_text("secret")
    assert b"secret" not in client.get(path).content


@pytest.mark.parametrize(
    ("settings", "ways"),
    [
        ({}, ""),
        ({"oidc_issuer": "https://login.example"}, "organisation"),
        ({"email": "smtp://mail.example", "oidc_issuer": "https://login.example"}, "organisation mail"),
    ],
)
def test_the_page_knows_how_one_may_sign_in(built, client, settings_with, settings, ways):
    (built / "index.html").write_text("<!doctype html><html><head><title>readroom</title></head></html>")
    settings_with(**settings)
    page = client.get("/join").content.decode()
    assert f'<meta name="readroom-sign-in" content="{ways}" /></head>' in page
