"""The command line (``:``): what there is to see, by the name that people have for it in either language."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from textual import on
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, SearchIcon
from textual.content import Content
from textual.widgets import Input

from city.messages import LightPointView
from console.city_now import CityNow, plain
from console.hostile import clean
from console.i18n import N_, Words
from console.palette import CityPalette
from console.screens.frame import Go

MOST_VALUES = 200
"""More cabinets or streets than this are not listed: who wants more types one letter more."""


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that a command shows."""

    name: str
    """An English message id, and what stands in the list."""
    names: tuple[str, ...]
    """What else may be typed for it, in English and in French."""
    mode: str
    field: str | None = None
    """What its lamps are found by: an English message id before a colon in a search."""


RESOURCES = (
    Resource(N_("lamps"), ("lamps", "lampes", "points", "éclairage", "lighting"), "lighting"),
    Resource(N_("cabinets"), ("cabinets", "armoires"), "lighting", N_("cabinet")),
    Resource(N_("circuits"), ("circuits", "départs"), "lighting", N_("circuit")),
    Resource(
        N_("sectors"), ("sectors", "secteurs", "groupes", "groups", "quarters"), "lighting", N_("sector")
    ),
    Resource(N_("streets"), ("streets", "rues"), "lighting", N_("street")),
    Resource(N_("gateways"), ("gateways", "passerelles"), "lighting", N_("gateway")),
    Resource(N_("access points"), ("access-points", "aps", "bornes", "wifi", "clients"), "wifi"),
    Resource(N_("hotspots"), ("hotspots", "lieux", "places"), "wifi"),
    Resource(N_("incidents"), ("incidents", "pannes", "alarms", "alarmes", "faults"), "incidents"),
    Resource(
        N_("programmes"), ("programmes", "programs", "schedules", "calendars", "calendriers"), "programmes"
    ),
    Resource(N_("journal"), ("journal", "log"), "journal"),
    Resource(N_("city"), ("city", "ville", "home"), "city"),
)


def matching(word: str, words: Words) -> list[Resource]:
    """The resources that a word may mean, the likeliest first: the whole name, its beginning, its letters in order."""
    wanted = plain(word)
    ranked = []
    for place, resource in enumerate(RESOURCES):
        names = {plain(name) for name in (words.t(resource.name), *resource.names)}
        ranks = [rank for name in names if (rank := _rank(wanted, name)) is not None]
        if ranks:
            ranked.append((min(ranks), place))
    return [RESOURCES[place] for _, place in sorted(ranked)]


def _rank(wanted: str, name: str) -> int | None:
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    letters = iter(name)
    return 2 if all(letter in letters for letter in wanted) else None


def values(resource: Resource, city: CityNow) -> list[tuple[str, int]]:
    """The cabinets, streets … that there are, each with how many lamps it has."""
    counts = Counter(_value(point, resource) for point in city.light_points.values())
    return sorted((name, count) for name, count in counts.items() if name)


def _value(point: LightPointView, resource: Resource) -> str:
    return str(getattr(point, resource.field)) if resource.field else ""


def search_for(resource: Resource, value: str, words: Words) -> str:
    """What a list has to be searched for."""
    if resource.field is None:
        return value
    return " ".join(f"{words.t(resource.field)}:{part}" for part in value.split())


class Commands(CityPalette):
    """Completes what is typed: names of resources, then of those that a resource has."""

    async def discover(self) -> Hits:
        """All that there is to see."""
        for resource in RESOURCES:
            name = self._falotier.words.t(resource.name)
            yield DiscoveryHit(self._line(name, resource), self._go(resource, ""), name)

    async def search(self, query: str) -> Hits:
        """The likeliest first."""
        for place, (text, resource, value, beside) in enumerate(self._completions(query)):
            yield Hit(1 / (1 + place), self._line(text, resource, beside), self._go(resource, value), text)
            if place >= MOST_VALUES:
                return

    def _completions(self, query: str) -> Iterator[tuple[str, Resource, str, str]]:
        words = self._falotier.words
        word, _, rest = query.strip().partition(" ")
        found = matching(word, words)
        if rest or (found and plain(word) in map(plain, (words.t(found[0].name), *found[0].names))):
            for resource in found[:1]:
                yield from self._values(resource, rest.strip())
        for resource in found if not rest else ():
            yield words.t(resource.name), resource, "", ""

    def _values(self, resource: Resource, rest: str) -> Iterator[tuple[str, Resource, str, str]]:
        words = self._falotier.words
        name = words.t(resource.name)
        if resource.field is None:
            if rest:
                yield f"{name} {rest}", resource, rest, ""
            return
        for value, count in values(resource, self._falotier.session.city):
            if plain(rest) in plain(value):
                yield f"{name} {value}", resource, value, words.n("{count} lamp", "{count} lamps", count)

    def _line(self, text: str, resource: Resource, beside: str = "") -> Content:
        more = beside or ", ".join(resource.names[:3])
        return Content.assemble(clean(text), (f"  {more}", "dim"))

    def _go(self, resource: Resource, value: str) -> Callable[[], object]:
        return partial(self._falotier.post_message, going(resource, value, self._falotier.words))


def going(resource: Resource, value: str, words: Words) -> Go:
    """Where a command leads."""
    search = search_for(resource, value, words) if resource.mode != "programmes" else None
    return Go(resource.mode, search=search, is_jump=True)


class CommandLine(CommandPalette):
    """A line to type in; Enter takes what was typed at once, without waiting for the list."""

    def __init__(self, words: Words, city: CityNow) -> None:
        super().__init__(
            [Commands], placeholder=words.t("lamps, cabinets A-112, incidents …"), classes="command-line"
        )
        self._words = words
        self._city = city

    def on_mount(self) -> None:
        """Show a colon before the line, as on the command lines that people know."""
        self.query_one(SearchIcon).icon = ":"

    @on(Input.Submitted)
    def _enter(self, event: Input.Submitted) -> None:
        """Go where the typed words lead; a bare kind of things that lamps belong to is opened to choose one."""
        word, _, rest = event.value.strip().lstrip(":").partition(" ")
        found = matching(word, self._words) if word else []
        picked = self.query_one(CommandList).highlighted
        if not found or picked or (event.value.endswith(" ") and not rest):
            return
        event.stop()
        event.prevent_default()
        resource, rest = found[0], rest.strip()
        if resource.field and not rest:
            line = self.query_one(Input)
            line.value = f"{self._words.t(resource.name)} "
            line.cursor_position = len(line.value)
            return
        value = _only(rest, (name for name, _ in values(resource, self._city))) if resource.field else rest
        self.app.post_message(going(resource, value, self._words))
        self._action_escape()


def _only(typed: str, names: Iterable[str]) -> str:
    """The one name that begins so, or what was typed."""
    beginning = [name for name in names if plain(name).startswith(plain(typed))]
    whole = [name for name in beginning if plain(name) == plain(typed)]
    return (whole or (beginning if len(beginning) == 1 else [typed]))[0]
