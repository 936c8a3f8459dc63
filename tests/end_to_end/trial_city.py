"""A city for trying the console in: simulated devices on real ports, a head-end in its own process, people."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp

from city.clock import SimulatedClock
from city.messages import IncidentView
from console.app import FalotierApp
from console.client import ApiClient
from console.kept import Kept
from console.preferences import Preferences
from console.screens.list_frame import ListFrame
from fake_devices.city_files import Rhythm
from fake_devices.field import FakeField, FieldPlan
from fake_devices.open311_desk import Open311Desk
from fake_devices.open311_tickets import Ticket
from fake_devices.scenario import ZONE, load_scenario
from tests.console.consoles import Console
from tests.console.fake_headend import FakeHeadEnd, until
from tests.end_to_end.commands import falotier, running
from tests.headend.standing import free_port

BEGIN = datetime(2026, 11, 30, 20, 15, tzinfo=ZONE)
"""The programme asks for 70 % from 20:00 to midnight: the trial is over long before that."""
SPEED = 60.0
LAMPS, ACCESS_POINTS = 40, 8
USUAL_PCT = 70.0
ALONE_POINTS = 8
"""A circuit one person may order alone, a cabinet not."""
DEAD = ("01-0002", "01-0003", "01-0006", "01-0007", "01-0011", "08-0014")
"""Lamps that die right after the beginning."""
DOWN = "AP-MUS-01"
"""An access point that loses its power then."""
AFTER = timedelta(minutes=4)
"""So long after the beginning they do."""
WITHIN_S = 20.0
REFUSED = "no requests today"
"""What the service says until a test opens it: so that a person has something to send."""


def _scenario(
    folder: Path, dead: Collection[str], down: Collection[str], after: timedelta, telemetry_s: int
) -> Path:
    faults = [f'kind = "lamp_dead"\nlamp = "{lamp}"' for lamp in dead]
    faults += [f'kind = "ap_down"\naccess_point = "{access_point}"' for access_point in down]
    at = f"{BEGIN + after:%Y-%m-%dT%H:%M:%S}"
    text = [f'title = "A trial"\nstart = {BEGIN.isoformat()}\ntelemetry_s = {telemetry_s}\n']
    text += [f'[[fault]]\n{each}\nat = "{at}"\n' for each in faults]
    file = folder / "scenario.toml"
    file.write_text("\n".join(text))
    return file


@dataclass(frozen=True)
class TrialCity:
    """What there is, and what it really does."""

    home: Path
    url: str
    field: FakeField
    clock: SimulatedClock
    tokens: dict[str, str]
    """By person: ``supervisor``, and ``anne``, a technician."""

    def level(self, lamp: str) -> float:
        """What a lamp really gives, percent."""
        return self.field.world.lamps[lamp].lamp.level

    def levels(self, circuit: str) -> set[float]:
        """The same of all lamps of a circuit that are not dead."""
        lamps = self.field.world.plan.lamps.values()
        return {self.level(each.id) for each in lamps if each.circuit == circuit and each.id not in DEAD}

    @property
    def desk(self) -> Open311Desk:
        """The simulated Allô Proximité."""
        assert self.field.desk is not None
        return self.field.desk

    def opens_desk(self) -> None:
        """Let the service take requests from now on; twice changes nothing."""
        self.desk.refuse_next(400, 0, REFUSED, times=0)

    def ticket_of(self, incident: str) -> Ticket | None:
        """What the service has of an incident."""
        return next((each for each in self.desk.tickets if each.external_ref == incident), None)

    def clients(self, access_point: str) -> int:
        """How many clients an access point really has."""
        return self.field.world.access_points.state(access_point, self.clock.now()).clients

    async def report(self, **said: str) -> str:
        """A citizen reports something: the number of the request."""
        form = {"api_key": self.desk.api_key, "service_code": "eclairage-public", **said}
        before = len(self.desk.tickets)
        url, limit = f"{self.desk.url}/requests.json", aiohttp.ClientTimeout(WITHIN_S)
        async with aiohttp.ClientSession(timeout=limit) as http, http.post(url, data=form) as answer:
            assert answer.status == 200, await answer.text()
        return self.desk.tickets[before].id


async def becomes(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    await until(condition, within_s=WITHIN_S)


@contextmanager
def trial_city(
    home: Path,
    dead: Collection[str] = DEAD,
    down: Collection[str] = (DOWN,),
    *,
    after: timedelta = AFTER,
    speed: float = SPEED,
    telemetry_s: int = 60,
) -> Iterator[TrialCity]:
    """The field in a thread with a loop of its own, which fixtures may keep for many tests, and a head-end over it."""
    scenario = load_scenario(_scenario(home, dead, down, after, telemetry_s))
    begun, over = threading.Event(), threading.Event()
    made: list[tuple[FakeField, SimulatedClock] | BaseException] = []
    port = free_port()

    async def live() -> None:
        plan = FieldPlan(LAMPS, ACCESS_POINTS, seed=1, scenario=scenario)
        clock = SimulatedClock.starting(BEGIN, speed)
        async with FakeField(plan, clock) as field:
            assert field.desk is not None
            field.desk.refuse_next(400, 0, REFUSED, times=10_000)
            field.write_settings(home / "city.toml", Rhythm(api_port=port))
            made.append((field, clock))
            begun.set()
            await asyncio.to_thread(over.wait)

    def run() -> None:
        try:
            asyncio.run(live())
        except BaseException as error:  # noqa: BLE001 - told where the test waits
            made.append(error)
            begun.set()

    thread = threading.Thread(target=run, name="trial city")
    thread.start()
    try:
        assert begun.wait(WITHIN_S)
        if isinstance(made[0], BaseException):
            raise made[0]
        field, clock = made[0]
        _two_persons(home / "city.toml")
        with running("headend", "--config", "city.toml", home=home, until="ready at"):
            tokens = {"supervisor": (home / "supervisor.token").read_text().strip(), "anne": _token(home)}
            yield TrialCity(home, f"http://127.0.0.1:{port}", field, clock, tokens)
    finally:
        over.set()
        thread.join(WITHIN_S)


def _two_persons(settings: Path) -> None:
    text = settings.read_text()
    assert "second_person = false" in text
    more = f"alone_points = {ALONE_POINTS}\napproval_min = 240"
    text = text.replace("second_person = false", more)
    settings.write_text(text.replace("[desk]", "[desk]\ncitizens_period_s = 60"))


def _token(home: Path) -> str:
    settings = ("--config", str(home / "city.toml"))
    made = falotier("token", "create", "anne", "--role", "technician", *settings, home=home)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


@asynccontextmanager
async def trial_console(
    city: TrialCity,
    who: str = "supervisor",
    size: tuple[int, int] = (150, 44),
    preferences: Preferences | None = None,
) -> AsyncIterator[Console]:
    """A person's console, once it knows the city."""
    async with ApiClient(city.url, city.tokens[who]) as client:
        app = FalotierApp(client, "fr", preferences, Kept())
        async with app.run_test(size=size, notifications=True) as pilot:
            seen = Console(app, pilot, FakeHeadEnd(), WITHIN_S)
            await becomes(lambda: app.session.city.up and len(app.session.city.light_points) == LAMPS)
            await seen.shows("Mulhouse")
            yield seen


async def arm(seen: Console) -> None:
    """Let acts be done from this console, which begins read-only."""
    if seen.app.session.read_only:
        await seen.press("A")
        await becomes(lambda: not seen.app.session.read_only)


async def go_to(seen: Console, key: str, row: str) -> None:
    """Open a screen, and put its cursor on a row once it is there."""
    await seen.press(key)
    await becomes(lambda: isinstance(seen.app.frame, ListFrame) and seen.app.frame.table.order)
    await point_at(seen, row)


async def point_at(seen: Console, row: str) -> None:
    """Put the cursor of the list that is shown on a row, as the palette and other screens do."""
    frame = seen.app.frame
    assert isinstance(frame, ListFrame)
    frame.seek(None, row)
    await becomes(lambda: frame.table.cursor == row)
    await seen.pilot.pause()


def line_of(seen: Console, *texts: str) -> bool:
    """Whether one line of the screen says all this."""
    return any(all(text in line for text in texts) for line in seen.lines)


async def fill_in(seen: Console, *fields: str) -> None:
    """Type into one field of a dialog after the other; Enter leads on, and to Cancel; then to the act, and press it."""
    for field in fields:
        await seen.press(*field, "enter")
    await becomes(lambda: seen.app.focused is not None and seen.app.focused.id == "cancel")
    await becomes(lambda: not seen.app.screen.query_one("#confirm").disabled)
    await seen.press("tab", "enter")


async def incident_on(seen: Console, asset: str) -> IncidentView:
    """The incident that stands on something, once the head-end is sure of it."""
    known = seen.app.session.city.incidents
    await becomes(lambda: any(each.asset == asset for each in known.values()))
    return next(each for each in known.values() if each.asset == asset)
