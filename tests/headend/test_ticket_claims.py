"""Two desks on the same records never work on the same ticket."""

import asyncio
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.dialects import postgresql

from headend.desk import Desk
from headend.records import Records, TicketState
from headend.ticket_filing import LEASE
from headend.ticket_sender import TO_DO
from tests.headend.desk_scene import DUSK, PLACE, in_state, incident, repaired, scene, turn
from tests.headend.test_records import incident as trip
from tests.headend.test_records import ticket

URL = "sqlite+aiosqlite:///records.sqlite"


async def test_of_many_who_claim_at_once_in_two_processes_each_gets_a_ticket_of_its_own(
    tmp_path: Path,
) -> None:
    several = [trip(f"A-{n:03}/1") for n in range(20)]
    async with Records(URL, tmp_path) as one, Records(URL, tmp_path) as two:
        for each in several:
            await one.save_incident(each, ticket(each))
        claims = await asyncio.gather(
            *(
                (one, two)[n % 2].tickets.claim(f"desk-{n}", DUSK + timedelta(hours=1), LEASE, TO_DO)
                for n in range(30)
            )
        )
        claimed = [each.incident for each in claims if each is not None]
        assert sorted(claimed) == sorted(each.id for each in several)


async def test_a_claim_holds_until_its_lease_ends_and_then_the_outcome_counts_as_unknown(
    tmp_path: Path,
) -> None:
    async with Records(URL, tmp_path) as records:
        await records.save_incident(trip(), ticket(trip()))
        now = DUSK + timedelta(hours=1)
        first = await records.tickets.claim("dead", now, LEASE, TO_DO)
        assert first is not None
        assert first.attempts == 0
        assert await records.tickets.claim("alive", now + LEASE / 2, LEASE, TO_DO) is None
        taken_over = await records.tickets.claim("alive", now + LEASE, LEASE, TO_DO)
        assert taken_over is not None
        assert (taken_over.owner, taken_over.attempts) == ("alive", 1)


async def test_on_postgresql_a_claim_passes_over_what_another_desk_is_just_taking(tmp_path: Path) -> None:
    statements: list[str] = []
    async with Records(URL, tmp_path) as records:

        def see(_connection: object, statement: object, *_rest: object) -> None:
            if hasattr(statement, "compile"):
                statements.append(str(statement.compile(dialect=postgresql.dialect())))  # type: ignore[no-untyped-call]

        event.listen(records._engine.sync_engine, "before_execute", see)
        await records.tickets.claim("desk", DUSK, LEASE, TO_DO)
    assert any(statement.endswith("FOR UPDATE SKIP LOCKED") for statement in statements)


async def test_two_desks_at_work_on_the_same_records_file_each_ticket_once() -> None:
    several = [incident(f"08-{n}") for n in range(8)]
    async with scene() as city:
        other = Desk(city.records, city.open311, city.clock, city.settings)
        city.service.delay = 0.02
        for each in several:
            await city.desk.opened(each, PLACE)
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(desk.run()) for desk in (city.desk, other)]
            for each in several:
                await turn(city, in_state(city, TicketState.OPEN, each), 0.1)
            for each in several:
                await other.closed(repaired(each))
                await city.desk.closed(repaired(each))
            for each in several:
                await turn(city, in_state(city, TicketState.CLOSED, each), 5)
            for worker in workers:
                worker.cancel()
        assert sorted(str(each.external_ref) for each in city.service.tickets) == sorted(
            e.id for e in several
        )
        assert all([u.status for u in each.updates] == ["fixed"] for each in city.service.tickets)


async def test_a_desk_that_died_while_posting_is_followed_by_one_that_looks_before_it_sends() -> None:
    async with scene() as city:
        await city.desk.opened(incident(), PLACE)
        claimed = await city.records.tickets.claim("dead", city.clock.now(), LEASE, TO_DO)
        assert claimed is not None
        async with city.at_work():
            await city.clock.advance(LEASE.total_seconds() - 10)
            await asyncio.sleep(0.05)
            assert city.service.count == 0
            await turn(city, in_state(city, TicketState.OPEN), 5)
        assert city.service.count == 1
