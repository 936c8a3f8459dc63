"""What is known of agents' SNMPv3 engines: who they are, and what time it is there (RFC 3414, section 2)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from city.errors import Refused
from drivers.snmp.agents import Agent, User
from drivers.snmp.pdus import Pdu
from drivers.snmp.secured import AUTH, Envelope, Sender
from drivers.snmp.usm import Keys, keys

USM_STATS = "1.3.6.1.6.3.15.1.1"
UNSUPPORTED_LEVEL = f"{USM_STATS}.1.0"
UNKNOWN_USER = f"{USM_STATS}.3.0"
WRONG_DIGEST = f"{USM_STATS}.5.0"
DECRYPTION_ERROR = f"{USM_STATS}.6.0"
UNKNOWN_ENGINE = f"{USM_STATS}.4.0"
"""usmStatsUnknownEngineIDs: what a discovery is answered with, and what a device that was swapped says."""
NOT_IN_TIME = f"{USM_STATS}.2.0"
"""usmStatsNotInTimeWindows: its clock is more than 150 s from what we take it for, or it was started anew."""
REPORTS: Mapping[str, str] = {
    UNSUPPORTED_LEVEL: "user {name} may not ask with {level}",
    UNKNOWN_USER: "there is no user {name}",
    WRONG_DIGEST: "wrong authentication password, or another protocol than {auth}, for user {name}",
    DECRYPTION_ERROR: "wrong privacy password, or another protocol than {priv}, for user {name}",
    "1.3.6.1.6.3.11.2.1.1.0": "it does not speak the user-based security model",
    "1.3.6.1.6.3.12.1.4.0": "context {context} is not available",
    "1.3.6.1.6.3.12.1.5.0": "there is no context {context}",
}
"""Counters that an agent reports instead of an answer, RFC 3412 to 3414, and what that means."""


@dataclass(slots=True)
class Engine:
    """One agent's engine, as one user sees it."""

    id: bytes
    boots: int
    time_s: int
    """Its clock at ``seen_at``, seconds since it was started."""
    seen_at: float
    """By our own clock, that runs whatever the time of day does."""
    proven: bool = False
    """Whether it has answered this user as secured as it was asked."""
    doubtful: bool = False
    """It has kept silent since: perhaps another device has taken its place."""

    def now(self) -> int:
        """What its clock should show."""
        return self.time_s + int(time.monotonic() - self.seen_at)

    def learn(self, envelope: Envelope) -> None:
        """Take its clock from a message.

        One that answers a number drawn at random is no replay, so boots may go back, too: a device that was reset
        has forgotten how often it was started, and RFC 3414 would lock it out for ever.
        """
        self.boots, self.time_s = envelope.boots, envelope.time_s
        self.seen_at = time.monotonic()


class Engines:
    """Those of all agents that are asked as users."""

    MOST = 20_000
    """Past so many, those that were met first are met anew: 0.3 kB each."""

    def __init__(self) -> None:
        self._known: dict[Agent, Engine] = {}

    def of(self, agent: Agent) -> Engine | None:
        """What is known of an agent; None where it has to be discovered."""
        engine = self._known.get(agent)
        return None if engine is None or engine.doubtful else engine

    def doubt(self, agent: Agent) -> bool:
        """An agent kept silent: discover it anew. Returns whether it is there, but never answered this user."""
        engine = self._known.get(agent)
        if engine is None or engine.doubtful:
            return False
        engine.doubtful = True
        return not engine.proven

    def met(self, agent: Agent, envelope: Envelope) -> Engine:
        """An agent has said who it is, and what time it is there; its next answer proves it."""
        before = self._known.get(agent)
        engine = Engine(envelope.engine, envelope.boots, envelope.time_s, time.monotonic())
        engine.proven = before is not None and before.proven and before.id == engine.id
        if before is None and len(self._known) >= self.MOST:
            del self._known[next(iter(self._known))]
        self._known[agent] = engine
        return engine


def sender(user: User, engine: Engine) -> tuple[Sender, Keys]:
    """As whom to write to an engine, and the keys that its answers are to be read with."""
    own = keys(user, engine.id)
    return Sender(user.name, own, engine.id, engine.boots, engine.now(), user.context.encode()), own


def refusal(agent: Agent, user: User, report: Pdu) -> Refused:
    """What a report means that no further message can help."""
    counter = report.bindings[0][0] if report.bindings else "nothing"
    words = REPORTS.get(counter, f"it reports {counter}")
    told = words.format(
        name=user.name, level=user.level, auth=user.auth, priv=user.priv, context=repr(user.context)
    )
    return Refused(f"{agent.where}: {told}")


def proves(envelope: Envelope, own: Keys) -> bool:
    """Whether a message may be believed as far as its flags go: one that claims a digest has the right one."""
    return not envelope.flags & AUTH or envelope.proven(own)
