"""What people write to incidents, in memory for those who look often: whose each is, and the notes to it."""

from collections.abc import Collection, Mapping

from city.clock import Clock
from city.errors import BadInput
from city.incidents import Incident, State
from headend.known_incidents import known_incidents
from headend.records import Case, Note, Records
from headend.unknown import Unknown
from headend.watch import Watch

NOTES_MOST = 30
"""Of one incident: consoles are told all of them at each change."""
NOTHING = Case()


class Casework:
    """Assigns incidents and keeps notes. What is written is on disk when a method returns."""

    def __init__(self, records: Records, watch: Watch, clock: Clock) -> None:
        """Consoles hear of what is written as of a change of the incident, through ``watch``."""
        self._records = records
        self._watch = watch
        self._clock = clock
        self._known: dict[str, Case] = {}

    def of(self, incident: str) -> Case:
        """What people wrote to an incident that stands, or was written to since the start."""
        return self._known.get(incident, NOTHING)

    async def recall(self, incidents: Collection[str]) -> Mapping[str, Case]:
        """The same of any incidents, from the records. Raises Unreachable when these are away."""
        return await self._records.case_files.of(incidents)

    async def restore(self) -> None:
        """Take up what was written to the incidents that stand, or may come back. Raises as ``recall``."""
        known = await known_incidents(self._records, self._clock.now())
        self._known = dict(
            await self.recall([each.id for each in known if each.state is not State.DISMISSED])
        )

    async def assign(self, incident: str, name: str, by: str) -> Incident:
        """Say whose an incident is; an empty name takes that back.

        Raises:
            Unknown: no such incident stands.
            Unreachable: the records are away.
        """
        found = self._watch.standing(incident)
        await self._watch.save()  # what is written to an incident cannot be on disk before it
        await self._records.case_files.assign(incident, _one_line(name), by, self._clock.now())
        await self._take(incident)
        return found

    async def note(self, incident: str, text: str, by: str) -> Incident:
        """Keep a note with an incident, also with one that is over.

        Raises:
            Unknown: there is no such incident.
            BadInput: the note says nothing, or there are too many.
            Unreachable: the records are away.
        """
        written = _one_line(text)
        if not written:
            raise BadInput(f"incident {incident}: the note says nothing")
        await self._watch.save()
        found = self._watch.incidents.get(incident) or await self._records.incident(incident)
        if found is None:
            raise Unknown(f"incident {incident}: there is none of that name")
        if not await self._records.case_files.add(incident, Note(self._clock.now(), by, written), NOTES_MOST):
            raise BadInput(f"incident {incident}: it has {NOTES_MOST} notes, and takes no more")
        await self._take(incident)
        return found

    async def _take(self, incident: str) -> None:
        """Read what there is now: two people may write at once."""
        self._known |= {incident: NOTHING, **await self.recall([incident])}
        self._watch.changes.touch(incident)


def _one_line(text: str) -> str:
    return " ".join(text.split())
