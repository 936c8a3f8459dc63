"""Keys and ciphers of SNMPv3: against the RFC's own examples, and against pysnmp."""

import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.type.univ import OctetString

from city.errors import BadInput
from drivers.snmp import usm
from drivers.snmp.agents import Auth, Community, Priv, User
from drivers.snmp.usm import Unreadable

ENGINE = bytes.fromhex("000000000000000000000002")
"""That of RFC 3414, section A.3."""


@pytest.mark.parametrize(
    ("auth", "localised"),
    [
        ("md5", "526f5eed9fcce26f8964c2930787d82b"),
        ("sha1", "6695febc9288e36282235fc7151f128497b38f3f"),
    ],
)
def test_keys_are_those_of_the_rfc(auth: Auth, localised: str) -> None:
    made = usm.keys(User("u", "maplesyrup", auth=auth), ENGINE)
    assert made.auth_key.hex() == localised


@pytest.mark.parametrize("auth", ["md5", "sha1"])
@pytest.mark.parametrize(
    ("priv", "module", "service"),
    [
        ("aes192", "pysnmp.proto.secmod.eso.priv.aes192", "AesBlumenthal192"),
        ("aes256", "pysnmp.proto.secmod.eso.priv.aes256", "AesBlumenthal256"),
        ("aes192-c", "pysnmp.proto.secmod.eso.priv.aes192", "Aes192"),
        ("aes256-c", "pysnmp.proto.secmod.eso.priv.aes256", "Aes256"),
    ],
)
def test_keys_longer_than_the_hash_are_made_as_pysnmp_makes_them(
    auth: Auth, priv: Priv, module: str, service: str
) -> None:
    protocol = {"md5": (1, 3, 6, 1, 6, 3, 10, 1, 1, 2), "sha1": (1, 3, 6, 1, 6, 3, 10, 1, 1, 3)}[auth]
    theirs = getattr(importlib.import_module(module), service)()
    hashed = theirs.hash_passphrase(protocol, b"privpass123")
    expected = bytes(theirs.localize_key(protocol, hashed, OctetString(ENGINE)))
    made = usm.keys(User("u", "authpass123", "privpass123", auth, priv), ENGINE)
    assert made.priv_key == expected[: len(made.priv_key)]
    assert len(made.priv_key) == usm.KEY_OCTETS[priv]


@given(st.binary(max_size=300), st.sampled_from(["des", "aes128", "aes192", "aes256"]))
def test_what_was_encrypted_is_read_with_the_same_key_only(content: bytes, priv: Priv) -> None:
    own = usm.keys(User("u", "authpass123", "privpass123", "sha256", priv), ENGINE)
    other = usm.keys(User("u", "authpass123", "privpass124", "sha256", priv), ENGINE)
    secret, salt = own.encrypt(content, 3, 99)
    again, other_salt = own.encrypt(content, 3, 99)
    assert salt != other_salt
    assert own.decrypt(secret, salt, 3, 99)[: len(content)] == content
    if len(content) > 8:
        assert again != secret
        assert other.decrypt(secret, salt, 3, 99)[: len(content)] != content


def test_what_cannot_have_been_encrypted_is_unreadable() -> None:
    des = usm.keys(User("u", "authpass123", "privpass123", "sha256", "des"), ENGINE)
    with pytest.raises(Unreadable):
        des.decrypt(bytes(7), bytes(8), 1, 1)
    with pytest.raises(Unreadable):
        des.decrypt(bytes(8), bytes(3), 1, 1)


def test_credentials_that_cannot_work_are_refused_before_anybody_is_asked_and_never_shown() -> None:
    with pytest.raises(BadInput, match="auth password is too short, expected 8") as short:
        User("ops", "secret7")
    with pytest.raises(BadInput, match="priv password is too short"):
        User("ops", "longenough", "short")
    with pytest.raises(BadInput, match="privacy needs an auth password"):
        User("ops", "", "longenough")
    with pytest.raises(BadInput, match="expected a name"):
        User("")
    with pytest.raises(BadInput, match="'sha3', expected md5"):
        User("ops", auth="sha3")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="'rc4', expected des"):
        User("ops", priv="rc4")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="expected 1 or 2c"):
        Community("public", "3")  # type: ignore[arg-type]
    assert "secret7" not in str(short.value)
    shown = repr((User("ops", "authpass123", "privpass123"), Community("hidden"), usm.keys(User("o"), b"")))
    assert not any(secret in shown for secret in ("authpass123", "privpass123", "hidden"))


@pytest.mark.parametrize(
    ("user", "level"),
    [
        (User("u"), "noAuthNoPriv"),
        (User("u", "authpass123"), "authNoPriv"),
        (User("u", "authpass123", "privpass123"), "authPriv"),
    ],
)
def test_passwords_make_the_level(user: User, level: str) -> None:
    assert user.level == level
