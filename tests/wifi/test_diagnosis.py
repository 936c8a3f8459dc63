"""The whole of the Wi-Fi diagnosis: what must raise nothing, and what holds whatever comes in whichever order."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from city.incidents import LIVE, VISIBLE, Cause, Incident
from city.measurements import DeviceKind, Fact, Metric, Reading
from tests.wifi.small_wifi import MINUTE, START, Minutes, city, radio
from wifi.diagnosis import WifiDiagnosis

RINK = ("AP-PAT-01", "AP-PAT-02", "AP-PAT-03")
MARKET = ("AP-CV-01", "AP-CV-02")
ALL = (*RINK, *MARKET)
CITY = city({"patinoire": RINK, "centre-ville": MARKET}, dict.fromkeys(ALL[1:], "WLC-1"))

WIFI_CAUSES = frozenset(Cause) & {
    Cause.AP_DOWN,
    Cause.AP_FLAPPING,
    Cause.AP_REBOOTING,
    Cause.RADIO_OFF,
    Cause.RADIO_SATURATED,
    Cause.INTERFERENCE,
    Cause.BACKHAUL_DOWN,
    Cause.WIFI_CONTROLLER_LOST,
    Cause.COUNTERS_STUCK,
}


def test_no_citizen_hears_of_any_of_them() -> None:
    assert not WIFI_CAUSES & VISIBLE


def test_a_site_that_restarts_for_maintenance_raises_nothing() -> None:
    polls = Minutes(CITY)
    polls.uptime_s = dict.fromkeys(ALL, 90_000.0)
    polls.poll(5)
    polls.poll(2, missed=RINK)
    polls.uptime_s |= dict.fromkeys(RINK, 20.0)
    polls.poll(60)
    assert polls.told == []


def test_an_evening_crowd_that_leaves_raises_nothing() -> None:
    polls = Minutes(CITY)
    octets = dict.fromkeys(ALL, 0.0)

    def radios(name: str, at: datetime) -> Iterable[Reading]:
        hours = (at - START) / timedelta(hours=1)
        clients = max(0.0, round(39 * (1 - abs(hours - 1))))
        octets[name] += clients * 100_000 * 60
        yield radio(
            f"{name}/1",
            at,
            clients,
            airtime=4 + 2 * clients,
            noise_dbm=-95 + clients / 8,
            in_octets=octets[name] / 9,
            out_octets=octets[name],
        )

    polls.radios = radios
    polls.poll(10 * 60)
    assert polls.told == []


def test_one_miss_in_fifty_raises_nothing_in_a_day() -> None:
    polls = Minutes(CITY)
    for minute in range(24 * 60):
        polls.poll(missed=[name for number, name in enumerate(ALL) if (minute + 11 * number) % 50 == 0])
    assert polls.told == []


Event = tuple[str, str, int]
EVENTS = st.tuples(
    st.sampled_from(ALL),
    st.sampled_from(
        ["up", "up", "missed", "missed", "missed", "row", "trap", "radio", "off", "reboot", "tick"]
    ),
    st.integers(-90, 400),
)


def applied(diagnosis: WifiDiagnosis, events: Iterable[Event]) -> Iterable[list[Incident]]:
    now = START
    for name, what, seconds in events:
        at = now + timedelta(seconds=seconds)
        now = max(now, at)
        point = DeviceKind.ACCESS_POINT
        match what:
            case "missed":
                yield diagnosis.missed(name, at)
            case "row":
                facts = {Fact.WHY: "missing_row"}
                yield diagnosis.observe(Reading(name, point, at, {Metric.UP: 0.0}, facts))
            case "trap":
                yield diagnosis.told(name, at, "ap_down")
            case "radio":
                yield diagnosis.observe(radio(f"{name}/1", at))
            case "off":
                yield diagnosis.observe(radio(f"{name}/1", at, up=0.0))
            case "tick":
                yield diagnosis.tick(now)
            case _:
                uptime_s = 5.0 if what == "reboot" else (at - START).total_seconds() + 1e6
                yield diagnosis.observe(Reading(name, point, at, {Metric.UPTIME: uptime_s}))


@settings(max_examples=300, deadline=None)
@given(st.lists(EVENTS, max_size=150))
def test_whatever_comes_in_whichever_order_no_cause_stands_twice_on_one_asset(events: list[Event]) -> None:
    stands: dict[str, Incident] = {}
    for told in applied(WifiDiagnosis(CITY), events):
        for incident in told:
            stands[incident.id] = incident
        live = [each for each in stands.values() if each.state in LIVE]
        assert len({(each.cause, each.asset) for each in live}) == len(live)
        taken = [name for each in live for name in each.suppressed]
        assert len(set(taken)) == len(taken), "one access point is taken down by two causes"
        own = {each.asset for each in live if each.cause is Cause.AP_DOWN}
        assert not own & set(taken), "one that its place or controller took down has an incident of its own"


@settings(max_examples=100, deadline=None)
@given(st.lists(EVENTS, max_size=100), st.integers(0, 100))
def test_a_restart_at_any_time_doubles_nothing(events: list[Event], cut: int) -> None:
    before, after = events[:cut], events[cut:]
    stands: dict[str, Incident] = {}
    for told in applied(WifiDiagnosis(CITY), before):
        stands |= {incident.id: incident for incident in told}
    for told in applied(WifiDiagnosis(CITY, stands.values()), after):
        stands |= {incident.id: incident for incident in told}
        live = [each for each in stands.values() if each.state in LIVE]
        assert len({(each.cause, each.asset) for each in live}) == len(live)


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(40)), st.integers(0, 59))
def test_a_controller_of_forty_in_any_order_of_polls_is_exactly_one(order: list[int], cut_s: int) -> None:
    names = [f"AP-{number:02}" for number in range(40)]
    places = {f"place-{number}": names[8 * number : 8 * number + 8] for number in range(5)}
    diagnosis = WifiDiagnosis(city(places, dict.fromkeys(names, "WLC-1")))
    lost_at = START + 5 * MINUTE + timedelta(seconds=cut_s)
    told: list[Incident] = []
    for minute in range(20):
        for place, number in enumerate(order):
            at = START + minute * MINUTE + timedelta(seconds=1.5 * place)
            if at >= lost_at:
                told += diagnosis.missed(names[number], at)
            else:
                told += diagnosis.observe(Reading(names[number], DeviceKind.ACCESS_POINT, at, {}))
    assert [(each.cause, each.asset, len(each.suppressed)) for each in told] == [
        (Cause.WIFI_CONTROLLER_LOST, "WLC-1", 40)
    ]
