"""A LoRaWAN lamp behind a network server, over a real broker: ordered, confirmed, refused, and told to resume."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiomqtt

from city.measurements import Fact, Metric
from drivers.mqtt.lamps import LampLink
from tests.drivers.mqtt_peers import (
    NOW,
    POINT,
    Broker,
    Heard,
    eventually,
    link,
    listening,
    mosquitto,
    needs_mosquitto,
)
from tests.drivers.test_mqtt_switchboard import (
    DUSK_STEP,
    MANUAL,
    RADIO,
    STATUS_PORT,
    SYSTEM_PORT,
    UP,
    board,
    status,
    uplink,
)

pytestmark = needs_mosquitto


class Server:
    """A network server: hands on what the lamp sends by radio, and notes what it is to send."""

    def __init__(self, client: aiomqtt.Client, lamp_link: LampLink, heard: Heard) -> None:
        self.client = client
        self.link = lamp_link
        self.heard = heard
        self._counter = 0

    async def brings(self, port: int, payload: bytes) -> dict[Fact, str]:
        """An uplink, twice as when two gateways heard it; what the head-end hears of it."""
        self._counter += 1
        before = len(self.heard.batches)
        for gateway in ("A" * 16, "B" * 16):
            message = uplink(port, payload, self._counter, rxInfo=[{"gatewayId": gateway, "rssi": -60}])
            await self.client.publish(UP, message, 1)
        await eventually(lambda: len(self.heard.batches) > before)
        return dict(self.heard.batches[-1].readings[-1].facts)

    async def told(self) -> bytes:
        """The bytes that it is to send to the lamp."""
        async with asyncio.timeout(5):
            return base64.b64decode(json.loads((await anext(aiter(self.client.messages))).payload)["data"])


@asynccontextmanager
async def network(broker: Broker) -> AsyncIterator[Server]:
    lamp_link = link(broker.port, board())
    async with broker.client() as client, listening(lamp_link) as heard:
        await client.subscribe("application/+/device/+/command/down", qos=1)
        server = Server(client, lamp_link, heard)
        await asyncio.sleep(0.1)
        yield server


async def test_an_order_goes_out_by_radio_and_the_next_status_confirms_it_once(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker, network(broker) as server:
        assert Fact.ORDER not in await server.brings(STATUS_PORT, status(100, DUSK_STEP))
        await server.link.send_order(RADIO, "o-1", 40.0, NOW + timedelta(hours=1), "chantier")
        assert await server.told() == bytes([1, 0xFE, 40])
        confirmed = await server.brings(STATUS_PORT, status(40, MANUAL))
        assert (confirmed[Fact.ORDER], confirmed[Fact.SOURCE]) == ("o-1", "override")
        await server.link.send_resume(RADIO, "o-1")
        assert (await server.told())[:2] == bytes([1, 0xFE])
        assert Fact.ORDER not in await server.brings(STATUS_PORT, status(100, DUSK_STEP))
        await eventually(lambda: server.link.refused["duplicate"] == 3)
    levels = [batch.readings[0].values[Metric.LEVEL] for batch in server.heard.batches]
    assert levels == [100, 40, 100]
    assert {batch.readings[0].device for batch in server.heard.batches} == {RADIO.id}


async def test_a_refused_downlink_comes_up_as_the_refusal_of_that_order(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker, network(broker) as server:
        await server.brings(STATUS_PORT, status(100, DUSK_STEP))
        await server.link.send_order(RADIO, "o-2", 40.0, NOW + timedelta(hours=1), "chantier")
        await server.told()
        refused = await server.brings(SYSTEM_PORT, bytes([0x13, 0x3C, 0x0C]))
    assert (refused[Fact.EVENT], refused[Fact.REFERENCE]) == ("order_refused", "o-2")
    assert "address_not_available" in refused[Fact.WHY]


async def test_what_each_kind_of_controller_can_is_known_once_it_was_heard(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker, network(broker) as server:
        await server.brings(STATUS_PORT, status(100, DUSK_STEP))
        assert [server.link.keeps_programmes(point) for point in (POINT, RADIO)] == [True, False]
        assert [server.link.needs_resume(point) for point in (POINT, RADIO)] == [False, True]
