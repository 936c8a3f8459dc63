"""``python -m benchmarks.forty_years``: every night of forty years at every latitude from -70 to 70, in Paris time.

A process for each core; takes some minutes, prints what it counted and ends with 1 if anything was wrong.
"""

import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from city.nights import night_bounds
from city.places import Position, Site
from lighting.moments import night_sun
from lighting.programmes import FIVE_STEPS, lit_parts, points_of

FIRST = date(2026, 1, 1)
NIGHTS = (date(2066, 1, 1) - FIRST).days
LATITUDES = range(-70, 71)
LONGITUDE = 7.34
SAID_EVERY = 20


def main() -> int:
    """Count everything, on all cores."""
    started = time.perf_counter()
    total: Counter[str] = Counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        waiting = [pool.submit(count, latitude) for latitude in LATITUDES]
        for number, done in enumerate(as_completed(waiting), start=1):
            total += done.result()
            if number % SAID_EVERY == 0:
                print(f"{number} of {len(LATITUDES)} latitudes", file=sys.stderr, flush=True)
    print(f"{len(LATITUDES)} latitudes, {NIGHTS} nights each, {time.perf_counter() - started:.0f} s")
    for what, how_many in sorted(total.items()):
        print(f"{what:<32} {how_many}")
    return 1 if any(what.startswith("WRONG") for what in total) else 0


def count(latitude: int) -> Counter[str]:
    """What the nights of one latitude are, and what is wrong with any."""
    site = Site(f"{latitude}", Position(latitude, LONGITUDE), ZoneInfo("Europe/Paris"))
    found: Counter[str] = Counter()
    down_at_noon: bool | None = None
    for night in (FIRST + timedelta(days=number) for number in range(NIGHTS)):
        start, end = night_bounds(night, site.zone)
        sun = night_sun(night, site)
        points = points_of(FIVE_STEPS, lit_parts(FIVE_STEPS, night, site), night, site)
        found[f"nights, {sun.state}"] += 1
        found["switch points"] += len(points)
        if not all(start <= point.at < end and 0 <= point.level <= 100 for point in points):
            found["WRONG: outside night or levels"] += 1
        if not all(earlier.at < later.at for earlier, later in pairwise(points)):
            found["WRONG: not ascending"] += 1
        if sun.down and not any(point.level > 0 for point in points):
            found["WRONG: dark though the sun sets"] += 1
        if not sun.down and any(point.level > 0 for point in points):
            found["WRONG: lit though it does not"] += 1
        begins_down = bool(sun.down) and sun.down[0][0] == start
        if down_at_noon is not None and begins_down != down_at_noon:
            found["WRONG: nights that do not join"] += 1
        # A sun that comes up at the very second of noon is up in the next night.
        down_at_noon = bool(sun.down) and sun.down[-1][1] == end != sun.sunrise
    return found


if __name__ == "__main__":
    sys.exit(main())
