"""What of the half hour before an instant a past picture is made of."""

from datetime import UTC, datetime, timedelta

import pytest

from city.errors import BadInput
from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Track
from headend.past_readings import ASKED_ALONE, BACK, heard_before, last_words, put_together
from tests.headend.recording import RecordingStore, circuit_reading, lamp_reading

AT = datetime(2026, 11, 30, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def heard(store: RecordingStore, at: datetime = AT) -> list[Reading]:
    return list(put_together(await heard_before(store, at), at).readings)


async def test_of_lamps_and_cabinets_the_newest_counts_and_of_radios_every_word() -> None:
    store = RecordingStore()
    for minutes in range(25, -1, -5):
        at = AT - minutes * MINUTE
        store.readings += [
            lamp_reading("L1", at, level=float(minutes)),
            Reading("A-001", DeviceKind.CABINET, at, {Metric.POWER: float(minutes)}),
            Reading("AP-1", DeviceKind.ACCESS_POINT, at, {Metric.CLIENTS: 3.0}),
            Reading("AP-1/1", DeviceKind.RADIO, at, {Metric.CLIENTS: 3.0}),
        ]
    store.readings.append(lamp_reading("L1", AT + MINUTE, level=99.0))
    found = await heard(store)
    kinds = [reading.kind for reading in found]
    assert kinds.count(DeviceKind.RADIO) == kinds.count(DeviceKind.ACCESS_POINT) == 6
    [lamp] = [reading for reading in found if reading.kind is DeviceKind.LAMP]
    assert (lamp.at, lamp.values[Metric.LEVEL]) == (AT, 0.0)
    assert [reading.at for reading in found] == sorted(reading.at for reading in found)
    first = [reading.kind for reading in found if reading.at == AT - 25 * MINUTE]
    assert first == [DeviceKind.ACCESS_POINT, DeviceKind.RADIO], "an access point is heard before its radios"


async def test_of_circuits_the_turns_count_with_the_first_and_the_newest_word() -> None:
    store = RecordingStore()
    closed = [True, True, False, False, False, True, True, True]
    for minutes, is_closed in zip(range(8, 0, -1), closed, strict=True):
        store.readings.append(circuit_reading("A-001/1", AT - minutes * MINUTE, closed=is_closed))
    assert [(AT - each.at) // MINUTE for each in await heard(store)] == [8, 6, 3, 1]
    store.readings = store.readings[:1]
    assert len(await heard(store)) == 1


async def test_after_a_break_in_what_was_heard_all_begins_anew() -> None:
    store = RecordingStore()
    store.readings = [lamp_reading("L1", AT - minutes * MINUTE) for minutes in (28, 25, 4)]
    assert put_together(await heard_before(store, AT), AT).since == AT - 4 * MINUTE
    store.readings = [lamp_reading("L1", AT - minutes * MINUTE) for minutes in range(29, 0, -5)]
    assert put_together(await heard_before(store, AT), AT).since == AT - BACK


@pytest.mark.parametrize("minutes", [(), (18, 29), (31,)])
async def test_where_nobody_was_heard_just_before_nothing_is_made_up(minutes: tuple[int, ...]) -> None:
    store = RecordingStore()
    store.readings = [lamp_reading("L1", AT - each * MINUTE) for each in minutes]
    tracks = await heard_before(store, AT)
    with pytest.raises(BadInput, match="nothing was recorded at 2026-11-30T02:12Z"):
        put_together(tracks, AT)


async def test_a_few_silent_lamps_are_asked_for_their_last_word_many_are_not() -> None:
    store = RecordingStore()
    store.readings = [lamp_reading("L1", AT), lamp_reading("L2", AT - 300 * MINUTE, level=30.0)]
    tracks = await heard_before(store, AT)
    more = await last_words(store, AT, ["L1", "L2", "L3"], tracks)
    assert [track.device for track in more[DeviceKind.LAMP]] == ["L1", "L2"]
    assert more[DeviceKind.LAMP][1] == Track("L2", [(AT - 300 * MINUTE, (30.0, None, None))])
    many = [f"L{number}" for number in range(ASKED_ALONE + 2)]
    assert await last_words(store, AT, many, tracks) is tracks
