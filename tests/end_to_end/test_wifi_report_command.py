"""``falotier report wifi`` and ``falotier history … clients`` ask a head-end: small counts never come out."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from city.clock import ManualClock
from city.measurements import DeviceKind, Metric, Reading
from tests.end_to_end.commands import falotier
from tests.headend.standing import Console, standing, write_city

NOW = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 28, 23, 0, tzinfo=UTC)
"""As the 29th begins in Mulhouse."""
FEW, MANY = 3.0, 21.0
"""Clients before noon, and from then on."""


def a_day_of_an_access_point() -> list[Reading]:
    return [
        reading
        for hour in range(24)
        for at in [MIDNIGHT + timedelta(hours=hour)]
        for reading in (
            Reading("AP-1", DeviceKind.ACCESS_POINT, at, {Metric.UPTIME: 60.0}),
            Reading("AP-1/1", DeviceKind.RADIO, at, {Metric.CLIENTS: FEW if hour < 12 else MANY}),
        )
    ]


async def said(console: Console, folder: Path, *arguments: str) -> str:
    reach = ("--url", console.url, "--token-file", str(folder / "supervisor.token"))
    done = await asyncio.to_thread(falotier, *arguments, *reach, home=folder)
    assert done.returncode in {0, 2}, done.stderr
    assert not (done.stdout and done.stderr)
    return done.stdout or done.stderr


async def test_what_comes_out_as_text_table_page_and_json_holds_no_small_count(tmp_path: Path) -> None:
    days = ("--from", "2026-11-29", "--to", "2026-11-29")
    group = ("clients", "--by", "hotspot", "--kind", "radio", "--points", "24", *days)
    async with standing(write_city(tmp_path), ManualClock(NOW)) as (headend, console):
        await headend.core.store.write(a_day_of_an_access_point())
        report = {
            form: await said(console, tmp_path, "report", "wifi", *days, "--lang", "en", "--format", form)
            for form in ("csv", "json", "html")
        }
        text = await said(console, tmp_path, "report", "wifi", *days, "--lang", "en")
        table = await said(console, tmp_path, "history", *group, "--csv")
        drawn = await said(console, tmp_path, "history", *group, "--lang", "en")
        nowhere = await said(console, tmp_path, "report", "wifi", "--hotspot", "nowhere")
    rows = list(csv.DictReader(io.StringIO(report["csv"], newline="")))
    assert [row["clients"] for row in rows if row["list"] == "hour"] == ["< 5"] * 12 + ["21.0"] * 12
    (place,) = json.loads(report["json"])["places"]
    assert [hour["clients"] for hour in place["week"]][11:13] == [
        {"value": None, "masked": True}, {"value": 21.0, "masked": False},
    ]  # fmt: skip
    assert report["html"].startswith("<!DOCTYPE html>")
    assert "City Wi-Fi from 29 Nov 2026 to 29 Nov 2026" in text
    assert [row["mean"] for row in csv.DictReader(io.StringIO(table))] == ["< 5"] * 12 + ["21"] * 12
    assert drawn.splitlines()[1:] == [
        "patinoire: least 21.0, mean 21.0, most 21.0, 12 steps with < 5 clients",
        "  ▁▁▁▁▁▁▁▁▁▁▁▁████████████",
    ]
    assert nowhere == "falotier: hotspot nowhere: there is none of that id\n"
