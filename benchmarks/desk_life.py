"""One life of a desk that is going to be killed: a city's evening, gone on with from where the records stand."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from city.clock import Anchor, SimulatedClock
from city.incidents import Cause, Evidence, Finding, Incident, State, incident_id
from city.measurements import DeviceKind
from city.places import Position
from city.settings import DeskSection
from drivers.open311 import Open311
from headend.desk import Desk
from headend.records import Records, TicketState
from headend.ticket_words import Place

DUSK = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
PLACE = Place(Position(47.75, 7.34), "rue Franklin, Mulhouse")
RECORDS = "sqlite+aiosqlite:///records.sqlite"
TIME_OUT_S = 0.06
"""Real seconds; 12 simulated ones at the campaign's speed."""
CAUSES = 4
HASTY = 0.25
"""The share of causes that do not wait for their ticket before they end."""


@dataclass(frozen=True)
class Trouble:
    """One cause, and how it goes."""

    acts: tuple[Incident, ...]
    """The incident as it stands, one after the other."""
    begins_s: float
    """Simulated seconds from the start of a life."""
    hasty: bool

    @property
    def id(self) -> str:
        """The incident's."""
        return self.acts[0].id

    @property
    def updates(self) -> list[str]:
        """The ids of all that there is to tell, in order."""
        told = []
        for act in self.acts[1:]:
            again = f"-{act.reopened}" if act.reopened else ""
            told.append(f"{self.id}-reopen{again}" if act.state is State.OPEN else f"{self.id}-fixed{again}")
        return told


def troubles(seed: int) -> list[Trouble]:
    """The causes of a run."""
    random = Random(seed)  # noqa: S311 - a story, no secret
    return [
        Trouble(
            _acts(f"{seed:04}-{number}", random.randint(1, 4)),
            random.uniform(0, 60),
            random.random() < HASTY,
        )
        for number in range(CAUSES)
    ]


def _acts(asset: str, number: int) -> tuple[Incident, ...]:
    evidence = Evidence("no_power_while_lit", DUSK, {"power_w": 0.4, "expected_w": 34.0})
    id_ = incident_id(Cause.LAMP_DEAD, asset, DUSK)
    acts = [Incident(id_, Cause.LAMP_DEAD, asset, DeviceKind.LAMP, State.OPEN, DUSK, DUSK, (evidence,))]
    while len(acts) < number:
        at = DUSK + timedelta(hours=len(acts))
        if acts[-1].state is State.OPEN:
            acts.append(acts[-1].moved(State.CLOSED, at, Evidence("power_back", at, {"power_w": 33.8})))
        else:
            finding = Finding(Finding.Says.RAISED, Cause.LAMP_DEAD, asset, DeviceKind.LAMP, at, at, evidence)
            acts.append(acts[-1].back(finding, ()))
    return tuple(acts)


def live(folder: str, url: str, key: str, anchor: Anchor, seed: int) -> None:
    """Go on with a run from where the records stand, until everything has come to its end."""
    logging.disable()
    asyncio.run(_live(Path(folder), url, key, anchor, seed))


async def _live(folder: Path, url: str, key: str, anchor: Anchor, seed: int) -> None:
    clock = SimulatedClock(anchor)
    async with (
        Records(RECORDS, folder) as records,
        Open311(url, key, "mulhouse.fr", timeout_s=TIME_OUT_S) as service,
        asyncio.TaskGroup() as group,
    ):
        desk = Desk(records, service, clock, DeskSection(url=url))
        worker = group.create_task(desk.run())
        async with asyncio.TaskGroup() as stories:
            for trouble in troubles(seed):
                stories.create_task(_happen(trouble, desk, records, clock))
        worker.cancel()


async def _happen(trouble: Trouble, desk: Desk, records: Records, clock: SimulatedClock) -> None:
    known = await records.incident(trouble.id)
    done = trouble.acts.index(known) + 1 if known else 0
    await clock.sleep(trouble.begins_s)
    for act in trouble.acts[done:]:
        if act.reopened or act.state is not State.OPEN:
            await _settled(trouble, records, clock, hasty=trouble.hasty)
        await (desk.opened(act, PLACE) if act.state is State.OPEN else desk.closed(act))
    await _settled(trouble, records, clock, hasty=False)


async def _settled(trouble: Trouble, records: Records, clock: SimulatedClock, *, hasty: bool) -> None:
    """Wait until the service has been told all; or in haste, only a little."""
    while not hasty:
        ticket = await records.tickets.get(trouble.id)
        if ticket is not None and ticket.state in {TicketState.OPEN, TicketState.CLOSED}:
            return
        await clock.sleep(5)
    await clock.sleep(10)
