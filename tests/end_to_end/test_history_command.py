"""``falotier history`` asks a head-end over its embedded store."""

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

from city.clock import ManualClock
from city.measurements import DeviceKind, Metric, Reading
from tests.end_to_end.commands import falotier
from tests.headend.standing import Console, standing, write_city

NOW = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)
READINGS = 288
"""In a day."""


def a_day_of_a_lamp() -> list[Reading]:
    """60 W all day, of which nothing is told between 22:00 and midnight UTC."""
    told = [(NOW - (READINGS - number) * FIVE_MINUTES, 5.0 * number) for number in range(READINGS)]
    return [
        Reading("L1", DeviceKind.LAMP, at, {Metric.POWER: 60.0, Metric.ENERGY: wh})
        for at, wh in told
        if at.hour < 22
    ]


async def history(console: Console, folder: Path, *arguments: str) -> str:
    """What the command says, on whichever way."""
    token = str(folder / "supervisor.token")
    reach = ("--url", console.url, "--token-file", token)
    done = await asyncio.to_thread(falotier, "history", *arguments, *reach, home=folder)
    assert done.returncode in {0, 2}, done.stderr
    assert not (done.stdout and done.stderr)
    return done.stdout or done.stderr


async def test_a_device_is_drawn_in_one_line_and_written_as_figures(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(NOW)) as (headend, console):
        await headend.core.store.write(a_day_of_a_lamp())
        power, energy = ("L1", "power_w", "--points", "24"), ("L1", "energy_wh", "--points", "24")
        drawn = await history(console, tmp_path, *power, "--lang", "en", "--compare", "week")
        rows = list(csv.DictReader(io.StringIO(await history(console, tmp_path, *energy, "--csv"))))
        counted = await history(console, tmp_path, *energy, "--lang", "fr")
        group = ("power_w", "--by", "cabinet", "--kind", "lamp", "--hours", "6", "--lang", "en")
        grouped = await history(console, tmp_path, *group)
    assert drawn.splitlines() == [
        "Sun 29 Nov 18:00 to Mon 30 Nov 18:00, a value each 1 h",
        "L1: least 60.0 W, mean 60.0 W, most 60.0 W",
        "  █████  ████████████████ ",
        "Compared with:",
        "Sun 22 Nov 18:00 to Mon 23 Nov 18:00, a value each 1 h",
        "Nothing was measured in that time.",
    ]
    assert grouped.splitlines()[1] == "A-001: least 60.0 W, mean 60.0 W, most 60.0 W"
    assert {row["grown"] for row in rows} == {"60"}
    assert rows[0]["at"] == "2026-11-29T17:00:00.000Z"
    assert "1,38 kWh en tout, dont 180 Wh sans relevé, minimum 60 Wh" in counted


async def test_what_cannot_be_asked_is_told_in_one_line(tmp_path: Path) -> None:
    cases = (
        (("power_w", "--by", "sector"), "expected --kind and one metric"),
        (("nobody", "power_w"), "there is none of that name"),
    )
    async with standing(write_city(tmp_path), ManualClock(NOW)) as (_, console):
        for arguments, why in cases:
            said = await history(console, tmp_path, *arguments)
            assert why in said
            assert said.startswith("falotier: ")
            assert said.count("\n") == 1
