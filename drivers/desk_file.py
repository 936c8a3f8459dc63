"""A file feed for a service without an interface: Open311's bulk profile, in CSV (RFC 4180) and in JSON.

Two files in a folder, one row per ticket with its present status, each replaced in one piece: who reads one never
sees half of it. ``requests.json`` is also what the feed itself goes on from.
"""

import asyncio
import csv
import fcntl
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Self

from city.desks import NoUpdates, Receipt, Report, UpdateStatus
from city.errors import BadInput, Unreachable

COLUMNS = (
    "service_request_id",
    "requested_datetime",
    "updated_datetime",
    "closed_date",
    "status_description",
    "status_notes",
    "source",
    "service_name",
    "service_subtype",
    "description",
    "agency_responsible",
    "address",
    "lat",
    "long",
)
"""In the order of the specification's sample."""
KEPT = timedelta(days=90)
"""How long a closed ticket stays in the feed."""
READABLE = 0o644
"""Others are meant to fetch the feed."""

Row = dict[str, str]


class FileDesk:
    """The feed, as an asynchronous context manager; a ``city.desks.ServiceDesk`` whose numbers are our references."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        """Prepare; nothing is written yet."""
        self._folder = folder
        self._now = now
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Make the folder, and bring both files into step.

        Raises:
            BadInput: the folder cannot be used, or what lies there is no feed of ours.
        """
        try:
            await self._with_rows(lambda rows: None)
        except Unreachable as error:
            raise BadInput(f"desk.file.folder: {error}") from error
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Nothing is open between two writes."""

    async def ping(self) -> None:
        """Return if the files can be written."""
        await self._with_rows(lambda rows: None)

    async def post(self, report: Report) -> Receipt:
        """Add a row; the same report twice is one row."""

        def add(rows: dict[str, Row]) -> None:
            rows.setdefault(report.external_ref, _row(report, _w3c(self._now())))

        await self._with_rows(add)
        return Receipt(report.external_ref)

    async def resolve(self, token: str) -> str | None:
        """There are no tokens."""
        return None

    async def find(self, external_ref: str, since: datetime) -> str | None:
        """The reference itself, if there is a row of it."""
        return external_ref if external_ref in await self._with_rows(lambda rows: None) else None

    async def status(self, number: str) -> Literal["open", "closed"] | None:
        """What the row says."""
        row = (await self._with_rows(lambda rows: None)).get(number)
        if row is None:
            return None
        return "closed" if row["status_description"] == "closed" else "open"

    async def update(
        self, number: str, update_id: str, status: UpdateStatus, at: datetime, description: str
    ) -> None:
        """Change the row; the same twice changes nothing."""

        def change(rows: dict[str, Row]) -> None:
            row = rows.get(number)
            if row is None:
                raise NoUpdates(f"the feed has no {number} any more")
            closed = status in {"FIXED", "NO_FURTHER_ACTION"}
            row["status_description"] = "closed" if closed else "open"
            row["closed_date"] = _w3c(at) if closed else ""
            row["updated_datetime"] = _w3c(at)
            row["status_notes"] = description

        await self._with_rows(change)

    async def _with_rows(self, change: Callable[[dict[str, Row]], None]) -> dict[str, Row]:
        """The rows by number, once ``change`` has been at them and both files say so."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._changed, change)

    def _changed(self, change: Callable[[dict[str, Row]], None]) -> dict[str, Row]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._alone():
                rows = self._read()
                change(rows)
                self._forget_old(rows)
                self._write(rows)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unreachable(f"the feed in {self._folder}: {error}") from error
        return rows

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep another head-end's hands off the feed."""
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> dict[str, Row]:
        file = self._folder / "requests.json"
        if not file.exists():
            return {}
        listed = json.loads(file.read_text(encoding="utf-8"))
        return {row["service_request_id"]: {name: str(row[name]) for name in COLUMNS} for row in listed}

    def _forget_old(self, rows: dict[str, Row]) -> None:
        oldest = self._now() - KEPT
        for number, row in list(rows.items()):
            if row["closed_date"] and datetime.fromisoformat(row["closed_date"]) < oldest:
                del rows[number]

    def _write(self, rows: dict[str, Row]) -> None:
        listed = sorted(rows.values(), key=lambda row: (row["requested_datetime"], row["service_request_id"]))
        table = io.StringIO(newline="")
        writer = csv.DictWriter(table, COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(listed)
        _replace(self._folder / "requests.json", json.dumps(listed, ensure_ascii=False, indent=1))
        _replace(self._folder / "requests.csv", table.getvalue())


def _replace(file: Path, text: str) -> None:
    """Write a file in one piece, on disk before it takes the old one's place; unchanged, it is left alone."""
    body = text.encode()
    if file.exists() and file.read_bytes() == body:
        return
    new = file.with_name(f".{file.name}.new")
    with new.open("wb") as stream:
        stream.write(body)
        stream.flush()
        os.fsync(stream.fileno())
    new.chmod(READABLE)
    new.replace(file)


def _row(report: Report, now: str) -> Row:
    return {
        "service_request_id": report.external_ref,
        "requested_datetime": now,
        "updated_datetime": now,
        "closed_date": "",
        "status_description": "open",
        "status_notes": "",
        "source": report.attributes.get("source", ""),
        "service_name": report.service_code,
        "service_subtype": report.attributes.get("fault", ""),
        "description": report.description,
        "agency_responsible": "",
        "address": report.address,
        "lat": f"{report.position.latitude:.6f}",
        "long": f"{report.position.longitude:.6f}",
    }


def _w3c(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
