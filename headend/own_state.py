"""What the head-end says of itself beside the city: its connections, and what it has in hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from city.messages import Connection
from headend.approvals import Approvals
from headend.connections import Connections
from headend.ingest import Ingest
from headend.proposals import Proposals
from headend.safeguards import Safeguards
from headend.spool import Spool


@dataclass(frozen=True, slots=True)
class OwnState:
    """One look; of a past instant nothing of it is recorded."""

    connections: tuple[Connection, ...] = ()
    ingested: int = 0
    lost: int = 0
    waiting: int = 0
    lag_s: float = 0.0
    approvals: int = 0
    proposals: int = 0
    stopped_until: datetime | None = None


def own_state(
    connections: Connections,
    ingest: Ingest,
    spool: Spool,
    approvals: Approvals,
    safeguards: Safeguards,
    proposals: Proposals,
) -> Callable[[], OwnState]:
    """What looks at these parts whenever it is called."""

    def look() -> OwnState:
        storage = spool.state
        return OwnState(
            connections=connections.views(),
            ingested=ingest.ingested,
            lost=storage.lost,
            waiting=storage.waiting,
            lag_s=storage.lag_s,
            approvals=len(approvals.pending()),
            proposals=proposals.count,
            stopped_until=safeguards.stopped_until,
        )

    return look
