"""Questions over SNMP: objects and tables of many agents, asked again where that helps, and clear errors."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Self

from city.errors import BadInput, Refused, Unreachable
from drivers.snmp import pdus
from drivers.snmp.agents import Agent, Community, Credentials, User
from drivers.snmp.codec import Missing, Value
from drivers.snmp.exchange import Exchange, Silent
from drivers.snmp.pace import KEPT_AGENTS, Pace, Paces, fitting
from drivers.snmp.pdus import Pdu

__all__ = ["Agent", "Community", "Credentials", "SnmpSession", "User"]

RETRIES = 1
"""A datagram may get lost once."""
ENDS = (Missing("endOfMibView"), Missing("noSuchObject"), Missing("noSuchInstance"))
NOT_ANSWERED = Missing("not answered")
ONE_OBJECT = frozenset({"noSuchName", "genErr", "resourceUnavailable", pdus.TOO_BIG})
"""Error statuses that speak of one object, where they name one: the others can still be had."""


class SnmpSession:
    """All questions of a process; open while the context is entered."""

    def __init__(self, timeout_s: float) -> None:
        """``timeout_s``: real seconds that each try of a request may take."""
        self.refused: Counter[str] = Counter()
        """What came and could not be used, by reason."""
        self._timeout_s = timeout_s
        self._exchange = Exchange(timeout_s, self.refused)
        self._paces: dict[Agent, Paces] = {}

    async def __aenter__(self) -> Self:
        """Nothing is opened before the first question."""
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close the sockets."""
        self._exchange.close()

    async def get(self, agent: Agent, oids: Sequence[str]) -> dict[str, Value]:
        """The objects at exactly these OIDs, in as few requests as fit; an object that is not there is ``Missing``.

        Raises:
            Unreachable: no answer in time; a wrong community looks the same.
            Refused: wrong credentials, or an answer that makes no sense.
        """
        answers: dict[str, Value] = {}
        left = tuple(dict.fromkeys(oids))
        paces = self._paces_of(agent)
        while left:
            asked, answer = await self._get_some(agent, paces, left)
            if answer.error:
                faulty = _faulty(agent, answer, asked)
                answers[left[faulty]] = Missing(answer.error)
                left = left[:faulty] + left[faulty + 1 :]
                continue
            said = dict(answer.bindings)
            if len(said) == asked == len(oids) and all(map(said.__contains__, left)):
                return said  # all at once, as nearly always
            answers |= {oid: said.get(oid, NOT_ANSWERED) for oid in left[:asked]}
            left = left[asked:]
        return answers

    async def walk(self, agent: Agent, column: str, most: int) -> dict[str, Value]:
        """The rows of a column by index, at most so many.

        Raises:
            Unreachable: no answer in time.
            Refused: wrong credentials, or an answer that makes no sense.
        """
        rows: dict[str, Value] = {}
        prefix, last = f"{column}.", column
        while len(rows) < most:
            answer = await self._next_rows(agent, last, most - len(rows))
            if answer.error and answer.error != "noSuchName":  # which is the end, in v1
                raise Refused(f"{agent.where}: walking {column}: {answer.error}")
            if answer.error or not answer.bindings:
                return rows
            for oid, value in answer.bindings:
                if not oid.startswith(prefix) or value in ENDS:
                    return rows
                if _numbers(oid) <= _numbers(last):
                    raise Refused(f"{agent.where}: walking {column}: answers go backwards")
                if len(rows) < most:
                    rows[oid.removeprefix(prefix)] = value
                last = oid
        return rows

    async def set(self, agent: Agent, oid: str, value: int | str, *, read_back: bool = True) -> None:
        """Write one object, an INTEGER or an OCTET STRING, once: whoever is unsure asks again.

        Args:
            agent: as an SNMPv3 user: a community can be read on the way by whoever would misuse it.
            oid: of the object, with its instance.
            value: what to write.
            read_back: whether the object is read again, and must then hold the value. An object that only triggers
                something, as a restart, holds none.

        Raises:
            BadInput: the credentials are a community.
            Unreachable: no answer in time; it is not known whether the value was taken.
            Refused: the agent does not allow it, or holds another value afterwards.
        """
        if not isinstance(agent.credentials, User):
            raise BadInput(f"{agent.where}: writing needs SNMPv3: a user, not a community")
        try:
            answer = await self._exchange.ask(agent, pdus.SET, pdus.bound(oid, value))
        except Silent as silence:
            raise Unreachable(
                f"{self._unanswered(agent, silence)}; whether {oid} was written is not known"
            ) from silence
        if answer.error:
            raise Refused(f"{agent.where}: {oid} cannot be set to {value!r}: {answer.error}")
        if not read_back:
            return
        held = (await self.get(agent, [oid]))[oid]
        if held != (value.encode() if isinstance(value, str) else value):
            raise Refused(f"{agent.where}: {oid} was set to {value!r}, and holds {held!r}")

    async def _get_some(self, agent: Agent, paces: Paces, oids: tuple[str, ...]) -> tuple[int, Pdu]:
        """Ask for as many of the first objects as may fit: how many those were, and the answer."""
        asked = 0

        async def ask(room: int) -> Pdu:
            nonlocal asked
            asked, bindings = fitting(oids, room)
            return await self._exchange.ask(agent, pdus.GET, bindings)

        answer = await self._patiently(agent, paces, paces.room, ask, lambda: asked > paces.most_objects)
        if not answer.error:
            paces.most_objects = max(paces.most_objects, asked)
        return asked, answer

    async def _next_rows(self, agent: Agent, after: str, most: int) -> Pdu:
        paces = self._paces_of(agent)
        is_v1 = isinstance(agent.credentials, Community) and agent.credentials.version == "1"

        async def ask(repetitions: int) -> Pdu:
            binding = pdus.asked(after)
            if is_v1:
                return await self._exchange.ask(agent, pdus.GET_NEXT, binding)
            return await self._exchange.ask(agent, pdus.GET_BULK, binding, 0, min(repetitions, most))

        return await self._patiently(agent, paces, paces.rows, ask)

    async def _patiently(
        self,
        agent: Agent,
        paces: Paces,
        pace: Pace,
        ask: Callable[[int], Awaitable[Pdu]],
        may_be_too_much: Callable[[], bool] = lambda: True,
    ) -> Pdu:
        """Ask, again where a datagram may have been lost, and for less where the answer seems to be too large."""
        step, silences, last = pace.at, 0, len(pace.steps) - 1
        while True:
            try:
                answer = await ask(pace.steps[step])
            except Silent as silence:
                silences += 1
                if silences > RETRIES:
                    if step == last or not (paces.answered_lately and may_be_too_much()):
                        paces.most_objects = 0
                        raise self._unanswered(agent, silence) from silence
                    step += 1
                continue
            paces.answered_at = time.monotonic()
            if answer.error == pdus.TOO_BIG and step < last:
                step += 1
                continue
            pace.settle(step)
            return answer

    def _unanswered(self, agent: Agent, silence: Silent) -> Unreachable | Refused:
        if silence.though_there and isinstance(agent.credentials, User):
            user = agent.credentials
            cipher = (
                f": wrong privacy password, or another protocol than {user.priv}?"
                if user.priv_password
                else ""
            )
            return Refused(
                f"{agent.where}: the device is there, but does not answer user {user.name}{cipher}"
            )
        or_else = "" if isinstance(agent.credentials, User) else " (or a wrong community)"
        return Unreachable(f"{agent.where}: no answer within {self._timeout_s:g} s{or_else}")

    def _paces_of(self, agent: Agent) -> Paces:
        if agent not in self._paces:
            if len(self._paces) >= KEPT_AGENTS:
                del self._paces[next(iter(self._paces))]
            self._paces[agent] = Paces()
        return self._paces[agent]


def _faulty(agent: Agent, answer: Pdu, asked: int) -> int:
    """Which of the objects asked for is the one that an error speaks of; raises Refused where it speaks of all."""
    place = 1 if asked == 1 else answer.place
    if answer.error not in ONE_OBJECT or not 1 <= place <= asked:
        raise Refused(f"{agent.where}: {answer.error} at object {answer.place} of {asked}")
    return place - 1


def _numbers(oid: str) -> tuple[int, ...]:
    return tuple(int(arc) for arc in oid.split("."))
