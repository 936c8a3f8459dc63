"""InfluxDB 1.x, 2.x and 3 Core: the telemetry store of a city with a server, and what is set up on it."""

from drivers.influx.store import InfluxStore

__all__ = ["InfluxStore"]
