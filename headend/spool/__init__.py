"""What waits for the telemetry store: on the disk before it is acknowledged, and until the store has it."""

from headend.spool.spool import Spool

__all__ = ["Spool"]
