"""Whom to ask over SNMP, and as whom: communities of v1 and v2c, users of v3."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from city.errors import BadInput

Auth = Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]
"""HMAC of SNMPv3's authentication: the first two are RFC 3414's, the others RFC 7860's."""
Priv = Literal["des", "aes128", "aes192", "aes256", "aes192-c", "aes256-c"]
"""Cipher of SNMPv3's privacy: DES is RFC 3414's, AES-128 RFC 3826's, the longer ones are the vendors' own.

A key longer than the hash of the authentication is made by Blumenthal's way (draft-blumenthal-aes-usm-04), or with
``-c`` by Reeder's (draft-reeder-snmpv3-usm-3desede-00), which Cisco took up. Where the hash is long enough, as it is
with SHA-256 and longer, both are the same.
"""
SHORTEST_PASSWORD = 8
"""RFC 3414, section 11.2."""
LONGEST_NAME = 32
"""Octets of a user's name: SnmpAdminString of RFC 3414."""


@dataclass(frozen=True, slots=True)
class Community:
    """Credentials of SNMPv1 and SNMPv2c, readable by whoever listens: for reading only."""

    name: str = field(repr=False)
    version: Literal["2c", "1"] = "2c"

    def __post_init__(self) -> None:
        if self.version not in {"2c", "1"}:
            raise BadInput(f"snmp version: got {self.version!r}, expected 1 or 2c with a community")


@dataclass(frozen=True, slots=True)
class User:
    """Credentials of SNMPv3; without a password, what it protects is not protected.

    Raises:
        BadInput: a password is too short, privacy lacks authentication, or a protocol is unknown.
    """

    name: str
    auth_password: str = field(default="", repr=False)
    priv_password: str = field(default="", repr=False)
    auth: Auth = "sha256"
    priv: Priv = "aes128"
    context: str = ""
    """The contextName of requests: which of several devices behind one agent is meant."""

    def __post_init__(self) -> None:
        if not 0 < len(self.name.encode()) <= LONGEST_NAME:
            raise BadInput(f"snmp user: got {self.name!r}, expected a name of 1 to {LONGEST_NAME} octets")
        if self.auth not in get_args(Auth):
            raise BadInput(f"snmp user {self.name}: auth {self.auth!r}, expected {', '.join(get_args(Auth))}")
        if self.priv not in get_args(Priv):
            raise BadInput(f"snmp user {self.name}: priv {self.priv!r}, expected {', '.join(get_args(Priv))}")
        for what, password in (("auth", self.auth_password), ("priv", self.priv_password)):
            if 0 < len(password.encode()) < SHORTEST_PASSWORD:
                raise BadInput(
                    f"snmp user {self.name}: the {what} password is too short, "
                    f"expected {SHORTEST_PASSWORD} characters or more (RFC 3414)"
                )
        if self.priv_password and not self.auth_password:
            raise BadInput(f"snmp user {self.name}: privacy needs an auth password, too (RFC 3414)")

    @property
    def level(self) -> Literal["noAuthNoPriv", "authNoPriv", "authPriv"]:
        """What protects the messages, in the words of RFC 3411."""
        if not self.auth_password:
            return "noAuthNoPriv"
        return "authPriv" if self.priv_password else "authNoPriv"


Credentials = Community | User


@dataclass(frozen=True, slots=True)
class Agent:
    """Whom to ask, and as whom."""

    host: str
    port: int
    credentials: Credentials

    @property
    def where(self) -> str:
        """How to call it in a message."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
