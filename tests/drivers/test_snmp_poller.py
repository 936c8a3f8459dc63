"""Polling access points: exactly once each, and all that can go wrong."""

import asyncio
import random

import pytest

from city.errors import Outside, Unreachable
from city.measurements import DeviceKind, Metric
from drivers.profiles import load_profiles
from drivers.snmp.plan import RADIO_METRICS, Plan
from drivers.snmp.poller import SnmpPoller
from drivers.snmp.session import Community
from tests.drivers.modbus_peers import free_port
from tests.drivers.snmp_peers import NOW, air, datagrams, inventoried

PROFILES = load_profiles("snmp")
PROFILE = PROFILES["falotier-ap"]
RADIO = RADIO_METRICS
"""Whatever is kept of a radio, this profile has."""
VALUES = 1 + 2 * len(RADIO)
"""Its uptime, and those of two radios."""
PUBLIC = Community("public")
SHORT_S = 0.2


async def test_a_poll_brings_every_object_exactly_once() -> None:
    async with air() as here, SnmpPoller(5.0) as poller:
        (ap,) = here.inventory
        first = await poller.read(ap, PROFILE, PUBLIC, NOW)
        assert here.agents.sent == first.measurements == VALUES
        await here.clock.advance(60)
        second = await poller.read(ap, PROFILE, PUBLIC, NOW)
        assert here.agents.sent == 2 * VALUES
        state = here.physics.state(ap.id, here.clock.now())
    assert first.source == ap.id
    own, *radios = second.readings
    assert (own.device, own.kind, own.at) == (ap.id, DeviceKind.ACCESS_POINT, NOW)
    assert own.values == {Metric.UPTIME: pytest.approx(state.uptime_s, abs=0.01)}
    assert [radio.device for radio in radios] == [f"{ap.id}/1", f"{ap.id}/2"]
    for radio, truth in zip(radios, state.radios, strict=True):
        assert radio.kind is DeviceKind.RADIO
        assert set(radio.values) == RADIO
        assert radio.values[Metric.CLIENTS] == truth.clients
        assert radio.values[Metric.NOISE] == truth.noise_dbm < 0
        assert radio.values[Metric.OUT_OCTETS] == truth.out_octets
    assert not poller.refused


async def test_an_access_point_with_more_objects_than_fit_one_request_is_read_in_several() -> None:
    async with air(radios=5) as here, SnmpPoller(5.0) as poller:
        batch = await poller.read(here.inventory[0], PROFILE, PUBLIC, NOW)
        assert here.agents.sent == batch.measurements == 1 + 5 * len(RADIO)
    assert [reading.device for reading in batch.readings[1:]] == [
        f"AP-PAT-01/{number}" for number in range(1, 6)
    ]


async def test_many_access_points_are_polled_at_once_and_the_dead_among_them_delay_nobody() -> None:
    async with air(count=60) as here, SnmpPoller(1.0) as poller:
        for ap in here.inventory[:4]:
            here.physics.set_down(ap.id, down=True, at=NOW)
        answers = await asyncio.gather(
            *(poller.read(ap, PROFILE, PUBLIC, NOW) for ap in here.inventory), return_exceptions=True
        )
    assert all(isinstance(answer, Unreachable) for answer in answers[:4])
    batches = [answer for answer in answers[4:] if not isinstance(answer, BaseException)]
    assert len(batches) == 56
    assert sum(batch.measurements for batch in batches) == here.agents.sent


async def test_a_dead_access_point_is_unreachable_and_read_again_when_it_is_back() -> None:
    async with air() as here, SnmpPoller(SHORT_S) as poller:
        (ap,) = here.inventory
        await poller.read(ap, PROFILE, PUBLIC, NOW)
        here.physics.set_down(ap.id, down=True, at=here.clock.now())
        with pytest.raises(Unreachable, match=rf"127\.0\.0\.1:{ap.port}: no answer"):
            await poller.read(ap, PROFILE, PUBLIC, NOW)
        here.physics.set_down(ap.id, down=False, at=here.clock.now())
        await here.clock.advance(1)
        assert (await poller.read(ap, PROFILE, PUBLIC, NOW)).measurements == VALUES


async def test_a_wrong_community_and_a_dead_host_look_the_same() -> None:
    async with air() as here, SnmpPoller(SHORT_S) as poller:
        with pytest.raises(Unreachable, match="wrong community"):
            await poller.read(here.inventory[0], PROFILE, Community("private"), NOW)
        with pytest.raises(Unreachable):
            await poller.read(inventoried("AP-X", free_port()), PROFILE, PUBLIC, NOW)
        batch = await poller.read(here.inventory[0], PROFILE, PUBLIC, NOW)
        assert batch.measurements == VALUES


async def test_a_host_without_an_address_is_unreachable() -> None:
    from dataclasses import replace

    async with SnmpPoller(SHORT_S) as poller:
        with pytest.raises(Unreachable):
            await poller.read(
                replace(inventoried("AP-X", 161), host="no-such-host.invalid"), PROFILE, PUBLIC, NOW
            )


class Walks:
    """Counts how often a poller looks for rows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from drivers.snmp import poller

        self.count = 0
        find_rows = poller.find_rows

        async def counted(*asked: object) -> Plan:
            self.count += 1
            return await find_rows(*asked)  # type: ignore[arg-type]

        monkeypatch.setattr(poller, "find_rows", counted)


async def test_rows_are_found_once_and_anew_after_a_reboot(monkeypatch: pytest.MonkeyPatch) -> None:
    walks = Walks(monkeypatch)
    async with air() as here, SnmpPoller(5.0) as poller:
        (ap,) = here.inventory
        for _ in range(3):
            await poller.read(ap, PROFILE, PUBLIC, NOW)
        assert walks.count == 1
        here.physics.set_down(ap.id, down=True, at=here.clock.now())
        await here.clock.advance(60)
        here.physics.set_down(ap.id, down=False, at=here.clock.now())
        await here.clock.advance(60)
        after = await poller.read(ap, PROFILE, PUBLIC, NOW)
        assert after.readings[0].values[Metric.UPTIME] < 100
        assert walks.count == 1
        await poller.read(ap, PROFILE, PUBLIC, NOW)
        assert walks.count == 2
        await poller.read(ap, PROFILE, PUBLIC, NOW)
        assert walks.count == 2


async def test_rows_are_looked_for_again_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    from drivers.snmp import poller as module

    walks = Walks(monkeypatch)
    monkeypatch.setattr(module, "POLLS_BEFORE_ANEW", 3)
    async with air() as here, SnmpPoller(5.0) as poller:
        for _ in range(7):
            await poller.read(here.inventory[0], PROFILE, PUBLIC, NOW)
    assert walks.count == 3


async def test_an_object_that_is_not_there_is_counted_and_the_others_are_read() -> None:
    own, radios = PROFILE.table
    wrong = next(column for column in radios.column if column.says == "channel")
    columns = tuple(
        column.model_copy(update={"column": "99"}) if column is wrong else column for column in radios.column
    )
    variant = PROFILE.model_copy(update={"table": (own, radios.model_copy(update={"column": columns}))})
    async with air() as here, SnmpPoller(5.0) as poller:
        batch = await poller.read(here.inventory[0], variant, PUBLIC, NOW)
        await poller.read(here.inventory[0], variant, PUBLIC, NOW)
    assert {metric for reading in batch.readings[1:] for metric in reading.values} == RADIO - {Metric.CHANNEL}
    assert poller.refused == {"channel: noSuchObject": 2}, "it was asked for again"


async def test_any_device_gives_its_uptime_and_its_wireless_octets() -> None:
    async with air() as here, SnmpPoller(5.0) as poller:
        batch = await poller.read(here.inventory[0], PROFILES["if-mib"], PUBLIC, NOW)
    assert set(batch.readings[0].values) == {Metric.UPTIME}
    assert [set(radio.values) for radio in batch.readings[1:]] == [{Metric.IN_OCTETS, Metric.OUT_OCTETS}] * 2


async def test_whatever_comes_back_it_is_an_error_with_a_name_and_others_are_still_read() -> None:
    chance = random.Random(1)  # noqa: S311 - not for secrets

    def garbled(request: bytes) -> bytes:
        kind = chance.randrange(3)
        if kind == 0:
            return chance.randbytes(chance.randint(1, 200))
        if kind == 1:
            return request[: chance.randint(1, len(request))]
        place = chance.randrange(len(request))
        return request[:place] + chance.randbytes(1) + request[place + 1 :]

    async with air() as here, datagrams(garbled) as port, SnmpPoller(0.05) as poller:
        for _ in range(15):
            with pytest.raises(Outside):
                await poller.read(inventoried("AP-X", port), PROFILE, PUBLIC, NOW)
    async with air() as here, SnmpPoller(5.0) as poller:
        assert (await poller.read(here.inventory[0], PROFILE, PUBLIC, NOW)).measurements == VALUES


async def test_a_caller_that_gives_up_leaves_the_engine_well() -> None:
    async with air() as here, SnmpPoller(5.0) as poller:
        (ap,) = here.inventory
        here.physics.set_down(ap.id, down=True, at=here.clock.now())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await poller.read(ap, PROFILE, PUBLIC, NOW)
        here.physics.set_down(ap.id, down=False, at=here.clock.now())
        assert (await poller.read(ap, PROFILE, PUBLIC, NOW)).measurements == VALUES
