"""What the light that is lent costs: counted, kept and told."""

from datetime import date
from pathlib import Path

import pytest

from city.errors import Unreachable
from headend.records import LentLight
from lighting.prices import TYPICAL
from tests.headend.order_scene import SUPERVISOR, request
from tests.headend.presence_scene import MINUTE_S, RULE, Rink, rink
from tests.headend.recording import running

WH_A_MINUTE = 3 * (60.0 - 7.0) * (80.0 - 30.0) / (100.0 - 10.0) / 60
"""Three lamps of 60 W, from 30 to 80 percent of what lies between 7 W at 10 percent and 60 W."""


async def test_what_was_lent_is_counted_kept_over_a_restart_and_told_with_its_price(tmp_path: Path) -> None:
    async with rink(tmp_path) as scene:
        for clients in (*[60] * 30, *[0] * 16):
            await scene.minute(clients)
        # it began with the first count, and ended fifteen minutes after the last full one
        wh = 44 * WH_A_MINUTE
        lent = (await scene.view()).rules[0].tonight
        assert lent.wh == pytest.approx(wh, abs=0.1)
        assert lent.minutes == 44.0
        assert lent.eur == pytest.approx(wh / 1000 * TYPICAL.eur_per_kwh, abs=0.005)
        text = (await scene.place.records.journal())[0].text
        assert text == f"Match · Patinoire · 44 min · {wh:.0f} Wh"
        anew = Rink(scene.place, RULE)
        for clients in (60, 60, 60):
            await anew.minute(clients)
        view = await anew.view()
        assert view.tonight.wh == pytest.approx(wh + 2 * WH_A_MINUTE, abs=0.1)
        assert view.last_30_days == view.rules[0].tonight == view.tonight


async def test_light_that_a_person_orders_is_not_the_rules(tmp_path: Path) -> None:
    async with rink(tmp_path) as scene:
        await scene.minute(60)
        await scene.place.orders.ask(request("L1", level=40.0, hours=0.5), SUPERVISOR)
        await scene.minute(60)
        assert (await scene.view()).tonight.wh == pytest.approx(WH_A_MINUTE * 2 / 3, abs=0.1)


async def test_what_the_records_cannot_take_is_kept_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise Unreachable("records: away")

    async with rink(tmp_path) as scene:
        with monkeypatch.context() as patch:
            patch.setattr(LentLight, "add", away)
            for clients in (*[60] * 3, *[0] * 15):
                await scene.minute(clients)
            await scene.presence.lending.keep()
        night = date(2026, 11, 30)
        assert await scene.place.records.lent_light.between(night, night) == []
        await scene.presence.lending.keep()
        (kept,) = await scene.place.records.lent_light.between(night, night)
        assert (kept.rule, kept.minutes) == ("Match", 17.0)
        assert kept.wh == pytest.approx(17 * WH_A_MINUTE)


async def test_what_stands_as_the_head_end_stops_is_counted_and_kept(tmp_path: Path) -> None:
    async with rink(tmp_path) as scene:
        await scene.minute(60)
        async with running(scene.presence.run()):
            await scene.parts.clock.advance(MINUTE_S / 2)
        night = date(2026, 11, 30)
        (kept,) = await scene.place.records.lent_light.between(night, night)
        assert kept.minutes == 0.5
        assert kept.wh == pytest.approx(WH_A_MINUTE / 2)
