"""Whether each thing outside is there, since when, and why not: one log line per change."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from city.clock import Clock
from city.messages import Connection

log = logging.getLogger(__name__)

Refused = Callable[[], int | Counter[str]]
"""How much was refused since the start, by reason where that is known."""
REASONS_SHOWN = 5


@dataclass(slots=True)
class _Health:
    up: bool
    since: datetime
    detail: str
    refused: Refused


class Connections:
    """What the head-end needs from outside; everything starts as away."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._health: dict[str, _Health] = {}
        self._others: list[Callable[[], Connection]] = []

    def include(self, other: Callable[[], Connection]) -> None:
        """Show a connection that keeps its own account."""
        self._others.append(other)

    def expect(self, name: str, detail: str = "not tried yet", refused: Refused = lambda: 0) -> None:
        """Name a connection before it is tried; ``refused`` tells how much was refused since the start."""
        self._health[name] = _Health(up=False, since=self._clock.now(), detail=detail, refused=refused)

    def forget(self, name: str) -> None:
        """Show no longer what is only worth showing while it is wrong."""
        self._health.pop(name, None)

    def report(self, name: str, *, up: bool, detail: str = "") -> None:
        """Say how a connection is."""
        health = self._health[name]
        if up != health.up:
            health.up, health.since = up, self._clock.now()
            log.log(
                logging.INFO if up else logging.WARNING, "%s: %s", name, "up" if up else f"away: {detail}"
            )
        health.detail = detail

    def views(self) -> tuple[Connection, ...]:
        """All of them, for the API."""
        own = (_view(name, health) for name, health in self._health.items())
        return (*own, *(other() for other in self._others))


def _view(name: str, health: _Health) -> Connection:
    refused = health.refused()
    by_reason = refused if isinstance(refused, Counter) else Counter[str]()
    return Connection(
        name=name,
        up=health.up,
        since=health.since,
        detail=health.detail,
        refused=refused.total() if isinstance(refused, Counter) else refused,
        reasons=dict(by_reason.most_common(REASONS_SHOWN)),
    )


class Group:
    """The health of many devices that one protocol reaches: up while any of them answers."""

    def __init__(
        self, connections: Connections, name: str, devices: int, refused: Refused = lambda: 0
    ) -> None:
        self._connections = connections
        self._name = name
        self._devices = devices
        self._answering: set[str] = set()
        self._silent: set[str] = set()
        connections.expect(name, self._detail(), refused)
        if not devices:
            connections.report(name, up=True, detail=self._detail())

    def report(self, device: str, *, answers: bool, why: str = "") -> None:
        """Say whether one device answers, and if not, why."""
        if answers and device not in self._answering:
            self._answering.add(device)
            self._silent.discard(device)
            log.info("%s: %s answers", self._name, device)
        elif not answers and device not in self._silent:
            self._silent.add(device)
            self._answering.discard(device)
            log.warning("%s: %s does not answer: %s", self._name, device, why)
        detail = self._detail() if self._answering or not why else f"{self._detail()}: {why}"
        self._connections.report(self._name, up=bool(self._answering), detail=detail)

    def _detail(self) -> str:
        return f"{len(self._answering)} / {self._devices}"
