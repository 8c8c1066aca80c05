"""What a host's page sends, as JSON or as a form: read by name, each value checked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import request

from companion.errors import BadInputError

T = TypeVar("T")
LARGEST = 2**53  # of whole numbers, as scripts know them
LONGEST_S = 1e6  # of a recording; no number of seconds is larger
_SECONDS = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,6})?")


def by_script() -> bool:
    """Whether whoever asks is a script, and wants JSON."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return request.is_json or best == "application/json"


class Sent:
    """The values of one request."""

    def __init__(self) -> None:
        """Reads them.

        Raises:
            BadInputError: the request is not what it says.
        """
        self._json = request.is_json
        values = request.get_json(silent=True) if self._json else request.form
        if values is None or (self._json and not isinstance(values, dict)):
            raise BadInputError("The request is not JSON of the kind that is read here.")
        self._values: Any = values

    def text(self, name: str) -> str:
        """A text.

        Raises:
            BadInputError: it is missing.
        """
        found = self.text_or_none(name)
        if found is None:
            raise BadInputError(f"The request lacks “{name}”.")
        return found

    def text_or_none(self, name: str) -> str | None:
        """A text; None where it is missing, and in a form's choice of nobody."""
        found = self._values.get(name)
        if found is not None and not isinstance(found, str):
            raise BadInputError(f"“{name}” should be a text.")
        return found

    def number(self, name: str) -> int:
        """A whole number.

        Raises:
            BadInputError: it is missing or none.
        """
        found = self.number_or_none(name)
        if found is None:
            raise BadInputError(f"The request lacks “{name}”, a whole number.")
        return found

    def number_or_none(self, name: str) -> int | None:
        """A whole number; None where it is missing."""
        return self._whole(name, self._values.get(name))

    def seconds_or_none(self, name: str) -> float | None:
        """A place in a recording or a length, in seconds; None where it is missing."""
        found = self._values.get(name)
        if found is None or found == "":
            return None
        if not self._json and isinstance(found, str):
            found = float(found) if _SECONDS.fullmatch(found) else None
        if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= LONGEST_S:
            raise BadInputError(f"“{name}” should be a number of seconds.")
        return float(found)

    def truth(self, name: str) -> bool:
        """Yes or no; in a form yes where it is there."""
        found = self._values.get(name)
        if not self._json:
            return found not in (None, "", "0", "false")
        if found is None:
            return False
        if not isinstance(found, bool):
            raise BadInputError(f"“{name}” should be true or false.")
        return found

    def numbers_or_none(self, name: str) -> list[int] | None:
        """Whole numbers; None where they are missing."""
        return self._list(name, lambda value: self._whole(name, value))

    def texts_or_none(self, name: str) -> list[str] | None:
        """Texts; None where they are missing. A form sends one text, with a line for each."""
        if not self._json:
            found = self._values.get(name)
            return None if found is None else [line for line in found.splitlines() if line.strip()]
        return self._list(name, lambda value: value if isinstance(value, str) else None)

    def _list(self, name: str, read: Callable[[Any], T | None]) -> list[T] | None:
        values = self._values.get(name) if self._json else self._values.getlist(name) or None
        if values is None:
            return None
        if not isinstance(values, list):
            raise BadInputError(f"“{name}” should be a list.")
        found = [read(value) for value in values]
        if any(value is None for value in found):
            raise BadInputError(f"“{name}” holds something that does not belong there.")
        return [value for value in found if value is not None]

    def _whole(self, name: str, value: Any) -> int | None:
        if value is None or value == "":
            return None
        if not self._json and isinstance(value, str):
            value = int(value) if value.isascii() and value.isdecimal() and len(value) < 16 else None
        if not isinstance(value, int) or isinstance(value, bool) or not -1 < value <= LARGEST:
            raise BadInputError(f"“{name}” should be a whole number.")
        return value


def compact(value: Any) -> str:
    """JSON without blanks, letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
