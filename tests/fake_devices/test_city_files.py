"""What the simulated city tells a head-end of its Wi-Fi: controllers, opening hours, what is announced."""

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from city.clock import ManualClock
from city.settings import Settings
from fake_devices.city_files import Addresses, Rhythm, inventory_document, settings_text
from fake_devices.city_plan import CityPlan, plan_city
from fake_devices.footfall import hourly_clients

NOW = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
CITY = plan_city(30, 60, 1)
CHANGE_OF_CLOCKS = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)


def addresses(plan: CityPlan, traps_port: int | None = None) -> Addresses:
    ports = {each.id: 20_000 + number for number, each in enumerate(plan.access_points)}
    controllers = dict.fromkeys(plan.wifi_controllers, 30_000)
    cabinets = {each.id: 1502 for each in plan.cabinets}
    return Addresses(1883, cabinets, ports | controllers, "public", None, "", traps_port)


def features(plan: CityPlan) -> dict[str, Mapping[str, Any]]:
    document = inventory_document(plan, addresses(plan), frozenset())
    return {
        feature["properties"]["id"]: feature["properties"]
        for feature in document["features"]
        if feature["properties"]["kind"] == "access-point"
    }


def test_an_access_point_names_its_controller_or_where_it_is_itself() -> None:
    document = inventory_document(CITY, addresses(CITY), frozenset())
    (controller,) = document["controllers"]
    assert controller == {"id": "WLC-1", "host": "127.0.0.1", "port": 30_000, "profile": "falotier-wlc"}
    known = features(CITY)
    assert known["AP-CTR-01"]["controller"] == "WLC-1"
    assert "snmp" not in known["AP-CTR-01"]
    assert known["AP-PAT-01"]["snmp"]["port"] == 20_000
    assert known["AP-PAT-01"]["profile"] == "falotier-ap"
    assert "controller" not in known["AP-PAT-01"]
    assert not {each.id for each in CITY.newcomers} & set(known), "nobody has told the head-end of it"


def test_a_small_city_has_no_controller() -> None:
    small = plan_city(30, 5, 1)
    assert inventory_document(small, addresses(small), frozenset())["controllers"] == []
    assert all("snmp" in each for each in features(small).values())


def test_places_say_when_they_are_open() -> None:
    document = inventory_document(CITY, addresses(CITY), frozenset())
    opens = {each["id"]: each.get("opens") for each in document["hotspots"]}
    assert opens["uha"] == "Mo-Fr 07:30-20:00; Sa 08:00-12:00; PH off"
    assert opens["centre-ville"] is None
    assert set(opens) == {each.hotspot for each in CITY.access_points}


def test_matches_of_two_months_around_are_announced_and_really_played() -> None:
    settings = Settings.model_validate(
        tomllib.loads(settings_text(addresses(CITY), ManualClock(NOW), Rhythm(), CITY))
    )
    matches = [event for event in settings.event if event.hotspot == "patinoire"]
    assert len(matches) > 20
    for match in matches:
        assert NOW - timedelta(days=61) < match.begins < NOW + timedelta(days=61)
        assert match.begins.utcoffset() == timedelta(hours=2 if match.begins < CHANGE_OF_CLOCKS else 1)
        assert hourly_clients("patinoire", match.begins, 1, CITY.seed, 100)[0] > 85


def test_traps_are_told_where_to_go_only_where_they_are_wanted() -> None:
    told = settings_text(addresses(CITY, 16_200), ManualClock(NOW), Rhythm(), CITY)
    settings = Settings.model_validate(tomllib.loads(told))
    assert (settings.snmp.traps_host, settings.snmp.traps_port) == ("127.0.0.1", 16_200)
    assert "traps" not in settings_text(addresses(CITY), ManualClock(NOW), Rhythm(), CITY)
