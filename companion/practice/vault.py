"""Spaces and takes under lock: rows and sounds together with their keys; erasing, and what time erases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from companion.errors import ConflictError, LibraryError, NotFoundError
from companion.library import Library
from companion.practice import keys
from companion.practice.packing import Private, from_json, take_of, to_json
from companion.practice.sounds import Sounds
from companion.store import PracticeRows, SpaceRow, TakeRow
from companion.takes import Asked, Keeping, NewSpace, Space, Take, TakeState

GONE: Final = "There is nothing here. It may have been deleted, or it belongs to another private space."
ABANDONED_AFTER: Final = timedelta(days=1)


class Vault:
    """What is kept of practice in one library."""

    def __init__(self, library: Library) -> None:
        """Takes an open library; touches no file before it is used."""
        self.settings = library.settings
        self.rows = PracticeRows(library.database)
        self.sounds = Sounds(self.settings.home / "practice", self.settings.min_free_bytes)
        self._database = library.database
        self._server_key = keys.ServerKey(self.settings.home / "practice.key")

    # ---- spaces

    def new_space(self, now: datetime) -> NewSpace:
        """Makes a space with a session.

        Raises:
            LibraryError: the server's key file is damaged or missing.
        """
        space = Space(id=keys.new_id(), key=keys.new_key(), keeping=Keeping.DAYS, opened=now)
        token, code = keys.new_token(), keys.new_code()
        wrapped = keys.seal(self._server(), space.key, _space_label(space.id))
        row = SpaceRow(space.id, wrapped, space.keeping, now, keys.code_hash(code))
        self.rows.add_space(row, keys.token_hash(token))
        return NewSpace(space, token, code)

    def space(self, row: SpaceRow) -> Space:
        """Opens a space.

        Raises:
            LibraryError: the server's key file is damaged, missing, or not the one that locked it.
        """
        try:
            key = keys.unseal(self._server(), row.key, _space_label(row.id))
        except keys.SealError:
            raise LibraryError(
                "This private space was locked with another key than the library's practice.key. "
                "Put the right file back from a copy."
            ) from None
        return Space(row.id, key, row.keeping, row.opened)

    def expires(self, keeping: Keeping, now: datetime) -> datetime | None:
        """When something that is kept from now on reaches its time; None: never."""
        return now + timedelta(days=self.settings.practice_keep_days) if keeping is Keeping.DAYS else None

    def _server(self) -> bytes:
        return self._server_key.get(self.rows.count_spaces)

    # ---- takes

    def new_take(self, space: Space, private: Private, now: datetime, check: Callable[[int], None]) -> Take:
        """A take without sound.

        Args:
            space: whose.
            private: what is known of it.
            now: the time.
            check: is told how many takes are there; may raise.

        Raises:
            NotFoundError: the space was erased.
        """
        take_id, key = keys.new_id(), keys.new_key()

        def make(owner: SpaceRow, there: tuple[TakeRow, ...]) -> TakeRow:
            check(len(there))
            return TakeRow(
                id=take_id,
                space_id=space.id,
                key=keys.seal(space.key, key, _key_label(space.id, take_id)),
                number=max((row.number for row in there), default=0) + 1,
                made=now,
                state=TakeState.RECORDING,
                private=_sealed(key, space.id, take_id, private),
                chunks=0,
                sound_bytes=0,
                expires=self.expires(owner.keeping, now),
            )

        row = self.rows.add_take(space.id, make)
        if row is None:
            raise NotFoundError(GONE)
        return self.take(space, row)

    def row(self, space: Space, take_id: str) -> TakeRow:
        """A take as it is kept.

        Raises:
            NotFoundError: there is none by that id in this space.
        """
        row = self.rows.take(space.id, take_id)
        if row is None:
            raise NotFoundError(GONE)
        return row

    def take(self, space: Space, row: TakeRow) -> Take:
        """A take for its owner."""
        private = self.private(space, row)
        before = self._before(space, row)
        return take_of(row, private, 1 + sum(self.asked(space, other) == private.asked for other in before))

    def takes(self, space: Space) -> tuple[Take, ...]:
        """All takes of a space for their owner, the oldest first."""
        finished: Counter[Asked] = Counter()
        takes = []
        for row in self.rows.takes(space.id):
            private = self.private(space, row)
            takes.append(take_of(row, private, 1 + finished[private.asked]))
            finished[private.asked] += row.state is not TakeState.RECORDING
        return tuple(takes)

    def _before(self, space: Space, row: TakeRow) -> Iterator[TakeRow]:
        """The finished takes that were made before one."""
        for other in self.rows.takes(space.id):
            if other.id == row.id:
                return
            if other.state is not TakeState.RECORDING:
                yield other

    def private(self, space: Space, row: TakeRow) -> Private:
        """What is private in a take."""
        return from_json(keys.unseal(self.take_key(space, row), row.private, _words_label(row.space_id, row.id)))

    def asked(self, space: Space, row: TakeRow) -> Asked:
        """What a take answers."""
        return self.private(space, row).asked

    def take_key(self, space: Space, row: TakeRow) -> bytes:
        """A take's own key."""
        return keys.unseal(space.key, row.key, _key_label(row.space_id, row.id))

    def again(self, space: Space, row: TakeRow, **changes: Any) -> bytes:
        """What is private in a take with some of it changed, sealed."""
        return _sealed(self.take_key(space, row), row.space_id, row.id, replace(self.private(space, row), **changes))

    def changed(self, space: Space, take_id: str, decide: Callable[[TakeRow], dict[str, Any]]) -> Take:
        """Changes a take by what it is at that moment; see `PracticeRows.change`.

        Raises:
            NotFoundError: there is none by that id in this space.
        """
        row = self.rows.change(space.id, take_id, decide)
        if row is None:
            raise NotFoundError(GONE)
        return self.take(space, row)

    # ---- sound

    def put_piece(
        self, space: Space, row: TakeRow, number: int, data: bytes, check: Callable[[TakeRow, int], None]
    ) -> None:
        """Keeps a piece of sound; the same piece again is fine.

        Args:
            space: whose.
            row: the take.
            number: which piece.
            data: its bytes.
            check: is told the take and how many bytes it would have; may raise.

        Raises:
            NotFoundError: the take was erased meanwhile.
            ConflictError: other bytes are there under that number.
            SpaceError: no room.
        """
        if self._has_piece(space, row, number, data):
            return
        check(row, len(data))
        self.sounds.check_room(len(data))
        with self.sounds.written(self.take_key(space, row), space.id, row.id, number, data) as half:

            def decide(now: TakeRow) -> dict[str, Any]:
                if self._has_piece(space, now, number, data):
                    return {}
                check(now, sum(self.sounds.pieces(space.id, row.id).values()) + len(data))
                self.sounds.keep(half, space.id, row.id, number)
                # Counted from what lies there: a kill between file and row is made good by the next piece.
                return self.counted(space, row.id)

            changed = self.rows.change(space.id, row.id, decide)
        if changed is None:
            self.sounds.drop(space.id, row.id)
            raise NotFoundError(GONE)

    def counted(self, space: Space, take_id: str) -> dict[str, Any]:
        """The columns that say how much sound is there."""
        pieces = self.sounds.pieces(space.id, take_id)
        return {"chunks": len(pieces), "sound_bytes": sum(pieces.values())}

    def sound(self, space: Space, row: TakeRow) -> bytes:
        """A take's recording as it was sent.

        Raises:
            NotFoundError: its sound is not kept any more.
            ConflictError: it is still arriving.
        """
        if row.state is TakeState.RECORDING:
            raise ConflictError("This take is still being recorded. Finish it, then listen to it.")
        if not row.sound_bytes:
            raise NotFoundError("The sound of this take is not kept; its words are.")
        key = self.take_key(space, row)
        return b"".join(self.sounds.read(key, space.id, row.id, number) for number in range(row.chunks))

    def _has_piece(self, space: Space, row: TakeRow, number: int, data: bytes) -> bool:
        if number not in self.sounds.pieces(space.id, row.id):
            return False
        if self.sounds.read(self.take_key(space, row), space.id, row.id, number) != data:
            raise ConflictError(f"Part {number} of this take is here already, with other sound in it.")
        return True

    # ---- erasing

    def erase_take(self, space: Space, take_id: str) -> None:
        """Erases a take: first its key, then its bytes.

        Raises:
            NotFoundError: there is no such take.
        """
        if not self.rows.drop_take(space.id, take_id):
            raise NotFoundError(GONE)
        self._database.tidy()  # where a reader is in its way, the next sweep does it
        self.sounds.drop(space.id, take_id)

    def erase_space(self, space: Space) -> None:
        """Erases a space with all in it: first its key, then the bytes."""
        self.rows.drop_space(space.id)
        self._database.tidy()
        self.sounds.drop(space.id)

    def drop_unkept_sounds(self, now: datetime, space_id: str | None = None) -> None:
        """Drops the sound of takes that their spaces keep as words only.

        Args:
            now: the time.
            space_id: of this space only; None: of all.
        """
        failed_before = now - timedelta(days=self.settings.practice_keep_days)
        for owner, take_id in self.rows.sounds_to_drop(failed_before):
            if space_id in (None, owner):
                # Files first: were it the other way, a kill in between would leave sound that nothing knows of.
                self.sounds.drop(owner, take_id)
                self.rows.change(owner, take_id, lambda _: {"sound_bytes": 0})

    def sweep(self, now: datetime) -> None:
        """Erases what has reached its time, and finishes what a kill has interrupted."""
        for space_id, take_id in self.rows.drop_expired(now, now - ABANDONED_AFTER):
            self.sounds.drop(space_id, take_id)
        self.drop_unkept_sounds(now)
        self.rows.drop_sessions_before(now - timedelta(days=self.settings.practice_session_days))
        for space_id in self.rows.drop_empty_spaces(now - ABANDONED_AFTER):
            self.sounds.drop(space_id)
        self.sounds.drop_halves()
        # Folders first, rows after: whatever has a folder by then had a row before.
        folders = self.sounds.folders()
        spaces = self.rows.space_ids()
        for space_id, take_ids in folders.items():
            if space_id not in spaces:
                self.sounds.drop(space_id)
                continue
            for take_id in set(take_ids) - self.rows.take_ids(space_id):
                self.sounds.drop(space_id, take_id)
        self._database.tidy()


def _space_label(space_id: str) -> str:
    return f"space {space_id}"


def _key_label(space_id: str, take_id: str) -> str:
    return f"take key {space_id} {take_id}"


def _words_label(space_id: str, take_id: str) -> str:
    return f"take words {space_id} {take_id}"


def _sealed(key: bytes, space_id: str, take_id: str, private: Private) -> bytes:
    return keys.seal(key, to_json(private), _words_label(space_id, take_id))
