"""A believable small city for the console's tests: 200 light points, four incidents, three watched hotspots.

All positions and readings are fictional.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import cos, radians, sin

from city.incidents import Cause, State
from city.measurements import DeviceKind
from city.messages import (
    Connection,
    EvidenceView,
    IncidentView,
    LampCounts,
    LampState,
    LightPointView,
    Summary,
    TicketView,
)
from city.storage import StorageView
from city.wifi_views import AccessPointView, HotspotView, RadioView, SsidView

NOW = datetime(2026, 11, 30, 20, 42, 10, tzinfo=UTC)
SUNSET = datetime(2026, 11, 30, 15, 41, tzinfo=UTC)
SUNRISE = datetime(2026, 12, 1, 7, 3, tzinfo=UTC)
NOMINAL_W = 52.0
PROGRAMME = "8f3a21c0"

STREETS = (
    ("Mulhouse Grand Centre", "Centre historique", "rue du Sauvage", 47.7480, 7.3390, 20),
    ("Mulhouse Grand Centre", "Centre historique", "rue Mercière", 47.7466, 7.3372, 70),
    ("Mulhouse Grand Centre", "Fonderie", "rue de la Fonderie", 47.7400, 7.3308, 60),
    ("Mulhouse Grand Centre", "Europe-Bassin-Nordfeld", "boulevard de l'Europe", 47.7503, 7.3472, 110),
    ("D8", "Franklin-Fridolin", "rue Franklin", 47.7545, 7.3370, 150),
    ("D8", "Vauban-Neppert", "rue Neppert", 47.7570, 7.3460, 30),
    ("Manufactures", "Cité-Briand", "avenue Aristide-Briand", 47.7520, 7.3220, 10),
    ("Manufactures", "Daguerre", "rue Daguerre", 47.7480, 7.3180, 80),
    ("West", "Dornach", "rue de l'Illberg", 47.7360, 7.3110, 45),
    ("West", "Coteaux", "rue Jules-Ehrmann", 47.7320, 7.3010, 100),
    ("Bourtzwiller", "Bourtzwiller", "rue de Soultz", 47.7710, 7.3400, 75),
    ("Drouot-Barbanègre", "Drouot-Barbanègre", "avenue Drouot", 47.7585, 7.3620, 140),
    ("Bourtzwiller", "Bourtzwiller", "rue de Toulon", 47.7755, 7.3340, 5),
    ("Mulhouse Grand Centre", "Rebberg", "avenue d'Altkirch", 47.7350, 7.3420, 85),
)
LAMPS_PER_STREET = 14
SPACING_DEGREES = 0.00034
FAILED = {"0205": "lamp", "0603": "lamp"}
BREAKER = "A-003/1"
FULL_FROM_PCT = 90.0


def light_points() -> dict[str, LightPointView]:
    """Streets as lines of lamps, each street on two circuits of its own cabinet."""
    points = {}
    for street, (sector, quarter, name, latitude, longitude, heading) in enumerate(STREETS, start=1):
        for lamp in range(LAMPS_PER_STREET):
            along = (lamp - LAMPS_PER_STREET / 2) * SPACING_DEGREES
            point = f"{street:02}{lamp + 1:02}"
            circuit = f"A-{street:03}/{1 + lamp // 7}"
            points[point] = _light_point(
                point,
                sector,
                quarter,
                name,
                circuit,
                latitude + along * sin(radians(heading)) + 0.00006 * (lamp % 2),
                longitude + 1.48 * along * cos(radians(heading)),
            )
    return points


def _light_point(
    point: str, sector: str, quarter: str, street: str, circuit: str, latitude: float, longitude: float
) -> LightPointView:
    state, asked, effect, power = LampState.LIT, 70.0, 70.0, 0.7 * NOMINAL_W
    power += (int(point) % 7 - 3) * 0.2
    at: datetime | None = NOW - timedelta(seconds=int(point) * 7 % 58)
    if point in FAILED:
        state, power = LampState.FAILED, 0.4
    elif circuit == BREAKER:
        state, effect, power, at = LampState.SILENT, 70.0, 36.4, NOW - timedelta(minutes=9)
    elif street == "rue Neppert" and int(point) % 2:
        state, asked, effect, power = LampState.OVERRIDDEN, 100.0, 100.0, NOMINAL_W
    elif point == "1105":
        state, at = LampState.UNKNOWN, None
    elif street == "avenue d'Altkirch" and circuit.endswith("2"):
        state, asked, effect, power = LampState.DARK, 0.0, 0.0, 0.6
    unheard = at is None
    return LightPointView(
        id=point,
        state=state,
        latitude=latitude,
        longitude=longitude,
        sector=sector,
        quarter=quarter,
        street=street,
        cabinet=circuit.partition("/")[0],
        circuit=circuit,
        asked_pct=asked,
        effect_pct=None if unheard else effect,
        power_w=None if unheard else round(power, 1),
        expected_w=asked / 100 * NOMINAL_W,
        at=at,
    )


def access_points() -> dict[str, AccessPointView]:
    """A dozen in all, one of them down."""
    found = {}
    for hotspot, prefix, count, load in (
        ("patinoire", "AP-PAT", 4, 78.0),
        ("uha", "AP-UHA", 4, 29.0),
        ("centre-ville", "AP-CEN", 5, 91.0),
    ):
        for number in range(1, count + 1):
            name = f"{prefix}-{number:02}"
            up = name != "AP-CEN-03"
            here = load + (number - 2) * 4 if up else None
            radios = (
                tuple(
                    RadioView(
                        id=f"{name}/{radio}",
                        clients=(8 + number) * radio,
                        airtime_pct=(here or 0) * 0.7,
                        load_pct=here,
                        channel=channel,
                        noise_dbm=-94.0 + radio,
                        throughput_bps=4.2e6 * radio * number,
                        up=f"{name}/{radio}" != "AP-UHA-04/2",
                        at=NOW - timedelta(seconds=20),
                        saturated_since=NOW - timedelta(minutes=31) if (here or 0) > FULL_FROM_PCT else None,
                    )
                    for radio, channel in ((1, 6), (2, 44))
                )
                if up
                else ()
            )
            found[name] = AccessPointView(
                id=name,
                hotspot=hotspot,
                latitude=47.73,
                longitude=7.3,
                up=up,
                clients=(8 + number) * 3 if up else None,
                load_pct=here,
                at=NOW - timedelta(minutes=12 if name == "AP-UHA-03" else 0, seconds=20),
                radios=radios,
                controller="WLC-1" if hotspot == "centre-ville" else "",
                source="falotier-wlc" if hotspot == "centre-ville" else "falotier-ap",
                capacity=80,
                saturated_since=NOW - timedelta(minutes=31) if (here or 0) > FULL_FROM_PCT else None,
                ssids=tuple(
                    SsidView(name=ssid, clients=(8 + number) * share)
                    for ssid, share in (("Mulhouse-WiFi", 2), ("eduroam", 1))
                    if up
                ),
            )
    return found


def hotspots() -> tuple[HotspotView, ...]:
    """The three that the city watches, and one more."""
    places = (
        ("patinoire", "Patinoire", True, 47.7335, 7.3060, 78.0, 212, 4, 4),
        ("uha", "UHA", True, 47.7339, 7.3117, 29.0, 88, 4, 4),
        ("centre-ville", "Centre-ville", True, 47.7467, 7.3386, 91.0, 301, 5, 4),
        ("camping", "Camping de l'Ill", False, 47.7360, 7.3190, None, None, 0, 0),
    )
    return tuple(
        HotspotView(
            id=key,
            name=name,
            sector="West",
            watched=watched,
            latitude=latitude,
            longitude=longitude,
            load_pct=load,
            clients=clients,
            airtime_pct=load and load * 0.8,
            throughput_bps=clients and clients * 0.4e6,
            access_points=total,
            access_points_up=up,
            at=NOW if clients else None,
            capacity=total * 80,
            saturated_since=NOW - timedelta(minutes=50) if (load or 0) > FULL_FROM_PCT else None,
            usual_clients=clients and round(clients * 0.7),
            event="Scorpions – Anglet" if key == "patinoire" else "",
        )
        for key, name, watched, latitude, longitude, load, clients, total, up in places
    )


def incidents() -> dict[str, IncidentView]:
    """A breaker with its seven lamps, two dead lamps, an access point."""
    lost = tuple(point.id for point in light_points().values() if point.circuit == BREAKER)
    breaker = _incident(
        "i-b1",
        Cause.BREAKER_TRIP,
        BREAKER,
        DeviceKind.CIRCUIT,
        "rue de la Fonderie",
        "Mulhouse Grand Centre",
        9,
        EvidenceView(
            rule="breaker_flag",
            at=NOW - timedelta(minutes=8),
            figures={"breaker_tripped": 1.0, "power_w": 0.0, "expected_w": 254.8},
        ),
    ).model_copy(update={"suppressed": lost, "points": len(lost)})
    lamp = _incident(
        "i-l1",
        Cause.LAMP_DEAD,
        "0205",
        DeviceKind.LAMP,
        "rue Mercière",
        "Mulhouse Grand Centre",
        31,
        EvidenceView(
            rule="lamp_dead_power",
            at=NOW - timedelta(minutes=21),
            figures={"power_w": 0.4, "expected_w": 36.4, "level_pct": 70.0},
        ),
    )
    ticket = TicketView(
        id="t-1",
        incident="i-l1",
        service_id="638344",
        status="open",
        points=1,
        opened_at=NOW - timedelta(minutes=20),
        closed_at=None,
    )
    old = _incident(
        "i-l2",
        Cause.LAMP_DEAD,
        "0603",
        DeviceKind.LAMP,
        "rue Neppert",
        "D8",
        190,
        EvidenceView(rule="lamp_dead_power", at=NOW - timedelta(minutes=180), figures={"power_w": 0.4}),
    ).model_copy(update={"acknowledged_by": "Marie"})
    radio = _incident(
        "i-a1",
        Cause.AP_DOWN,
        "AP-CEN-03",
        DeviceKind.ACCESS_POINT,
        "Centre-ville",
        "Mulhouse Grand Centre",
        45,
        EvidenceView(rule="unanswered", at=NOW - timedelta(minutes=42), figures={"silent_s": 180.0}),
    )
    lamp = lamp.model_copy(update={"ticket": ticket})
    return {incident.id: incident for incident in (breaker, lamp, old, radio)}


def _incident(
    key: str,
    cause: Cause,
    asset: str,
    kind: DeviceKind,
    place: str,
    sector: str,
    minutes: int,
    evidence: EvidenceView,
) -> IncidentView:
    return IncidentView(
        id=key,
        cause=cause,
        asset=asset,
        kind=kind,
        place=place,
        sector=sector,
        latitude=47.74,
        longitude=7.33,
        state=State.OPEN,
        since=NOW - timedelta(minutes=minutes),
        opened_at=evidence.at,
        closed_at=None,
        points=1,
        suppressed=(),
        acknowledged_by=None,
        dismissed_because=None,
        evidence=(evidence,),
        ticket=None,
    )


@dataclass
class SmallCity:
    """What the fake head-end holds; tests change it and push."""

    light_points: dict[str, LightPointView] = field(default_factory=light_points)
    access_points: dict[str, AccessPointView] = field(default_factory=access_points)
    incidents: dict[str, IncidentView] = field(default_factory=incidents)
    now: datetime = NOW
    proposals: int = 0
    storage: StorageView = field(default_factory=lambda: StorageView(taken=9, stored=9, waiting=0, lost=0))

    def summary(self) -> Summary:
        """Counted from the light points."""
        points = self.light_points.values()
        states = [point.state for point in points]
        lit = sum(1 for state in states if state in {LampState.LIT, LampState.OVERRIDDEN})
        names = ("mqtt", "modbus", "snmp", "store", "desk")
        return Summary(
            city="Mulhouse",
            time_zone="Europe/Paris",
            now=self.now,
            lamps=LampCounts(
                total=len(states),
                lit=lit,
                failed=states.count(LampState.FAILED),
                silent=states.count(LampState.SILENT),
                overridden=states.count(LampState.OVERRIDDEN),
                as_planned=len(states) - 11,
            ),
            power_w=sum(point.power_w or 0.0 for point in points),
            planned_w=sum(p.expected_w or 0.0 for p in points),
            incidents=len(self.incidents),
            clients=601,
            sunset=SUNSET,
            sunrise=SUNRISE,
            connections=tuple(
                Connection(name=name, up=True, since=SUNSET, detail="14 / 14") for name in names
            ),
            hotspots=hotspots(),
            proposals=self.proposals,
            measurements_ingested=86_400,
            measurements_lost=self.storage.lost,
            waiting=self.storage.waiting,
            lag_s=self.storage.lag_s,
        )
