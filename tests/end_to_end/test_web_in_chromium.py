"""A browser, the web console, a head-end and lamps that answer: from the token to the light in the street."""

import json
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from city.clock import SimulatedClock
from fake_devices.city_files import Rhythm
from fake_devices.field import FakeField, FieldPlan
from tests.console.fake_headend import until
from tests.console.web_browser import consoles_of
from tests.end_to_end.chromium import CHROMIUM, Tab, tab
from tests.end_to_end.commands import falotier
from tests.end_to_end.test_killed import head_end, until_true
from tests.end_to_end.test_web_command import web

EVENING = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
"""18:00 in Mulhouse: the programme asks for 100 % until 20:00."""
LEVEL = 35
SOCKET_OPENS = """new Promise(done => {
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws?width=100&height=30");
  socket.onopen = () => done(true);
  socket.onclose = () => done(false);
})"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


async def sign_in(page: Tab, token: str) -> None:
    """Type a token into the form and send it."""
    await page.until("document.activeElement && document.activeElement.id === 'token'")
    await page.type(f"{token}\r")


async def gives_nothing(page: Tab) -> None:
    """The page asks for a token, and a script in it gets no further."""
    assert await page.value("location.pathname") == "/sign-in"
    assert await page.value("document.querySelector('#terminal')") is None
    assert "Mulhouse" not in await page.value("document.documentElement.outerHTML")
    for path in ("/static/js/textual.js", "/download/x", "/api/live", "/api/summary"):
        assert await page.value(f"fetch({json.dumps(path)}).then(answer => answer.status)") == 401
    assert await page.value(SOCKET_OPENS) is False
    assert await page.value("document.cookie") == ""


async def dim(page: Tab, lamp: str) -> None:
    """The keys that lead from the city to a lamp's new level; what stands on the screen says when to press them."""
    await page.type("2")
    await page.shows("Points lumineux")
    await page.type(f"/{lamp}\r")
    await page.shows(f"‹{lamp} ✕›")
    await page.type("o")
    await page.shows("Armer et continuer")  # the console begins read-only
    await page.type("\r")
    await page.shows("Dérogation")
    await page.type(f"{LEVEL}\r\ressai\r")  # level, how long, why: Enter leads on, and then to "cancel"
    await page.shows(f"→ {LEVEL}")
    await page.type("\t\r")
    await page.shows("◐ dérogation")


async def test_without_a_token_a_browser_gets_nothing_and_with_one_a_technician_dims_a_lamp(
    tmp_path: Path,
) -> None:
    clock = SimulatedClock.starting(EVENING, 60.0)
    settings = tmp_path / "city.toml"
    async with FakeField(FieldPlan(lamps=6, access_points=0, seed=1), clock) as field:
        field.write_settings(settings, Rhythm(api_port=0))
        lamp = next(iter(field.world.plan.lamps))
        async with head_end(tmp_path, signal.SIGTERM) as client:
            made = falotier(
                "token", "create", "anne", "--role", "technician", "--config", str(settings), home=tmp_path
            )
            assert made.returncode == 0, made.stderr

            async def is_lit() -> bool:
                return (await client.light_point(lamp)).point.effect_pct == 100

            async def is_dimmed() -> bool:
                return (await client.light_point(lamp)).point.effect_pct == LEVEL

            await until_true(is_lit)
            with web("--url", client.url, home=tmp_path) as (server, url):
                async with tab(tmp_path) as page:
                    await page.call("Page.navigate", url=f"{url}/")
                    await sign_in(page, "not-a-token")
                    await page.until("document.body.innerText.includes('ne connaît pas ce jeton')")
                    await gives_nothing(page)
                    assert not consoles_of(server.pid)
                    await sign_in(page, made.stdout.strip())
                    await page.shows("Mulhouse")
                    await dim(page, lamp)
                    await until_true(is_dimmed)
                    await page.picture(tmp_path / "dimmed.png")
                assert field.world.lamps[lamp].lamp.level == LEVEL
                (order,) = await client.orders()
                assert (order.selector, order.by, order.level_pct) == (f"lamp:{lamp}", "anne", LEVEL)
                await until(lambda: not consoles_of(server.pid), within_s=10.0)
