"""A library's file as an older version would have written it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from companion import schema

MOVED = {
    ("episode", "speakers"): "(SELECT speakers FROM now.job WHERE job.episode_id = episode.id)",
    ("episode", "hotwords"): "(SELECT hotwords FROM now.job WHERE job.episode_id = episode.id)",
}
"""Columns that are in another table now, and where their values are."""


def put_back(path: Path, revision: str) -> None:
    """Takes a library's file back to an older revision: what the newer tables and columns hold is left behind.

    Args:
        path: of library.db, which nobody has open.
        revision: of the migration that was the newest then.
    """
    old = path.with_name("old.db")
    engine = sa.create_engine(f"sqlite:///{old}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        connection.exec_driver_sql(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        schema.migrate(connection, revision)
        connection.commit()
        connection.exec_driver_sql("ATTACH ? AS now", (str(path),))
        tables = _names(connection, "SELECT name FROM main.sqlite_master WHERE type = 'table'")
        known = set(_names(connection, "SELECT name FROM now.sqlite_master WHERE type = 'table'"))
        for table in tables:
            if table not in known or table.startswith(("turn_text_", "said_pieces_", "sqlite_", "alembic_")):
                continue
            columns = _names(connection, f"SELECT name FROM pragma_table_info('{table}', 'main')")
            there = set(_names(connection, f"SELECT name FROM pragma_table_info('{table}', 'now')"))
            names = ["rowid"] * (table == "turn_text") + [f'"{c}"' for c in columns if c in there]
            moved = [c for c in columns if c not in there and (table, c) in MOVED]
            into = ", ".join([*names, *moved])
            values = ", ".join([*names, *(MOVED[table, c] for c in moved)])
            connection.exec_driver_sql(f"DELETE FROM main.{table}")
            connection.exec_driver_sql(f"INSERT INTO main.{table} ({into}) SELECT {values} FROM now.{table}")
        connection.commit()
        connection.exec_driver_sql("DETACH now")
    engine.dispose()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    old.replace(path)


def _names(connection: sa.Connection, query: str) -> list[str]:
    return list(connection.exec_driver_sql(query).scalars())
