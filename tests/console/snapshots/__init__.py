"""The views that are kept as text, and how to come to each."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from console.i18n import Code
from tests.console.consoles import Console, console
from tests.console.fake_headend import until

KEPT = Path(__file__).parent
SIZES = ((80, 24), (120, 36), (200, 60))
SMALL = SIZES[:1]
GO_ON = frozenset({"live", "ask", "lock", "edit", "replay-time"})
"""Workers that have not ended when a view is there: one listens, the others wait for what is answered on it."""
LANGUAGES: Sequence[Code] = ("fr", "en")


@dataclass(frozen=True)
class Scene:
    """What is done to come to a view, and what it shows then, as message ids or names."""

    name: str
    keys: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    armed: bool = False
    sizes: Sequence[tuple[int, int]] = SIZES


def dialog(name: str, keys: tuple[str, ...], *shows: str, armed: bool = False) -> Scene:
    """Something over a screen: where there is least room is where it may be cut off."""
    return Scene(name, keys, shows, armed, SMALL)


SCENES = (
    Scene("city", (), ("Tonight", "301")),
    Scene("city-map", ("z",), ("Map",)),
    Scene("lighting", ("2",), ("0205", "Light points")),
    Scene("programmes", ("3",), ("Calendars", "20:00")),
    Scene("programmes-year", ("3", "y"), ("kWh",)),
    Scene("programmes-exceptions", ("3", "x"), ("Calendars",)),
    Scene("programmes-deployment", ("3", "d"), ("Calendars",)),
    Scene("editor", ("3", "E"), ("can be read", "as in force"), armed=True),
    Scene("incidents", ("4",), ("A-003/1", "Why it is believed")),
    Scene("wifi", ("5",), ("AP-CEN-03", "What would help")),
    Scene("journal", ("6",), ("Marie",)),
    Scene("replay", ("R",), ("REPLAY", "R present")),
    dialog("greeted-help", ("question_mark",), "Keys"),
    dialog("lighting-search", ("2", "slash", *"soultz"), "soultz"),
    dialog("arm", ("2", "o"), "Arm and go on"),
    dialog("order", ("2", "o"), "Override", "→ 50", "◐ 1", armed=True),
    dialog("lock", ("2", "c"), "Cancel", armed=True),
    dialog("marks", ("2", "M"), "0205"),
    dialog("columns", ("2", "C"), "circuit"),
    dialog("dismiss", ("4", "d"), "Dismiss this incident?", armed=True),
    dialog("assign", ("4", "t"), "To whom is it assigned?", armed=True),
    dialog("citizens", ("4", "down", "i"), "0205"),
    dialog("access-point", ("5", "down", "o"), "AP-CEN-01", "▲ 27", armed=True),
    dialog("approvals", ("w",), "Nothing waits for a second person."),
    dialog("replay-time", ("T",), "Replay from when?"),
    dialog("looks", ("t",), "Colours …"),
    dialog("jump", ("semicolon",), "Tonight"),
    dialog("editor-form", ("3", "E", "f2"), "20:00", armed=True),
    dialog("incident-large", ("4", "z"), "Why it is believed"),
    dialog("place-large", ("5", "z"), "What would help"),
)


@dataclass(frozen=True)
class View:
    """A scene in a language, at a size."""

    scene: Scene
    language: Code
    size: tuple[int, int]

    def __str__(self) -> str:
        """Its name."""
        return f"{self.scene.name}-{self.language}-{self.size[0]}x{self.size[1]}"

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[Console]:
        """A console that shows it."""
        async with console(self.size, self.language, armed=False) as seen:
            arming = seen.app.session.arming
            arming.monotonic = lambda: 0.0  # what is left is told to the second
            if self.scene.armed:
                arming.arm()
            for key in self.scene.keys:
                await seen.press(key)
                await settled(seen)
            await seen.shows(*(seen.app.words.t(text) for text in self.scene.shows))
            await settled(seen)
            yield seen


async def settled(seen: Console) -> None:
    """Wait until what was asked of the head-end is on the screen."""
    await until(
        lambda: all(work.group in GO_ON or work.is_finished for work in seen.app.workers), within_s=20
    )
    await seen.pilot.pause()


VIEWS = tuple(
    View(scene, language, size) for scene in SCENES for language in LANGUAGES for size in scene.sizes
)
