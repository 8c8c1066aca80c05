"""What was worked out from the library and holds until it changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from companion.schema import Database

T = TypeVar("T")


class Remembered:
    """Some values of what listeners see, as it is now: any change, by whatever process, forgets all of them."""

    def __init__(self, database: Database, limit: int) -> None:
        """Remembers nothing yet.

        Args:
            database: the library's file.
            limit: most values; the ones that were not asked for longest go first.
        """
        self._database = database
        self._limit = limit
        self._lock = threading.Lock()
        self._version: int | None = None
        self._values: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key.

        Args:
            key: stands for the value.
            make: works it out.
        """
        version = self._database.version()  # before reading: the value is never older than what it is kept under
        with self._lock:
            if version != self._version:
                self._values.clear()
                self._version = version
            if key in self._values:
                self._values.move_to_end(key)
                found: T = self._values[key]
                return found
        value = make()
        with self._lock:
            if version == self._version:
                self._values[key] = value
                while len(self._values) > self._limit:
                    self._values.popitem(last=False)
        return value
