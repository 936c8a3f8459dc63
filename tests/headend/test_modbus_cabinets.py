"""Cabinets behind their lines: who shares one, who is left out, and what a silent one does to its neighbours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from city.clock import ManualClock
from city.errors import BadInput, Refused
from city.measurements import Batch
from city.settings import Settings, load_settings
from drivers.profiles import load_profiles
from headend.acquisition import SLOW_AFTER, Polling
from headend.checkup import _certificate
from headend.configured import modbus_security_of
from headend.connections import Connections, Group
from headend.field import Cabinets
from lighting.inventory import Cabinet, Inventory
from tests.drivers.certificates import Authority
from tests.drivers.modbus_gateway import gateway_peer
from tests.drivers.modbus_peers import HOST, peer
from tests.drivers.modbus_secured import ROLE, secured, utf8_string
from tests.headend.recording import EVENING, running, until
from tests.lighting.small_city import MULHOUSE

PROFILES = load_profiles("modbus")
METER = "eastron-sdm630"
TIMEOUT_S = 0.05
PERIOD_S = 60.0


def inventory(*cabinets: Cabinet) -> Inventory:
    return Inventory({}, {cabinet.id: cabinet for cabinet in cabinets})


def cabinet(name: str, *, port: int = 0, unit: int = 1, url: str = "") -> Cabinet:
    host = "" if url else HOST
    return Cabinet(name, MULHOUSE.position, "", "", host, port, unit, METER, (), url=url)


@asynccontextmanager
async def opened(cabinets: Cabinets) -> AsyncIterator[Cabinets]:
    try:
        yield cabinets
    finally:
        await cabinets.close()


async def test_cabinets_at_one_gateway_share_its_line_however_the_inventory_writes_it() -> None:
    async with gateway_peer() as told:
        port = told.gateway.port
        city = inventory(
            cabinet("A-1", port=port, unit=1),
            cabinet("A-2", port=port, unit=2),
            cabinet("A-3", url=f"modbus://{HOST}:{port}/3"),
        )
        async with opened(Cabinets(city, PROFILES, 5.0)) as cabinets:
            batches = await asyncio.gather(*(each.poll(EVENING) for each in cabinets.polled()))
        assert told.connections == 1
    assert [batch.source for batch in batches] == ["A-1", "A-2", "A-3"]
    assert set(told.asked) == {1, 2, 3}


async def test_a_cabinet_whose_url_or_certificate_is_missing_is_left_out_and_the_others_are_read() -> None:
    city = inventory(
        cabinet("A-1", url="http://gw/1"), cabinet("A-2", url="modbus+tls://gw/1"), cabinet("A-3", port=9)
    )
    cabinets = Cabinets(city, PROFILES, TIMEOUT_S)
    assert [each.name for each in cabinets.polled()] == ["A-3"]
    one, two = cabinets.left_out
    assert one.what == "cabinet A-1"
    assert "got 'http://gw/1', expected modbus://HOST" in one.why
    assert two.what == "cabinet A-2"
    assert "gw:802: Modbus/TCP Security needs a certificate" in two.why


def test_where_a_meter_wraps_is_known_from_its_profile() -> None:
    names = ("falotier-cabinet", "siemens-pac2200", "orno-we-514", METER)
    city = inventory(*(replace(cabinet(name, port=9), profile=name) for name in names))
    assert Cabinets(city, PROFILES, TIMEOUT_S).meter_spans_wh == {
        "falotier-cabinet": 2**32,  # Wh on 32 bits
        "siemens-pac2200": 1e12,  # as it says itself
        "orno-we-514": 2**32 * 10.0,  # hundredths of kWh on 32 bits
        METER: None,  # a number with a point, and nothing is said
    }


async def test_what_came_in_and_was_not_asked_for_is_counted_as_refused() -> None:
    async with peer(lambda _: b"not Modbus") as server:
        cabinets = Cabinets(inventory(cabinet("A-1", port=server.port)), PROFILES, 5.0)
        assert cabinets.refused.total() == 0
        with pytest.raises(Refused, match="something that is not Modbus"):
            await cabinets.polled()[0].poll(EVENING)
        await cabinets.close()
    assert cabinets.refused == {"something that is not Modbus": len(server.received)}


def _both_came(batches: list[str], times: int) -> bool:
    return min(batches.count(name) for name in ("A-1", "A-12")) >= times


async def test_ten_dead_units_are_probed_slowly_and_their_neighbours_never_miss_a_poll() -> None:
    dead = set(range(2, 12))
    async with gateway_peer() as told:
        told.dead |= dead
        city = inventory(*(cabinet(f"A-{unit}", port=told.gateway.port, unit=unit) for unit in range(1, 13)))
        clock, connections = ManualClock(EVENING), Connections(ManualClock(EVENING))
        batches: list[str] = []
        misses: list[str] = []

        def missed(name: str, _: datetime) -> None:
            misses.append(name)

        def arrived(batch: Batch) -> None:
            batches.append(batch.source)

        async with opened(Cabinets(city, PROFILES, TIMEOUT_S)) as cabinets:
            polling = Polling(
                cabinets.polled(),
                period_s=PERIOD_S,
                timeout_s=20 * TIMEOUT_S,
                at_once=200,
                clock=clock,
                group=Group(connections, "modbus", 12),
                on_batch=arrived,
                on_miss=missed,
            )
            async with running(polling.run()):
                for period in range(1, 9):
                    for _ in range(12):
                        await clock.advance(PERIOD_S / 12)
                    await until(partial(_both_came, batches, period))
    assert set(misses) == {f"A-{unit}" for unit in dead}
    asked = [told.asked.count(unit) for unit in dead]
    assert max(asked) <= SLOW_AFTER + 3  # of eight periods: then only now and then


def settings_with(folder: Path, **files: Path) -> Settings:
    lines = "\n".join(f'{name} = "{file}"' for name, file in files.items())
    (folder / "city.toml").write_text(f"[modbus]\n{lines}\n")
    return load_settings(folder / "city.toml")


def test_without_certificates_in_the_settings_there_is_no_secured_gateway(tmp_path: Path) -> None:
    assert modbus_security_of(settings_with(tmp_path)) is None


def test_a_certificate_without_its_key_or_authority_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"^modbus\.ca_file, modbus\.key_file: missing; Modbus/TCP Security needs all"
    ):
        modbus_security_of(settings_with(tmp_path, certificate_file=Path("falotier.pem")))


async def test_a_secured_cabinet_is_polled_with_the_certificate_that_the_settings_name(
    tmp_path: Path,
) -> None:
    authority = Authority(tmp_path, "city")
    ours, key = authority.certificate("falotier", extensions={ROLE: utf8_string("Observer")})
    settings = settings_with(
        tmp_path, ca_file=Path("city-ca.pem"), certificate_file=Path(ours.name), key_file=Path(key.name)
    )
    security = modbus_security_of(settings)
    assert security is not None
    assert _certificate(security).detail.startswith("CN=falotier: role Observer, until 20")
    async with secured(authority.certificate("A-1"), authority.file) as device:
        city = inventory(cabinet("A-1", url=f"modbus+tls://{HOST}:{device.port}/1"))
        async with opened(Cabinets(city, PROFILES, 5.0, security)) as cabinets:
            batch = await cabinets.polled()[0].poll(EVENING)
    assert batch.source == "A-1"
    assert device.roles == ["Observer"]
