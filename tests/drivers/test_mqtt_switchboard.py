"""Who is who behind a broker, and what comes twice; a radio controller is ordered, answers, and is believed."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import Unreachable
from city.measurements import DeviceKind, Fact, Metric, Reading
from drivers.mqtt import doubles
from drivers.mqtt.doubles import Doubles
from drivers.mqtt.heard import Heard
from drivers.mqtt.switchboard import Switchboard
from drivers.mqtt.told import SOMEBODYS
from drivers.profiles import load_profiles
from tests.drivers.mqtt_peers import NOW, POINT, PROFILE

PROFILES = load_profiles("mqtt")
NAS = PROFILES["nas-ul20xx"]
EUI = "70B3D5B020073208"
RADIO = replace(POINT, id="08-1200", serial="70b3d5b0-20073208")
UP = f"application/7/device/{EUI.lower()}/event/up"
STATUS_PORT, SYSTEM_PORT = 23, 99
MANUAL, DUSK_STEP = 253, 0x50
ORDER: Mapping[str, object] = {"order": "o-1", "level": 40.0, "until": 0.0, "reason": "chantier"}


def board() -> Switchboard:
    return Switchboard([PROFILE, NAS], [POINT, RADIO])


def uplink(port: int, payload: bytes, counter: int = 1, **further: object) -> bytes:
    """What ChirpStack v4 publishes."""
    document = {
        "deviceInfo": {"devEui": EUI.lower()},
        "devAddr": "00189440",
        "fCnt": counter,
        "fPort": port,
        "data": base64.b64encode(payload).decode(),
        "time": NOW.isoformat(),
        **further,
    }
    return json.dumps(document).encode()


def status(level: int, why: int, at: datetime = NOW) -> bytes:
    """A NAS status message: its clock, relay closed, and one dimming source."""
    head = b"\x01" + int(at.timestamp()).to_bytes(4, "little") + bytes([0x80, 0x40, 0x5E, 9, 20, 0, 0])
    return head + bytes([0xFE, why, level, 0])


def hears(switchboard: Switchboard, payload: bytes, now: datetime = NOW) -> Heard:
    return switchboard.hear(UP, payload, retained=False, now=now)


def test_a_lamp_is_known_by_its_id_or_by_its_controllers_serial_number() -> None:
    switchboard = board()
    plain = switchboard.hear("falotier/GW-4/08-1173/telemetry", b'{"w": 40}', retained=False, now=NOW)
    radio = hears(switchboard, uplink(STATUS_PORT, status(100, DUSK_STEP)))
    assert [each.readings[0].device for each in (plain, radio)] == ["08-1173", "08-1200"]


def test_strangers_are_counted_and_never_remembered() -> None:
    switchboard = board()
    for number in range(100):
        topic = f"falotier/GW-4/stranger-{number}/telemetry"
        assert switchboard.hear(topic, b'{"w": 40}', retained=False, now=NOW) == Heard(
            refused=("unknown lamp",)
        )
        gateway = switchboard.hear(
            f"falotier/X-{number}/status", b'{"state": "online"}', retained=True, now=NOW
        )
        assert gateway == Heard(refused=("unknown gateway",))
    assert switchboard.hear("falotier/GW-4/status", b'{"state": "online"}', retained=True, now=NOW).online
    assert not switchboard._routes
    assert not switchboard._doubles._known


def test_a_topic_of_no_profile_is_refused_and_counted() -> None:
    assert board().hear("weather/mulhouse", b"{}", retained=False, now=NOW).refused == ("unknown topic",)


def test_what_two_gateways_heard_or_the_broker_sends_again_is_one_reading() -> None:
    switchboard = board()
    first = hears(
        switchboard,
        uplink(STATUS_PORT, status(100, DUSK_STEP), rxInfo=[{"gatewayId": "A" * 16, "rssi": -57}]),
    )
    again = hears(
        switchboard,
        uplink(STATUS_PORT, status(100, DUSK_STEP), rxInfo=[{"gatewayId": "B" * 16, "rssi": -97}]),
    )
    assert len(first.readings) == 1
    assert again == Heard(refused=("duplicate",))


def test_a_device_that_joins_anew_counts_from_zero_and_is_heard() -> None:
    switchboard = board()
    for counter, level in ((0, 100), (1, 70), (0, 30), (1, 100)):
        heard = hears(switchboard, uplink(STATUS_PORT, status(level, DUSK_STEP), counter))
        assert heard.readings[0].values[Metric.LEVEL] == level
    later = NOW + timedelta(minutes=10)
    same = hears(
        switchboard, uplink(STATUS_PORT, status(100, DUSK_STEP, later), 1, time=later.isoformat()), later
    )
    assert same.readings, "the same words of another minute are no copy"


def test_late_messages_keep_their_own_time() -> None:
    earlier = NOW - timedelta(hours=3)
    heard = hears(board(), uplink(STATUS_PORT, status(100, DUSK_STEP, earlier), time=earlier.isoformat()))
    assert (heard.readings[0].at, heard.time_from) == (earlier, "device")


def test_what_the_broker_kept_from_before_is_no_live_state() -> None:
    heard = board().hear(UP, uplink(STATUS_PORT, status(100, DUSK_STEP)), retained=True, now=NOW)
    assert heard == Heard(refused=("retained",))


def test_a_radio_lamp_is_answered_where_its_last_message_came_from() -> None:
    switchboard = board()
    with pytest.raises(Unreachable, match="was not heard of yet"):
        Switchboard([NAS], [RADIO]).compose("order", RADIO, ORDER)
    hears(switchboard, uplink(STATUS_PORT, status(100, DUSK_STEP)))
    topic, payload = switchboard.compose("order", RADIO, ORDER)
    assert topic == f"application/7/device/{EUI.lower()}/command/down"
    document = json.loads(payload)
    assert (document["devEui"].upper(), document["fPort"]) == (EUI, 60)
    assert base64.b64decode(document["data"]) == bytes([0x01, 0xFE, 40])
    assert switchboard.profile_of(RADIO) is NAS
    assert switchboard.profile_of(POINT) is PROFILE


def test_an_order_is_confirmed_by_the_level_and_the_reason_that_a_radio_lamp_tells() -> None:
    switchboard = board()
    hears(switchboard, uplink(STATUS_PORT, status(100, DUSK_STEP), 1))
    switchboard.told(RADIO, "o-1", 40.0)
    before = hears(switchboard, uplink(STATUS_PORT, status(100, DUSK_STEP, NOW + timedelta(seconds=1)), 2))
    after = hears(switchboard, uplink(STATUS_PORT, status(40, MANUAL), 3))
    assert Fact.ORDER not in before.readings[0].facts
    assert after.readings[0].facts[Fact.ORDER] == "o-1"
    assert after.readings[0].facts[Fact.SOURCE] == "override"


def test_a_level_below_what_the_lamp_holds_is_confirmed_by_its_lowest() -> None:
    switchboard = board()
    switchboard.told(RADIO, "o-1", 5.0)
    heard = hears(switchboard, uplink(STATUS_PORT, status(10, MANUAL)))
    assert heard.readings[0].facts[Fact.ORDER] == "o-1"


def test_another_inventory_keeps_what_was_heard_of_those_that_stay() -> None:
    switchboard = board()
    hears(switchboard, uplink(STATUS_PORT, status(100, DUSK_STEP), 1))
    switchboard.told(RADIO, "o-1", 40.0)
    switchboard.meet([RADIO])
    assert switchboard.compose("order", RADIO, ORDER).topic.endswith("/command/down")
    assert (
        hears(switchboard, uplink(STATUS_PORT, status(40, MANUAL), 2)).readings[0].facts[Fact.ORDER] == "o-1"
    )
    assert switchboard.hear("falotier/GW-4/08-1173/telemetry", b'{"w": 1}', retained=False, now=NOW).refused
    switchboard.meet([POINT])
    assert not switchboard._routes
    assert hears(switchboard, uplink(STATUS_PORT, status(40, MANUAL), 3)).refused == ("unknown lamp",)


def test_an_order_that_is_not_ours_is_somebodys() -> None:
    switchboard = board()
    unasked = hears(switchboard, uplink(STATUS_PORT, status(40, MANUAL), 1))
    switchboard.told(RADIO, "o-1", 40.0)
    other = hears(switchboard, uplink(STATUS_PORT, status(0, MANUAL), 2))
    assert [each.readings[0].facts[Fact.ORDER] for each in (unasked, other)] == [SOMEBODYS] * 2


def test_a_refused_downlink_is_the_refusal_of_the_order_sent_last() -> None:
    switchboard = board()
    switchboard.told(RADIO, "o-1", 40.0)
    heard = hears(switchboard, uplink(SYSTEM_PORT, bytes([0x13, 0x3C, 0x0C])))
    said = next(each.facts for each in heard.readings if Fact.EVENT in each.facts)
    assert (said[Fact.EVENT], said[Fact.REFERENCE]) == ("order_refused", "o-1")
    assert "address_not_available" in said[Fact.WHY]


def reading(level: float, at: datetime = NOW) -> Reading:
    return Reading(EUI, DeviceKind.LAMP, at, {Metric.LEVEL: level})


def test_the_memory_for_copies_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubles, "MOST_DEVICES", 100)
    known = Doubles()
    for number in range(1000):
        for counter in range(20):
            known.is_double(f"device-{number}", str(counter), [reading(counter)])
    assert len(known._known) == 100
    assert {len(recent) for recent in known._known.values()} == {doubles.RECENT}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=40))
def test_only_what_came_before_with_the_same_number_and_words_is_a_copy(
    messages: list[tuple[int, int, int]],
) -> None:
    known, seen = Doubles(), set()
    for device, counter, level in messages:
        is_double = known.is_double(str(device), str(counter), [reading(level)])
        assert not is_double or (device, counter, level) in seen
        seen.add((device, counter, level))


@given(topic=st.text(max_size=60), payload=st.binary(max_size=300), retained=st.booleans())
def test_nothing_that_comes_makes_it_raise(topic: str, payload: bytes, retained: bool) -> None:
    switchboard = board()
    for each in (topic, UP, "falotier/GW-4/08-1173/telemetry", "falotier/GW-4/status"):
        heard = switchboard.hear(each, payload, retained=retained, now=NOW)
        assert heard.readings or heard.online is not None or heard.refused
