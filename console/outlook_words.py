"""Words for what is to be expected of a place and what would help it."""

from collections.abc import Mapping

from city.wifi_views import AdviceKind, AdviceView
from console.i18n import N_, Words

ADVICE: Mapping[AdviceKind, str] = {
    AdviceKind.ANOTHER_ACCESS_POINT: N_("Another access point"),
    AdviceKind.STEER_TO_5_GHZ: N_("Steer devices to 5 GHz"),
    AdviceKind.CHANGE_CHANNEL: N_("Change the channel"),
    AdviceKind.REPAIR: N_("Bring back what is down"),
}
DAYS: Mapping[str, str] = {
    "workday": N_("workdays"),
    "saturday": N_("Saturdays"),
    "sunday": N_("Sundays and public holidays"),
    "event": N_("days with an event"),
}
FIGURES: Mapping[str, str] = {
    "load_pct": N_("load in busy hours"),
    "load_after_pct": N_("load then"),
    "clients": N_("clients"),
    "capacity": N_("meant for"),
    "access_points": N_("access points to add"),
    "access_points_down": N_("access points down"),
    "radio_load_pct": N_("load of the radio"),
    "radio_load_after_pct": N_("load of the radio then"),
    "other_band_load_pct": N_("load of the other band"),
    "channel": N_("channel"),
    "to_channel": N_("better channel"),
    "radios_on_channel": N_("radios on that channel"),
    "airtime_pct": N_("airtime"),
    "airtime_after_pct": N_("airtime then"),
    "usual_airtime_pct": N_("airtime of the other radios"),
}
_PERCENT = "_pct"


def figures(advice: AdviceView, words: Words) -> str:
    """What speaks for an advice: ``load in busy hours 92 %, load then 71 %``; names that are not known, as they are."""
    return ", ".join(
        f"{words.t(FIGURES.get(name, name))} {_value(name, value, words)}"
        for name, value in advice.figures.items()
    )


def _value(name: str, value: float, words: Words) -> str:
    return words.percent(value) if name.endswith(_PERCENT) else words.number(value)
