"""A certificate authority of one's own and the server's certificate, so that HTTPS works at once.

``DATA/tls/ca.pem`` is what a client is told to trust (``verify=`` or ``SSL_CERT_FILE``); it stays, while the server's
certificate is renewed when it nears its end or when the names of the server change.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_LIFETIME = timedelta(days=3650)
LIFETIME = timedelta(days=397)
RENEWED_BEFORE = timedelta(days=30)
TOLD_BEFORE = timedelta(days=14)
"""Early enough for somebody who looks once a week."""


class WrongCertificate(ValueError):
    """Files were given that no TLS server could use."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files that a TLS server needs; ``ca`` only for one of our own."""

    certificate: Path
    key: Path
    ca: Path | None = None


def own_names(extra: Iterable[str] = ()) -> list[str]:
    """The names and addresses under which this machine may be called."""
    host = socket.gethostname()
    names = ["localhost", "127.0.0.1", "::1", host, socket.getfqdn(), *extra]
    return sorted({name for name in names if name and name not in {"*", "0.0.0.0", "::"} and len(name) <= 64})  # noqa: S104 - compared, not bound


def ensure_certificate(folder: Path, *, names: Iterable[str]) -> Certificate:
    """The certificate of this folder for these names, made or renewed where needed."""
    folder.mkdir(parents=True, exist_ok=True)
    files = Certificate(folder / "server.pem", folder / "server.key", folder / "ca.pem")
    wanted = sorted(set(names))
    with (folder / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not (folder / "ca.pem").exists() or not (folder / "ca.key").exists():
            make_ca(folder)
        if not is_current(files.certificate, files.key, wanted):
            make_server_certificate(folder, wanted)
    return files


def is_current(path: Path, key: Path, names: list[str]) -> bool:
    if not path.exists() or not key.exists():
        return False
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    present = sorted(
        [*alternative.get_values_for_type(x509.DNSName), *map(str, alternative.get_values_for_type(x509.IPAddress))]
    )
    return present == names and certificate.not_valid_after_utc - datetime.now(UTC) > RENEWED_BEFORE


def make_ca(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"readroom on {socket.gethostname()[:40]}")])
    builder = blank(name, name, key.public_key(), CA_LIFETIME)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(usage(signs_certificates=True), critical=True)
    write_private(folder / "ca.key", key)
    write_whole(folder / "ca.pem", pem_of(builder.sign(key, hashes.SHA256())))


def make_server_certificate(folder: Path, names: list[str]) -> None:
    ca = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    ca_key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), password=None)
    if not isinstance(ca_key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{folder / 'ca.key'} is not the key that this program made")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    builder = blank(name, ca.subject, key.public_key(), LIFETIME)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    builder = builder.add_extension(x509.SubjectAlternativeName([to_general_name(n) for n in names]), critical=False)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    builder = builder.add_extension(authority, critical=False)
    certificate = builder.sign(ca_key, hashes.SHA256())
    write_private(folder / "server.key", key)
    write_whole(folder / "server.pem", pem_of(certificate) + pem_of(ca))


def blank(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, lifetime: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def to_general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def pem_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def write_private(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_whole(path, content, mode=0o600)


def write_whole(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """All of the file or none of it."""
    arriving = path.with_name(f"{path.name}.{os.getpid()}.arriving")
    descriptor = os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    arriving.replace(path)


def check_certificate(folder: Path) -> tuple[bool, str]:
    """Whether the certificate of this folder is valid for a while, in a sentence."""
    path, authority = folder / "server.pem", folder / "ca.pem"
    if not path.exists():
        return True, "no own certificate; `readroom serve --tls auto` makes one"
    is_ok, message = check_times(path, remedy="start the server again to renew it")
    if is_ok and authority.exists():
        remedy = f"remove {authority} and ca.key, start the server again, and give the new one to clients"
        has_authority, of_authority = check_times(authority, remedy=remedy)
        if not has_authority:
            return False, f"authority: {of_authority}"
    return is_ok, message


def check_configured(tls: str, folder: Path) -> tuple[bool, str]:
    """The same for whatever the server is told to use: nothing, two files, or what stands in the folder."""
    if tls == "off":
        return True, "TLS is off; a proxy in front has the certificate"
    if tls == "auto":
        return check_certificate(folder)
    try:
        files = given_certificate(tls)
    except WrongCertificate as error:
        return False, str(error)
    return check_times(files.certificate, remedy="put a new one in its place and start the server again")


def check_times(path: Path, *, remedy: str) -> tuple[bool, str]:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError:
        return False, f"{path} is no certificate; {remedy}"
    now = datetime.now(UTC)
    if certificate.not_valid_before_utc > now:
        begin = certificate.not_valid_before_utc
        return (
            False,
            f"the certificate is valid from {begin:%d %B %Y %H:%M} UTC on; is the clock of this machine right?",
        )
    left = certificate.not_valid_after_utc - now
    if left < timedelta(days=1):
        return False, f"the certificate has ended or ends today; {remedy}"
    if left < TOLD_BEFORE:
        return False, f"the certificate ends in {left.days} days; {remedy}"
    return True, f"the certificate is valid for {left.days} days"


def given_certificate(tls: str) -> Certificate:
    """The two files of ``CERT,KEY``; raises `WrongCertificate` when no server could use them."""
    certificate, _, key = tls.partition(",")
    files = Certificate(Path(certificate), Path(key))
    if not files.certificate.is_file() or not files.key.is_file():
        raise WrongCertificate("write auto, off, or the paths CERT,KEY of two files")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.certificate, files.key, password=lambda: "")
    except (OSError, ValueError) as error:
        raise WrongCertificate(
            f"{certificate} and {key} are not a certificate and its key, as PEM and without a password"
        ) from error
    return files
