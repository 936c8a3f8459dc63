"""Scenario files: what goes wrong in the simulated city, when, and what only looks as if it did."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal
from zoneinfo import ZoneInfo

from city.errors import BadInput
from fake_devices.city_plan import LARGEST_CITY, PHASES, CityPlan
from fake_devices.draws import draws
from fake_devices.kinds import FAULTS, NOISE, SWITCHED, WAYS, Target

ZONE = ZoneInfo("Europe/Paris")
"""What a local time in a scenario file means."""
KEYS = (
    "title",
    "description",
    "seed",
    "lamps",
    "access_points",
    "start",
    "nights",
    "telemetry_s",
    "poll_s",
    "fault",
    "noise",
)
MOST_NIGHTS = 366
FEWEST_LAMPS_BEHIND_A_BREAKER = 3
"""Circuits smaller than this are not drawn for a breaker's fault: with less behind it nothing can be told."""
WORK_HOURS = (18.0, 21.0)
"""A maintenance window without a time begins between these, in the evening of some night."""
FEWEST_ACCESS_POINTS_OF_A_PLACE = 2
"""The line of a place is not drawn to fail where only one access point would show it."""
BEFORE_THE_FIRST = timedelta(hours=1)
WORK_LASTS = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Happening:
    """One fault or one piece of noise. ``asset`` is empty until it is drawn."""

    kind: str
    at: datetime | None
    """From when, UTC; None until it is drawn."""
    until: datetime | None
    """Until when, UTC; None: to the end."""
    asset: str
    where: str
    """Its place in the file, for error messages: ``fault 2``."""
    target: Target
    share: float | None = None
    """How many of all messages it concerns, 0 to 1; None: as usual."""
    how: str = ""
    """One of ``WAYS``; empty: as that access point does."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One thing that really happens."""

    kind: str
    asset: str
    at: datetime
    until: datetime | None
    where: str = ""
    share: float | None = None
    how: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as its file has it; ``resolve`` draws what the file leaves open."""

    title: str
    start: datetime
    """UTC."""
    file: str = ""
    seed: int = 1
    lamps: int = 1200
    access_points: int = 60
    nights: int = 1
    telemetry_s: int = 300
    """How often a lamp reports."""
    poll_s: int = 60
    """How often cabinets and access points are read."""
    faults: tuple[Happening, ...] = ()
    noise: tuple[Happening, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolved:
    """A scenario in a certain city, with nothing left open."""

    faults: tuple[Truth, ...] = field(default=())
    """The truth that incidents are scored against."""
    noise: tuple[Truth, ...] = field(default=())

    @property
    def night_fed(self) -> frozenset[str]:
        """Cabinets whose circuits are live from dusk to dawn only."""
        unpowered = {each.asset for each in self.noise if each.kind == "daytime_unpowered"}
        switched = {each.asset.partition("/")[0] for each in self.faults if each.kind in SWITCHED}
        return frozenset(unpowered | switched)


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Raises:
        BadInput: it is missing, is not TOML, or holds an unknown key or kind or a wrong value; the message names
            file, key, what was got, what was expected, and the nearest word.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: not TOML: {error}") from error
    return _Reader(str(path)).scenario(document)


def resolve(scenario: Scenario, plan: CityPlan) -> Resolved:
    """Draw from the seed what the file leaves open.

    Raises:
        BadInput: an asset of the file does not stand in this city.
    """
    draw = draws(plan.seed, "scenario")
    busy: set[str] = set()
    for happening in (*scenario.faults, *scenario.noise):
        if happening.asset:
            _check_asset(scenario.file, happening, plan)
            busy.add(cabinet_of(happening.asset, plan))
    resolved: list[Truth] = []
    for happening in (*scenario.faults, *scenario.noise):
        asset = happening.asset or _drawn(happening, plan, busy, draw)
        busy.add(cabinet_of(asset, plan))
        resolved.append(_timed(replace(happening, asset=asset), scenario, draw))
    count = len(scenario.faults)
    return Resolved(tuple(resolved[:count]), tuple(resolved[count:]))


def _timed(happening: Happening, scenario: Scenario, draw: Random) -> Truth:
    at, until = happening.at, happening.until
    if at is None and happening.kind == "maintenance_window":
        day = scenario.start.astimezone(ZONE).date() + timedelta(days=draw.randrange(scenario.nights))
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE)
        at = (midnight + timedelta(minutes=int(60 * draw.uniform(*WORK_HOURS)))).astimezone(UTC)
        until = until or at + WORK_LASTS
    began = at or scenario.start
    where, share, how = happening.where, happening.share, happening.how
    return Truth(happening.kind, happening.asset, began, until, where, share, how)


def assets_of(target: Target, plan: CityPlan) -> Sequence[str]:
    """All that a city has of a kind of asset."""
    match target:
        case "lamp":
            return list(plan.lamps)
        case "circuit":
            return list(plan.circuits)
        case "phase":
            return [f"{cabinet.id}/{phase}" for cabinet in plan.cabinets for phase in PHASES]
        case "cabinet":
            return [cabinet.id for cabinet in plan.cabinets]
        case "gateway":
            return plan.gateways
        case "city":
            return [""]
    return _wifi_assets_of(target, plan)


def _wifi_assets_of(
    target: Literal["access_point", "radio", "hotspot", "wifi_controller"], plan: CityPlan
) -> Sequence[str]:
    match target:
        case "access_point":
            return [each.id for each in plan.access_points]
        case "radio":
            return [
                f"{each.id}/{number}" for each in plan.access_points for number in range(1, each.radios + 1)
            ]
        case "hotspot":
            return [hotspot.id for hotspot in plan.hotspots]
        case "wifi_controller":
            return plan.wifi_controllers


def _check_asset(file: str, happening: Happening, plan: CityPlan) -> None:
    target = happening.target
    known = assets_of(target, plan)
    if happening.asset not in known:
        hint = _nearest(happening.asset, known) or f"; this city has {len(known)} of them"
        raise BadInput(
            f"{file}: {happening.where}: {target}: got {happening.asset!r}, expected one that exists{hint}"
        )


def _drawn(happening: Happening, plan: CityPlan, busy: set[str], draw: Random) -> str:
    candidates = [
        asset
        for asset in assets_of(happening.target, plan)
        if is_large_enough(happening.kind, happening.target, asset, plan)
    ]
    free = [asset for asset in candidates if cabinet_of(asset, plan) not in busy]
    if not candidates:
        raise BadInput(f"{happening.where}: {happening.target}: none in this city that it could befall")
    return draw.choice(free or candidates)


def is_large_enough(kind: str, target: Target, asset: str, plan: CityPlan) -> bool:
    """Whether enough hangs on an asset that something which befalls it can be told from its parts' own trouble."""
    if target == "circuit":
        return len(plan.circuits[asset].lamps) >= FEWEST_LAMPS_BEHIND_A_BREAKER
    if target == "hotspot":
        fewest = FEWEST_ACCESS_POINTS_OF_A_PLACE if kind == "backhaul_down" else 1
        return sum(each.hotspot == asset for each in plan.access_points) >= fewest
    return True


def cabinet_of(asset: str, plan: CityPlan) -> str:
    """What two happenings had better not share, so that one does not hide the other.

    Of Wi-Fi that is the controller, where there is one, else the place: what befalls one of them hides its parts.
    """
    lamp = plan.lamps.get(asset)
    if lamp is not None:
        return lamp.cabinet
    name = asset.partition("/")[0]
    return plan.wifi_groups.get(name, name)


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


class _Reader:
    """Checks one file."""

    def __init__(self, file: str) -> None:
        self._file = file

    def scenario(self, document: Mapping[str, Any]) -> Scenario:
        self._known(document, KEYS, "")
        faults, noise = (
            self._happenings(document, "fault", FAULTS),
            self._happenings(document, "noise", NOISE),
        )
        return Scenario(
            title=str(document.get("title", Path(self._file).stem)),
            start=self._start(document, [*faults, *noise]),
            file=self._file,
            seed=self._whole(document, "seed", 1, 0, 2**63 - 1),
            lamps=self._whole(document, "lamps", 1200, 1, LARGEST_CITY),
            access_points=self._whole(document, "access_points", 60, 0, LARGEST_CITY),
            nights=self._whole(document, "nights", 1, 1, MOST_NIGHTS),
            telemetry_s=self._whole(document, "telemetry_s", 300, 60, 3600),
            poll_s=self._whole(document, "poll_s", 60, 10, 900),
            faults=faults,
            noise=noise,
        )

    def _start(self, document: Mapping[str, Any], happenings: Sequence[Happening]) -> datetime:
        """When it begins; left out, a while before the first thing that happens."""
        if "start" in document:
            return self._instant(document["start"], "start")
        times = [each.at for each in happenings if each.at is not None]
        if not times:
            raise BadInput(f"{self._file}: start: missing")
        return min(times) - BEFORE_THE_FIRST

    def _happenings(
        self, document: Mapping[str, Any], table: str, kinds: Mapping[str, tuple[Target, ...]]
    ) -> tuple[Happening, ...]:
        rows = document.get(table, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise BadInput(f"{self._file}: {table}: expected tables written as [[{table}]]")
        return tuple(self._happening(row, table, number, kinds) for number, row in enumerate(rows, 1))

    def _happening(
        self, row: Mapping[str, Any], table: str, number: int, kinds: Mapping[str, tuple[Target, ...]]
    ) -> Happening:
        where = f"{table} {number}"
        kind = row.get("kind") or next((key for key in row if key in kinds), None)
        if kind is None:
            raise BadInput(f"{self._file}: {where}: kind: missing; expected one of {', '.join(kinds)}")
        if kind not in kinds:
            hint = _nearest(str(kind), kinds)
            raise BadInput(
                f"{self._file}: {where}: kind: got {kind!r}, expected one of {', '.join(kinds)}{hint}"
            )
        targets = kinds[kind]
        more = ("cabinet",) if "phase" in targets else ("share", kind) if "city" in targets else ()
        if kind == "ap_down":
            more = ("how",)
        self._known(row, ("kind", "at", "until", *targets, *more), f"{where}: ")
        if table == "fault" and "at" not in row:
            raise BadInput(f"{self._file}: {where}: at: missing")
        at = self._instant(row["at"], f"{where}: at") if "at" in row else None
        until = self._instant(row["until"], f"{where}: until") if "until" in row else None
        if at and until and until <= at:
            raise BadInput(f"{self._file}: {where}: until: got {row['until']}, expected a time after at")
        target = next((each for each in targets if each in row), targets[0])
        share = self._share(row, row.keys() & {"share", kind}, where)
        asset, how = self._asset(row, target, where), row.get("how", "")
        if "how" in row and how not in WAYS:
            raise BadInput(f"{self._file}: {where}: how: got {how!r}, expected one of {', '.join(WAYS)}")
        return Happening(kind, at, until, asset, where, target, share, how)

    def _asset(self, row: Mapping[str, Any], target: Target, where: str) -> str:
        asset = row.get(target, "")
        if not isinstance(asset, str) or (target in row and not asset):
            raise BadInput(f"{self._file}: {where}: {target}: got {asset!r}, expected the id of a {target}")
        if target == "phase" and asset in PHASES:
            return f"{row.get('cabinet', '')}/{asset}"
        return asset

    def _share(self, row: Mapping[str, Any], keys: AbstractSet[str], where: str) -> float | None:
        """The share of messages that a noise of the air concerns: ``share = 0.02``, or ``lost_messages = 0.02``."""
        for key in keys:
            share = row[key]
            if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
                raise BadInput(f"{self._file}: {where}: {key}: got {share!r}, expected a share from 0 to 1")
            return float(share)
        return None

    def _known(self, table: Mapping[str, Any], keys: Sequence[str], where: str) -> None:
        for key in table:
            if key not in keys:
                hint = _nearest(key, keys) or f"; expected one of {', '.join(keys)}"
                raise BadInput(f"{self._file}: {where}{key}: unknown key{hint}")

    def _whole(self, document: Mapping[str, Any], key: str, default: int, least: int, most: int) -> int:
        value = document.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise BadInput(
                f"{self._file}: {key}: got {value!r}, expected a whole number from {least} to {most}"
            )
        return value

    def _instant(self, value: object, key: str) -> datetime:
        """A time with its offset, or a local one (of two in autumn the first), as TOML's own or as text."""
        instant = value
        if isinstance(value, str):
            try:
                instant = datetime.fromisoformat(value)
            except ValueError:
                instant = None
        if not isinstance(instant, datetime):
            raise BadInput(f"{self._file}: {key}: got {value!r}, expected a time like 2026-11-29T02:13:00")
        return (instant if instant.tzinfo else instant.replace(tzinfo=ZONE)).astimezone(UTC)
