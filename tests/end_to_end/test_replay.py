"""A post-mortem in the console over a real head-end and its own store: the night as it was, then the present again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from city.clock import ManualClock
from city.incidents import State
from city.measurements import DeviceKind, Metric, Reading
from console.app import FalotierApp
from console.client import ApiClient
from tests.console.consoles import Console
from tests.console.fake_headend import FakeHeadEnd, until
from tests.headend.recording import circuit_reading, lamp_dead, lamp_reading
from tests.headend.standing import standing, write_city

NOW = datetime(2026, 12, 1, 2, 12, tzinfo=UTC)
"""03:12 in Mulhouse: the built-in plan asks for 30 %."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def a_night() -> list[Reading]:
    """Six lamps every five minutes; L1 drew nothing until 00:30 UTC."""
    readings = []
    for number in range(61):
        at = NOW - number * 5 * MINUTE
        for lamp in ("L1", "L2", "L3", "N1", "N2", "N3"):
            is_dark = lamp == "L1" and at.hour in {0, 23} and at.minute < 30
            readings.append(lamp_reading(lamp, at, level=30.0, power=0.6 if is_dark else 20.0))
        readings += [circuit_reading(f"A-001/{number}", at, closed=True) for number in (1, 2)]
        readings.append(Reading("A-001", DeviceKind.CABINET, at, {Metric.POWER: 120.0}))
    return readings


async def test_the_lamp_that_was_dark_at_night_and_is_mended_is_found_again(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(NOW)) as (headend, way):
        await headend.store.write(a_night())
        dead = replace(lamp_dead("L1"), opened_at=NOW - 2 * HOUR, since=NOW - 3 * HOUR)
        await headend.core.records.save_incident(dead.moved(State.CLOSED, NOW - HOUR))
        async with ApiClient(way.url, way.token) as client:
            app = FalotierApp(client)
            async with app.run_test(size=(120, 36)) as pilot:
                seen = Console(app, pilot, FakeHeadEnd())
                await until(lambda: app.session.city.summary is not None, within_s=20)
                await seen.press("R")
                await seen.shows("RELECTURE · mar. 1 déc. 03:10", "6 / 6", "120 W")
                await seen.press("less_than_sign", "full_stop", "full_stop", "comma")
                await seen.shows("RELECTURE · mar. 1 déc. 02:15")
                await seen.press("less_than_sign")
                await seen.shows("RELECTURE · mar. 1 déc. 01:15", "5 / 6", "L1 · rue Mercière")
                await seen.press("2")
                await seen.shows("✖ en panne", "0,6 W", "Non enregistré.", "puissance, 24 h")
                await seen.press("6")
                await seen.shows("Journal")
                await seen.hides("tête de réseau démarrée")
                await seen.press("4")
                await seen.shows("Lampe éteinte", "Pas pris en compte")
                await seen.press("escape")
                await seen.hides("RELECTURE", "Lampe éteinte")
                await seen.press("6")
                await seen.shows("tête de réseau démarrée")
