"""Why a lamp gives more light than its programme asks for: a dynamic rule, told in the lamp's panel."""

import pytest

from city.messages import ReasonView, SayView
from tests.console.consoles import Console, console
from tests.console.small_city import NOW

MATCH = "Match · Patinoire · 214 clients ≥ 80 · → 01:00 max."
PROGRAMME = SayView(layer="calendar", level_pct=30.0, text="Cinq paliers")
RULE = SayView(layer="dynamic", level_pct=70.0, text=MATCH, by="head-end", until=NOW)
ORDER = SayView(layer="order", level_pct=100.0, text="chantier", by="Marie", until=NOW)


def _reason(*chain: SayView) -> ReasonView:
    last = chain[-1]
    return ReasonView(
        source="override", text=last.text, by=last.by, until=last.until, order="o-1", chain=chain
    )


async def _panel(seen: Console, reason: ReasonView) -> None:
    seen.head.reasons["0205"] = reason
    await seen.press("2")
    await seen.shows("0205", "pourquoi")


def _words(seen: Console, size: tuple[int, int]) -> str:
    """What stands in the panel beside the list, in one line."""
    width = 34 if size[0] < 100 else 42
    return " ".join(" ".join(line[size[0] - width : -1].strip("│ ") for line in seen.lines).split())


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_whole_reason_of_a_dynamic_rule_is_readable(size: tuple[int, int]) -> None:
    async with console(size) as seen:
        await _panel(seen, _reason(PROGRAMME, RULE))
        await seen.shows("règle dynamique", "Match · Patinoire")
        assert MATCH in _words(seen, size)
        assert all(len(line) <= size[0] for line in seen.lines)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_a_rule_beneath_an_order_is_still_told(size: tuple[int, int]) -> None:
    async with console(size) as seen:
        await _panel(seen, _reason(PROGRAMME, RULE, ORDER))
        await seen.shows("70 %", "Match · Patinoire")
        assert "ordonné par Marie" in " ".join(_words(seen, size).split())


async def test_a_hostile_rule_name_is_text() -> None:
    rule = RULE.model_copy(update={"text": "\x1b[31m[bold]Match\x07 {0}"})
    async with console() as seen:
        await _panel(seen, _reason(PROGRAMME, rule))
        await seen.shows("[31m[bold]Match {0}")
        assert "\x1b" not in seen.text
