"""Killed with -9 at any moment of ingest, spool and drain: what was acknowledged is stored exactly once.

``FALOTIER_KILLS=1000`` has it done so often, a hundred on the same folders each.
"""

import os
import sys
from pathlib import Path

from tests.headend.spool.kills import campaign

KILLS = int(os.environ.get("FALOTIER_KILLS", "60"))
IN_A_ROW = 100
SUITE_S = 8.0


async def test_what_was_acknowledged_is_stored_exactly_once_however_often_it_is_killed(
    tmp_path: Path,
) -> None:
    within_s = SUITE_S if "FALOTIER_KILLS" not in os.environ else float("inf")
    kills = acknowledged = 0
    for first in range(0, KILLS, IN_A_ROW):
        folder = tmp_path / str(first)
        folder.mkdir()
        figures = await campaign(folder, min(IN_A_ROW, KILLS - first), first, within_s=within_s)
        sys.stdout.write(f"{figures}\n")  # seen with -s
        assert figures.problems == []
        kills += figures.kills
        acknowledged += figures.acknowledged
    assert kills >= min(KILLS, 10)
    assert acknowledged > 1000 * kills / 2
