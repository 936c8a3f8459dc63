"""The link to the broker is kept up."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, Self

import pytest

from city.clock import ManualClock
from city.errors import Refused, Unreachable
from city.measurements import Batch, Fact
from headend.connections import Connections
from headend.link import LinkState, MqttLink
from lighting.inventory import LightPoint
from lighting.lamp_programmes import LampProgramme
from lighting.limits import SIMPLEST, LampLimits
from tests.headend.recording import EVENING, RecordingLamps, batch, lamp_reading, running
from tests.headend.small_city import small_inventory

POINT: LightPoint = small_inventory().light_points["L1"]


class Wire(RecordingLamps):
    """One attempt: connects or not, and is lost when told so."""

    def __init__(self, fails: Exception | None) -> None:
        super().__init__()
        self.fails = fails
        self.refused: Counter[str] = Counter()
        self.lost = asyncio.Event()
        self.hangs = False
        self.hear: Callable[[Batch], None] = lambda batch: None
        self.gateway: Callable[[str, bool, LampLimits | None], None] = lambda name, online, limits: None

    async def __aenter__(self) -> Self:
        if self.fails:
            raise self.fails
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.lost.set()

    async def run(
        self,
        on_batch: Callable[[Batch], None],
        on_gateway: Callable[[str, bool, LampLimits | None], None],
    ) -> None:
        self.hear, self.gateway = on_batch, on_gateway
        await self.lost.wait()
        raise Unreachable("connection lost")


class Broker:
    def __init__(self, *fails: Exception | None) -> None:
        self.clock = ManualClock(EVENING)
        self.connections = Connections(self.clock)
        self.batches: list[Batch] = []
        self.wires: list[Wire] = []
        self._fails = list(fails)
        self.link = MqttLink(self._connect, self.clock, self.connections, self.batches.append)

    def _connect(self) -> AbstractAsyncContextManager[Any]:
        self.wires.append(Wire(self._fails.pop(0) if self._fails else None))
        return self.wires[-1]

    def is_up(self) -> bool:
        return self.connections.views()[0].up


async def test_a_dead_broker_is_tried_again_with_growing_waits_on_fresh_links() -> None:
    broker = Broker(*[Unreachable("connection refused")] * 5)
    async with running(broker.link.run()):
        assert not broker.is_up()
        assert broker.connections.views()[0].detail == "connection refused"
        await broker.clock.advance(40)
        assert broker.is_up()
        assert broker.link.state is LinkState.UP
    assert len(broker.wires) == 6


async def test_a_refusal_is_no_reason_to_stop() -> None:
    broker = Broker(Refused("not authorised"))
    async with running(broker.link.run()):
        assert broker.connections.views()[0].detail == "not authorised"
        await broker.clock.advance(2)
        assert broker.is_up()


async def test_a_lost_link_is_taken_up_again_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    broker = Broker(None, *[Unreachable("connection refused")] * 4)
    async with running(broker.link.run()):
        broker.wires[0].hear(batch(lamp_reading("L1", EVENING)))
        broker.wires[0].gateway("GW-1", True, None)
        assert broker.connections.views()[0].detail == "1 / 1"
        await broker.clock.advance(120)
        broker.wires[0].lost.set()
        await broker.clock.advance(0)
        since = broker.connections.views()[0].since
        assert (broker.is_up(), since) == (False, broker.clock.now())
        await broker.clock.advance(120)
        assert broker.is_up()
        assert broker.link.gateways == {}
    lines = [record.message for record in caplog.records if record.name == "headend.connections"]
    assert lines == ["mqtt: up", "mqtt: away: connection lost", "mqtt: up"]
    assert [batch.source for batch in broker.batches] == ["test", "GW-1"]
    assert broker.batches[1].readings[0].facts == {Fact.EVENT: "online"}


async def test_what_controllers_can_is_kept_by_gateway_until_it_announces_otherwise() -> None:
    broker = Broker()
    can_more = replace(SIMPLEST, programmes=16)
    async with running(broker.link.run()):
        assert broker.link.limits == {}
        broker.wires[0].gateway("GW-1", True, can_more)
        broker.wires[0].gateway("GW-2", True, None)
        broker.wires[0].gateway("GW-1", False, None)
        assert broker.link.limits == {"GW-1": can_more}
        broker.wires[0].lost.set()
        await broker.clock.advance(0)
        await broker.clock.advance(2)
        assert broker.link.limits == {"GW-1": can_more}
        broker.wires[1].gateway("GW-1", True, None)
        assert broker.link.limits == {}


async def test_sending_without_a_link_says_so_at_once() -> None:
    broker = Broker(Unreachable("connection refused"))
    async with running(broker.link.run()):
        with pytest.raises(Unreachable, match="no connection"):
            await broker.link.send_resume(POINT, "o-1")
        await broker.clock.advance(2)
        await broker.link.send_order(POINT, "o-1", 40.0, EVENING, "chantier")
        await broker.link.send_resume(POINT, "o-1")
    assert broker.wires[-1].sent == [("order", "L1", "o-1"), ("resume", "L1", "o-1")]


async def test_a_broker_that_takes_nothing_does_not_hold_up_the_sender(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("headend.link.SEND_TIMEOUT_S", 0.01)
    broker = Broker()
    async with running(broker.link.run()):

        async def hang(point: LightPoint, programme: LampProgramme) -> None:
            await asyncio.Event().wait()

        broker.wires[0].send_programme = hang  # type: ignore[method-assign]
        with pytest.raises(Unreachable, match="did not take"):
            await broker.link.send_programme(POINT, None)  # type: ignore[arg-type]


async def test_what_was_refused_is_counted_across_links() -> None:
    broker = Broker()
    async with running(broker.link.run()):
        broker.wires[0].refused["not JSON"] = 2
        broker.wires[0].lost.set()
        await broker.clock.advance(0)
        await broker.clock.advance(2)
        broker.wires[1].refused["not JSON"] = 1
        assert broker.link.refused == {"not JSON": 3}
        assert broker.connections.views()[0].refused == 3
        assert broker.connections.views()[0].reasons == {"not JSON": 3}


async def test_only_the_most_frequent_reasons_are_shown_and_all_are_counted() -> None:
    broker = Broker()
    async with running(broker.link.run()):
        broker.wires[0].refused.update({f"reason {number}": number for number in range(1, 10)})
        view = broker.connections.views()[0]
    assert view.refused == 45
    assert list(view.reasons.items())[:2] == [("reason 9", 9), ("reason 8", 8)]
    assert len(view.reasons) == 5


async def test_what_controllers_can_is_not_known_without_a_link() -> None:
    broker = Broker(Unreachable("connection refused"))
    async with running(broker.link.run()):
        assert broker.link.keeps_programmes(POINT)
        assert not broker.link.needs_resume(POINT)
        await broker.clock.advance(2)
        broker.wires[-1].by_radio.add(POINT.id)
        assert not broker.link.keeps_programmes(POINT)
        assert broker.link.needs_resume(POINT)
