"""The embedded telemetry store: a folder that the head-end owns alone, for a city without a server.

``index.duckdb`` holds the names, the list of files and the newest rows; ``values/<day>/`` holds immutable, sorted
Parquet files; ``hours/<month>/`` one summary a day. Days are those of UTC.
"""

from drivers.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore"]
