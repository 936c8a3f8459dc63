"""Modbus/TCP Security: TLS with certificates on both sides, and the role that ours carries.

Modbus.org, MODBUS/TCP Security v21: TLS 1.2 or later, mutual authentication, and in the client's certificate one role
in an extension of its own; a device decides by it what the client may do. Devices carry no role.
"""

import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from cryptography import x509

from city.errors import BadInput

ROLE = x509.ObjectIdentifier("1.3.6.1.4.1.50316.802.1")
"""The extension that holds the role, an ASN.1 UTF8String (rule R-21)."""
UTF8_STRING = 0x0C
"""ASN.1 tag (X.690, 8.23)."""
LONG_LENGTH = 0x80
"""From here on the length's first byte says how many bytes of length follow (X.690, 8.1.3)."""
LONGEST_ROLE = 200
"""Characters; a bound of ours: a role is a word."""


@dataclass(frozen=True, slots=True)
class ModbusSecurity:
    """As whom we speak to secured gateways, and whom we trust."""

    context: ssl.SSLContext
    role: str | None
    """What our certificate says we are; None: nothing, which a device may treat as no right at all."""
    subject: str
    """Whose certificate it is, as people write it: ``CN=falotier``."""
    expires: datetime
    """When our certificate ends, UTC."""

    @classmethod
    def of_files(cls, ca_file: Path, certificate_file: Path, key_file: Path, *, check_names: bool) -> Self:
        """Read the three PEM files.

        Args:
            ca_file: the only authorities whose certificates are taken; those of the system are not.
            certificate_file: ours, and those between it and its authority.
            key_file: its key, not encrypted.
            check_names: whether a device's certificate must name the address that it is reached at. Without it any
                certificate of these authorities is taken for any device.

        Raises:
            BadInput: a file cannot be read or used, or our certificate holds two roles or something else for a role.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname = check_names
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise BadInput(
                f"modbus.ca_file: got {ca_file}, expected a PEM file of authorities: {error}"
            ) from error
        try:
            # Without a password OpenSSL would ask for one at the terminal.
            context.load_cert_chain(certificate_file, key_file, password=lambda: "")
            certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        except (OSError, ValueError) as error:
            got = f"{certificate_file}, {key_file}"
            expected = "expected PEM files of a certificate and its key, not encrypted"
            raise BadInput(
                f"modbus.certificate_file, modbus.key_file: got {got}, {expected}: {error}"
            ) from error
        try:
            role = role_of(certificate)
        except BadInput as error:
            raise BadInput(f"modbus.certificate_file: got {certificate_file}, {error}") from error
        subject = certificate.subject.rfc4514_string()
        return cls(context, role, subject, certificate.not_valid_after_utc)


def role_of(certificate: x509.Certificate) -> str | None:
    """The Modbus role of a client's certificate; None if it has none.

    Raises:
        BadInput: it has two roles, or one that is no UTF8String of printable characters.
    """
    expected = "expected one role, an ASN.1 UTF8String"
    try:
        found = [each.value for each in certificate.extensions if each.oid == ROLE]
    except x509.DuplicateExtension as error:
        raise BadInput(f"the extension {error.oid.dotted_string} stands there twice, {expected}") from error
    except (ValueError, TypeError) as error:
        raise BadInput(f"its extensions cannot be read, {expected}") from error
    if not found:
        return None
    if not isinstance(found[0], x509.UnrecognizedExtension):
        raise BadInput(f"its role cannot be read, {expected}")
    role = _utf8_string(found[0].value)
    if role is None:
        raise BadInput(f"its role is {found[0].value[:LONGEST_ROLE].hex()}, {expected}")
    return role


def _utf8_string(der: bytes) -> str | None:
    """The text of one UTF8String and nothing after it; None where it is anything else."""
    if len(der) < 2 or der[0] != UTF8_STRING:
        return None
    body, length = der[2:], der[1]
    if length >= LONG_LENGTH:
        size = length - LONG_LENGTH
        body, length = body[size:], int.from_bytes(body[:size], "big")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return text if len(body) == length and 0 < len(text) <= LONGEST_ROLE and text.isprintable() else None
