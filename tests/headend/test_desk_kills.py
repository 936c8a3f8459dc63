"""Killed with -9 at any moment, against a service in a bad mood: one ticket per cause, in order, nothing twice.

A few runs of what ``python -m benchmarks.desk_kills`` does two hundred times.
"""

from benchmarks.desk_kills import campaign

RUNS = 6


async def test_tickets_are_causes_exactly_however_often_the_desk_is_killed() -> None:
    figures = await campaign(RUNS, first_seed=1000)
    assert figures.problems == []
    assert figures.runs == RUNS
    assert figures.kills >= RUNS
    assert figures.tickets == figures.causes - figures.silent
