"""Modbus/TCP Security: certificates on both sides, a role that decides, and no way around either."""

import ssl
from contextlib import closing
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput, Refused, Unreachable
from drivers.modbus.line import Gateway, ModbusLine, UnitRefused
from drivers.modbus.security import ModbusSecurity, _utf8_string, role_of
from drivers.modbus.url import Transport
from tests.drivers.certificates import Authority
from tests.drivers.modbus_peers import HOST, peer
from tests.drivers.modbus_secured import ROLE, refusing, secured, utf8_string

TIMEOUT_S = 5.0


class Keys:
    """A city's own authority, and what it has signed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.city = Authority(folder, "city")
        self.device = self.city.certificate("A-017")

    def security(
        self, role: str | None = None, *, authority: Authority | None = None, check_names: bool = True
    ) -> ModbusSecurity:
        extensions = {ROLE: utf8_string(role)} if role else {}
        files = (authority or self.city).certificate("falotier", extensions=extensions)
        return ModbusSecurity.of_files(self.city.file, *files, check_names=check_names)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


def line(port: int, security: ModbusSecurity) -> "closing[ModbusLine]":
    gateway = Gateway(HOST, port, Transport.TLS)
    return closing(ModbusLine(gateway, timeout_s=TIMEOUT_S, security=security))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_secured_device_is_read_and_written_by_who_has_the_role_for_it(
    keys: Keys, version: ssl.TLSVersion
) -> None:
    async with secured(keys.device, keys.city.file, version) as device:
        with line(device.port, keys.security("Operator")) as modbus:
            assert await modbus.read(1, 3, 40, 2) == [40, 41]
            await modbus.write_register(1, 50, 14262)
            assert not modbus.dropped
    assert device.roles == ["Operator"]
    assert device.versions == [version.name.replace("_", ".")]
    assert device.written == [bytes.fromhex("06 0032 37B6")]


@pytest.mark.parametrize(("role", "told"), [("Observer", "the role 'Observer'"), (None, "no role")])
async def test_a_role_that_may_only_read_is_refused_a_write_and_told_so(
    keys: Keys, role: str | None, told: str
) -> None:
    async with secured(keys.device, keys.city.file) as device:
        with line(device.port, keys.security(role)) as modbus:
            assert await modbus.read(1, 3, 40, 2) == [40, 41]
            with pytest.raises(
                UnitRefused, match=rf"illegal function \(exception 1\).*gives us {told}"
            ) as caught:
                await modbus.write_register(1, 50, 14262)
    assert caught.value.code == 1
    assert device.roles == [role]
    assert not device.written


async def test_a_device_of_another_authority_is_not_spoken_to(keys: Keys) -> None:
    stranger = Authority(keys.folder, "stranger").certificate("stranger-device")
    async with secured(stranger, keys.city.file) as device:
        not_taken = pytest.raises(Refused, match=r"its certificate is not taken: unable to get local issuer")
        with line(device.port, keys.security("Operator")) as modbus, not_taken:
            await modbus.write_register(1, 50, 14262)
    assert not device.written


async def test_a_device_s_certificate_must_name_its_address_unless_the_settings_say_otherwise(
    keys: Keys,
) -> None:
    elsewhere = keys.city.certificate("A-018", address="10.1.2.3")
    async with secured(elsewhere, keys.city.file) as device:
        mismatch = pytest.raises(Refused, match=r"its certificate is not taken: IP address mismatch")
        with line(device.port, keys.security("Operator")) as modbus, mismatch:
            await modbus.read(1, 3, 40, 2)
        with line(device.port, keys.security("Operator", check_names=False)) as modbus:
            assert await modbus.read(1, 3, 40, 2) == [40, 41]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_device_that_does_not_take_our_certificate_says_why(
    keys: Keys, version: ssl.TLSVersion
) -> None:
    stranger = keys.security("Operator", authority=Authority(keys.folder, "other"))
    async with refusing(keys.device, keys.city.file, version) as port:
        with line(port, stranger) as modbus, pytest.raises(Refused, match="alert unknown ca"):
            await modbus.read(1, 3, 40, 2)
    async with secured(keys.device, keys.city.file, version) as device:
        with (
            line(device.port, stranger) as modbus,
            pytest.raises(Unreachable, match=r"connection (lost|reset)"),
        ):
            await modbus.read(1, 3, 40, 2)
    assert not device.roles


async def test_a_device_that_speaks_plainly_is_no_secured_one(keys: Keys) -> None:
    async with peer(lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
        with line(server.port, keys.security()) as modbus, pytest.raises(Refused, match="no TLS with it"):
            await modbus.read(1, 3, 40, 2)
    async with peer(lambda _: b"") as server:
        silent = ModbusLine(
            Gateway(HOST, server.port, Transport.TLS), timeout_s=0.1, security=keys.security()
        )
        with closing(silent) as modbus, pytest.raises(Unreachable, match=r"cannot connect within 0\.1 s"):
            await modbus.read(1, 3, 40, 2)


def test_nothing_older_than_tls_1_2_and_nobody_but_the_city_s_authority_is_trusted(keys: Keys) -> None:
    context = keys.security().context
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert len(context.get_ca_certs()) == 1


def test_a_secured_gateway_without_a_certificate_of_ours_is_bad_input() -> None:
    with pytest.raises(BadInput, match=r"gw:802: Modbus/TCP Security needs a certificate.*modbus\.key_file"):
        ModbusLine(Gateway("gw", 802, Transport.TLS), timeout_s=1.0)


def test_our_certificate_is_known_by_its_subject_its_role_and_its_end(keys: Keys) -> None:
    found = keys.security("Éclairage")
    assert (found.subject, found.role) == ("CN=falotier", "Éclairage")
    assert keys.security().role is None
    assert found.expires.tzinfo is not None


@pytest.mark.parametrize(
    "der",
    [
        b"", b"\x0c", b"\x0c\x00", b"\x13\x03abc", b"\x0c\x03ab", b"\x0c\x03abcd", b"\x0c\x02\xff\xfe",
        b"\x0c\x03a\x1bb", b"\x30\x05\x0c\x03abc", b"\x0c\x03abc\x0c\x03abc", b"\x0c\x84\xff\xff\xff\xffabc",
        b"\x0c\x81\xc9" + b"a" * 201,
    ],
)  # fmt: skip
def test_a_certificate_with_something_else_for_a_role_is_bad_input(keys: Keys, der: bytes) -> None:
    files = keys.city.certificate("odd", extensions={ROLE: der})
    with pytest.raises(BadInput, match=r"^modbus\.certificate_file: got .*odd\.pem, its role .*one role.*$"):
        ModbusSecurity.of_files(keys.city.file, *files, check_names=True)


def test_a_certificate_with_two_roles_is_bad_input(keys: Keys) -> None:
    neighbour = ROLE[:-1] + "2"  # as long in DER; no tool writes the same extension twice
    roles = {ROLE: utf8_string("Observer"), neighbour: utf8_string("Operator")}
    file, key = keys.city.certificate("two", extensions=roles)
    der = x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)
    first, second = (_identifier(identifier) for identifier in (ROLE, neighbour))
    assert der.count(second) == 1
    file.write_text(ssl.DER_cert_to_PEM_cert(der.replace(second, first)))
    with pytest.raises(
        BadInput, match=r"two\.pem, the extension 1\.3\.6\.1\.4\.1\.50316\.802\.1 stands there twice"
    ):
        ModbusSecurity.of_files(keys.city.file, file, key, check_names=True)


def _identifier(dotted: str) -> bytes:
    """The end of an object identifier in DER, enough to find it by."""
    return bytes.fromhex("83890c8622") + bytes([int(dotted[-1])])


def test_a_role_may_be_as_long_as_a_long_length_says(keys: Keys) -> None:
    files = keys.city.certificate("long", extensions={ROLE: b"\x0c\x81\xc8" + b"a" * 200})
    assert ModbusSecurity.of_files(keys.city.file, *files, check_names=True).role == "a" * 200


@given(st.binary(max_size=300) | st.text(max_size=30).map(utf8_string))
def test_any_bytes_are_a_printable_role_or_none(der: bytes) -> None:
    role = _utf8_string(der)
    assert role is None or role.isprintable()


@pytest.mark.parametrize("missing", ["ca", "certificate", "key"])
def test_a_file_that_is_not_there_is_named_with_its_setting(keys: Keys, missing: str) -> None:
    certificate, key = keys.city.certificate("whole")
    files = {"ca": keys.city.file, "certificate": certificate, "key": key, missing: keys.folder / "gone.pem"}
    with pytest.raises(BadInput, match=rf"modbus\.{missing}_file.*gone\.pem"):
        ModbusSecurity.of_files(files["ca"], files["certificate"], files["key"], check_names=True)


def test_an_encrypted_key_is_bad_input_and_asks_nobody_for_a_password(keys: Keys) -> None:
    certificate, key = keys.city.certificate("locked")
    private = load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    )
    with pytest.raises(
        BadInput, match=r"locked\.key, expected PEM files of a certificate and its key, not encrypted"
    ):
        ModbusSecurity.of_files(keys.city.file, certificate, key, check_names=True)


def test_the_key_of_another_certificate_is_bad_input(keys: Keys) -> None:
    certificate, _ = keys.city.certificate("one")
    _, key = keys.city.certificate("other-one")
    with pytest.raises(BadInput, match=r"modbus\.certificate_file, modbus\.key_file"):
        ModbusSecurity.of_files(keys.city.file, certificate, key, check_names=True)


def test_a_device_s_certificate_has_no_role(keys: Keys) -> None:
    assert role_of(x509.load_pem_x509_certificate(keys.device[0].read_bytes())) is None
