"""The newest value of each metric of each series, from the rows that are kept for that and the fresh ones."""

from collections.abc import Sequence


def newest_rows(metrics: Sequence[str], *, has_twins: bool, only: str = "true") -> str:
    """The question, as text: rows ``series, at_us`` with a value in each column whose newest value is of that instant.

    ``has_twins``: several fresh rows may stand for one series and instant, and the one written last counts.
    """
    names = ", ".join(metrics)
    held = " union all ".join(
        f"select series, at_us, seq, {names} from {table} where {only}"  # noqa: S608 (our own words)
        for table in ("latest", "fresh")
    )
    if has_twins:
        merged = ", ".join(f"arg_max({metric}, seq) as {metric}" for metric in metrics)
        held = f"select series, at_us, {merged} from ({held}) group by series, at_us"  # noqa: S608 (our own words)
    tops = ", ".join(f"max(at_us) filter ({metric} is not null) as top_{metric}" for metric in metrics)
    kept = ", ".join(f"case when at_us = top_{metric} then {metric} end as {metric}" for metric in metrics)
    is_any = " or ".join(f"at_us = top_{metric}" for metric in metrics)
    return (
        f"with held as materialized ({held}), tops as (select series, {tops} from held group by series)"  # noqa: S608
        f" select series, at_us, {kept} from held join tops using (series) where {is_any}"
    )
