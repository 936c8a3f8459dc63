"""A console over a fake head-end, driven by a pilot; and what stands on its screen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from textual.pilot import Pilot

from city.messages import Live
from console.app import FalotierApp
from console.i18n import Code
from console.kept import Kept
from console.preferences import Preferences
from tests.console.fake_headend import FakeHeadEnd, fake_headend, until
from tests.console.small_city import SmallCity


@dataclass
class Console:
    """A running console and the head-end that it looks at."""

    app: FalotierApp
    pilot: Pilot[None]
    head: FakeHeadEnd
    within_s: float = 5.0
    """How long what is waited for may take, real seconds."""

    @property
    def lines(self) -> list[str]:
        """The screen as a person sees it, line by line."""
        compositor = self.app.screen._compositor
        return [strip.text.replace("\u00a0", " ") for strip in compositor.render_strips()]

    @property
    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.lines)

    async def shows(self, *texts: str) -> None:
        """Wait until all of these stand on the screen."""
        try:
            await until(lambda: all(text in self.text for text in texts), within_s=self.within_s)
        except TimeoutError:
            raise AssertionError(
                f"not on screen: {[t for t in texts if t not in self.text]}\n{self.text}"
            ) from None

    async def hides(self, *texts: str) -> None:
        """Wait until none of these stands on the screen."""
        try:
            await until(lambda: not any(text in self.text for text in texts), within_s=self.within_s)
        except TimeoutError:
            raise AssertionError(
                f"still on screen: {[t for t in texts if t in self.text]}\n{self.text}"
            ) from None

    async def press(self, *keys: str) -> None:
        """Type."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def push(self, live: Live) -> None:
        """Let the head-end push."""
        await until(lambda: self.head.listeners)
        await self.head.push(live)


@asynccontextmanager
async def console(
    size: tuple[int, int] = (120, 36),
    language: Code = "fr",
    city: SmallCity | None = None,
    preferences: Preferences | None = None,
    kept: Kept | None = None,
    *,
    armed: bool = True,
) -> AsyncIterator[Console]:
    """A console that has had its first push."""
    async with fake_headend(city) as (head, client):
        app = FalotierApp(client, language, preferences, kept)
        async with app.run_test(size=size, notifications=True) as pilot:
            seen = Console(app, pilot, head)
            await until(lambda: app.session.city.summary is not None)
            # The greeting covers the city, as a test sees the screen.
            await seen.shows("1–6" if app.preferences.greets else "Mulhouse")
            if armed:
                app.session.arming.arm()
            yield seen
