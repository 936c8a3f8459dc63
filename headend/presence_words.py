"""What a lamp says of a dynamic rule: one line in names and figures that reads alike in every language."""

from datetime import datetime
from zoneinfo import ZoneInfo

from lighting.dynamic import DynamicRule, Held

BETWEEN = " · "


def reason_of(
    rule: DynamicRule,
    place: str,
    clients: int | None,
    held: Held | None,
    now: datetime,
    zone: ZoneInfo,
    small_count: int,
) -> str:
    """``Match · Patinoire · 214 clients ≥ 80 · → 01:00 max.``, or who has left and until when it still holds.

    Args:
        rule: the one that lends light.
        place: the name of its hotspot.
        clients: how many there are; None where that is not known.
        held: for how long it has applied.
        now: the present instant.
        zone: the city's, in which times are told.
        small_count: fewer clients than this, but for none, are not told one by one.
    """
    parts = [rule.name, place]
    if clients is not None:
        limit = rule.clients if clients >= rule.clients else rule.keeps_from
        parts.append(_count(clients, limit, small_count))
    if held is not None and clients is not None and clients < rule.keeps_from:
        parts.append(f"→ {held.ends(rule, now, zone).astimezone(zone):%H:%M}")
    elif rule.never_past is not None:
        parts.append(f"→ {rule.never_past:%H:%M} max.")
    return BETWEEN.join(parts)


def _count(clients: int, limit: int, small_count: int) -> str:
    """Against the limit that counts; a small count only as such, for it could be somebody."""
    if 0 < clients < small_count:
        return f"< {small_count} clients"
    told = f"{clients} client" if clients == 1 else f"{clients} clients"
    return f"{told} {'≥' if clients >= limit else '<'} {limit}"
