"""Data bases of earlier versions are taken over as they are."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateColumn

from city.errors import BadInput
from headend.records import Records
from headend.records.tables import metadata
from lighting.orders import Override

NOW = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)

OLD_OVERRIDES = """
CREATE TABLE overrides (
    id VARCHAR(64) NOT NULL PRIMARY KEY, selector TEXT NOT NULL, points JSON NOT NULL, level FLOAT NOT NULL,
    reason TEXT NOT NULL, "by" TEXT NOT NULL, asked_at DATETIME NOT NULL, until DATETIME NOT NULL,
    cancelled_at DATETIME
);
INSERT INTO overrides VALUES (
    'o-1', 'L1', '["L1"]', 40.0, 'chantier', 'anne', '2026-11-30 15:00:00.000000', '2026-11-30 17:00:00.000000', NULL
);
"""


def old_file(folder: Path, script: str) -> None:
    with sqlite3.connect(folder / "records.sqlite") as connection:
        connection.executescript(script)
    connection.close()


def records(folder: Path) -> Records:
    return Records("sqlite+aiosqlite:///records.sqlite", folder)


async def test_an_earlier_file_is_taken_over_with_all_that_it_holds(tmp_path: Path) -> None:
    old_file(tmp_path, OLD_OVERRIDES)
    hour = timedelta(hours=1)
    old = Override("o-1", "L1", frozenset({"L1"}), 40.0, "chantier", "anne", NOW - hour, NOW + hour)
    new = Override(
        "l-1", "L2", frozenset({"L2"}), 0.0, "mât", "anne", NOW, NOW + hour, kind="lock", approved_by="bruno"
    )
    async with records(tmp_path) as opened:
        assert await opened.overrides() == [old]
        await opened.save_override(new)
    async with records(tmp_path) as opened:
        assert await opened.overrides() == [new, old]
        assert await opened.overrides(kind="lock") == [new]
        assert await opened.journal() == []


async def test_an_index_that_is_missing_is_made(tmp_path: Path) -> None:
    old_file(tmp_path, OLD_OVERRIDES)
    async with records(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "records.sqlite") as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    connection.close()
    assert "overrides_by_end" in names


async def test_what_cannot_be_filled_in_is_told_in_one_line_and_nothing_is_changed(tmp_path: Path) -> None:
    old_file(tmp_path, 'CREATE TABLE journal (id INTEGER PRIMARY KEY, at DATETIME, "by" TEXT, act TEXT);')
    with pytest.raises(BadInput, match="table journal lacks column subject"):
        async with records(tmp_path):
            pass
    with sqlite3.connect(tmp_path / "records.sqlite") as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    assert tables == {"journal"}


@pytest.mark.parametrize(
    ("column", "statement"), [("kind", "VARCHAR(16) DEFAULT 'order' NOT NULL"), ("approved_by", "TEXT")]
)
def test_a_column_is_added_in_words_that_postgresql_takes(column: str, statement: str) -> None:
    added = CreateColumn(metadata.tables["overrides"].c[column])
    compiled = added.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    assert str(compiled) == f"{column} {statement}"
