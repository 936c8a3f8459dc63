"""The one gate: every batch passes here once, from the drivers to the snapshot, the store and the detectors."""

import logging
from collections.abc import Callable, Sequence

from city.measurements import Batch, Fact, Reading
from headend.snapshot import News, Snapshot
from headend.spool import Spool

log = logging.getLogger(__name__)

Listener = Callable[[Reading], None]


class Ingest:
    """Takes batches in; synchronous and cheap, since a whole city passes through it."""

    def __init__(self, snapshot: Snapshot, spool: Spool) -> None:
        self._snapshot = snapshot
        self._spool = spool
        self._on_news: list[Listener] = []
        self._on_event: list[Listener] = []
        self._faulty: set[str] = set()
        self.ingested = 0
        """Values taken in."""
        self.duplicates = 0
        """Values that came twice and were dropped."""

    def on_news(self, listener: Listener) -> None:
        """Have a listener told of each reading that is the newest of its device."""
        self._on_news.append(listener)

    def on_event(self, listener: Listener) -> None:
        """Have a listener told of what happened to a device, as it says itself."""
        self._on_event.append(listener)

    def __call__(self, batch: Batch) -> None:
        """Take a batch in."""
        for reading in batch.readings:
            if Fact.EVENT in reading.facts:
                self._tell(self._on_event, reading)
                continue
            news, measured = self._snapshot.take(reading, ours=reading.at == batch.received_at)
            if news is News.DUPLICATE:
                self.duplicates += len(reading.values)
                continue
            if measured.values:
                self.ingested += len(measured.values)
                self._spool.put(measured)
            if news is News.NEWEST:
                self._tell(self._on_news, measured)
            elif news is News.PART:
                self._tell(self._on_news, self._whole(measured))

    def _whole(self, part: Reading) -> Reading:
        """A measurement of which the last part has come."""
        latest = self._snapshot.latest(part.kind, part.device)
        return part if latest is None else part._replace(values=latest.values, facts=latest.facts)

    def _tell(self, listeners: Sequence[Listener], reading: Reading) -> None:
        for listener in listeners:
            try:
                listener(reading)
            except Exception:
                # One reading that trips a fault of ours must not stop the city's telemetry; it is told once.
                if reading.device not in self._faulty:
                    self._faulty.add(reading.device)
                    log.exception("a reading of %s could not be judged: %s", reading.device, reading)
