"""What Prometheus is told: parsed by the library's own parsers, and held to the rules of names."""

import asyncio
import re
import time
from pathlib import Path

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as text

from city.clock import ManualClock
from city.messages import Role
from city.storage import StorageView
from headend.metrics import _storage
from tests.headend.recording import EVENING, batch, lamp_dead, lamp_reading
from tests.headend.standing import Console, standing, write_city

OPEN_METRICS = "application/openmetrics-text; version=1.0.0"
OTHER_UNITS = re.compile(r"_(ms|milliseconds|minutes|hours|kib|mib|kw|pct|percent)(_|$)")


async def scrape(console: Console, accept: str = "", token: str | None = None) -> tuple[int, str, str]:
    headers = {**console.headers(token), "Accept": accept}
    root = console.url
    async with console.http.get(f"{root}/metrics", headers=headers) as response:
        return response.status, response.headers["Content-Type"], await response.text()


def samples(page: str) -> dict[tuple[str, str], float]:
    """Each value by its name and its only label."""
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text(page)
        for sample in family.samples
    }


async def test_both_formats_are_spoken_and_say_the_same(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (_, console):
        status, kind, page = await scrape(console)
        assert (status, kind.partition(";")[0]) == (200, "text/plain")
        status, kind, other = await scrape(console, OPEN_METRICS)
        assert (status, kind.partition(";")[0]) == (200, "application/openmetrics-text")
    plain = {family.name.removesuffix("_total") for family in text(page)}
    assert {_name(family) for family in open_metrics(other)} == plain  # type: ignore[no-untyped-call]


def _name(family: Metric) -> str:
    return f"{family.name}_info" if family.type == "info" else family.name


async def test_names_help_and_units_are_as_prometheus_wants_them(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (_, console):
        _, _, page = await scrape(console)
    families = list(text(page))
    assert len(families) > 30
    for family in families:
        assert re.fullmatch(r"falotier_[a-z][a-z0-9_]*", family.name), family.name
        assert family.documentation.endswith("."), family.name
        assert not OTHER_UNITS.search(family.name), family.name
        for sample in family.samples:
            assert (family.type == "counter") == sample.name.endswith("_total"), sample.name
            assert len(sample.labels) <= 1


async def test_no_device_is_a_label_and_labels_are_few(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (headend, console):
        headend.core.watch._changed([lamp_dead("L1")])
        _, _, page = await scrape(console)
        devices = {*headend.inventory.lighting.light_points, *headend.inventory.lighting.cabinets, "AP-1"}
    found = samples(page)
    assert not devices & {label for _, label in found}
    assert len(found) < 150


async def test_it_counts_what_the_head_end_does(tmp_path: Path) -> None:
    clock = ManualClock(EVENING)
    async with standing(write_city(tmp_path), clock) as (headend, console):
        headend.core.watch._changed([lamp_dead("L1")])
        headend.core.ingest(batch(lamp_reading("L1", clock.now(), level=100.0)))
        async with console.http.ws_connect(f"{console.url}/api/live", headers=console.headers()) as socket:
            await socket.receive()
            _, _, page = await scrape(console)
        points = len(headend.inventory.lighting.light_points)
    found = samples(page)
    assert found["falotier_incidents", "lamp_dead"] == 1
    assert found["falotier_incidents", "ap_down"] == 0
    assert sum(value for (name, _), value in found.items() if name == "falotier_lamps") == points
    assert found["falotier_values_taken_total", ""] == found["falotier_values_waiting", ""] > 0
    assert found["falotier_consoles", ""] == 1
    assert found["falotier_connection_up", "mqtt"] == 0
    assert found["falotier_clock_trusted", ""] in {0, 1}
    assert found["falotier_process_resident_memory_bytes", ""] > 1e6
    assert found["falotier_build_info", "0.1.0"] == 1


async def test_an_observer_may_read_them_and_nobody_without_a_token(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (headend, console):
        token = await headend.core.access.create(Role.OBSERVER, "prometheus")
        assert (await scrape(console, token=token))[0] == 200
        status, _, body = await scrape(console, token="wrong")
        assert (status, "token" in body) == (401, True)


def test_losses_have_a_reason_of_few_whatever_a_store_says() -> None:
    losses = {"spool full": 5, "partial write: field type conflict on L1": 2, "and another": 1}
    storage = StorageView(taken=9, stored=1, waiting=0, lost=8, losses=losses)
    (family,) = (each for each in _storage(storage) if each.name == "falotier_values_lost")
    assert {sample.labels["reason"]: sample.value for sample in family.samples} == {
        "spool full": 5,
        "disk full": 0,
        "damaged": 0,
        "refused": 3,
    }


async def test_the_loop_that_is_held_is_seen_to_be_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headend.metrics.LOOK_REAL_S", 0.01)
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (_, console):
        await asyncio.sleep(0.02)
        time.sleep(0.1)  # noqa: ASYNC251 - holding the loop is what is tried
        _, _, page = await scrape(console)
    assert samples(page)["falotier_event_loop_lag_max_seconds", ""] >= 0.08
