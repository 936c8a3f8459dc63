"""SNMPv3's user-based security: keys, digests and ciphers (RFC 3414, RFC 3826, RFC 7860). Pure but for its salt."""

import hashlib
import hmac
import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from drivers.snmp.agents import Auth, Priv, User

DIGEST_OCTETS: Mapping[Auth, int] = {
    "md5": 12,
    "sha1": 12,
    "sha224": 16,
    "sha256": 24,
    "sha384": 32,
    "sha512": 48,
}
"""How much of an HMAC is sent: RFC 3414, sections 6.3.1 and 7.3.1, and RFC 7860, section 4."""
KEY_OCTETS: Mapping[Priv, int] = {
    "des": 16,
    "aes128": 16,
    "aes192": 24,
    "aes192-c": 24,
    "aes256": 32,
    "aes256-c": 32,
}
"""For DES, half of it makes the initialisation vector."""
PASSWORD_OCTETS = 1_048_576
"""A password is repeated to so many octets and hashed, RFC 3414, section A.2."""
DES_BLOCK = 8
SALT_OCTETS = 8
KEPT_USERS = 64
KEPT_ENGINES = 20_000
"""Keys remembered, about 0.5 kB each: one for each access point that is polled as a user."""


class Unreadable(ValueError):
    """Something encrypted that cannot be read with this key."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A user's keys for one engine: nothing proven, and nothing encrypted, where a key is empty."""

    auth: Auth
    priv: Priv
    auth_key: bytes = field(default=b"", repr=False)
    priv_key: bytes = field(default=b"", repr=False)

    @property
    def digest_octets(self) -> int:
        """How long the proof in a message is."""
        return DIGEST_OCTETS[self.auth] if self.auth_key else 0

    def digest(self, message: bytes) -> bytes:
        """The proof of a message in which the place for it holds zeros."""
        return hmac.digest(self.auth_key, message, self.auth)[: DIGEST_OCTETS[self.auth]]

    def encrypt(self, content: bytes, boots: int, time_s: int) -> tuple[bytes, bytes]:
        """Encrypted content and the salt that goes with it."""
        salt = _next_salt(boots if self.priv == "des" else None)
        if self.priv == "des":
            content += bytes(-len(content) % DES_BLOCK)
        encryptor = self._cipher(salt, boots, time_s).encryptor()
        return encryptor.update(content) + encryptor.finalize(), salt

    def decrypt(self, content: bytes, salt: bytes, boots: int, time_s: int) -> bytes:
        """What was encrypted, perhaps followed by a few octets.

        Raises:
            Unreadable: it was not encrypted in this way; a wrong key, though, only makes nonsense of it.
        """
        if len(salt) != SALT_OCTETS or (self.priv == "des" and len(content) % DES_BLOCK):
            raise Unreadable("not encrypted as expected")
        decryptor: CipherContext = self._cipher(salt, boots, time_s).decryptor()
        return decryptor.update(content) + decryptor.finalize()

    def _cipher(self, salt: bytes, boots: int, time_s: int) -> Cipher[CBC] | Cipher[CFB]:
        if self.priv == "des":
            key, before = self.priv_key[:8], self.priv_key[8:16]
            vector = bytes(a ^ b for a, b in zip(salt, before, strict=True))
            return Cipher(TripleDES(key * 3), CBC(vector))  # three times the same key: single DES
        # RFC 3826, section 3.1.2.1
        vector = (boots & 0xFFFFFFFF).to_bytes(4, "big") + (time_s & 0xFFFFFFFF).to_bytes(4, "big") + salt
        return Cipher(AES(self.priv_key), CFB(vector))


@lru_cache(maxsize=KEPT_ENGINES)
def keys(user: User, engine: bytes) -> Keys:
    """A user's keys for an engine. The first time for a password takes about 2 ms, later about 0.01 ms."""
    if not user.auth_password:
        return Keys(user.auth, user.priv)
    auth_key = localised(user.auth, _hashed(user.auth, user.auth_password), engine)
    if not user.priv_password:
        return Keys(user.auth, user.priv, auth_key)
    short = localised(user.auth, _hashed(user.auth, user.priv_password), engine)
    return Keys(user.auth, user.priv, auth_key, _long_enough(user.auth, user.priv, short, engine))


def password_key(auth: Auth, password: bytes) -> bytes:
    """The key that a password makes, RFC 3414, section A.2."""
    repeated = password * (PASSWORD_OCTETS // len(password) + 1)
    return hashlib.new(auth, repeated[:PASSWORD_OCTETS], usedforsecurity=False).digest()


def localised(auth: Auth, key: bytes, engine: bytes) -> bytes:
    """A key for one engine only, RFC 3414, section 2.6."""
    return hashlib.new(auth, key + engine + key, usedforsecurity=False).digest()


@lru_cache(maxsize=2 * KEPT_USERS)
def _hashed(auth: Auth, password: str) -> bytes:
    return password_key(auth, password.encode())


def _long_enough(auth: Auth, priv: Priv, key: bytes, engine: bytes) -> bytes:
    """A key as long as the cipher wants; see ``agents.Priv`` for the two ways."""
    part = key
    while len(key) < KEY_OCTETS[priv]:
        if priv.endswith("-c"):
            part = localised(auth, password_key(auth, part), engine)
        else:
            part = hashlib.new(auth, key, usedforsecurity=False).digest()
        key += part
    return key[: KEY_OCTETS[priv]]


_counter = itertools.count(secrets.randbits(63))


def _next_salt(boots: int | None) -> bytes:
    """Never the same twice, RFC 3826, section 3.1.2.1; for DES it begins with the boots, RFC 3414, section 8.1.1.1."""
    number = next(_counter)
    if boots is None:
        return (number & 0xFFFF_FFFF_FFFF_FFFF).to_bytes(8, "big")
    return (boots & 0xFFFFFFFF).to_bytes(4, "big") + (number & 0xFFFFFFFF).to_bytes(4, "big")
