from __future__ import annotations

import ssl
import threading
from datetime import datetime, timedelta

import pytest
import typer

from readroom.commands import serve
from readroom.server.operation import certificates
from readroom.server.operation.certificates import (
    check_certificate,
    check_configured,
    ensure_certificate,
    own_names,
)


def connect(server_files, ca, name):
    """A TLS handshake in memory, as strict as Python can be; returns the name that was proven."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(server_files.certificate, server_files.key)
    client = ssl.create_default_context(cafile=str(ca))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        server.wrap_bio(to_server, to_client, server_side=True),
        client.wrap_bio(to_client, to_server, server_hostname=name),
    )
    for _turn in range(6):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return dict(ends[1].getpeercert()["subject"][0])["commonName"]


@pytest.fixture
def files(tmp_path):
    return ensure_certificate(tmp_path, names=own_names(["reading.example.org"]))


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "reading.example.org"])
def test_a_strict_client_trusts_the_server_under_each_of_its_names(files, name):
    assert connect(files, files.ca, name)


def test_another_name_and_another_authority_are_not_trusted(files, tmp_path):
    other = ensure_certificate(tmp_path / "other", names=["localhost"])
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(files, files.ca, "elsewhere.example.org")
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(files, other.ca, "localhost")


def test_keys_are_for_their_owner_only(files, tmp_path):
    for name in ("ca.key", "server.key"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_the_certificate_stays_until_its_names_change_and_the_authority_always(files, tmp_path):
    before = files.certificate.read_bytes(), files.ca.read_bytes()
    ensure_certificate(tmp_path, names=own_names(["reading.example.org"]))
    assert (files.certificate.read_bytes(), files.ca.read_bytes()) == before
    ensure_certificate(tmp_path, names=["localhost", "new.example.org"])
    assert files.certificate.read_bytes() != before[0]
    assert files.ca.read_bytes() == before[1]
    assert connect(files, files.ca, "new.example.org")


def test_a_certificate_near_its_end_is_renewed(tmp_path, monkeypatch):
    monkeypatch.setattr(certificates, "LIFETIME", timedelta(days=29))
    files = ensure_certificate(tmp_path, names=["localhost"])
    first = files.certificate.read_bytes()
    monkeypatch.setattr(certificates, "LIFETIME", timedelta(days=397))
    ensure_certificate(tmp_path, names=["localhost"])
    assert files.certificate.read_bytes() != first
    assert check_certificate(tmp_path) == (True, "the certificate is valid for 396 days")


def test_a_certificate_that_has_ended_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(certificates, "LIFETIME", timedelta(seconds=-1))
    monkeypatch.setattr(certificates, "RENEWED_BEFORE", timedelta(days=-1))
    ensure_certificate(tmp_path, names=["localhost"])
    assert not check_certificate(tmp_path)[0]


@pytest.mark.parametrize(("days", "is_ok"), [(20, True), (13, False)])
def test_a_certificate_that_ends_soon_is_told_in_time(tmp_path, monkeypatch, days, is_ok):
    monkeypatch.setattr(certificates, "LIFETIME", timedelta(days=days, hours=1))
    monkeypatch.setattr(certificates, "RENEWED_BEFORE", timedelta(days=1))
    ensure_certificate(tmp_path, names=["localhost"])
    found, message = check_certificate(tmp_path)
    assert (found, f"{days} days" in message) == (is_ok, True), message


def test_two_processes_that_start_together_leave_a_matching_pair(tmp_path):
    threads = [
        threading.Thread(target=ensure_certificate, args=(tmp_path,), kwargs={"names": ["localhost"]}) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = ensure_certificate(tmp_path, names=["localhost"])
    assert connect(files, files.ca, "localhost")


def test_the_certificate_that_is_told_to_be_used_is_the_one_that_is_looked_at(files, tmp_path, monkeypatch):
    given = f"{files.certificate},{files.key}"
    other = ensure_certificate(tmp_path / "other", names=["localhost"])
    (tmp_path / "none.pem").write_text("no certificate")
    assert check_configured("off", tmp_path / "nowhere") == (True, "TLS is off; a proxy in front has the certificate")
    assert check_configured(given, tmp_path / "nowhere")[0]
    for wrong in (
        "bogus",
        f"{files.certificate},{other.key}",
        f"{tmp_path / 'none.pem'},{files.key}",
        f"{files.certificate},{tmp_path / 'none.pem'}",
    ):
        is_ok, message = check_configured(wrong, tmp_path)
        assert not is_ok
        assert "CERT,KEY" in message or "are not a certificate and its key" in message
    monkeypatch.setattr(certificates, "LIFETIME", timedelta(hours=2))
    ended = ensure_certificate(tmp_path / "ended", names=["localhost"])
    is_ok, message = check_configured(f"{ended.certificate},{ended.key}", tmp_path)
    assert not is_ok
    assert "put a new one in its place" in message


def test_an_authority_that_ends_and_a_clock_that_is_behind_are_named(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(certificates, "CA_LIFETIME", timedelta(hours=2))
        ensure_certificate(tmp_path / "ended", names=["localhost"])
    is_ok, message = check_certificate(tmp_path / "ended")
    assert not is_ok
    assert message.startswith("authority: the certificate has ended or ends today; remove ")
    ensure_certificate(tmp_path / "new", names=["localhost"])

    class Behind(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(days=30)

    monkeypatch.setattr(certificates, "datetime", Behind)
    is_ok, message = check_certificate(tmp_path / "new")
    assert not is_ok
    assert "is the clock of this machine right?" in message


def test_two_files_that_no_server_could_use_stop_it_with_a_sentence(files, tmp_path):
    other = ensure_certificate(tmp_path / "other", names=["localhost"])
    with pytest.raises(typer.BadParameter, match="are not a certificate and its key"):
        serve.find_certificate(f"{files.certificate},{other.key}", "localhost")
