"""SNMPv3 against a real agent: every cipher, wrong keys told apart, devices that are swapped, and writing."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import get_args

import pytest

from city.errors import BadInput, Refused, Unreachable
from drivers.snmp.acts import Write, carry_out, write_of
from drivers.snmp.agents import Auth, Priv
from drivers.snmp.profile import Act
from drivers.snmp.session import Agent, Community, SnmpSession, User
from tests.drivers.modbus_peers import HOST, free_port
from tests.drivers.snmp_peers import Send, needs_snmpd, scripted, snmpd

pytestmark = needs_snmpd

SHORT_S = 0.3
NAME, CONTACT, UPTIME = "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.4.0", "1.3.6.1.2.1.1.3.0"
OPS = User("opsro", "authpass123", "privpass123")
THEIR_AUTH = dict(
    zip(get_args(Auth), ("MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512"), strict=True)
)
THEIR_PRIV = dict(
    zip(get_args(Priv), ("DES", "AES", "AES-192", "AES-256", "AES-192-C", "AES-256-C"), strict=True)
)
WRITERS = (
    'createUser opsrw SHA-512 "authpass123" AES-256 "privpass123"\nrwuser opsrw priv\n'
    "view small included 1.3.6.1.2.1.1\n"
)
WRITER = User("opsrw", "authpass123", "privpass123", "sha512", "aes256")


async def named(session: SnmpSession, port: int, user: User) -> object:
    return (await session.get(Agent(HOST, port, user), [NAME]))[NAME]


async def test_every_way_to_prove_and_to_encrypt_is_understood_by_a_real_agent(tmp_path: Path) -> None:
    users, conf = [User("plain")], ["createUser plain\nrouser plain noauth"]
    for auth in get_args(Auth):
        users.append(User(f"u-{auth}", "authpass123", auth=auth))
        conf.append(f'createUser u-{auth} {THEIR_AUTH[auth]} "authpass123"\nrouser u-{auth} auth')
        for priv in get_args(Priv):
            name = f"u-{auth}-{priv}"
            users.append(User(name, "authpass123", "privpass123", auth, priv))
            conf.append(
                f'createUser {name} {THEIR_AUTH[auth]} "authpass123" {THEIR_PRIV[priv]} "privpass123"\n'
                f"rouser {name} priv"
            )
    async with snmpd(tmp_path, conf="\n".join(conf)) as port, SnmpSession(2.0) as session:
        answers = await asyncio.gather(*(named(session, port, user) for user in users))
        assert answers == [b"test-host"] * len(users)
        interfaces = await session.walk(Agent(HOST, port, OPS), "1.3.6.1.2.1.2.2.1.2", 500)
        assert b"lo" in interfaces.values()
    assert not session.refused


WRONG = (
    (User("nobody", "authpass123", "privpass123"), "there is no user nobody"),
    (
        User("opsro", "authpass12x", "privpass123"),
        "wrong authentication password, or another protocol than sha256",
    ),
    (
        User("opsro", "authpass123", "privpass123", "sha1"),
        "wrong authentication password, or another protocol",
    ),
    (User("opsro", "authpass123", "privpass12x"), "is there, but does not answer user opsro: wrong privacy"),
    (User("opsro", "authpass123", "privpass123", priv="aes256"), "another protocol than aes256"),
    (User("plain", "authpass123"), "user plain may not ask with authNoPriv"),
    (User("opsro"), "authorizationError"),
)


async def test_wrong_credentials_are_told_apart(tmp_path: Path) -> None:
    async with (
        snmpd(tmp_path, conf="createUser plain\nrouser plain noauth") as port,
        SnmpSession(SHORT_S) as session,
    ):
        asking = (named(session, port, user) for user, _ in WRONG)
        refusals = await asyncio.gather(*asking, return_exceptions=True)
        for refusal, (_, told) in zip(refusals, WRONG, strict=True):
            assert isinstance(refusal, Refused)
            assert told in str(refusal)
            assert "authpass" not in str(refusal)
            assert "privpass" not in str(refusal)
        assert await named(session, port, OPS) == b"test-host"


async def test_a_dead_host_and_a_wrong_community_are_silent_and_so_told(tmp_path: Path) -> None:
    async with snmpd(tmp_path) as port, SnmpSession(SHORT_S) as session:
        with pytest.raises(Unreachable, match=r"or a wrong community"):
            await session.get(Agent(HOST, port, Community("wrong")), [NAME])
        with pytest.raises(Unreachable, match=r"no answer within 0\.3 s$"):
            await named(session, free_port(), OPS)


async def test_a_device_that_has_died_is_not_said_to_have_another_key(tmp_path: Path) -> None:
    async with SnmpSession(SHORT_S) as session:
        async with snmpd(tmp_path) as port:
            await named(session, port, OPS)
        for _ in range(2):
            with pytest.raises(Unreachable, match="no answer"):
                await named(session, port, OPS)


async def test_a_swapped_device_answers_at_the_next_request(tmp_path: Path) -> None:
    port = free_port()
    async with SnmpSession(2.0) as session:
        for _ in range(3):  # boots of the first device go up
            async with snmpd(tmp_path / "first", port=port, engine="0x80001f8804617031"):
                assert await named(session, port, OPS) == b"test-host"
        async with snmpd(tmp_path / "second", port=port, engine="0x80001f8804617032"):
            assert await named(session, port, OPS) == b"test-host"
            assert len(await session.walk(Agent(HOST, port, OPS), "1.3.6.1.2.1.1.9.1.3", 500)) >= 5
    assert not session.refused


async def test_a_plain_restart_and_one_that_forgets_how_often_go_unnoticed(tmp_path: Path) -> None:
    port = free_port()
    async with SnmpSession(2.0) as session:
        for folder in ("kept", "kept", "kept", "forgotten", "kept"):
            async with snmpd(tmp_path / folder, port=port, engine="0x80001f8804617031"):
                assert await named(session, port, OPS) == b"test-host"
                assert await named(session, port, OPS) == b"test-host"


async def test_a_clock_that_is_wrong_is_set_by_what_the_agent_says(tmp_path: Path) -> None:
    async with snmpd(tmp_path) as port, SnmpSession(2.0) as session:
        await named(session, port, OPS)
        engine = session._exchange._engines.of(Agent(HOST, port, OPS))
        assert engine is not None
        engine.time_s += 100_000
        assert await named(session, port, OPS) == b"test-host"
        known = session._exchange._engines.of(Agent(HOST, port, OPS))
        assert known is not None
        assert known.now() < 100


@asynccontextmanager
async def between(port: int, change: Callable[[bytes], bytes | None]) -> AsyncIterator[int]:
    """Someone on the way to an agent, who may change what it answers; None: lets it pass."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as onward:
        onward.setblocking(False)
        onward.connect((HOST, port))
        answers: list[Send] = []

        def back() -> None:
            answer = onward.recv(65_535)
            changed = change(answer)
            if changed is not None:
                answers[-1](changed)
            answers[-1](answer, 0.02)

        def there(request: bytes, send: Send) -> None:
            answers.append(send)
            onward.send(request)

        loop.add_reader(onward, back)
        try:
            async with scripted(there) as own:
                yield own
        finally:
            loop.remove_reader(onward)


async def test_an_answer_changed_on_the_way_is_not_believed(tmp_path: Path) -> None:
    def spoil(answer: bytes) -> bytes | None:
        digest = answer.find(b"\x04\x18")  # 24 octets
        return answer[:-1] + bytes((answer[-1] ^ 1,)) if digest > 0 else None

    async with (
        snmpd(tmp_path) as port,
        between(port, spoil) as way,
        SnmpSession(2.0) as session,
    ):
        assert await named(session, way, OPS) == b"test-host"
    assert session.refused["an answer with a wrong digest"] >= 1


async def test_an_answer_less_secured_than_its_question_is_not_believed(tmp_path: Path) -> None:
    def strip(answer: bytes) -> bytes | None:
        flags = answer.find(b"\x04\x01\x03\x02\x01\x03")  # authPriv, USM
        return answer[: flags + 2] + b"\x00" + answer[flags + 3 :] if flags > 0 else None

    async with snmpd(tmp_path) as port, between(port, strip) as way, SnmpSession(2.0) as session:
        assert await named(session, way, OPS) == b"test-host"
    assert session.refused.total() >= 1


async def test_an_object_is_written_as_a_user_and_read_back(tmp_path: Path) -> None:
    async with snmpd(tmp_path, conf=WRITERS) as port, SnmpSession(2.0) as session:
        writer = Agent(HOST, port, WRITER)
        await session.set(writer, CONTACT, "éclairage@example.org")
        assert (await session.get(writer, [CONTACT]))[CONTACT] == "éclairage@example.org".encode()


async def test_what_cannot_be_written_says_why(tmp_path: Path) -> None:
    async with snmpd(tmp_path, conf=WRITERS) as port, SnmpSession(2.0) as session:
        with pytest.raises(Refused, match=rf"{UPTIME} cannot be set to 1: notWritable"):
            await session.set(Agent(HOST, port, WRITER), UPTIME, 1)
        with pytest.raises(Refused, match="noAccess"):
            await session.set(Agent(HOST, port, OPS), CONTACT, "x")
        with pytest.raises(Refused, match="wrongType"):
            await session.set(Agent(HOST, port, WRITER), CONTACT, 5)
        with pytest.raises(BadInput, match="writing needs SNMPv3"):
            await session.set(Agent(HOST, port, Community("public")), CONTACT, "x")


async def test_a_write_without_an_answer_is_sent_once_and_its_end_is_not_known() -> None:
    count = 0

    def mute(request: bytes, send: Send) -> None:
        nonlocal count
        count += 1

    async with scripted(mute) as port, SnmpSession(0.05) as session:
        with pytest.raises(Unreachable, match=r"whether 1\.3\.6\.1\.2\.1\.1\.4\.0 was written is not known"):
            await session.set(Agent(HOST, port, WRITER), CONTACT, "x")
    assert count == 1


def test_an_act_says_what_is_written_and_where() -> None:
    restart = Act(does="restart", to="access_points", oid="1.3.6.1.4.1.9.9.513.1.1.1.1.20", value=1)
    assert write_of(restart, "0.17.34.51.68.85") == Write(
        "1.3.6.1.4.1.9.9.513.1.1.1.1.20.0.17.34.51.68.85", 1, read_back=False
    )
    named_instance = restart.model_copy(
        update={"instance": "0", "does": "disable", "type": "text", "value": "off"}
    )
    assert write_of(named_instance, "5") == Write("1.3.6.1.4.1.9.9.513.1.1.1.1.20.0", "off", read_back=True)


async def test_an_act_is_carried_out(tmp_path: Path) -> None:
    act = Act(does="enable", to="access_points", oid="1.3.6.1.2.1.1.4", instance="0", type="text", value="on")
    async with snmpd(tmp_path, conf=WRITERS) as port, SnmpSession(2.0) as session:
        await carry_out(session, Agent(HOST, port, WRITER), act, "")
        assert (await session.get(Agent(HOST, port, WRITER), [CONTACT]))[CONTACT] == b"on"
