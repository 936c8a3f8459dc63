"""The open feed: anyone may read our tickets, with any client of GeoReport v2."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from georeport import GeoReport

from city.clock import ManualClock
from city.incidents import State
from drivers.open311 import Open311
from headend.service import HeadEnd
from tests.headend.recording import EVENING, lamp_dead
from tests.headend.standing import Console, standing, write_city

FEED = "[api]\nport = 0\nopen_feed = true\n"
HOUR = timedelta(hours=1)


async def open_tickets(headend: HeadEnd, *lamps: str) -> list[str]:
    for lamp in lamps:
        headend.core.watch._changed([lamp_dead(lamp)])
    await headend.core.watch.save()
    return [(await headend.core.records.tickets.all())[n].id for n in range(len(lamps))]


async def get(console: Console, path: str, **query: str) -> tuple[int, Any]:
    async with console.http.get(f"{console.url}/open311/v2/{path}", params=query) as answer:
        kind = path.rpartition(".")[2]
        expected = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}[kind]
        assert answer.headers["Content-Type"] == expected
        body = await answer.read()
        return answer.status, json.loads(body) if kind == "json" else ET.fromstring(body)  # noqa: S314


async def test_there_is_no_feed_unless_it_is_asked_for(tmp_path: Path) -> None:
    async with (
        standing(write_city(tmp_path), ManualClock(EVENING)) as (_, console),
        console.http.get(f"{console.url}/open311/v2/requests.json") as answer,
    ):
        assert answer.status == 404


@pytest.mark.parametrize("kind", ["json", "xml"])
@pytest.mark.parametrize("lamps", [("L1",), ("L1", "L2")])
async def test_an_independent_client_reads_the_feed_without_a_token(
    tmp_path: Path, kind: str, lamps: tuple[str, ...]
) -> None:
    async with standing(write_city(tmp_path, FEED), ManualClock(EVENING)) as (headend, console):
        numbers = await open_tickets(headend, *lamps)
        client = GeoReport(f"{console.url}/open311/v2", output_format=kind)
        services = await asyncio.to_thread(client.get_service_list)
        listed = await asyncio.to_thread(client.get_service_requests, status="open")
        one = await asyncio.to_thread(client.get_service_request, numbers[0])
    # That client gives a bare object where its XML has a single element.
    services = services if isinstance(services, list) else [services]
    listed = listed if isinstance(listed, list) else [listed]
    assert [each["service_code"] for each in services] == ["eclairage-public"]
    assert {each["service_request_id"] for each in listed} == set(numbers)
    assert (one["service_request_id"], one["status"]) == (numbers[0], "open")
    assert one["description"].startswith("Lampe éteinte · ")
    assert float(one["lat"]) == pytest.approx(47.75)


async def test_a_feed_without_tickets_is_empty_in_both_formats(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path, FEED), ManualClock(EVENING)) as (_, console):
        assert await get(console, "requests.json") == (200, [])
        status, document = await get(console, "requests.xml")
        assert (status, document.tag, len(document)) == (200, "service_requests", 0)
        client = GeoReport(f"{console.url}/open311/v2")
        assert await asyncio.to_thread(client.get_service_requests) == []


async def test_our_own_client_reads_the_feed_from_its_discovery(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path, FEED), ManualClock(EVENING)) as (headend, console):
        [number] = await open_tickets(headend, "L1")
        async with Open311(f"{console.url}/open311/v2/discovery.xml", "", "") as client:
            await client.ping()
            assert await client.status(number) == "open"
            headend.core.watch._changed([lamp_dead("L1").moved(State.CLOSED, EVENING + HOUR)])
            await headend.core.watch.save()
            assert await client.status(number) == "closed"


async def test_a_closed_ticket_says_when_and_how_it_ended(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path, FEED), ManualClock(EVENING)) as (headend, console):
        await open_tickets(headend, "L1", "L2")
        headend.core.watch._changed([lamp_dead("L1").moved(State.CLOSED, EVENING + HOUR)])
        await headend.core.watch.save()
        _, [closed] = await get(console, "requests.json", status="closed", extensions="true")
        assert closed["updated_datetime"] == "2026-11-30T17:00:00Z"
        assert closed["status_notes"].startswith("Réparation constatée")
        assert closed["extended_attributes"]["pole_number"] == "L1"
        assert len((await get(console, "requests.json"))[1]) == 2
        assert "extended_attributes" not in (await get(console, "requests.json"))[1][0]


async def test_a_list_can_be_narrowed_and_turned_page_by_page(tmp_path: Path) -> None:
    clock = ManualClock(EVENING)
    async with standing(write_city(tmp_path, FEED), clock) as (headend, console):
        [first] = await open_tickets(headend, "L1")
        await clock.advance(3600)
        headend.core.watch._changed([lamp_dead("L2")])
        await headend.core.watch.save()

        async def numbers(**query: str) -> list[str]:
            status, listed = await get(console, "requests.json", **query)
            assert status == 200, listed
            return [each["service_request_id"] for each in listed]

        [second, last] = await numbers()
        assert last == first
        assert await numbers(service_request_id=f"{first},t-none", status="closed") == [first]
        assert await numbers(end_date="2026-11-30T17:30:00+01:00") == [first]
        assert await numbers(start_date="2026-11-30T16:30:00Z") == [second]
        assert await numbers(service_code="voirie") == []
        assert await numbers(service_code="eclairage-public,voirie", status="OPEN, closed") == [second, first]
        assert await numbers(page="2", page_size="1") == [first]
        assert await numbers(page="3", page_size="1") == []


@pytest.mark.parametrize("kind", ["json", "xml"])
@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("requests/t-none", {}, 404),
        ("services/eclairage-public", {}, 404),
        ("requests", {"status": "lost"}, 400),
        ("requests", {"start_date": "yesterday"}, 400),
        ("requests", {"start_date": "2026-11-30T17:00:00"}, 400),
        ("requests", {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-11-30T00:00:00Z"}, 400),
    ],
)
async def test_what_cannot_be_answered_is_refused_as_georeport_does(
    tmp_path: Path, kind: str, path: str, query: dict[str, str], status: int
) -> None:
    async with standing(write_city(tmp_path, FEED), ManualClock(EVENING)) as (_, console):
        got, errors = await get(console, f"{path}.{kind}", **query)
        assert got == status
        code = errors[0]["code"] if kind == "json" else errors.findtext("error/code")
        assert str(code) == str(status)


async def test_another_town_is_not_served_and_nothing_can_be_written(tmp_path: Path) -> None:
    extra = FEED + '[desk]\njurisdiction = "mulhouse.fr"\napi_key = "s3cret"\n'
    async with standing(write_city(tmp_path, extra), ManualClock(EVENING)) as (headend, console):
        await open_tickets(headend, "L1")
        headend.core.watch.acknowledge(headend.core.watch.live[0].id, "Zoé Muller")
        await headend.core.watch.save()
        for path in ("services.json", "requests.json"):
            assert (await get(console, path, jurisdiction_id="mulhouse.fr"))[0] == 200
            assert (await get(console, path, jurisdiction_id="bale.ch"))[0] == 404
            async with console.http.get(f"{console.url}/open311/v2/{path}") as answer:
                text = await answer.text()
                assert "Muller" not in text
                assert "s3cret" not in text
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{console.url}/open311/v2/requests.json") as answer,
        ):
            assert answer.status == 405
