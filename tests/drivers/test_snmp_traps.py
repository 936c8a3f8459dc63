"""Traps and informs from net-snmp's own tools, and whatever else may reach the port."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from city.errors import BadInput
from drivers.profiles import load_profiles
from drivers.snmp import traps
from drivers.snmp.agents import Community, Credentials, User
from drivers.snmp.notices import Notice, TrapBook, Unknown
from drivers.snmp.pdus import SNMP_TRAP_OID
from drivers.snmp.profile import SnmpProfile, Trap
from drivers.snmp.receiver import NOT_IN_TIME, Receiver, Unwelcome
from drivers.snmp.traps import TrapListener
from tests.drivers.modbus_peers import HOST
from tests.drivers.snmp_peers import needs_snmptrap, net_snmp

USER = User("trapusr", "authpass123", "privpass123")
LONG = User("longusr", "authpass123", "privpass123", "sha512", "aes256")
WHOM: Sequence[Credentials] = (Community("public"), USER, LONG)
V3 = (
    "-v3",
    "-u",
    "trapusr",
    "-l",
    "authPriv",
    "-a",
    "SHA-256",
    "-A",
    "authpass123",
    "-x",
    "AES",
    "-X",
    "privpass123",
)
ENGINE = ("-e", "0x8000000001020304")
COLD, WARM, LINK_DOWN, LINK_UP = (f"1.3.6.1.6.3.1.1.5.{number}" for number in range(1, 5))
CISCO = "1.3.6.1.4.1.14179.2.6.3"
CISCO_DOWN, CISCO_AP = f"{CISCO}.8", "1.3.6.1.4.1.14179.2.6.2.20"
MAC = "001122334455"

BOOK_OF_CISCO = (
    SnmpProfile(
        name="cisco-test",
        title="A controller",
        source="a MIB",
        vendor="Cisco",
        stands="controller",
        trap=(Trap(oid=CISCO_DOWN, says="ap_down", ap=CISCO_AP, ap_is="mac"),),
    ),
)
DOWN = Notice(HOST, "ap_down", "00:11:22:33:44:55", "cisco-test")


@asynccontextmanager
async def listening() -> AsyncIterator[TrapListener]:
    async with TrapListener(HOST, 0, WHOM, BOOK_OF_CISCO) as listener:
        yield listener


async def heard(listener: TrapListener) -> Notice:
    async with asyncio.timeout(5.0):
        return await listener.next()


def at(listener: TrapListener) -> str:
    return f"{HOST}:{listener.port}"


@needs_snmptrap
async def test_traps_of_every_version_tell_which_access_point_is_down(tmp_path: Path) -> None:
    named = (f"{CISCO_AP}.0", "x", MAC)
    async with listening() as listener:
        for options, trap in (
            (("-v2c", "-c", "public"), ("", CISCO_DOWN)),
            ((*V3, *ENGINE), ("", CISCO_DOWN)),
            (("-v1", "-c", "public"), (CISCO, HOST, "6", "8", "")),
        ):
            code, said = await net_snmp("snmptrap", tmp_path, *options, at(listener), *trap, *named)
            assert code == 0, said
            assert await heard(listener) == DOWN
    assert not listener.refused
    assert listener.heard == 3


@needs_snmptrap
async def test_what_any_device_may_tell_is_told_of_itself(tmp_path: Path) -> None:
    async with listening() as listener:
        for oid, says in (
            (COLD, "ap_restarted"),
            (WARM, "ap_restarted"),
            (LINK_DOWN, "link_down"),
            (LINK_UP, "link_up"),
        ):
            await net_snmp("snmptrap", tmp_path, "-v2c", "-c", "public", at(listener), "", oid)
            assert await heard(listener) == Notice(HOST, says, None, None)  # type: ignore[arg-type]
        await net_snmp(
            "snmptrap", tmp_path, "-v1", "-c", "public", at(listener), "1.3.6.1.4.1.8072", HOST, "0", "0", ""
        )
        assert await heard(listener) == Notice(HOST, "ap_restarted", None, None)


@needs_snmptrap
@pytest.mark.parametrize(
    "options",
    [
        ("-v2c", "-c", "public"),
        V3,
        (
            "-v3",
            "-u",
            "longusr",
            "-l",
            "authPriv",
            "-a",
            "SHA-512",
            "-A",
            "authpass123",
            "-x",
            "AES-256",
            "-X",
            "privpass123",
        ),
    ],
)
async def test_an_inform_is_acknowledged(options: tuple[str, ...], tmp_path: Path) -> None:
    async with listening() as listener:
        code, said = await net_snmp(
            "snmpinform",
            tmp_path,
            "-r0",
            "-t2",
            *options,
            at(listener),
            "",
            LINK_UP,
            SNMP_TRAP_OID[:-2] + ".9",
            "s",
            "é",
        )
        assert code == 0, said
        assert await heard(listener) == Notice(HOST, "link_up", None, None)
        assert listener.heard == 1


@needs_snmptrap
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("-A", "authpass12x"), "Authentication failure"),
        (("-u", "nobody"), "Unknown user name"),
        (("-X", "privpass12x"), "Decryption error"),
        (("-l", "authNoPriv"), "Unsupported security level"),
    ],
)
async def test_who_informs_with_a_wrong_key_is_told_what_is_wrong(
    change: tuple[str, str], told: str, tmp_path: Path
) -> None:
    async with listening() as listener:
        code, said = await net_snmp(
            "snmpinform", tmp_path, "-r0", "-t1", *V3, *change, at(listener), "", LINK_UP
        )
        assert code != 0
        assert told.casefold() in said.casefold()
        assert listener.heard == 0


@needs_snmptrap
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("-v2c", "-c", "private"), "a trap with a wrong community"),
        ((*V3, *ENGINE, "-A", "authpass12x"), "a trap with a wrong authentication password"),
        ((*V3, *ENGINE, "-X", "privpass12x"), "a trap that cannot be decrypted"),
        ((*V3, *ENGINE, "-u", "nobody"), "a trap of an unknown user"),
        ((*V3, *ENGINE, "-l", "noAuthNoPriv"), "a trap less secured than its user"),
    ],
)
async def test_a_trap_that_cannot_be_believed_is_counted_with_its_reason(
    options: tuple[str, ...], reason: str, tmp_path: Path
) -> None:
    async with listening() as listener:
        await net_snmp("snmptrap", tmp_path, *options, at(listener), "", LINK_UP)
        await net_snmp("snmptrap", tmp_path, "-v2c", "-c", "public", at(listener), "", LINK_DOWN)
        assert (await heard(listener)).says == "link_down"
    assert listener.refused == {reason: 1}


@needs_snmptrap
async def test_a_copy_of_an_old_trap_is_not_believed(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tap:
        tap.bind((HOST, 0))
        tap.settimeout(2.0)
        where = f"{HOST}:{tap.getsockname()[1]}"

        async def sent_at(boots: int, time_s: int) -> bytes:
            clock = ("-Z", f"{boots},{time_s}")
            await net_snmp("snmptrap", tmp_path, *V3, *ENGINE, *clock, where, "", LINK_DOWN)
            return tap.recv(65_535)

        old, now = await sent_at(3, 1_000), await sent_at(3, 5_000)
        newer, before = await sent_at(4, 10), await sent_at(3, 9_000)
    receiver = Receiver(WHOM)
    receiver.take(old)
    receiver.take(now)
    with pytest.raises(Unwelcome, match=NOT_IN_TIME):
        receiver.take(old)
    receiver.take(newer)
    with pytest.raises(Unwelcome, match=NOT_IN_TIME):
        receiver.take(before)


PROFILES = load_profiles("snmp").values()
BOOK = TrapBook(PROFILES)


def test_every_trap_of_every_profile_is_understood_and_names_its_access_point() -> None:
    count = 0
    for profile in PROFILES:
        for trap in profile.trap:
            said: list[tuple[str, int | bytes | str]] = [(SNMP_TRAP_OID, trap.oid)]
            if trap.ap:
                said.append((f"{trap.ap}.1", bytes.fromhex(MAC) if trap.ap_is == "mac" else b"AP-7\x1b[2J"))
            notice = BOOK.notice(HOST, said)
            named = {"mac": "00:11:22:33:44:55", "text": "AP-7[2J"}[trap.ap_is] if trap.ap else None
            assert (notice.says, notice.access_point) == (trap.says, named)
            count += 1
    assert count >= 4


def test_what_tells_nothing_of_an_access_point_is_unknown() -> None:
    with pytest.raises(Unknown, match="no profile knows"):
        BOOK.notice(HOST, [(SNMP_TRAP_OID, "1.3.6.1.4.1.1")])
    with pytest.raises(Unknown, match="does not say which"):
        BOOK.notice(HOST, [(SNMP_TRAP_OID, 7), ("1.3.6.1", b"")])
    with pytest.raises(Unknown, match="wrong community or user"):
        BOOK.notice(HOST, [(SNMP_TRAP_OID, "1.3.6.1.6.3.1.1.5.5")])


async def storm(listener: TrapListener, datagrams: Sequence[bytes]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect((HOST, listener.port))
        for number, datagram in enumerate(datagrams):
            sender.send(datagram)
            if number % 50 == 0:
                await asyncio.sleep(0)
    await asyncio.sleep(0.05)


async def captured(tmp_path: Path, *trap: str) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tap:
        tap.bind((HOST, 0))
        tap.settimeout(2.0)
        where = f"{HOST}:{tap.getsockname()[1]}"
        await net_snmp("snmptrap", tmp_path, "-v2c", "-c", "public", where, "", *trap)
        return tap.recv(65_535)


@needs_snmptrap
async def test_a_storm_of_traps_is_bounded_and_what_was_told_before_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traps, "MOST_WAITING", 20)
    one = await captured(tmp_path, CISCO_DOWN, f"{CISCO_AP}.0", "x", MAC)
    many = [one.replace(bytes.fromhex(MAC), number.to_bytes(6, "big")) for number in range(100)]
    async with listening() as listener:
        await storm(listener, [*many, *many[:20]])
        assert len(listener._waiting) == 20
        assert listener.refused[traps.TOO_MANY] == 80
        assert [(await heard(listener)).access_point for _ in range(20)] == [
            number.to_bytes(6, "big").hex(":") for number in range(20)
        ]
        monkeypatch.setattr(traps, "MOST_PER_S", 30)
        before = listener.refused[traps.TOO_MANY]
        await storm(listener, many)
        assert listener.refused[traps.TOO_MANY] >= before + 40


@needs_snmptrap
@pytest.mark.parametrize("seed", range(3))
async def test_whatever_reaches_the_port_it_goes_on_listening(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    good = await captured(tmp_path, CISCO_DOWN, f"{CISCO_AP}.0", "x", MAC)
    datagrams = [chance.randbytes(chance.randint(0, 300)) for _ in range(100)]
    for _ in range(300):
        damaged = bytearray(good)
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        datagrams.append(bytes(damaged[: chance.randint(1, len(damaged))]))
    async with listening() as listener:
        await storm(listener, datagrams)
        assert listener.refused.total() + listener.heard >= 300
        assert len(listener.refused) < 25


@given(datagram=st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_listener_never_raises(datagram: bytes) -> None:
    listener = TrapListener(HOST, 0, WHOM, ())
    listener._take(datagram, HOST)
    assert listener.refused.total() + listener.heard == 1


@needs_snmptrap
async def test_a_listener_for_both_kinds_of_addresses_tells_them_as_the_inventory_has_them(
    tmp_path: Path,
) -> None:
    async with TrapListener("::", 0, WHOM, ()) as listener:
        for host, source in ((HOST, HOST), ("udp6:[::1]", "::1")):
            where = f"{host}:{listener.port}"
            await net_snmp("snmptrap", tmp_path, "-v2c", "-c", "public", where, "", LINK_UP)
            assert await heard(listener) == Notice(source, "link_up", None, None)


async def test_a_port_that_is_taken_is_told() -> None:
    async with listening() as listener:
        with pytest.raises(
            BadInput, match=rf"cannot listen on 127\.0\.0\.1:{listener.port}: Address already in use"
        ):
            async with TrapListener(HOST, listener.port, WHOM, ()):
                pass
