"""What must outlive the head-end."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from city.errors import BadInput, Unreachable
from city.incidents import Cause, Evidence, Incident, State, incident_id
from city.measurements import DeviceKind
from city.messages import JournalEntry, Role
from city.places import Position
from headend.records import IgnoredAccessPoint, Records, Ticket, TicketState, Token
from headend.records.tables import UtcDateTime, metadata
from lighting.orders import Override

NOW = datetime(2026, 11, 30, 17, 5, 0, 123456, tzinfo=UTC)
MEMORY = "sqlite+aiosqlite://"


def incident(asset: str = "A-017/2", opened_at: datetime = NOW) -> Incident:
    return Incident(
        id=incident_id(Cause.BREAKER_TRIP, asset, opened_at),
        cause=Cause.BREAKER_TRIP,
        asset=asset,
        kind=DeviceKind.CIRCUIT,
        state=State.OPEN,
        since=opened_at - timedelta(minutes=2),
        opened_at=opened_at,
        evidence=(Evidence("relay_closed_without_power", opened_at, {"power_w": 0.0, "expected_w": 1411.5}),),
        suppressed=("08-1173", "08-1174"),
    )


def ticket(of: Incident) -> Ticket:
    return Ticket(
        incident=of.id,
        state=TicketState.QUEUED,
        position=Position(47.750001, 7.339999),
        address="rue Franklin, Mulhouse",
        description="Départ A-017/2 coupé",
        points=2,
        opened_at=NOW,
        due_at=NOW,
        attributes={"fault": "breaker_trip"},
    )


def override(name: str = "o-1", **changes: object) -> Override:
    values: dict[str, object] = {
        "id": name,
        "selector": "street:rue Franklin",
        "points": frozenset({"08-1174", "08-1173"}),
        "level": 55.5,
        "reason": "marché de Noël",
        "by": "technicien",
        "asked_at": NOW,
        "until": NOW + timedelta(hours=2),
    }
    return Override(**{**values, **changes})  # type: ignore[arg-type]


async def test_an_incident_comes_back_as_it_was_saved() -> None:
    async with Records(MEMORY) as records:
        await records.save_incident(incident())
        assert await records.incident(incident().id) == incident()
        assert await records.live_incidents() == [incident()]
        assert await records.incident("i-00000000") is None


async def test_saving_an_incident_again_changes_it_in_place() -> None:
    closed = incident().moved(
        State.CLOSED, NOW + timedelta(hours=1), Evidence("power_back", NOW, {"power_w": 1400.0})
    )
    async with Records(MEMORY) as records:
        await records.save_incident(incident())
        await records.save_incident(incident())
        await records.save_incident(closed.acknowledged("régulateur"))
        assert await records.incidents() == [closed.acknowledged("régulateur")]
        assert await records.live_incidents() == []


async def test_incidents_are_listed_newest_first_by_state_and_up_to_a_limit() -> None:
    several = [incident(f"A-01{n}/1", NOW + timedelta(minutes=n)) for n in range(5)]
    async with Records(MEMORY) as records:
        for each in several:
            await records.save_incident(each)
        await records.save_incident(several[4].dismissed(NOW, "essai de l'équipe"))
        assert [each.asset for each in await records.live_incidents()] == [
            "A-013/1", "A-012/1", "A-011/1", "A-010/1",
        ]  # fmt: skip
        assert len(await records.incidents(limit=2)) == 2
        [dismissed] = await records.incidents({State.DISMISSED})
        assert dismissed.dismissed_because == "essai de l'équipe"


async def test_an_instant_without_a_zone_is_a_fault_and_another_zone_is_the_same_instant() -> None:
    paris = timezone(timedelta(hours=1))
    async with Records(MEMORY) as records:
        await records.add_journal(
            JournalEntry(at=NOW.astimezone(paris), by="-", act="start", subject="", text="")
        )
        [entry] = await records.journal()
        assert entry.at == NOW
        assert entry.at.tzinfo is UTC
        with pytest.raises(Exception, match="no time zone"):
            await records.overrides(active_at=NOW.replace(tzinfo=None))


async def test_overrides_come_back_and_only_the_ones_in_force_where_asked() -> None:
    ended = override("o-2", until=NOW)
    cancelled = override("o-3", cancelled_at=NOW - timedelta(seconds=1))
    async with Records(MEMORY) as records:
        for each in (override(), ended, cancelled, override()):
            await records.save_override(each)
        assert await records.overrides() == [override(), ended, cancelled]
        assert await records.overrides(active_at=NOW) == [override()]
        assert await records.overrides(active_at=NOW + timedelta(hours=2)) == []


async def test_the_journal_is_read_last_first() -> None:
    async with Records(MEMORY) as records:
        for number in range(5):
            entry = JournalEntry(at=NOW, by="marie", act="order", subject="o-1", text=f"n° {number}")
            await records.add_journal(entry)
        assert [entry.text for entry in await records.journal(2)] == ["n° 4", "n° 3"]


async def test_a_revoked_token_is_not_found_and_its_row_stays() -> None:
    hash_ = "ab" * 32
    async with Records(MEMORY) as records:
        await records.tokens.add(Token(hash_, Role.TECHNICIAN, "marie", NOW))
        found = await records.tokens.find(hash_)
        assert found == Token(hash_, Role.TECHNICIAN, "marie", NOW)
        assert await records.tokens.revoke("marie", NOW) == 1
        assert await records.tokens.revoke("marie", NOW) == 0
        assert await records.tokens.find(hash_) is None
        assert [token.revoked_at for token in await records.tokens.all()] == [NOW]


async def test_an_incident_has_one_ticket_however_often_it_is_queued() -> None:
    async with Records(MEMORY) as records:
        await records.save_incident(incident(), ticket(incident()))
        await records.tickets.change(incident().id, _opened)
        await records.save_incident(incident(), ticket(incident()))
        [only] = await records.tickets.all()
        assert only == _opened(ticket(incident()))
        assert only.status == "open"


def _opened(present: Ticket) -> Ticket:
    return replace(present, state=TicketState.OPEN, service_id="2026-1", posted_at=NOW)


async def test_when_a_ticket_cannot_be_kept_its_incident_is_not_either() -> None:
    async with Records(MEMORY) as records:
        no_ticket = replace(ticket(incident()), description=None)  # type: ignore[arg-type]
        with pytest.raises(Unreachable):
            await records.save_incident(incident(), no_ticket)
        assert await records.incidents() == []


async def test_changes_from_all_sides_at_once_are_all_kept() -> None:
    async with Records(MEMORY) as records:
        await records.save_incident(incident(), ticket(incident()))
        await asyncio.gather(
            *(
                records.tickets.change(incident().id, lambda t: replace(t, attempts=t.attempts + 1))
                for _ in range(20)
            )
        )
        only = await records.tickets.get(incident().id)
        assert only is not None
        assert only.attempts == 20


async def test_a_file_keeps_everything_and_lies_in_the_settings_folder(tmp_path: Path) -> None:
    url = "sqlite+aiosqlite:///records.sqlite"
    async with Records(url, tmp_path) as records:
        await records.save_incident(incident(), ticket(incident()))
    assert (tmp_path / "records.sqlite").stat().st_mode & 0o777 == 0o600
    async with Records(url, tmp_path) as records:
        assert await records.live_incidents() == [incident()]
        assert await records.tickets.all() == [ticket(incident())]


async def test_changes_to_a_file_from_all_sides_at_once_never_find_it_locked(tmp_path: Path) -> None:
    url = "sqlite+aiosqlite:///records.sqlite"
    several = [incident(f"A-{n:03}/1") for n in range(20)]
    async with Records(url, tmp_path) as records:
        await asyncio.gather(*(records.save_incident(each, ticket(each)) for each in several))
        await asyncio.gather(*(records.live_incidents() for _ in range(10)))
        assert len(await records.live_incidents()) == 20


_WRITER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from headend.records import Records
from tests.headend.test_records import incident, ticket

async def main():
    async with Records("sqlite+aiosqlite:///records.sqlite", Path(sys.argv[1])) as records:
        for number in range(100_000):
            each = incident(f"A-{number:05}/1")
            await records.save_incident(each, ticket(each))
            print(each.asset, flush=True)

asyncio.run(main())
"""


async def test_nothing_that_was_acknowledged_is_lost_to_kill_9(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _WRITER, str(tmp_path), str(root), stdout=subprocess.PIPE, cwd=root
    )
    assert process.stdout is not None
    acknowledged: list[str] = []
    async with asyncio.timeout(30):
        while len(acknowledged) < 25:
            acknowledged.append((await process.stdout.readline()).decode().strip())
    process.kill()
    rest, _ = await process.communicate()
    acknowledged += [line for line in rest.decode().splitlines() if line.endswith("/1")]
    async with Records("sqlite+aiosqlite:///records.sqlite", tmp_path) as records:
        kept = {each.asset for each in await records.incidents(limit=None)}
        assert kept >= set(acknowledged)
        assert {each.incident for each in await records.tickets.all()} == {
            each.id for each in await records.incidents(limit=None)
        }


@pytest.mark.parametrize(
    "url", ["records.sqlite", "nonsense://x", "sqlite:///records.sqlite", "postgresql+nodriver://x/y"]
)
def test_a_url_that_cannot_be_used_is_told_in_one_line(url: str) -> None:
    with pytest.raises(BadInput, match=r"^records\.url: .+") as caught:
        Records(url)
    assert "\n" not in str(caught.value)


async def test_a_folder_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"records\.url: .*absent.*No such file"):
        async with Records("sqlite+aiosqlite:///absent/records.sqlite", tmp_path):
            pass


async def test_a_file_that_is_something_else_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").write_text("a shopping list\n" * 100)
    with pytest.raises(Unreachable, match="not a database"):
        async with Records("sqlite+aiosqlite:///records.sqlite", tmp_path):
            pass
    assert (tmp_path / "records.sqlite").read_text().startswith("a shopping list")


def test_every_table_is_one_that_postgresql_takes() -> None:
    for table in metadata.sorted_tables:
        statement = str(CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
        has_instants = any(isinstance(column.type, UtcDateTime) for column in table.columns)
        assert ("TIMESTAMP WITHOUT TIME ZONE" in statement) is has_instants


async def test_a_writer_that_is_cancelled_has_written_all_or_nothing_and_breaks_nothing() -> None:
    async with Records(MEMORY) as records:
        for number in range(30):
            each = incident(f"A-{number:03}/1")
            writer = asyncio.create_task(records.save_incident(each, ticket(each)))
            for _ in range(number):
                await asyncio.sleep(0)
            writer.cancel()
            with pytest.raises(asyncio.CancelledError):
                await writer
        kept = {each.id for each in await records.live_incidents()}
        assert {each.incident for each in await records.tickets.all()} == kept


async def test_who_is_not_to_be_proposed_is_kept_with_what_the_journal_says(tmp_path: Path) -> None:
    name = "00:00:5e:00:53:02"
    ignored = IgnoredAccessPoint(name, NOW, "chef")

    def entry(act: str) -> JournalEntry:
        return JournalEntry(at=NOW, by="chef", act=act, subject=name, text="")

    async with Records("sqlite+aiosqlite:///records.sqlite", tmp_path) as records:
        for _ in range(2):
            await records.ignored_access_points.add(ignored, entry("ignore_access_point"))
    async with Records("sqlite+aiosqlite:///records.sqlite", tmp_path) as records:
        assert await records.ignored_access_points.all() == {name: ignored}
        assert await records.ignored_access_points.remove(name, entry("propose_access_point"))
        assert not await records.ignored_access_points.remove(name, entry("propose_access_point"))
        assert await records.ignored_access_points.all() == {}
        assert [each.act for each in await records.journal()] == [
            "propose_access_point",
            "ignore_access_point",
            "ignore_access_point",
        ]
