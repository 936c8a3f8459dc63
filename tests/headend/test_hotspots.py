"""The city's Wi-Fi as consoles see it: capacity, since when it is full, networks, and where a figure comes from."""

from datetime import datetime, timedelta

from city.measurements import DeviceKind, Metric, Reading
from city.places import Position
from city.wifi_views import AccessPointView, HotspotView
from headend.hotspots import Hotspots
from headend.ingest import Ingest
from headend.snapshot import Snapshot
from tests.headend.recording import EVENING, batch
from wifi.inventory import AccessPoint, Hotspot, Inventory

MINUTE = timedelta(minutes=1)
RINK = Position(47.7352, 7.3168)
NAMES = ("AP-1", "AP-2")
WIFI = Inventory(
    {"patinoire": Hotspot("patinoire", "Patinoire", RINK, "West", watched=True)},
    {
        name: AccessPoint(name, "patinoire", RINK, "10.0.0.1", 161, "cisco-wlc", 40, controller="WLC-1")
        for name in NAMES
    },
)


class Nowhere:
    """A spool that keeps nothing."""

    def put(self, reading: Reading) -> None:
        """Forget it."""


class Scene:
    """Two access points with two radios each, which pass through the gate as they do in the head-end."""

    def __init__(self) -> None:
        snapshot = Snapshot()
        self.hotspots = Hotspots(WIFI, snapshot)
        self.ingest = Ingest(snapshot, Nowhere())  # type: ignore[arg-type]
        self.ingest.on_news(self.hotspots.observe)
        self.minute = 0

    def poll(
        self, minutes: int = 1, *, clients: int = 10, networks: tuple[str, ...] = (), **radio_one: float
    ) -> None:
        """Each radio has ``clients``; the first of the first says more by metric."""
        for _ in range(minutes):
            self.minute += 1
            for number, name in enumerate(NAMES):
                at = EVENING + self.minute * MINUTE + number * MINUTE / 3
                values = {Metric.CLIENTS: float(clients), Metric.AIRTIME: 10.0, Metric.CHANNEL: 36.0}
                first = values | (
                    {Metric(metric): value for metric, value in radio_one.items()} if number == 0 else {}
                )
                self.ingest(
                    batch(
                        Reading(name, DeviceKind.ACCESS_POINT, at, {Metric.UP: 1.0}),
                        Reading(f"{name}/1", DeviceKind.RADIO, at, first),
                        Reading(f"{name}/2", DeviceKind.RADIO, at, values),
                        *(
                            Reading(f"{name}/{network}", DeviceKind.SSID, at, {Metric.CLIENTS: 3.0})
                            for network in networks
                        ),
                    )
                )

    @property
    def place(self) -> HotspotView:
        (place,) = self.hotspots.hotspots()
        return place

    def full_since(self) -> datetime | None:
        """Since when the place is full."""
        return self.place.saturated_since

    @property
    def first(self) -> AccessPointView:
        return self.hotspots.access_points()[0]


def test_each_figure_says_where_it_comes_from_and_when_it_was_measured() -> None:
    the = Scene()
    the.poll()
    assert (the.first.controller, the.first.source) == ("WLC-1", "cisco-wlc")
    assert the.first.at == EVENING + MINUTE
    assert [radio.at for radio in the.first.radios] == [EVENING + MINUTE] * 2
    assert the.place.at == EVENING + MINUTE + MINUTE / 3


def test_a_place_has_the_capacity_of_the_radios_that_send_on_access_points_that_are_up() -> None:
    the = Scene()
    the.poll()
    assert (the.place.capacity, the.first.capacity) == (160, 80)
    the.poll(up=0.0)
    assert (the.place.capacity, the.first.capacity) == (120, 40)
    for minute in range(3):
        the.hotspots.missed("AP-2", EVENING + minute * MINUTE)
    assert the.place.capacity == 40


def test_a_radio_that_is_off_carries_nobody_and_is_in_no_mean() -> None:
    the = Scene()
    the.poll(clients=20)
    assert [radio.up for radio in the.first.radios] == [None, None]
    assert the.first.load_pct == 50.0
    the.poll(clients=20, up=0.0, airtime_pct=0.0)
    off, on = the.first.radios
    assert (off.up, off.load_pct, off.clients) == (False, None, 0)
    assert (on.up, on.load_pct, on.clients) == (None, 50.0, 20)
    assert (the.first.load_pct, the.first.clients) == (50.0, 20)
    assert the.place.load_pct == 50.0
    the.poll(clients=20, up=1.0)
    assert the.first.radios[0].up is True


def test_a_place_that_has_been_full_for_ten_minutes_says_since_when() -> None:
    the = Scene()
    the.poll(3)
    the.poll(10, clients=36)
    assert (the.full_since(), the.first.saturated_since) == (None, None)
    the.poll(2, clients=36)
    since = the.full_since()
    assert since is not None
    assert timedelta() <= since - (EVENING + 4 * MINUTE) < MINUTE
    assert the.first.saturated_since == EVENING + 4 * MINUTE
    assert [radio.saturated_since for radio in the.first.radios] == [EVENING + 4 * MINUTE] * 2
    the.poll(13, clients=30)
    assert the.full_since() is not None
    the.poll(13, clients=20)
    assert the.full_since() is None
    assert the.first.saturated_since is None


def test_one_radio_alone_may_be_full() -> None:
    the = Scene()
    the.poll(15, airtime_pct=97.0)
    assert the.first.radios[0].saturated_since == EVENING + MINUTE
    assert the.first.radios[1].saturated_since is None
    assert (the.first.saturated_since, the.full_since()) == (None, None)


def test_a_place_whose_access_points_have_died_is_not_full_for_ever() -> None:
    the = Scene()
    the.poll(15, clients=40)
    assert the.full_since() is not None
    for minute in range(15, 30):
        for name in NAMES:
            the.hotspots.missed(name, EVENING + minute * MINUTE + MINUTE / 2)
    assert the.full_since() is None


def test_networks_are_told_by_name_with_their_clients_while_they_are_listed() -> None:
    the = Scene()
    the.poll(networks=("Ville/gratuit", "Mulhouse-WiFi"))
    assert [(each.name, each.clients) for each in the.first.ssids] == [
        ("Mulhouse-WiFi", 3),
        ("Ville/gratuit", 3),
    ]
    the.poll(networks=("Mulhouse-WiFi",))
    assert [each.name for each in the.first.ssids] == ["Mulhouse-WiFi"]
    at = EVENING + 9 * MINUTE
    the.ingest(batch(Reading("nobody/x", DeviceKind.SSID, at, {Metric.CLIENTS: 1.0})))
    assert [each.name for each in the.first.ssids] == ["Mulhouse-WiFi"]


def test_what_is_expected_of_a_place_is_asked_of_whoever_knows() -> None:
    the = Scene()
    the.poll()
    assert (the.place.usual_clients, the.place.event) == (None, "")
    the.hotspots.expectations = lambda hotspot: (12.5, f"match ({hotspot})")
    assert (the.place.usual_clients, the.place.event) == (12.5, "match (patinoire)")
