"""Questions over SNMP to agents of all kinds: late, mute, lying, overfull, and real ones."""

import asyncio
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from pysnmp.proto import rfc1905
from pysnmp.proto.api import v2c

from city.errors import Refused, Unreachable
from drivers.snmp import pace
from drivers.snmp.codec import Missing
from drivers.snmp.session import Agent, Community, SnmpSession
from tests.drivers.modbus_peers import HOST, free_port
from tests.drivers.snmp_peers import Asked, Send, air, needs_snmpd, scripted, snmpd

SHORT_S = 0.25
PUBLIC = Community("public")
NAME, DESCR, UPTIME = "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.3.0"
COLUMN = "1.3.6.1.2.1.2.2.1.10"
TOO_BIG, GEN_ERR, NO_SUCH_NAME = 1, 5, 2


def agent(port: int, community: Community = PUBLIC) -> Agent:
    return Agent(HOST, port, community)


def rows(asked: Asked, last: int, step: int = 1) -> Iterator[tuple[str, v2c.Integer]]:
    """The answer of a table with so many rows to a GETBULK or GETNEXT."""
    (oid,) = asked.oids
    after = int(oid.removeprefix(f"{COLUMN}.")) if oid != COLUMN else 0
    for row in range(after + 1, after + 1 + asked.repetitions):
        yield (f"{COLUMN}.{row * step}", v2c.Integer(row)) if row <= last else ("1.3.6.1.3.1", v2c.Integer(0))


async def test_a_late_answer_is_never_taken_for_the_next() -> None:
    count = 0

    def slow(request: bytes, send: Send) -> None:
        nonlocal count
        count += 1
        asked = Asked.read(request)
        late = count <= 2
        send(asked.answer((asked.oids[0], v2c.Integer(count))), SHORT_S * 2.5 if late else 0.0)

    async with scripted(slow) as port, SnmpSession(SHORT_S) as session:
        with pytest.raises(Unreachable, match=r"no answer within 0\.25 s \(or a wrong community\)"):
            await session.get(agent(port), [UPTIME])
        for expected in (3, 4):
            assert await session.get(agent(port), [UPTIME]) == {UPTIME: expected}
        await asyncio.sleep(SHORT_S * 2.5)
        assert await session.get(agent(port), [UPTIME]) == {UPTIME: 5}
    assert session.refused == {"an answer that nobody waits for": 2}


async def test_what_answers_another_question_is_counted_and_the_true_answer_is_waited_for() -> None:
    def liar(request: bytes, send: Send) -> None:
        asked = Asked.read(request)
        lie = (asked.oids[0], v2c.Integer(666))
        send(b"\xff" * 60_000)
        send(request)
        send(asked.answer(lie, request_id=asked.request_id ^ 1))
        send(asked.answer(lie, community="other"))
        send(asked.answer(lie)[:-3])
        send(asked.answer((asked.oids[0], v2c.Integer(7))))

    async with scripted(liar) as port, SnmpSession(2.0) as session:
        assert await session.get(agent(port), [UPTIME]) == {UPTIME: 7}
    assert session.refused == {
        "not SNMP": 2,
        "an answer to another question": 2,
        "an answer that nobody waits for": 1,
    }


async def test_nobody_else_can_answer_for_an_agent() -> None:
    questions: list[bytes] = []
    async with scripted(lambda request, send: questions.append(request)) as port, SnmpSession(0.3) as session:
        asking = asyncio.create_task(session.get(agent(port), [UPTIME]))
        while not questions:
            await asyncio.sleep(0.001)
        forged = Asked.read(questions[0]).answer((UPTIME, v2c.Integer(666)))
        (own,) = session._exchange._datagrams._sockets.values()
        loop = asyncio.get_running_loop()
        other, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=(HOST, own.getsockname()[1])
        )
        other.sendto(forged)
        with pytest.raises(Unreachable):
            await asking
        other.close()
    assert session.refused == {"an answer from another address": 1}


async def test_a_datagram_that_is_lost_is_sent_again() -> None:
    seen: list[Asked] = []

    def forgetful(request: bytes, send: Send) -> None:
        seen.append(Asked.read(request))
        if len(seen) % 2 == 0:
            send(seen[-1].answer(*((oid, v2c.Integer(1)) for oid in seen[-1].oids)))

    async with scripted(forgetful) as port, SnmpSession(SHORT_S) as session:
        assert await session.get(agent(port), [UPTIME, DESCR]) == {UPTIME: 1, DESCR: 1}
    assert seen[0].oids == seen[1].oids
    assert seen[0].request_id != seen[1].request_id


async def test_a_caller_that_gives_up_leaves_nothing_behind() -> None:
    async with scripted(lambda request, send: None) as port, SnmpSession(5.0) as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await session.get(agent(port), [UPTIME])
        assert not session._exchange._datagrams._waiting
    async with air() as here, SnmpSession(5.0) as session:
        assert isinstance((await session.get(agent(here.inventory[0].port), [UPTIME]))[UPTIME], int)


async def test_closing_ends_those_who_wait() -> None:
    async with scripted(lambda request, send: None) as port:
        async with SnmpSession(5.0) as session:
            asking = asyncio.create_task(session.get(agent(port), [UPTIME]))
            await asyncio.sleep(0.05)
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_objects_that_are_not_there_are_told_by_name_and_the_others_are_read() -> None:
    def some(request: bytes, send: Send) -> None:
        asked = Asked.read(request)
        said = {NAME: rfc1905.noSuchInstance, DESCR: rfc1905.noSuchObject, UPTIME: v2c.TimeTicks(5)}
        send(asked.answer(*((oid, said[oid]) for oid in asked.oids if oid in said)))

    async with scripted(some) as port, SnmpSession(2.0) as session:
        answers = await session.get(agent(port), [NAME, DESCR, UPTIME, COLUMN])
    assert answers == {
        NAME: Missing("noSuchInstance"),
        DESCR: Missing("noSuchObject"),
        UPTIME: 5,
        COLUMN: Missing("not answered"),
    }


@pytest.mark.parametrize(("version", "status"), [("1", NO_SUCH_NAME), ("2c", GEN_ERR)])
async def test_one_object_that_cannot_be_read_costs_no_other(version: str, status: int) -> None:
    def partly(request: bytes, send: Send) -> None:
        asked = Asked.read(request)
        if DESCR in asked.oids:
            send(asked.answer(status=status, place=asked.oids.index(DESCR) + 1))
        else:
            send(asked.answer(*((oid, v2c.Integer(1)) for oid in asked.oids)))

    async with scripted(partly) as port, SnmpSession(2.0) as session:
        as_whom = Community("public", version)  # type: ignore[arg-type]
        answers = await session.get(agent(port, as_whom), [NAME, DESCR, UPTIME])
    assert answers == {NAME: 1, DESCR: Missing({2: "noSuchName", 5: "genErr"}[status]), UPTIME: 1}


async def test_an_error_that_names_no_object_is_told_as_a_whole() -> None:
    async with (
        scripted(lambda request, send: send(Asked.read(request).answer(status=16))) as port,
        SnmpSession(2.0) as session,
    ):
        with pytest.raises(Refused, match="authorizationError at object 0 of 2"):
            await session.get(agent(port), [NAME, UPTIME])
    async with (
        scripted(lambda request, send: send(Asked.read(request).answer(status=77))) as port,
        SnmpSession(2.0) as session,
    ):
        with pytest.raises(Refused, match="an unknown error status"):
            await session.walk(agent(port), COLUMN, 5)


@pytest.mark.parametrize("tells", [True, False])
async def test_too_much_at_once_is_asked_for_in_smaller_parts_and_that_is_remembered(tells: bool) -> None:
    sizes: list[int] = []

    def small(request: bytes, send: Send) -> None:
        asked = Asked.read(request)
        sizes.append(len(asked.oids))
        if len(asked.oids) <= 15:
            send(asked.answer(*((oid, v2c.Integer(1)) for oid in asked.oids)))
        elif tells:
            send(asked.answer(status=TOO_BIG))

    oids = [f"{COLUMN}.{row}" for row in range(60)]
    async with scripted(small) as port, SnmpSession(SHORT_S) as session:
        await session.get(agent(port), [UPTIME])
        assert await session.get(agent(port), oids) == dict.fromkeys(oids, 1)
        first, sizes[:] = sizes[:], []
        assert await session.get(agent(port), oids) == dict.fromkeys(oids, 1)
    assert max(first) > 40
    assert max(sizes) <= 15
    assert len(sizes) == 60 // max(sizes) + bool(60 % max(sizes))


async def test_one_object_that_is_too_big_by_itself_is_left_out() -> None:
    def huge(request: bytes, send: Send) -> None:
        asked = Asked.read(request)
        if DESCR in asked.oids:
            send(asked.answer(status=TOO_BIG))
        else:
            send(asked.answer(*((oid, v2c.Integer(1)) for oid in asked.oids)))

    async with scripted(huge) as port, SnmpSession(2.0) as session:
        answers = await session.get(agent(port), [NAME, DESCR, UPTIME])
    assert answers == {NAME: 1, DESCR: Missing("tooBig"), UPTIME: 1}


@pytest.mark.parametrize("tells", [True, False])
async def test_a_table_is_walked_in_smaller_steps_where_the_agent_asks_for_it(tells: bool) -> None:
    steps: list[int] = []

    def small(request: bytes, send: Send) -> None:
        asked = Asked.read(request)
        if asked.kind == "GetRequestPDU":
            send(asked.answer((asked.oids[0], v2c.Integer(1))))
            return
        steps.append(asked.repetitions)
        if asked.repetitions <= 7:
            send(asked.answer(*rows(asked, 12)))
        elif tells:
            send(asked.answer(status=TOO_BIG))

    async with scripted(small) as port, SnmpSession(SHORT_S) as session:
        await session.get(agent(port), [UPTIME])
        assert await session.walk(agent(port), COLUMN, 99) == {str(row): row for row in range(1, 13)}
        assert steps == ([25, 10, 5, 5, 5] if tells else [25, 25, 10, 5, 5, 5])
        steps.clear()
        await session.walk(agent(port), COLUMN, 99)
        assert set(steps) == {5}


async def test_after_many_good_answers_more_is_tried_again() -> None:
    ladder = pace.Pace(pace.REPETITIONS)
    for _ in range(pace.GOOD_ANSWERS):
        ladder.settle(2)
        assert ladder.at == 2
    ladder.settle(2)
    assert ladder.at == 1
    ladder.settle(2)
    assert ladder.at == 2


async def test_a_host_that_dies_is_asked_twice_and_no_more() -> None:
    count = 0

    def dying(request: bytes, send: Send) -> None:
        nonlocal count
        count += 1
        if count == 1:
            asked = Asked.read(request)
            send(asked.answer(*((oid, v2c.Integer(1)) for oid in asked.oids)))

    oids = [f"{COLUMN}.{row}" for row in range(40)]
    async with scripted(dying) as port, SnmpSession(SHORT_S) as session:
        await session.get(agent(port), oids)
        with pytest.raises(Unreachable):
            await session.get(agent(port), oids)
        assert count == 3
    async with scripted(lambda request, send: None) as port, SnmpSession(SHORT_S) as session:
        with pytest.raises(Unreachable):
            await session.walk(agent(port), COLUMN, 99)


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_a_walk_takes_a_column_and_no_more_of_it_than_wanted(version: str) -> None:
    def table(request: bytes, send: Send) -> None:
        asked = Asked.read(request)
        assert (asked.kind == "GetBulkRequestPDU") == (version == "2c")
        send(asked.answer(*rows(asked, 70)))

    async with scripted(table) as port, SnmpSession(2.0) as session:
        as_whom = agent(port, Community("public", version))  # type: ignore[arg-type]
        assert len(await session.walk(as_whom, COLUMN, 1000)) == 70
        assert list(await session.walk(as_whom, COLUMN, 30)) == [str(row) for row in range(1, 31)]
        assert await session.walk(as_whom, "1.3.6.1.3", 0) == {}


@pytest.mark.parametrize("end", [rfc1905.endOfMibView, rfc1905.noSuchObject])
async def test_the_end_of_all_objects_ends_a_walk(end: object) -> None:
    async with (
        scripted(lambda request, send: send(Asked.read(request).answer((COLUMN + ".1", end)))) as port,
        SnmpSession(2.0) as session,
    ):
        assert await session.walk(agent(port), COLUMN, 9) == {}


async def test_v1_says_that_a_walk_has_ended_by_an_error() -> None:
    async with (
        scripted(
            lambda request, send: send(Asked.read(request).answer(status=NO_SUCH_NAME, place=1))
        ) as port,
        SnmpSession(2.0) as session,
    ):
        assert await session.walk(agent(port, Community("public", "1")), COLUMN, 9) == {}


async def test_a_walk_that_goes_round_in_circles_is_refused() -> None:
    def circle(request: bytes, send: Send) -> None:
        asked = Asked.read(request)
        send(asked.answer(*((f"{COLUMN}.{row}", v2c.Integer(row)) for row in (1, 2, 3))))

    async with scripted(circle) as port, SnmpSession(2.0) as session:
        with pytest.raises(Refused, match=f"walking {COLUMN}: answers go backwards"):
            await session.walk(agent(port), COLUMN, 99)


async def test_many_agents_need_one_socket() -> None:
    async with air(count=30) as here, SnmpSession(5.0) as session:
        agents = [agent(each.port) for each in here.inventory]
        answers = await asyncio.gather(*(session.get(each, [UPTIME]) for each in agents))
        assert all(isinstance(answer[UPTIME], int) for answer in answers)
        assert len(session._exchange._datagrams._sockets) == 1


async def test_many_more_agents_than_files_may_be_open_are_asked() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        # As the driver itself writes it: pysnmp's codec would take seconds for so many.
        async with (
            scripted(lambda request, send: send(request.replace(b"\xa0", b"\xa2", 1))) as port,
            SnmpSession(5.0) as session,
        ):
            agents = [Agent(HOST, port, Community(f"c{number}")) for number in range(2_000)]
            answers = await asyncio.gather(*(session.get(each, [UPTIME]) for each in agents))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert answers == [{UPTIME: Missing("null")}] * len(agents)


async def test_an_agent_is_found_by_name_and_over_ipv6() -> None:
    async with air() as here, SnmpSession(0.3) as session:
        (ap,) = here.inventory
        assert isinstance((await session.get(Agent("localhost", ap.port, PUBLIC), [UPTIME]))[UPTIME], int)
        with pytest.raises(Unreachable, match=r"no-such-host\.invalid:161"):
            await session.get(Agent("no-such-host.invalid", 161, PUBLIC), [UPTIME])
        with pytest.raises(Unreachable, match=r"\[::1\]:"):
            await session.get(Agent("::1", free_port(), PUBLIC), [UPTIME])


@needs_snmpd
@pytest.mark.parametrize("version", ["1", "2c"])
async def test_a_real_agent_is_read_and_walked(version: str, tmp_path: Path) -> None:
    async with snmpd(tmp_path) as port, SnmpSession(2.0) as session:
        as_whom = agent(port, Community("public", version))  # type: ignore[arg-type]
        answers = await session.get(as_whom, [NAME, "1.3.6.1.2.1.1.99.0", UPTIME])
        assert answers[NAME] == b"test-host"
        assert answers["1.3.6.1.2.1.1.99.0"] in {Missing("noSuchName"), Missing("noSuchObject")}
        interfaces = await session.walk(as_whom, "1.3.6.1.2.1.2.2.1.2", 500)
        assert b"lo" in interfaces.values()
        assert len(await session.walk(as_whom, "1.3.6.1.2.1.1.9.1.3", 500)) >= 5
    assert not session.refused
