"""Reading a whole SNMP device by its profile: each column walked once, then put together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from city.errors import Outside, Unreachable
from drivers.snmp.assembly import assemble, unread
from drivers.snmp.codec import Missing, Nothing, Value, text, word
from drivers.snmp.join import Fields, JoinedTable, Objects, join, own_oid, tables
from drivers.snmp.profile import (
    LONGEST_DESCR,
    SYS_DESCR,
    SYS_NAME,
    SYS_OBJECT_ID,
    SYS_UPTIME,
    SnmpProfile,
    TextSource,
    Thing,
)
from drivers.snmp.seen import Number, Seen, Why
from drivers.snmp.session import Agent

TICKS_PER_S = 100
"""TimeTicks, RFC 2578."""
MOST_ROWS: Mapping[Thing, int] = {
    "device": 100,
    "totals": 10_000,  # counted or summed over a controller's tables
    "access_points": 10_000,
    "radios": 40_000,
    "ssids": 10_000,  # as many as there are access points and bands, or clients, where these are counted
}
"""Rows of a table past this many are left out: the largest controllers have 10,000 access points."""
MOST_ROWS_ALONE = 1000
"""The same of a device that stands alone: a few networks and radios, but as many rows as it has interfaces."""
MOST_TEXT_ROWS = 50
"""Rows among which the first that is not empty is looked for."""
MOST_OCTETS = 4000
"""Octets kept of a value: some devices hold tables in one."""
SILENCES = 2
"""After so many columns without an answer one after the other, the device is not asked for the others."""


class Asks(Protocol):
    """What is needed of a session."""

    async def get(self, agent: Agent, oids: Sequence[str]) -> dict[str, Value]:
        """The objects at exactly these OIDs."""

    async def walk(self, agent: Agent, column: str, most: int) -> dict[str, Value]:
        """The rows of a column by index."""


@dataclass(frozen=True, slots=True)
class System:
    """What every device says of itself (RFC 3418)."""

    object_id: str = ""
    descr: str = ""
    name: str | None = None
    uptime_s: Number | None = None


async def read_system(session: Asks, agent: Agent) -> System:
    """Ask a device what it is.

    Raises:
        Unreachable: no answer; a wrong community looks the same.
        Refused: wrong credentials, or an answer that makes no sense.
    """
    said = await session.get(agent, [SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME, SYS_NAME])
    uptime = said.get(SYS_UPTIME)
    object_id = said.get(SYS_OBJECT_ID)
    return System(
        object_id if isinstance(object_id, str) else "",
        text(said.get(SYS_DESCR, Missing("not read")), LONGEST_DESCR),
        text(said.get(SYS_NAME, Missing("not read"))) or None,
        uptime / TICKS_PER_S if isinstance(uptime, int) and uptime >= 0 else None,
    )


async def read(session: Asks, agent: Agent, profile: SnmpProfile, system: System) -> Seen:
    """All that a profile can read of a device; what fails on the way is told among ``unread``."""
    refusals: list[Why] = []
    texts = await _texts(session, agent, profile, system, refusals)
    wanted = tables(profile, system.object_id)
    objects = await walk_tables(session, agent, wanted)
    things = join(profile, objects, system.object_id)
    device = things.of["device"].setdefault((), {})
    for says, words in texts.items():
        device.setdefault(says, words)
    if system.uptime_s is not None:
        device.setdefault("uptime_s", system.uptime_s)
    seen = assemble(profile, things, system.name)
    promised = [source.says for source in profile.text if source.says not in device]
    refusals += [{"what": f"device.{says}", "why": "not given"} for says in dict.fromkeys(promised)]
    seen.unread = refusals + unread(profile, things, _named(objects.failed, wanted), seen)
    return seen


def _named(failed: Mapping[str, str], wanted: Iterable[JoinedTable]) -> dict[str, str]:
    """Why columns could not be read, by what they say and their OID."""
    names = {
        joined.oid(column): f"{joined.table.of}.{column.says}"
        for joined in wanted
        for column in joined.table.column
    }
    return {f"{names[oid]} at {oid}" if oid in names else oid: why for oid, why in failed.items()}


async def walk_tables(
    session: Asks, agent: Agent, wanted: Iterable[JoinedTable], *, polled_only: bool = False
) -> Objects:
    """The columns of some tables, each walked once.

    A column that cannot be read is noted as failed, and the others are read all the same, but not of a device that has
    stopped answering.
    """
    objects = Objects()
    silences = 0
    for oid, most in columns_of(wanted, polled_only=polled_only).items():
        if silences >= SILENCES:
            objects.failed[oid] = "not asked for: the device has stopped answering"
            continue
        try:
            rows = await session.walk(agent, oid, most)
            objects.columns[oid] = {index: _bearable(value) for index, value in rows.items()}
            silences = 0
            if len(objects.columns[oid]) >= most:
                objects.failed[oid] = f"more than {most} rows: the others are left out"
        except Outside as error:
            objects.failed[oid] = str(error)
            silences += isinstance(error, Unreachable)
    return objects


def _bearable(value: Value) -> Value:
    return value[:MOST_OCTETS] if isinstance(value, bytes) else value


def most_rows(joined: JoinedTable) -> int:
    """How many rows of a table are read at most."""
    most = MOST_ROWS[joined.table.of]
    return min(most, MOST_ROWS_ALONE) if joined.alone else most


def columns_of(wanted: Iterable[JoinedTable], *, polled_only: bool = False) -> dict[str, int]:
    """The OIDs of the columns of some tables, each with the most rows that are read of it."""
    columns: dict[str, int] = {}
    for joined in wanted:
        values = [joined.oid(column) for column in joined.values if column.poll or not polled_only]
        for oid in (*joined.naming, *values):
            if oid is not None:
                columns[oid] = max(columns.get(oid, 0), most_rows(joined))
    return columns


async def _texts(
    session: Asks, agent: Agent, profile: SnmpProfile, system: System, refusals: list[Why]
) -> Fields:
    """What the device says it is, by the first object that answers for each."""
    exact = [own_oid(source.oid, system.object_id) for source in profile.text if not source.first_row]
    said: Fields = {}
    try:
        answers = await session.get(agent, exact) if exact else {}
        for source in profile.text:
            if source.says not in said:
                words = await _words(session, agent, source, system, answers)
                if words is not None:
                    said[source.says] = words
    except Outside as error:
        refusals.append({"what": "model, serial, firmware", "why": str(error)})
    return said


async def _words(
    session: Asks, agent: Agent, source: TextSource, system: System, answers: Mapping[str, Value]
) -> str | None:
    oid = own_oid(source.oid, system.object_id)
    raws: Iterable[Value] = [answers.get(oid, Missing("not read"))]
    if source.first_row:
        raws = (await session.walk(agent, oid, MOST_TEXT_ROWS)).values()
    said = (word(source, raw) for raw in raws)
    return next((words for words in said if not isinstance(words, Nothing)), None)
