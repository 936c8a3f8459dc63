"""Readings that the store will never take, kept with its reason for a person to look at."""

import json
import logging
from collections import Counter
from pathlib import Path

from city.clock import Clock
from city.errors import Refused
from city.measurements import Reading

log = logging.getLogger(__name__)

FILE = "dead-letters.jsonl"
MOST_BYTES = 8 * 1024 * 1024
"""So much is kept twice: the file, and the one before it with ``.1`` at its end; the oldest are dropped."""
REASONS_MOST = 20
"""Reasons told apart; what a server says may be different each time."""
OTHER_REASON = "other reasons"


class DeadLetters:
    """A file of one JSON document a line."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._file = folder / FILE
        self._clock = clock
        self.count = 0
        """Readings put aside since the start."""
        self.reasons: Counter[str] = Counter()
        """Values of theirs, by reason."""

    def put(self, reading: Reading, refusal: Refused) -> None:
        """Put a reading aside. A disk that does not take it changes nothing: the reading is counted, and logged."""
        why = str(refusal).replace(reading.device, "…")
        if why not in self.reasons and len(self.reasons) >= REASONS_MOST:
            why = OTHER_REASON
        self.count += 1
        self.reasons[why] += len(reading.values)
        log.warning("store: %s at %s is left out: %s", reading.device, reading.at, refusal)
        document = {
            "refused_at": self._clock.now().isoformat(),
            "why": str(refusal),
            "device": reading.device,
            "kind": reading.kind,
            "at": reading.at.isoformat(),
            "values": {metric: repr(value) for metric, value in reading.values.items()},
        }
        try:
            if self._file.exists() and self._file.stat().st_size > MOST_BYTES:
                self._file.replace(self._file.with_name(f"{FILE}.1"))
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(document) + "\n")
        except OSError as error:
            log.warning("spool: %s cannot be written: %s", self._file.name, error.strerror)
