"""The database file: migrated, ours, all or nothing."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from companion import schema
from companion.errors import LibraryError
from companion.schema import Database


def test_the_migrations_make_the_tables_that_the_code_reads(tmp_path: Path) -> None:
    database = Database(tmp_path / "library.db")
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), schema.metadata)
    # The text indexes and their shadow tables are made by SQL and are no part of the metadata.
    assert [
        d for d in differences if not (d[0] == "remove_table" and d[1].name.startswith(("turn_text", "said_pieces")))
    ] == []
    database.close()


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    Database(tmp_path / "library.db").close()
    before = (tmp_path / "library.db").read_bytes()
    Database(tmp_path / "library.db").close()
    assert (tmp_path / "library.db").read_bytes() == before


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE theirs (x)")
    foreign.close()
    with pytest.raises(LibraryError, match="another program's"):
        Database(path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_bytes(b"not a database at all, but long enough to be looked at" * 50)
    with pytest.raises(LibraryError, match="not a database of ours"):
        Database(tmp_path / "library.db")


def test_a_library_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    database = Database(tmp_path / "library.db")
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(LibraryError, match="newer version"):
        Database(tmp_path / "library.db")


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "library.db")
    row = {"key": "k", "stage": "s", "result": 1}
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        connection.execute(sa.insert(schema.stage_result), [row, row])
    with database.read() as connection:
        assert connection.execute(sa.select(schema.stage_result)).all() == []
    database.close()


def test_a_reader_is_not_kept_waiting_by_a_writer(tmp_path: Path) -> None:
    database = Database(tmp_path / "library.db")
    with database.write() as writer:
        writer.execute(sa.insert(schema.stage_result).values(key="k", stage="s", result=1))
        with database.read() as reader:
            assert reader.execute(sa.select(schema.stage_result)).all() == []
    database.close()
