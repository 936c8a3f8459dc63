"""A backup is made while values come in; a head-end that starts on it elsewhere knows all that the first one knew."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from city.messages import OrderView, SampleView
from console.client import ApiClient
from headend.archive import read_archive
from tests.end_to_end.commands import falotier, running

WITHIN_S = 60.0
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
        assert time.monotonic() < deadline, "it does not come about"


def known(home: Path, lamp: str) -> tuple[tuple[OrderView, ...], tuple[SampleView, ...]]:
    """The orders, and what a lamp drew."""
    last = json.loads((home / ".local" / "state" / "falotier" / "headend.json").read_text())

    token = Path(last["token_file"]).read_text().strip()

    async def look() -> tuple[tuple[OrderView, ...], tuple[SampleView, ...]]:
        async with ApiClient(last["url"], token) as client:
            return await client.orders(), await client.series(lamp, "power_w", 48, 60)

    return asyncio.run(look())


def test_a_head_end_starts_from_a_backup_where_the_first_one_stood(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    (first / "trip.toml").write_text(SCENARIO)
    file = first / "city.tar"
    size = ("--lamps", "24", "--access-points", "1", "--speed", "120", "--scenario", str(first / "trip.toml"))
    with running(
        "fake-city", *size, "--write-settings", str(first / "city.toml"), home=first, until="stands"
    ):
        settings = first / "city.toml"
        settings.write_text(settings.read_text().replace("port = 8350", "port = 0"))
        with running("headend", "--config", str(settings), home=first, until="ready at"):
            until(lambda: ask(first, "incidents"))
            lamp = _lamp_of_another_circuit(first, ask(first, "incidents")[0]["asset"])
            until(lambda: known(first, lamp)[1])
            ask(first, "order", lamp, "--level", "40", "--for", "8h", "--reason", "essai")
            token = falotier("token", "create", "anne", "--config", str(settings), home=first).stdout.strip()
            made = ask(first, "backup", str(file))
            incidents = ask(first, "incidents", "--state", "all")
            orders, series = known(first, lamp)
        assert file.stat().st_mode & 0o077 == 0
        assert (made["bytes"], made["city"]) == (file.stat().st_size, "Mulhouse")
        assert {part["name"].partition("/")[0] for part in made["files"]} == {
            "records",
            "settings",
            "telemetry",
        }

        back = ask(second, "restore", str(file), "--config", str(second / "city.toml"), "--settings")
        assert back["incidents"] == len(incidents) > 0
        assert back["values"] > 0
        with running("headend", "--config", str(second / "city.toml"), home=second, until="ready at"):
            (second / "anne.token").write_text(token)
            anne = ("--token-file", str(second / "anne.token"))
            url = json.loads((second / ".local" / "state" / "falotier" / "headend.json").read_text())["url"]
            assert ask(second, "status", "--url", url, *anne)["lamps"]["total"] == 24
            # A new head-end makes a first token only where there is none: the one of the first still holds.
            (second / "supervisor.token").write_text((first / "supervisor.token").read_text())
            assert {each["id"] for each in ask(second, "incidents", "--state", "all")} >= {
                each["id"] for each in incidents
            }
            again, history = known(second, lamp)
    assert {each.id for each in again} >= {each.id for each in orders} != set()
    kept = [each for each in series if each.at < datetime.fromisoformat(made["made_at"]) and each in history]
    assert len(kept) >= len(series) - 2 > 0
    assert read_archive(file).city == "Mulhouse"


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
