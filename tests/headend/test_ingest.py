"""The one gate."""

import logging
from datetime import timedelta

import pytest

from city.measurements import Metric, Reading
from tests.headend.recording import EVENING, batch, event, lamp_reading
from tests.headend.small_city import Parts

MINUTE = timedelta(minutes=1)


def test_every_value_is_counted_once_and_queued() -> None:
    parts = Parts()
    parts.ingest(batch(lamp_reading("L1", EVENING), lamp_reading("L2", EVENING)))
    assert (parts.ingest.ingested, parts.spool.waiting, parts.ingest.duplicates) == (4, 4, 0)


def test_a_message_that_comes_twice_is_dropped_and_counted() -> None:
    parts = Parts()
    for _ in range(3):
        parts.ingest(batch(lamp_reading("L1", EVENING)))
    assert (parts.ingest.ingested, parts.spool.waiting, parts.ingest.duplicates) == (2, 2, 4)


def test_a_late_reading_is_stored_but_judged_by_nobody() -> None:
    parts = Parts()
    heard: list[Reading] = []
    parts.ingest.on_news(heard.append)
    parts.ingest(batch(lamp_reading("L1", EVENING)))
    parts.ingest(batch(lamp_reading("L1", EVENING - MINUTE)))
    assert parts.ingest.ingested == 4
    assert [reading.at for reading in heard] == [EVENING]


def test_an_event_of_the_same_instant_as_a_measurement_is_no_duplicate() -> None:
    parts = Parts()
    events: list[Reading] = []
    parts.ingest.on_event(events.append)
    parts.ingest(batch(lamp_reading("L1", EVENING), event("L1", EVENING, "boot")))
    assert len(events) == 1
    assert parts.ingest.ingested == 2


def test_a_fault_in_one_judgement_stops_neither_the_others_nor_the_store(
    caplog: pytest.LogCaptureFixture,
) -> None:
    parts = Parts()
    heard: list[Reading] = []

    def faulty(reading: Reading) -> None:
        raise ZeroDivisionError

    parts.ingest.on_news(faulty)
    parts.ingest.on_news(heard.append)
    with caplog.at_level(logging.ERROR):
        for number in range(3):
            parts.ingest(batch(lamp_reading("L1", EVENING + number * MINUTE)))
    assert (len(heard), parts.spool.waiting) == (3, 6)
    assert len(caplog.records) == 1


def test_readings_of_strangers_pass_without_harm() -> None:
    parts = Parts()
    parts.ingest(batch(lamp_reading("nobody", EVENING, order="o-1"), event("nobody", EVENING, "boot")))
    parts.lamps.refresh()
    assert parts.snapshot.latest(lamp_reading("nobody", EVENING).kind, "nobody") is not None
    assert Metric.LEVEL in lamp_reading("nobody", EVENING).values
