"""The Wi-Fi lines of ``falotier status``."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loaded when something is asked, so that other commands start sooner
    from city.messages import Summary
    from city.wifi_views import HotspotView
    from console.i18n import Words


def print_wifi(summary: "Summary", words: "Words") -> None:
    """One line for each place; one more where a controller has access points that the inventory has not."""
    for spot in summary.hotspots:
        print(_line(spot, summary, words))
    if summary.proposals:
        count = words.n(
            "{count} access point is not on file", "{count} access points are not on file", summary.proposals
        )
        print(f"Wi-Fi ? {count}: falotier access-point proposals")


def _line(spot: "HotspotView", summary: "Summary", words: "Words") -> str:
    from console.hostile import clean
    from console.widgets.wifi_now import age_of, notes_of

    clients = words.number(spot.clients)
    if spot.capacity:
        clients = words.t(
            "{clients} of {capacity} clients", clients=clients, capacity=words.number(spot.capacity)
        )
    elif spot.clients is not None:
        clients = words.n("{count} client", "{count} clients", spot.clients)
    up = words.t(
        "{up} of {total} access points up",
        up=words.number(spot.access_points_up),
        total=words.number(spot.access_points),
    )
    parts = [words.percent(spot.load_pct), clients, up]
    parts += [note.plain for note in notes_of(spot, None, words, summary.now)]
    if age := age_of(spot.at, summary.now):
        parts.append(words.t("heard {age} ago", age=words.span(age)))
    return f"Wi-Fi {clean(spot.name)}: {', '.join(parts)}"
