"""Data bases of earlier versions: what a table lacks is added when it is opened; nothing is ever removed."""

import logging

from sqlalchemy import Column, Connection, MetaData, inspect
from sqlalchemy.schema import CreateColumn

from city.errors import BadInput

log = logging.getLogger(__name__)


def create_missing(connection: Connection, metadata: MetaData) -> None:
    """Create the tables, columns and indexes that are not there yet; what is there stays as it is.

    Raises:
        BadInput: a table lacks a column that cannot be filled in; nothing was changed.
    """
    metadata.create_all(connection)
    known = inspect(connection)
    quoted = connection.dialect.identifier_preparer
    for table in metadata.sorted_tables:
        has = {column["name"] for column in known.get_columns(table.name)}
        for column in table.columns:
            if column.name not in has:
                specification = CreateColumn(_fillable(column)).compile(dialect=connection.dialect)
                connection.exec_driver_sql(
                    f"ALTER TABLE {quoted.format_table(table)} ADD COLUMN {specification}"
                )
                log.info("records: added column %s to table %s", column.name, table.name)
        for index in table.indexes:
            index.create(connection, checkfirst=True)


def _fillable(column: Column[object]) -> Column[object]:
    if column.nullable or column.server_default is not None:
        return column
    raise BadInput(
        f"records: table {column.table.name} lacks column {column.name}, which cannot be filled in: this data base"
        " is of a version too old to be taken over"
    )
