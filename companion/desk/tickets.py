"""Who may send a body that is larger than anything else that the site reads: whoever was shown the form for it.

The server must decide before the body arrives, and long before the site can look who sends it. So the form's address
carries a ticket, which only hosts are given.
"""

from __future__ import annotations

import hmac
import re
import secrets

GOOD_S = 12 * 3600
PATH = "/host/uploads/form/"
_TICKET = re.compile(r"([0-9a-f]{1,12})-([0-9a-f]{64})")


class Tickets:
    """Gives tickets out and knows them again; a restart of the server ends all of them."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def give(self, now_s: float) -> str:
        """A ticket.

        Args:
            now_s: by the clock.
        """
        until = f"{int(now_s) + GOOD_S:x}"
        return f"{until}-{self._sign(until)}"

    def is_good(self, ticket: str, now_s: float) -> bool:
        """Whether a ticket was given out here, not too long ago."""
        found = _TICKET.fullmatch(ticket)
        if found is None or not hmac.compare_digest(found[2], self._sign(found[1])):
            return False
        return int(found[1], 16) >= now_s

    def lets_in(self, path: str, now_s: float) -> bool:
        """Whether what is sent to an address may be large.

        Args:
            path: of the request, as the server sees it.
            now_s: by the clock.
        """
        _, found, ticket = path.rpartition(PATH)
        return bool(found) and self.is_good(ticket, now_s)

    def _sign(self, until: str) -> str:
        return hmac.new(self._key, until.encode(), "sha256").hexdigest()
