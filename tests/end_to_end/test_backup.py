"""A backup is made while values come in; a head-end that starts on it elsewhere knows all that the first one knew."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from city.messages import IncidentView, OrderView, SampleView
from console.client import ApiClient
from tests.end_to_end.commands import falotier, running

WITHIN_S = 60.0
MINUTE = timedelta(minutes=1)
SCENARIO = """
title = "A breaker trips"
start = 2026-11-30T22:00:00+01:00
[[fault]]
kind = "breaker_trip"
at = "2026-11-30T22:01:00"
until = "2026-12-02T00:00:00"
"""


def ask(home: Path, *arguments: str) -> Any:
    done = falotier(*arguments, "--json", home=home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not true():
        time.sleep(0.1)
        assert time.monotonic() < deadline, "it does not come about"


@dataclass(frozen=True)
class Known:
    """What a head-end knows."""

    incidents: dict[str, IncidentView]
    orders: dict[str, OrderView]
    lamps: int
    series: tuple[SampleView, ...]


def look(home: Path, token: str, lamp: str = "") -> Known:
    """Ask the head-end that was last started from a home."""
    url = json.loads((home / ".local" / "state" / "falotier" / "headend.json").read_text())["url"]

    async def ask() -> Known:
        async with ApiClient(url, token) as client:
            return Known(
                {each.id: each for each in await client.incidents("all")},
                {each.id: each for each in await client.orders()},
                (await client.summary()).lamps.total,
                await client.series(lamp, "power_w", 48, 60) if lamp else (),
            )

    return asyncio.run(ask())


def test_a_head_end_starts_from_a_backup_where_the_first_one_stood(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    (first / "trip.toml").write_text(SCENARIO)
    settings, file = first / "city.toml", first / "city.tar"
    size = ("--lamps", "12", "--access-points", "1", "--speed", "60", "--scenario", str(first / "trip.toml"))
    with running("fake-city", *size, "--write-settings", str(settings), home=first, until="stands"):
        settings.write_text(settings.read_text().replace("port = 8350", "port = 0"))
        with running("headend", "--config", str(settings), home=first, until="ready at"):
            token = (first / "supervisor.token").read_text().strip()
            until(lambda: look(first, token).incidents)
            (incident,) = look(first, token).incidents.values()
            lamp = _lamp_of_another_circuit(first, incident.asset)
            until(lambda: look(first, token, lamp).series)
            ask(first, "order", lamp, "--level", "40", "--for", "8h", "--reason", "essai")
            config = ("--config", str(settings))
            anne = falotier("token", "create", "anne", *config, home=first).stdout.strip()
            made = ask(first, "backup", str(file))
            before = look(first, token, lamp)
        assert file.stat().st_mode & 0o077 == 0
        assert (made["bytes"], made["city"]) == (file.stat().st_size, "Mulhouse")
        assert {part["name"].partition("/")[0] for part in made["files"]} == {
            "records",
            "settings",
            "telemetry",
        }

        back = ask(second, "restore", str(file), "--config", str(second / "city.toml"), "--settings")
        assert (back["incidents"], back["values"] > 0) == (len(before.incidents), True)
        with running("headend", "--config", str(second / "city.toml"), home=second, until="ready at"):
            after = look(second, anne, lamp)
            assert not (second / "supervisor.token").exists()
    assert after.lamps == 12
    assert after.incidents.keys() >= before.incidents.keys()
    assert after.orders.keys() >= before.orders.keys() != set()
    # The minute in which the backup was made may have had more values later.
    whole = [each for each in before.series if each.at < datetime.fromisoformat(made["made_at"]) - MINUTE]
    assert whole
    assert set(whole) <= set(after.series)


def _lamp_of_another_circuit(home: Path, circuit: str) -> str:
    document = json.loads((home / "inventory.geojson").read_text())
    lamps = [each["properties"] for each in document["features"]]
    return next(
        str(each["id"]) for each in lamps if each["kind"] == "light-point" and each["circuit"] != circuit
    )


def test_without_a_head_end_the_settings_are_enough(tmp_path: Path) -> None:
    done = falotier("backup", str(tmp_path / "b.tar"), "--config", str(tmp_path / "city.toml"), home=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "city.toml: no such file" in done.stderr
    assert not list(tmp_path.glob("b.tar*"))


def test_a_file_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    done = falotier("backup", str(tmp_path / "nowhere" / "b.tar"), "--config", "x.toml", home=tmp_path)
    assert done.returncode == 2
    assert "cannot be written: No such file or directory" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
