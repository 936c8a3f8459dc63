"""What 100,000 light points should hold at a switch point: 300 calendars, and an order, a lock or a rule on each."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from city.places import Position, Site
from city.settings import CitySection
from headend.order_book import OrderBook
from headend.plan import Plan
from lighting.calendars import Calendar, Rule, Span
from lighting.inventory import Cabinet, Circuit, Feed, Group, Inventory, LampType, LightPoint
from lighting.light_plan import Assignment, LightPlan
from lighting.orders import Kind, Override
from lighting.programmes import FIVE_STEPS

POINTS = 100_000
A_CABINET = 50
CALENDARS = 300
AN_ORDER = 500
"""Light points of one order: as many as one person may change alone."""
SWITCH_POINT = datetime(2026, 11, 30, 21, 0, tzinfo=UTC)
RUNS = 5


def main() -> Iterator[tuple[str, str]]:
    """Best of some runs, in which the sun of the night is already known."""
    site = CitySection().site
    inventory = _inventory(site)
    plan = Plan(_light_plan(), site, inventory)
    book = _book(inventory)
    times, decided = [], 0
    for _ in range(RUNS + 1):
        started = time.process_time()
        levels = plan.levels(SWITCH_POINT)
        calendar_of = plan.calendar_of
        decided = sum(
            book.decide(name, levels[calendar_of[name]], "", SWITCH_POINT).source == "override"
            for name in inventory.light_points
        )
        times.append(time.process_time() - started)
    yield f"{POINTS} light points, {decided} of them overridden (CPU s)", f"{min(times[1:]):.2f}"
    yield "the same, the sun worked out first (CPU s)", f"{times[0]:.2f}"


def _light_plan() -> LightPlan:
    programmes = {
        f"p-{number}": replace(FIVE_STEPS, name=f"p-{number}", level=100.0 - number % 30)
        for number in range(CALENDARS)
    }
    winter = Span(date(2026, 11, 1), date(2026, 12, 31))
    calendars = {
        f"c-{number}": Calendar(
            f"c-{number}", "", f"p-{number}", (Rule("winter", f"p-{(number + 1) % CALENDARS}", (winter,)),)
        )
        for number in range(CALENDARS)
    }
    follows = tuple(Assignment(f"group:g-{number}", f"c-{number}") for number in range(CALENDARS))
    return LightPlan(programmes, calendars, "c-0", follows)


def _inventory(site: Site) -> Inventory:
    lamp = LampType(
        "led", nominal_w=60.0, power_at_min_w=7.0, min_level_pct=10.0, standby_w=0.6, warm_up_s=30.0
    )
    where = Position(site.position.latitude, site.position.longitude)
    points: dict[str, LightPoint] = {}
    cabinets: dict[str, Cabinet] = {}
    for number in range(POINTS // A_CABINET):
        name = f"A-{number:04}"
        circuit = Circuit(f"{name}/1", name, 1, Feed.PERMANENT)
        cabinets[name] = Cabinet(
            name, where, "S", "street", "127.0.0.1", 1, 1, "falotier-cabinet", (circuit,)
        )
        for place in range(A_CABINET):
            point = f"{number:04}-{place:02}"
            points[point] = LightPoint(point, where, "S", "Q", "street", name, circuit.id, "L1", lamp, "GW")
    names = list(points)
    groups = {
        f"g-{number}": Group(f"g-{number}", "", frozenset(names[number::CALENDARS]))
        for number in range(CALENDARS)
    }
    return Inventory(points, cabinets, (lamp,), groups)


def _book(inventory: Inventory) -> OrderBook:
    """Two orders on every light point, and a lock or a rule on some: more than any city ever has in force."""
    book, names = OrderBook(timedelta(hours=12)), list(inventory.light_points)
    kinds: tuple[Kind, ...] = ("order", "order", "lock", "dynamic")
    for layer, kind in enumerate(kinds):
        for number, first in enumerate(range(0, POINTS, AN_ORDER)):
            if layer < 2 or number % 10 == layer:
                asked = SWITCH_POINT - timedelta(minutes=60 - 10 * layer)
                book.put(
                    Override(
                        id=f"{kind}-{layer}-{number}",
                        selector="",
                        points=frozenset(names[first : first + AN_ORDER]),
                        level=40.0,
                        reason="",
                        by="",
                        asked_at=asked,
                        until=SWITCH_POINT + timedelta(minutes=number % 3 - 1),
                        kind=kind,
                    ),
                    SWITCH_POINT,
                )
    return book
