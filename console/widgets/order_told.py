"""What an order would change, in lines: the same for whoever asks for it and for whoever has to agree."""

from collections.abc import Sequence

from rich.text import Text

from city.messages import OrderView
from console.hostile import clean
from console.i18n import UNKNOWN, Words
from console.orders import held_back
from console.session import Session
from console.vocabulary import AMBER, BLUE, BRIGHT, GREEN, GREY, LOCKED, SECONDS, VERMILION

MINUS = "−"


def plan_lines(session: Session, order: OrderView, *, resumes: bool = False) -> list[Text]:
    """The most important first: how many and to which level, until when, kW, who else, then where and which."""
    words = session.words
    lines = [_count(words, order, resumes=resumes)]
    if not resumes:
        lines.append(_until(session, order))
    if order.power_then_w is not None:
        lines.append(_power(words, order))
    lines.append(_who(words, order))
    change = words.n("{count} would change at once", "{count} would change at once", order.would_change)
    lines.append(Text(f"◐ {change}", BLUE if order.would_change else GREY))
    lines += _held_back(words, order)
    return [*lines, *_where(order)]


def _count(words: Words, order: OrderView, *, resumes: bool) -> Text:
    count = words.n("{count} light point", "{count} light points", order.points)
    level = words.t("their programme") if resumes else words.percent(order.level_pct)
    line = Text.assemble((count, f"bold {BRIGHT}"), (" → ", GREY), (level, f"bold {AMBER}"))
    if order.level_pct <= 0 and not resumes:
        dark = order.second == "dark_at_night" or bool(order.level_now_pct)
        said = words.t("OFF: it gets dark there") if dark else words.t("OFF")
        line.append(f"  ▲ {said}", f"bold {VERMILION}")
    if order.level_now_pct is not None:
        now = words.t("now {level}", level=words.percent(order.level_now_pct))
        line.append(f"  ({now})", GREY)
    return line


def _until(session: Session, order: OrderView) -> Text:
    words, now = session.words, session.city.now or order.asked_at
    line = Text.assemble(
        (words.t("until {time}", time=words.moment(order.until, now)), BRIGHT),
        (f"  ({words.span(order.until - now)})", GREY),
    )
    if order.level_after_pct is not None:
        after = words.t("then {level} by the programme", level=words.percent(order.level_after_pct))
        line.append(f", {after}", GREY)
    return line


def _power(words: Words, order: OrderView) -> Text:
    now, then = order.power_now_w, order.power_then_w
    line = Text.assemble(
        ("↯ ", AMBER), (words.power(now), BRIGHT), (" → ", GREY), (words.power(then), f"bold {AMBER}")
    )
    if now is not None and then is not None:
        line.append(f"  {signed(words.power(abs(then - now)), then - now)}", BRIGHT)
    if order.energy_kwh is not None:
        energy = signed(words.energy(abs(order.energy_kwh) * 1000), order.energy_kwh)
        line.append(f"  {words.t('{energy} until its end', energy=energy)}", GREY)
    return line


def signed(text: str, value: float) -> str:
    """An amount with its sign: more or less than now."""
    return text if text == UNKNOWN else f"{'+' if value >= 0 else MINUS}{text}"


def _who(words: Words, order: OrderView) -> Text:
    if not order.second:
        return Text("✓ " + words.t("You are enough: nobody else has to agree"), GREEN)
    why = words.t(SECONDS[order.second])
    if order.state == "awaiting":
        return Text("◔ " + words.t("Two persons are needed: {why}", why=why), AMBER)
    return Text("◔ " + words.t("Another person will have to agree: {why}", why=why), AMBER)


def _held_back(words: Words, order: OrderView) -> list[Text]:
    held = held_back(order)
    if not held:
        return []
    point, why = next(iter(held.items()))
    count = words.n("{count} held back", "{count} held back", len(held))
    return [Text(f"{LOCKED.symbol} {count}: {clean(point)}: {clean(why)}", LOCKED.colour)]


def _where(order: OrderView) -> Sequence[Text]:
    """Sectors and streets with how many of each, then the first names."""
    lines = []
    for counted in (order.sectors, order.streets):
        if counted:
            told = " · ".join(f"{clean(name)} {count}" for name, count in counted.items())
            lines.append(Text(told, GREY))
    more = " …" if order.points > len(order.sample) else ""
    lines.append(Text(" ".join(clean(point) for point in order.sample) + more, GREY))
    return lines
