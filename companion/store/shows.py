"""The show: one row."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

import sqlalchemy as sa

from companion import schema
from companion.publication import Person, Show
from companion.schema import Database


class Shows:
    """Reads and writes the show."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self) -> Show:
        """The show; an empty one where nobody has said anything of it."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(schema.show)).first()
        if row is None:
            return Show()
        values = {f.name: getattr(row, f.name) for f in fields(Show)}
        return replace(Show(**values), persons=persons_from_json(row.persons))

    def put(self, show: Show) -> None:
        """Puts it in the place of what was said before."""
        values = {**asdict(show), "persons": persons_to_json(show.persons)}
        with self._database.write() as connection:
            known = connection.execute(sa.update(schema.show).values(values)).rowcount
            if not known:
                connection.execute(sa.insert(schema.show).values(id=1, **values))


def persons_to_json(persons: tuple[Person, ...]) -> list[Any]:
    """Persons as they are kept in a row."""
    return [[p.name, p.role, p.group, p.href, p.img] for p in persons]


def persons_from_json(rows: list[Any]) -> tuple[Person, ...]:
    """The other way."""
    return tuple(Person(*row) for row in rows)
