"""The file feed: the bulk profile of Open311, in CSV and JSON."""

import asyncio
import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from city.clock import ManualClock
from city.desks import NoUpdates, Receipt, Report
from city.errors import BadInput, Unreachable
from city.places import Position
from drivers.desk_file import COLUMNS, FileDesk

NOW = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
REPORT = Report(
    "i-1a2b",
    "eclairage-public",
    Position(47.75123456789, 7.34),
    'rue "Franklin", Mulhouse',
    "Lampe éteinte · 08-1173\nConstaté.",
    {"fault": "lamp_dead", "source": "telegestion"},
)


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "requests.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


async def test_each_ticket_is_one_row_with_its_present_status(tmp_path: Path) -> None:
    async with FileDesk(tmp_path, lambda: NOW) as feed:
        assert await feed.post(REPORT) == Receipt("i-1a2b")
        await feed.post(replace(REPORT, external_ref="i-2"))
        assert await feed.find("i-1a2b", NOW) == "i-1a2b"
        assert await feed.find("i-3", NOW) is None
        assert (await feed.status("i-1a2b"), await feed.status("i-3")) == ("open", None)
        for _ in range(2):
            await feed.update("i-1a2b", "u", "FIXED", NOW + timedelta(hours=2), "Réparée")
        assert await feed.status("i-1a2b") == "closed"
    [first, second] = rows(tmp_path)
    assert first == {
        "service_request_id": "i-1a2b",
        "requested_datetime": "2026-11-30T17:00:00Z",
        "updated_datetime": "2026-11-30T19:00:00Z",
        "closed_date": "2026-11-30T19:00:00Z",
        "status_description": "closed",
        "status_notes": "Réparée",
        "source": "telegestion",
        "service_name": "eclairage-public",
        "service_subtype": "lamp_dead",
        "description": "Lampe éteinte · 08-1173\nConstaté.",
        "agency_responsible": "",
        "address": 'rue "Franklin", Mulhouse',
        "lat": "47.751235",
        "long": "7.340000",
    }
    assert second["status_description"] == "open"
    assert json.loads((tmp_path / "requests.json").read_text(encoding="utf-8")) == [first, second]


async def test_the_table_is_rfc_4180_with_its_headers_in_the_order_of_the_specification(
    tmp_path: Path,
) -> None:
    async with FileDesk(tmp_path, lambda: NOW) as feed:
        assert (tmp_path / "requests.csv").read_bytes() == ",".join(COLUMNS).encode() + b"\r\n"
        await feed.post(REPORT)
    body = (tmp_path / "requests.csv").read_bytes().decode("utf-8")
    assert body.startswith(
        "service_request_id,requested_datetime,updated_datetime,closed_date,status_description,status_notes,source,"
        "service_name,service_subtype,description,agency_responsible,address,lat,long\r\ni-1a2b,"
    )
    assert '"Lampe éteinte · 08-1173\nConstaté."' in body
    assert '"rue ""Franklin"", Mulhouse"' in body


async def test_a_return_opens_the_row_again(tmp_path: Path) -> None:
    async with FileDesk(tmp_path, lambda: NOW) as feed:
        await feed.post(REPORT)
        await feed.update("i-1a2b", "u-1", "FIXED", NOW, "Réparée")
        await feed.update("i-1a2b", "u-2", "REOPEN", NOW, "Revenue")
    [row] = rows(tmp_path)
    assert (row["status_description"], row["closed_date"], row["status_notes"]) == ("open", "", "Revenue")


async def test_a_feed_goes_on_from_where_it_was_and_forgets_what_was_closed_long_ago(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    async with FileDesk(tmp_path, clock.now) as feed:
        await feed.post(REPORT)
        await feed.post(replace(REPORT, external_ref="i-2"))
        await feed.update("i-1a2b", "u", "FIXED", NOW, "Réparée")
    (tmp_path / "requests.csv").unlink()
    async with FileDesk(tmp_path, clock.now):
        assert len(rows(tmp_path)) == 2
    await clock.advance(timedelta(days=91).total_seconds())
    async with FileDesk(tmp_path, clock.now) as feed:
        assert [row["service_request_id"] for row in rows(tmp_path)] == ["i-2"]
        with pytest.raises(NoUpdates):
            await feed.update("i-1a2b", "u-2", "REOPEN", NOW, "Revenue")


async def test_who_reads_the_feed_never_sees_half_of_it(tmp_path: Path) -> None:
    async with FileDesk(tmp_path, lambda: NOW) as one, FileDesk(tmp_path, lambda: NOW) as two:
        writers = [
            asyncio.create_task((one, two)[n % 2].post(replace(REPORT, external_ref=f"i-{n}")))
            for n in range(40)
        ]
        seen = 0
        while not all(writer.done() for writer in writers):
            listed = json.loads((tmp_path / "requests.json").read_text(encoding="utf-8"))
            assert len(listed) >= seen
            seen = len(listed)
            await asyncio.sleep(0)
        await asyncio.gather(*writers)
    assert len(rows(tmp_path)) == 40


async def test_a_folder_that_cannot_be_used_and_a_file_that_is_no_feed_are_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match=r"desk\.file\.folder"):
        async with FileDesk(tmp_path / "file", lambda: NOW):
            pass
    async with FileDesk(tmp_path / "feed", lambda: NOW) as feed:
        (tmp_path / "feed" / "requests.json").write_text('{"a shopping list": 1}')
        with pytest.raises(Unreachable, match="the feed in"):
            await feed.ping()
    assert (tmp_path / "feed" / "requests.json").read_text() == '{"a shopping list": 1}'
