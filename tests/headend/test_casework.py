"""Whose an incident is and what people write to it: over the API, on the command line, and across restarts."""

import asyncio
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from city.casework import LONGEST_NAME, LONGEST_NOTE
from city.clock import ManualClock
from city.incidents import Evidence, State
from city.messages import Role
from headend.casework import NOTES_MOST
from headend.live import Feed
from headend.records import Case, Note, Records
from tests.end_to_end.commands import FALOTIER
from tests.headend.recording import EVENING, lamp_dead
from tests.headend.standing import Console, standing, write_city

DEAD = lamp_dead("L1")
MENDED = Evidence("power_back", EVENING, {"power_w": 58.0})
ACTS = {"assign": "name", "notes": "text"}
"""And the one field that each takes."""
FILE = "sqlite+aiosqlite:///records.sqlite"


async def write(
    console: Console, act: str, body: object, token: str | None = None
) -> tuple[int, dict[str, object]]:
    return await console.ask("POST", f"/incidents/{DEAD.id}/{act}", body, token=token)


async def test_an_incident_is_somebodys_and_carries_notes_with_who_and_when(tmp_path: Path) -> None:
    clock = ManualClock(EVENING)
    async with standing(write_city(tmp_path), clock) as (headend, console):
        anne = await headend.core.access.create(Role.TECHNICIAN, "anne")
        headend.core.watch._changed([DEAD])
        status, view = await write(console, "assign", {"name": "  Équipe   Nord "}, anne)
        assert (status, view["assigned_to"]) == (200, "Équipe Nord")
        await write(console, "notes", {"text": "mât n° 12,\n nacelle   demandée"}, anne)
        await clock.advance(60)
        await write(console, "notes", {"text": "pièce commandée"})
        [view] = await console.get("/incidents")
        told = [(each["by"], each["text"], datetime.fromisoformat(each["at"])) for each in view["notes"]]
        assert told == [
            ("anne", "mât n° 12, nacelle demandée", EVENING),
            ("supervisor", "pièce commandée", EVENING + timedelta(minutes=1)),
        ]
        acts = [(each["act"], each["by"], each["text"]) for each in await console.get("/journal")][:3]
        assert acts == [
            ("note", "supervisor", "pièce commandée"),
            ("note", "anne", "mât n° 12, nacelle demandée"),
            ("assign", "anne", "Équipe Nord"),
        ]
        status, view = await write(console, "assign", {"name": ""})
        assert (status, view["assigned_to"]) == (200, None)


async def test_consoles_are_told_at_once_and_a_restart_forgets_nothing(tmp_path: Path) -> None:
    file, clock = write_city(tmp_path), ManualClock(EVENING)
    async with standing(file, clock) as (headend, console):
        headend.core.watch._changed([DEAD])
        feed = Feed(headend.core)
        _ = [portion async for portion in feed.complete()]
        await write(console, "assign", {"name": "Marie"})
        await write(console, "notes", {"text": "vu sur place"})
        [pushed] = (await feed.changed()).incidents
        assert (pushed.assigned_to, [each.text for each in pushed.notes]) == ("Marie", ["vu sur place"])
    async with standing(file, clock) as (_, console):
        [view] = await console.get("/incidents")
        assert (view["assigned_to"], view["notes"][0]["text"]) == ("Marie", "vu sur place")


async def test_one_that_is_over_keeps_its_notes_takes_more_and_has_them_again_when_it_is_back(
    tmp_path: Path,
) -> None:
    file, clock = write_city(tmp_path), ManualClock(EVENING)
    async with standing(file, clock) as (headend, console):
        headend.core.watch._changed([DEAD])
        await write(console, "notes", {"text": "avant"})
        headend.core.watch._changed([DEAD.moved(State.CLOSED, EVENING, MENDED)])
        await headend.core.watch.save()
        status, _ = await write(console, "notes", {"text": "après"})
        assert status == 200
        status, answer = await write(console, "assign", {"name": "Marie"})
        assert (status, "none of that name that stands" in str(answer["error"])) == (404, True)
    async with standing(file, clock) as (headend, console):
        [view] = await console.get("/incidents?state=closed")
        assert [each["text"] for each in view["notes"]] == ["avant", "après"]
        headend.core.watch._changed([DEAD])
        [view] = await console.get("/incidents")
        assert [each["text"] for each in view["notes"]] == ["avant", "après"]


@pytest.mark.parametrize(
    ("act", "body", "status", "says"),
    [
        ("assign", {"name": "x" * (LONGEST_NAME + 1)}, 422, "name: got"),
        ("assign", {}, 422, "name: missing"),
        ("notes", {"text": "x" * (LONGEST_NOTE + 1)}, 422, "text: got"),
        ("notes", {"text": ""}, 422, "text: got ''"),
        ("notes", {"text": " \n "}, 400, "says nothing"),
    ],
)
async def test_what_cannot_be_kept_is_one_readable_line(
    tmp_path: Path, act: str, body: object, status: int, says: str
) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (headend, console):
        headend.core.watch._changed([DEAD])
        got, answer = await write(console, act, body)
        assert got == status
        assert says in str(answer["error"])
        status, answer = await console.ask("POST", f"/incidents/i-none/{act}", {ACTS[act]: "a"})
        assert (status, "incident i-none: there is none of that name" in str(answer["error"])) == (404, True)


async def test_only_technicians_write_and_they_are_told_whom_there_is(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (headend, console):
        headend.core.watch._changed([DEAD])
        observer = await headend.core.access.create(Role.OBSERVER, "écran")
        anne = await headend.core.access.create(Role.TECHNICIAN, "anne")
        await headend.core.access.create(Role.TECHNICIAN, "partie")
        await headend.core.records.tokens.revoke("partie", EVENING)
        for act, body in (("assign", {"name": "anne"}), ("notes", {"text": "vu"})):
            assert (await write(console, act, body, observer))[0] == 403
        assert (await console.ask("GET", "/incidents/people", token=observer))[0] == 403
        _, people = await console.ask("GET", "/incidents/people", token=anne)
        assert people == {"names": ["anne", "supervisor", "écran"]}


async def test_notes_have_an_end() -> None:
    async with Records("sqlite+aiosqlite:///:memory:") as records:
        await records.save_incident(DEAD)
        for number in range(NOTES_MOST):
            assert await records.case_files.add(DEAD.id, Note(EVENING, "anne", str(number)), NOTES_MOST)
        assert not await records.case_files.add(DEAD.id, Note(EVENING, "anne", "one more"), NOTES_MOST)
        assert len((await records.case_files.of([DEAD.id]))[DEAD.id].notes) == NOTES_MOST


async def test_two_who_write_at_once_lose_nothing(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (headend, console):
        headend.core.watch._changed([DEAD])
        await asyncio.gather(*(write(console, "notes", {"text": str(number)}) for number in range(8)))
        [view] = await console.get("/incidents")
        assert sorted(each["text"] for each in view["notes"]) == [str(number) for number in range(8)]


async def test_a_data_base_of_before_has_room_for_what_people_write(tmp_path: Path) -> None:
    async with Records(FILE, tmp_path) as records:
        await records.save_incident(DEAD)
    with sqlite3.connect(tmp_path / "records.sqlite") as connection:
        connection.executescript("DROP TABLE incident_notes; DROP TABLE incident_assignments;")
    connection.close()
    async with Records(FILE, tmp_path) as records:
        assert await records.case_files.of([DEAD.id]) == {}
        await records.case_files.assign(DEAD.id, "Marie", "chef", EVENING)
        await records.case_files.assign(DEAD.id, "Paul", "chef", EVENING)
        assert await records.case_files.of([DEAD.id, "i-other"]) == {DEAD.id: Case("Paul", ())}


async def test_the_command_line_assigns_and_notes(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (headend, console):
        headend.core.watch._changed([DEAD])

        async def falotier(*arguments: str) -> tuple[int, str, str]:
            reach = ("--url", console.url, "--token-file", str(tmp_path / "supervisor.token"))
            process = await asyncio.create_subprocess_exec(
                FALOTIER, "incidents", *reach, "--lang", "en", *arguments,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            async with asyncio.timeout(30):
                out, error = await process.communicate()
            return process.returncode or 0, out.decode(), error.decode()

        assert await falotier("assign", DEAD.id, "Marie") == (0, f"{DEAD.id} Marie\n", "")
        code, out, _ = await falotier("note", DEAD.id, "vu sur place", "--json")
        assert (code, '"text": "vu sur place"' in out, '"assigned_to": "Marie"' in out) == (0, True, True)
        code, out, _ = await falotier()
        assert (code, "assigned to Marie" in out, "1 note" in out) == (0, True, True)
        assert await falotier("assign", DEAD.id, "") == (0, f"{DEAD.id} –\n", "")
        code, _, error = await falotier("note", DEAD.id, "x" * (LONGEST_NOTE + 1))
        assert (code, "text" in error, error.count("\n")) == (2, True, 1)
        code, _, error = await falotier("assign", "i-none", "Marie")
        assert (code, "incident i-none" in error) == (2, True)
