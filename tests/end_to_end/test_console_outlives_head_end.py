"""The head-end is killed with -9 under an open console and comes back: the console says so and needs no key."""

import signal
from contextlib import AsyncExitStack
from pathlib import Path

from console.app import FalotierApp
from console.client import ApiClient
from tests.console.consoles import Console
from tests.console.fake_headend import FakeHeadEnd, until
from tests.end_to_end.test_killed import WITHIN_S, head_end
from tests.headend.standing import free_port, write_city

AWAY = "Tête de réseau absente depuis"


def colours_of(seen: Console, text: str) -> set[str]:
    """The colours in which a text stands on the screen."""
    return {
        segment.style.color.name
        for strip in seen.app.screen._compositor.render_strips()
        for segment in strip
        if text in segment.text and segment.style and segment.style.color
    }


async def test_a_console_says_since_when_its_head_end_is_away_and_goes_on_by_itself(tmp_path: Path) -> None:
    write_city(tmp_path, extra=f"[api]\nport = {free_port()}\n")
    async with AsyncExitStack() as stack:
        async with head_end(tmp_path, signal.SIGKILL) as other:
            token = (tmp_path / "supervisor.token").read_text().strip()
            client = await stack.enter_async_context(ApiClient(other.url, token))
            app = FalotierApp(client)
            pilot = await stack.enter_async_context(app.run_test(size=(120, 36), notifications=False))
            seen = Console(app, pilot, FakeHeadEnd())
            await until(lambda: app.session.city.up and app.session.city.light_points, within_s=WITHIN_S)
            lamp = next(iter(app.session.city.light_points))
            await seen.press("2")
            await seen.shows(lamp)
            assert AWAY not in seen.text
            fresh = colours_of(seen, lamp)

        await until(lambda: AWAY in seen.text, within_s=WITHIN_S)
        last_heard = app.session.city.now
        assert last_heard is not None
        since = app.words.clock(last_heard, seconds=True)
        assert f"{AWAY} {since}" in seen.text
        assert lamp in seen.text
        await until(lambda: colours_of(seen, lamp).isdisjoint(fresh))
        before = app.session.city.away_for
        await until(lambda: before and (app.session.city.away_for or before) > before)

        async with head_end(tmp_path, signal.SIGTERM):
            await until(lambda: AWAY not in seen.text, within_s=WITHIN_S)
            await until(lambda: (app.session.city.now or last_heard) > last_heard, within_s=WITHIN_S)
            await until(lambda: colours_of(seen, lamp) == fresh)
            assert app.session.city.up
            assert app.current_mode == "lighting"
