"""A small fictional city for the tests of this room."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from city.places import Position, Site
from lighting.inventory import Cabinet, Circuit, Feed, Inventory, LampType, LightPoint

PARIS = ZoneInfo("Europe/Paris")
MULHOUSE = Site("Mulhouse", Position(47.75, 7.34), PARIS)
TROMSO = Site("Tromsø", Position(69.65, 18.96), ZoneInfo("Europe/Oslo"))
SOUTH_POLE = Site("Amundsen–Scott", Position(-90.0, 0.0), ZoneInfo("Pacific/Auckland"))
REYKJAVIK = Site("Reykjavík", Position(64.147, -21.94), ZoneInfo("Atlantic/Reykjavik"))

LED_60 = LampType(
    "led-60", nominal_w=60.0, power_at_min_w=7.0, min_level_pct=10.0, standby_w=0.6, warm_up_s=30.0
)

PHASES = ("L1", "L2", "L3")

PLACES = {
    "A-001": ("Mulhouse Grand Centre", "Centre historique", "rue Mercière"),
    "A-002": ("Drouot-Barbanègre", "Drouot-Barbanègre", "rue de Bâle"),
}


def local(text: str) -> datetime:
    """An instant from Paris's wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def inventory(lamps_per_circuit: int = 4) -> Inventory:
    """Two cabinets, each with a permanent and a night-fed circuit."""
    cabinets = {}
    points = {}
    for name, (sector, quarter, street) in PLACES.items():
        circuits = (
            Circuit(f"{name}/1", name, 1, Feed.PERMANENT),
            Circuit(f"{name}/2", name, 2, Feed.NIGHT),
        )
        cabinets[name] = Cabinet(
            name, MULHOUSE.position, sector, street, "127.0.0.1", 502, 1, "falotier-cabinet", circuits
        )
        for circuit in circuits:
            for number in range(1, lamps_per_circuit + 1):
                point = f"{name[2:]}-{circuit.number}{number:02d}"
                points[point] = LightPoint(
                    id=point,
                    position=MULHOUSE.position,
                    sector=sector,
                    quarter=quarter,
                    street=street,
                    cabinet=name,
                    circuit=circuit.id,
                    phase=PHASES[(number - 1) % len(PHASES)],
                    lamp_type=LED_60,
                    gateway="GW-1",
                )
    return Inventory(points, cabinets)
