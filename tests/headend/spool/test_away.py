"""The store away for hours of a city: nothing lost, memory bounded, what is live first, and the loop free meanwhile.

A part of what ``python -m benchmarks store-away`` does, on a quick clock.
"""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.lamp_readings import VALUES, tags_of
from benchmarks.store_away import MIB, at_share, measure
from city.clock import SimulatedClock, SystemClock
from city.settings import TelemetrySection
from drivers.embedded import EmbeddedStore
from headend.connections import Connections
from headend.spool import Spool
from headend.spool.drain import MADE_UP_S
from tests.headend.recording import RecordingStore

LAMPS = 300
HOURS = 6
TURNS = 72
SPEED = 20.0
DRAIN_PER_S = 150_000
PACE = 1000
"""Values a second."""
MEMORY_MIB = 150
"""It may grow by so much, DuckDB's own part included; all that waits would be twice as much as objects."""


async def test_six_hours_without_a_store_cost_nothing_but_room_on_the_disk(tmp_path: Path) -> None:
    clock = SimulatedClock.starting(datetime(2026, 11, 30, 16, 0, tzinfo=UTC), SPEED)
    store = EmbeddedStore(tmp_path / "telemetry", tags_of)
    seen = await measure(store, tmp_path / "spool", clock, LAMPS, HOURS, DRAIN_PER_S)
    assert seen.values == LAMPS * TURNS * VALUES
    assert (seen.missing, seen.lost) == (0, 0)
    assert seen.spool_bytes < 4 * seen.values
    assert seen.delays_s
    assert seen.backlog_before_live < seen.values / 2
    assert max(seen.rss.values()) - seen.rss["at the start"] < MEMORY_MIB * MIB
    assert at_share(seen.lags_s, 0.5) < 0.02


async def test_rests_of_the_writer_are_made_up_for_and_long_ones_are_not(tmp_path: Path) -> None:
    clock = SystemClock()
    settings = TelemetrySection(spool_leaves_mib=0, drain_per_s=PACE)
    drain = Spool(RecordingStore(), tmp_path, settings, clock, Connections(clock))._drain
    for rested_s, expected in ((1.6, 1.6 * PACE), (3600.0, MADE_UP_S * PACE)):
        drain._allowed, drain._allowed_at = 0.0, time.monotonic() - rested_s
        assert drain._allowance() == pytest.approx(expected, rel=0.05)
