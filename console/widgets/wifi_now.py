"""How the state of a place is told wherever it stands: the colour of its load, the age of its values, its notes."""

from datetime import datetime, timedelta

from rich.text import Text

from city.wifi_views import HotspotView, OutlookView
from console.hostile import clean
from console.i18n import Words
from console.vocabulary import AMBER, BLUE, EVENT, FAINT, FULL, FULL_SOON, VERMILION

BUSY_PCT, FULL_PCT = 60.0, 85.0
"""From where a load bar warns, and from where it alarms."""
OLD_AFTER = timedelta(minutes=5)
"""From this age on a value is dimmed and its age told: access points are read every minute."""


def load_colour(load_pct: float | None) -> str:
    """Blue, amber, vermilion as a hotspot fills up."""
    if load_pct is None:
        return FAINT
    return VERMILION if load_pct >= FULL_PCT else AMBER if load_pct >= BUSY_PCT else BLUE


def age_of(at: datetime | None, now: datetime | None) -> timedelta | None:
    """How old a value is, in whole minutes; None while it is the present."""
    if at is None or now is None or now - at < OLD_AFTER:
        return None
    return timedelta(minutes=(now - at) // timedelta(minutes=1))


def notes_of(spot: HotspotView, outlook: OutlookView | None, words: Words, now: datetime) -> list[Text]:
    """What is special at a place: full since when, or expected to be full from when; what takes place there."""
    notes = []
    if spot.saturated_since:
        since = words.t("full since {time}", time=words.moment(spot.saturated_since, now))
        notes.append(Text(f"{FULL.symbol} {since}", FULL.colour))
    elif outlook and outlook.saturated_from and outlook.saturated_from > now:
        at = words.t("full around {time}", time=words.moment(outlook.saturated_from, now))
        notes.append(Text(f"{FULL_SOON.symbol} {at}", FULL_SOON.colour))
    if spot.event:
        notes.append(Text(f"{EVENT.symbol} {clean(spot.event)}", EVENT.colour))
    elif outlook and outlook.event:
        today = words.t("today: {event}", event=clean(outlook.event))
        notes.append(Text(f"{EVENT.symbol} {today}", EVENT.colour))
    return notes
