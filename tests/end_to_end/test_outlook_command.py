"""``falotier outlook`` asks a head-end over its embedded store."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from city.clock import ManualClock
from city.measurements import DeviceKind, Metric, Reading
from city.wifi_views import OutlookView
from tests.end_to_end.commands import falotier
from tests.headend.recording import batch
from tests.headend.standing import Console, standing, write_city

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 27, 16, 20, tzinfo=UTC)
"""A Friday, 17:20 local time."""
HOURS = 9 * 7 * 24


def weeks_of_a_rink() -> list[Reading]:
    """Two radios with 36 clients each by day and 2 by night, for nine weeks."""
    start = NOW.replace(minute=0) - HOURS * timedelta(hours=1)
    hours = [start + number * timedelta(hours=1) for number in range(HOURS + 1)]
    return [
        Reading(
            radio,
            DeviceKind.RADIO,
            at,
            {Metric.CLIENTS: 36.0 if 8 <= at.astimezone(PARIS).hour < 20 else 2.0, Metric.AIRTIME: 50.0},
        )
        for at in hours
        for radio in ("AP-1/1", "AP-1/2")
    ]


async def outlook(console: Console, folder: Path, *arguments: str) -> str:
    """What the command says, on whichever way."""
    reach = ("--url", console.url, "--token-file", str(folder / "supervisor.token"))
    done = await asyncio.to_thread(falotier, "outlook", *arguments, *reach, home=folder)
    assert done.returncode in {0, 2}, done.stderr
    assert not (done.stdout and done.stderr)
    return done.stdout or done.stderr


async def test_a_place_is_told_in_text_in_a_line_and_as_json(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(NOW)) as (headend, console):
        core = headend.core
        await core.store.write(weeks_of_a_rink())
        core.ingest(batch(Reading("AP-1", DeviceKind.ACCESS_POINT, NOW, {Metric.UP: 1.0})))
        await core.outlooks.renew()
        english = await outlook(console, tmp_path, "patinoire", "--lang", "en")
        french = await outlook(console, tmp_path, "--lang", "fr")
        [told] = json.loads(await outlook(console, tmp_path, "--json"))
        stranger = await outlook(console, tmp_path, "nowhere")
    lines = english.splitlines()
    assert lines[:4] == [
        "patinoire · Fri 27 Nov 2026 17:20 · meant for 80 clients · 63 days of history",
        "Since 00:00, an hour each; the highest is 72",
        "  measured   ▁▁▁▁▁▁▁▁█████████",
        "  usual      ▁▁▁▁▁▁▁▁█████████",
    ]
    assert f"  17:00 {'█' * 30} 72 (72–72), usual 72" in lines
    assert f"  20:00 {'█' * 2 + ' ' * 28} 4 (4–4), usual 4" in lines
    assert "Expected to be full from 17:00 on." in lines
    assert "Busiest on workdays: 8 h to 9 h, 72 clients, 90%" in lines
    assert "  1. Another access point (patinoire): 45.0 points of load less" in lines
    assert (
        "     access points to add 1, load in busy hours 90%, load then 45%, clients 72, meant for 80"
        in lines
    )
    assert french.splitlines() == [
        "patinoire · au plus 72 sur 80, à 17:00 · saturé dès 17:00 · → Une borne de plus"
    ]
    assert OutlookView.model_validate(told).history_days == 63
    assert stranger == "falotier: hotspot nowhere: there is none of that name\n"


async def test_without_history_the_command_says_so(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(NOW)) as (_, console):
        english = await outlook(console, tmp_path, "patinoire", "--lang", "en")
        french = await outlook(console, tmp_path, "--lang", "fr")
    assert english.splitlines()[1:] == [
        "Nothing was measured today.",
        "Nothing can be expected yet: there is too little history.",
    ]
    assert french == "patinoire · rien ne peut encore être prévu\n"
