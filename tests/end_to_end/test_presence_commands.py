"""``falotier presence`` and ``falotier access-point`` ask a head-end, and say it in both languages."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from city.access_points import ActKind
from city.clock import ManualClock
from headend.service import HeadEnd
from tests.end_to_end.commands import falotier
from tests.headend.presence_scene import RULE_TABLE, wifi_says
from tests.headend.recording import batch, until
from tests.headend.standing import Console, standing, write_city

NIGHT = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)


class Obedient:
    """Access points that do as they are told."""

    def check(self, access_point: str, does: ActKind, radio: str) -> None:
        """All can be done."""

    async def act(self, access_point: str, does: ActKind, radio: str, at: datetime) -> bool:
        return True


class Scene:
    """A head-end, and a shell beside it."""

    def __init__(self, headend: HeadEnd, console: Console, clock: ManualClock, folder: Path) -> None:
        self.headend = headend
        self.clock = clock
        self._reach = ("--url", console.url, "--token-file", str(folder / "supervisor.token"))
        self._folder = folder

    async def says(self, *arguments: str, code: int = 0) -> str:
        done = await asyncio.to_thread(falotier, *arguments, *self._reach, home=self._folder)
        assert done.returncode == code, done.stderr
        return done.stdout or done.stderr


@asynccontextmanager
async def scene(folder: Path, extra: str = "") -> AsyncIterator[Scene]:
    clock = ManualClock(NIGHT)
    async with standing(write_city(folder, extra), clock) as (headend, console):
        acts = headend.core.access_point_acts
        acts._actor = acts.back_on._actor = Obedient()
        yield Scene(headend, console, clock, folder)


async def test_presence_says_who_is_there_what_is_lent_and_at_what_cost(tmp_path: Path) -> None:
    table = RULE_TABLE.format(selector="street:rue Mercière", hotspot="patinoire")
    async with scene(tmp_path, table) as here:
        idle = await here.says("presence", "--lang", "en")
        core = here.headend.core
        core.ingest(batch(wifi_says(60, here.clock.now())))
        await here.clock.advance(60)
        await until(lambda: bool(core.presence.lifted))
        english, french, document, why = [
            await here.says(*arguments)
            for arguments in (
                ("presence", "--lang", "en"),
                ("presence", "--lang", "fr"),
                ("presence", "--json"),
                ("why", "L1", "--lang", "fr"),
            )
        ]
    assert "lends no light: how many clients there are is not known" in idle
    assert english.splitlines()[:4] == [
        "Match · Patinoire · 60 clients",
        "  at least 80% from 50 clients on, until fewer than 20 for 15 min · never past 01:00",
        "  ▶ 6 light points give more light, since 00:31",
        "    Match · Patinoire · 60 clients ≥ 50 · → 01:00 max.",
    ]
    assert "6 points lumineux éclairés davantage, depuis 00:31" in french
    assert "Lumière prêtée : cette nuit 0 Wh, 0,00 €" in french
    assert json.loads(document)["rules"][0]["lifted"] == 6
    assert "Match · Patinoire · 60 clients ≥ 50 · → 01:00 max." in why.splitlines()[-1]


async def test_access_point_tells_what_it_would_do_does_it_and_lists_what_is_off(tmp_path: Path) -> None:
    disable = ("access-point", "disable", "AP-1", "--for", "3h", "--reason", "plainte")
    async with scene(tmp_path) as here:
        here.headend.core.ingest(batch(wifi_says(60, here.clock.now())))
        dry = await here.says(*disable, "--dry-run", "--lang", "fr")
        done = await here.says(*disable, "--lang", "en")
        listed = await here.says("access-point", "off")
        document = json.loads(await here.says("access-point", "off", "--json"))
        too_long = await here.says(*disable[:4], "13h", "--reason", "x", code=2)
    assert dry.splitlines() == [
        "AP-1 : serait mis hors service jusqu’à 2026-12-01 02:30Z",
        "  60 clients perdent le réseau",
        "  aucune autre borne de patinoire n’est en service",
    ]
    assert done.startswith("AP-1: switched off until 2026-12-01 02:30Z\n  60 clients lose the network\n")
    assert listed.split()[:4] == ["AP-1", "→", "2026-12-01", "02:30Z"]
    assert [(each["access_point"], each["overdue"]) for each in document] == [("AP-1", False)]
    assert too_long.startswith("falotier: for_s: got 46800.0")
