"""Certificates for tests, made on the spot."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.drivers.modbus_peers import HOST

NONE: Mapping[str, bytes] = MappingProxyType({})
RECENTLY, EXPIRED = timedelta(hours=1), timedelta(days=2)
"""How long ago a certificate of one day began to hold."""


class Authority:
    """A certificate authority of our own."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = _name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        certificate = _begun(self._name, self._name, self._key).add_extension(constraints, critical=True)
        self.file = folder / f"{name}-ca.pem"
        self.file.write_bytes(certificate.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def certificate(
        self,
        name: str,
        *,
        address: str = HOST,
        extensions: Mapping[str, bytes] = NONE,
        expired: bool = False,
    ) -> tuple[Path, Path]:
        """A certificate for an address, this machine's loopback unless given, and its key.

        ``extensions``: the DER of other extensions by object identifier.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        begun = _begun(_name(name), self._name, key, ago=EXPIRED if expired else RECENTLY)
        certificate = begun.add_extension(names, critical=False)
        for identifier, der in extensions.items():
            other = x509.UnrecognizedExtension(x509.ObjectIdentifier(identifier), der)
            certificate = certificate.add_extension(other, critical=False)
        files = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        files[0].write_bytes(certificate.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))
        files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return files


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, ago: timedelta = RECENTLY
) -> x509.CertificateBuilder:
    start = datetime.now(UTC) - ago
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=1))
    )
