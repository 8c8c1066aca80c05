"""Accounts: who is a host, how they log in, and where they are logged in.

There is no account to begin with. The first host comes by a link that is good once and for a while, printed in the
terminal of whoever runs the library; more are made there, too. A session is known by a random token in a cookie, of
which only the hash is kept here; so are links. What is answered to a wrong name and to a wrong password is the same,
and takes the same time.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from companion.accounts import passwords
from companion.accounts.browsers import in_plain_words
from companion.accounts.guesses import Guesses, in_words
from companion.errors import ConflictError, LoginError, NotFoundError, WaitError
from companion.hosts import Host, HostSession, Invitation, NewHostSession
from companion.library import Library
from companion.store import HostRows, InvitationRow

__all__ = ["Accounts"]

TOKEN_BYTES: Final = 32
SEEN_EVERY: Final = timedelta(minutes=10)  # a session's last use is written down no more often
NOT_THESE: Final = "That name and that password do not go together. Look at both, and try once more."
NOT_NOW: Final = "You are not logged in, or not any more. Log in and do it again."
DEAD_LINK: Final = (
    "This link opens nothing. It is good once, and for a while only. Whoever runs the library makes a new one in the "
    "terminal: companion host add NAME --link, or companion host password NAME --link for a host who is there."
)


class Accounts:
    """All that can be done with hosts and their sessions."""

    def __init__(self, library: Library) -> None:
        """Takes an open library."""
        self.settings = library.settings
        self._rows = HostRows(library.database)
        self._guesses = Guesses(
            self.settings.host_guesses_per_address, self.settings.host_guesses_per_name, self.settings.host_guesses_s
        )

    # ---- hosts

    def hosts(self) -> tuple[Host, ...]:
        """Every host, by name."""
        return self._rows.all()

    def find(self, name: str) -> Host:
        """A host by name.

        Raises:
            NotFoundError: there is none.
        """
        found = self._rows.find(passwords.name_key(name))
        if found is None:
            names = ", ".join(h.name for h in self.hosts())
            raise NotFoundError(
                f"There is no host by the name {name!r}. There is: {names}." if names else "There is no host yet."
            )
        return found[0]

    def add(self, name: str, password: str, now: datetime | None = None) -> Host:
        """A new host.

        Raises:
            BadInputError: the name or the password cannot be taken.
            ConflictError: there is a host by that name.
        """
        name = self._free_name(name)
        passwords.check_password(password, name)
        made = self._rows.add(name, passwords.name_key(name), passwords.hashed(password), now or datetime.now(UTC))
        if made is None:
            raise ConflictError(_taken(name))
        return made

    def remove(self, host: Host) -> None:
        """A host is none any more; where they are logged in they are out at once."""
        self._rows.drop(host.id)

    def set_password(self, host: Host, password: str) -> None:
        """Another password, given in the terminal; all sessions of the host end.

        Raises:
            BadInputError: it cannot be taken.
        """
        passwords.check_password(password, host.name)
        self._rows.set_password(host.id, passwords.hashed(password))

    # ---- links

    def invite(self, name: str | None = None, now: datetime | None = None) -> str:
        """A link for a new host; the one made before for the same name opens nothing any more.

        Args:
            name: of the host; None for the first one, who chooses it.
            now: the time; the clock's by default.

        Returns:
            The token that stands at the end of the link.

        Raises:
            BadInputError: the name cannot be taken.
            ConflictError: there is a host by that name, or, without one, any host.
        """
        if name is not None:
            name = self._free_name(name)
        elif self.hosts():
            raise ConflictError("There is a host already. Name the new one: companion host add NAME --link")
        return self._invite(name, None, now)

    def invite_back(self, host: Host, now: datetime | None = None) -> str:
        """A link by which a host who is there chooses another password; returns its token."""
        return self._invite(None, host.id, now)

    def invitation(self, token: str, now: datetime) -> Invitation:
        """What a link is for.

        Raises:
            NotFoundError: it opens nothing.
        """
        row = self._rows.invitation(_hash(token), now)
        if row is None:
            raise NotFoundError(DEAD_LINK)
        name = row.name
        if row.host_id is not None:
            name = next(h.name for h in self.hosts() if h.id == row.host_id)
        return Invitation(name, row.host_id is None, row.expires)

    def accept(self, token: str, name: str, password: str, now: datetime, user_agent: str = "") -> NewHostSession:
        """Uses a link: whoever has it is logged in, with the password that they chose.

        Args:
            token: of the link.
            name: for the first host; the link says it for others.
            password: the new one.
            now: the time.
            user_agent: what the browser says of itself.

        Raises:
            NotFoundError: the link opens nothing.
            BadInputError: the name or the password cannot be taken.
            ConflictError: there is a host by that name.
        """
        asked = self.invitation(token, now)
        name = asked.name if asked.name is not None else passwords.checked_name(name)
        passwords.check_password(password, name)
        kept = passwords.hashed(password)
        host = self._rows.accept(_hash(token), name, passwords.name_key(name), kept, now)
        if host is None:
            self.invitation(token, now)  # somebody else was faster with the same link
            raise ConflictError(_taken(name))
        return self._session(host, kept, now, user_agent)

    # ---- sessions

    def login(self, name: str, password: str, address: str, now: datetime, user_agent: str = "") -> NewHostSession:
        """A new session for whoever knows name and password.

        Args:
            name: of the host.
            password: of the host.
            address: from where; counted, never kept.
            now: the time.
            user_agent: what the browser says of itself.

        Raises:
            LoginError: no such name, or not this password; one does not learn which.
            WaitError: too many were wrong lately, from this address or at this name.
        """
        key = passwords.name_key(name)
        wait_s = self._guesses.begin(address, key, now)
        if wait_s > 0:
            raise WaitError(f"Too many wrong passwords. Wait {in_words(wait_s)}, then try again.", wait_s)
        found = self._rows.find(key)
        if not passwords.fits(found[1] if found else None, password) or found is None:
            raise LoginError(NOT_THESE)
        self._guesses.was_right(address, key, now)
        host, kept = found
        if passwords.is_outdated(kept):
            kept = passwords.hashed(password)
            self._rows.set_password(host.id, kept, keep_sessions=True)
        return self._session(host, kept, now, user_agent)

    def enter(self, token: str | None, now: datetime) -> HostSession:
        """The session that a token opens.

        Returns:
            The session. Its `seen` is `now` where that was written down just now.

        Raises:
            LoginError: none, or it was not used for `host_session_days`.
        """
        hashed = _hash(token or "")
        session = self._rows.session(hashed, self._earliest(now))
        if session is None:
            raise LoginError(NOT_NOW)
        if now - session.seen > SEEN_EVERY:
            self._rows.see_session(hashed, now)
            return HostSession(session.id, session.host, session.made, now, session.browser)
        return session

    def form_token(self, token: str) -> str:
        """What each form of a session must carry; another site cannot know it, as it cannot read the cookie."""
        return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()

    def leave(self, token: str) -> None:
        """Ends the session of a token; it opens nothing any more."""
        self._rows.drop_session(_hash(token))

    def sessions(self, host: Host, now: datetime) -> tuple[HostSession, ...]:
        """Where a host is logged in, the last seen first."""
        return self._rows.sessions(host.id, self._earliest(now))

    def end(self, host: Host, session_id: str) -> None:
        """Ends one of a host's sessions.

        Raises:
            NotFoundError: the host has none by that id, or not any more.
        """
        if not self._rows.drop_session_of(host.id, session_id):
            raise NotFoundError("That session is over already.")

    def end_all(self, host: Host, but: HostSession | None = None) -> int:
        """Ends all sessions of a host, but for one; returns how many."""
        return self._rows.drop_sessions_of(host.id, but.id if but else "")

    def change_password(self, session: HostSession, old: str, new: str, address: str, now: datetime) -> NewHostSession:
        """Another password for whoever knows the old one; all sessions end, and a new one begins.

        Args:
            session: of whoever asks.
            old: the password until now.
            new: the password from now on.
            address: from where; counted like a login.
            now: the time.

        Raises:
            LoginError: the old one is wrong.
            WaitError: too many were wrong lately.
            BadInputError: the new one cannot be taken.
        """
        passwords.check_password(new, session.host.name)
        key = passwords.name_key(session.host.name)
        wait_s = self._guesses.begin(address, key, now)
        if wait_s > 0:
            raise WaitError(f"Too many wrong passwords. Wait {in_words(wait_s)}, then try again.", wait_s)
        found = self._rows.find(key)
        if not passwords.fits(found[1] if found else None, old):
            raise LoginError("That is not your password until now. Nothing was changed.")
        self._guesses.was_right(address, key, now)
        kept = passwords.hashed(new)
        self._rows.set_password(session.host.id, kept)
        return self._begin(session.host, kept, now, session.browser)

    # ---- pieces

    def _free_name(self, name: str) -> str:
        name = passwords.checked_name(name)
        if self._rows.find(passwords.name_key(name)):
            raise ConflictError(_taken(name))
        return name

    def _invite(self, name: str | None, host_id: int | None, now: datetime | None) -> str:
        made, token = now or datetime.now(UTC), secrets.token_urlsafe(TOKEN_BYTES)
        expires = made + timedelta(hours=self.settings.host_link_hours)
        self._rows.invite(InvitationRow(_hash(token), name, host_id, made, expires))
        return token

    def _session(self, host: Host, kept: str, now: datetime, user_agent: str) -> NewHostSession:
        return self._begin(host, kept, now, in_plain_words(user_agent))

    def _begin(self, host: Host, kept: str, now: datetime, browser: str) -> NewHostSession:
        """A session with a token that nobody has seen before: what a browser had until then opens nothing new."""
        self._rows.drop_sessions_before(self._earliest(now))
        token = secrets.token_urlsafe(TOKEN_BYTES)
        if not self._rows.add_session(_hash(token), secrets.token_hex(8), host.id, browser, now, kept):
            raise LoginError(NOT_THESE)  # the password was changed, or the host removed, while this was looked at
        return NewHostSession(token, host)

    def _earliest(self, now: datetime) -> datetime:
        return now - timedelta(days=self.settings.host_session_days)


def _hash(token: str) -> str:
    """What is kept of a token: it is random, so a fast hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()


def _taken(name: str) -> str:
    return f"There is already a host by the name {name}. Take another name, or give that one a new password."
