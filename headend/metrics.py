"""What the head-end tells Prometheus of itself: numbers without any device's name, so that they stay few."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from city.incidents import Cause
from city.messages import LampState
from city.storage import StorageView
from headend.acquisition import Polling
from headend.core import Core
from headend.records import TicketState

LOOK_REAL_S = 0.25
"""Real seconds that the loop is asked to wake a task after; what it is late by is its lag."""
REMEMBERED = 240
"""How many of those are remembered: a minute."""
LOSSES = ("spool full", "disk full", "damaged")
"""Why values are lost; what a store says to a point is its own and has no end, and counts as refused."""


Word = TypeVar("Word", bound=str)


class Metrics(Collector):
    """Reads the parts when it is asked; a registry of its own."""

    def __init__(self, core: Core, pollings: Mapping[str, Polling]) -> None:
        """``pollings`` by protocol."""
        self._core = core
        self._pollings = pollings
        self._late_s: deque[float] = deque([0.0], maxlen=REMEMBERED)
        self.consoles = 0
        """Consoles that follow the live feed."""
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)
        ProcessCollector(namespace="falotier", registry=self.registry)

    async def watch_loop(self) -> None:
        """Measure for ever how late the event loop wakes who sleeps, in its own seconds and not the city's."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LOOK_REAL_S
            await asyncio.sleep(LOOK_REAL_S)
            self._late_s.append(max(0.0, loop.time() - due))

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering asks no part, since they may not have started."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All of it, as it stands now."""
        yield InfoMetricFamily("falotier_build", "The program.", {"version": version("falotier")})
        yield from _storage(self._core.spool.state)
        yield _counter(
            "values_duplicate", "Values that came twice, and were dropped.", self._core.ingest.duplicates
        )
        yield from self._outside()
        yield from self._city()
        yield from self._work()
        yield from self._process()

    def _outside(self) -> Iterator[Metric]:
        up = _by("connection_up", "Whether what is outside answers, 1 or 0.", "connection")
        refused = CounterMetricFamily(
            "falotier_connection_refused",
            "What was refused of what came, since the start.",
            labels=["connection"],
        )
        for connection in self._core.connections.views():
            up.add_metric([connection.name], connection.up)
            refused.add_metric([connection.name], connection.refused)
        under_way = _by("polls_under_way", "Polls under way.", "protocol")
        oldest = _by("oldest_poll_age_seconds", "For how long the oldest poll is under way.", "protocol")
        now = self._core.clock.now()
        for protocol, polling in self._pollings.items():
            under_way.add_metric([protocol], polling.under_way)
            since = polling.oldest
            oldest.add_metric([protocol], 0.0 if since is None else (now - since).total_seconds())
        yield from (up, refused, under_way, oldest)

    def _city(self) -> Iterator[Metric]:
        summary, states = self._core.views.summary(), self._core.lamps.by_state()
        yield _counts("lamps", "Light points by state.", "state", LampState, states)
        for name, what, value in (
            (
                "lamps_as_planned",
                "Light points at the level that the programme asks for.",
                summary.lamps.as_planned,
            ),
            ("planned_power_watts", "What the lamps should draw now.", summary.planned_w),
            ("power_watts", "What the cabinets' meters say.", summary.power_w),
        ):
            if value is not None:
                yield _gauge(name, what, value)
        causes = Counter(incident.cause for incident in self._core.watch.live)
        yield _counts("incidents", "Incidents that stand, by cause.", "cause", Cause, causes)

    def _work(self) -> Iterator[Metric]:
        standing = [state for state in TicketState if state is not TicketState.CLOSED]
        tickets = self._core.tickets.by_state()
        yield _counts("tickets", "Tickets that are not closed, by state.", "state", standing, tickets)
        yield _gauge(
            "approvals_waiting",
            "Requests that wait for a second person.",
            len(self._core.approvals.pending()),
        )
        yield _gauge("consoles", "Consoles that follow what changes.", self.consoles)

    def _process(self) -> Iterator[Metric]:
        yield _gauge(
            "clock_trusted", "Whether the clock is believed, 1 or 0.", self._core.clock_trust.why is None
        )
        yield _gauge(
            "event_loop_lag_seconds", "How late the event loop last woke who slept.", self._late_s[-1]
        )
        yield _gauge("event_loop_lag_max_seconds", "The most of the last minute.", max(self._late_s))


def _storage(storage: StorageView) -> Iterator[Metric]:
    yield _counter("values_taken", "Values taken in, with those found waiting at the start.", storage.taken)
    yield _counter("values_stored", "Values that the store has taken.", storage.stored)
    lost = CounterMetricFamily("falotier_values_lost", "Values that will never be stored.", labels=["reason"])
    known = {why: storage.losses.get(why, 0) for why in LOSSES}
    for why, count in known.items():
        lost.add_metric([why], count)
    lost.add_metric(["refused"], storage.lost - sum(known.values()))
    yield lost
    yield _gauge("values_waiting", "Values that wait for the store.", storage.waiting)
    yield _gauge("storage_lag_seconds", "For how long the oldest value that waits has waited.", storage.lag_s)
    yield _gauge(
        "storage_catching_up", "Whether what waited is being written, 1 or 0.", storage.is_catching_up
    )
    yield _gauge("spool_bytes", "What waits takes up on the disk.", storage.bytes)
    yield _gauge("spool_limit_bytes", "What it may take up.", storage.bytes_most)
    yield _counter("damaged_records", "Records found damaged and set aside.", storage.damaged)
    yield _counter("dead_letters", "Readings that the store refused, kept aside.", storage.dead_letters)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"falotier_{name}", says, value)


def _counter(name: str, says: str, value: float) -> Metric:
    return CounterMetricFamily(f"falotier_{name}", says, value)


def _by(name: str, says: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"falotier_{name}", says, labels=[label])


def _counts(name: str, says: str, label: str, known: Iterable[Word], counts: Mapping[Word, int]) -> Metric:
    """A gauge by a label of few words, each always there, so that an alert sees it come from nothing."""
    family = _by(name, says, label)
    for word in known:
        family.add_metric([str(word)], counts.get(word, 0))
    return family
