"""Practice: private spaces, the takes in them, and what is said to them.

A space belongs to whoever holds its session's token or its recovery code. All that is said in it is sealed by keys
(`companion.practice.keys`); every method that takes a `Space` finds what is in that space only, and gives the same
`NotFoundError` for what is somebody else's and for what is not there at all.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from companion.audio import wav_of
from companion.errors import AudioError, BadInputError, ConflictError, LimitError, ModelError, NotFoundError
from companion.library import Library
from companion.practice import keys
from companion.practice.asked import BidSound, Exercises
from companion.practice.correcting import words_that_stay
from companion.practice.export import MIMES, export, plain_mime
from companion.practice.hearing import Ears, HeardTake, UnheardError, decoded
from companion.practice.journey import Journey, journey_of
from companion.practice.packing import Private
from companion.practice.reviews import Reviews
from companion.practice.schedule import RATING_WORDS, Suggestion
from companion.practice.sounds import MissingChunksError, missing
from companion.practice.vault import GONE, Vault
from companion.store import TakeRow
from companion.takes import Asked, Feedback, Keeping, NewSpace, Prompt, Space, Take, TakeState
from companion.types import StoredMoment, Word

__all__ = ["RATING_WORDS", "BidSound", "Journey", "MissingChunksError", "Practice", "Suggestion"]

NO_MODEL: Final = (
    "The recogniser of this library cannot be loaded, so your take waits unheard; it is kept. "
    "Whoever runs the library can find out more with: companion doctor"
)
MOST_CHUNKS = 2_000
MOST_TEXT_CHARS = 6_000  # of a corrected text: two minutes of fast speech have half as many
SEEN_EVERY = timedelta(hours=12)  # a session's last use is written down no more often


class Practice:
    """All that can be done with prompts, spaces and takes."""

    def __init__(self, library: Library) -> None:
        """Takes an open library; touches no file before it is used."""
        self.settings = library.settings
        self.waiting = threading.Event()  # set when a take begins to wait; the hearer clears it
        self._vault = Vault(library)
        self._exercises = Exercises(library)
        self._reviews = Reviews(self._vault, self._exercises)
        self._ears = Ears(self.settings)

    # ---- what can be answered

    def prompts(self) -> tuple[Prompt, ...]:
        """The written exercises, in their order."""
        return self._exercises.prompts

    def prompt(self, prompt_id: str) -> Prompt:
        """A written exercise.

        Raises:
            NotFoundError: there is none by that id.
        """
        return self._exercises.prompt(prompt_id)

    def bid_of(self, asked: Asked) -> BidSound:
        """The bid that is answered, with its sound, which stops before the reply.

        Raises:
            NotFoundError: there is no such moment or prompt.
        """
        return self._exercises.bid_of(asked)

    def similar(self, asked: Asked, limit: int = 3) -> tuple[StoredMoment, ...]:
        """Others who answered this kind of bid, the most alike first.

        Raises:
            NotFoundError: there is no such moment or prompt.
        """
        return self._exercises.similar(asked, limit)

    # ---- spaces

    def open_space(self, now: datetime) -> NewSpace:
        """A new space with a session of it.

        Raises:
            LibraryError: the server's key file is damaged or missing.
        """
        return self._vault.new_space(now)

    def enter(self, token: str | None, now: datetime) -> Space:
        """The space that a session's token opens.

        Raises:
            NotFoundError: there is no such session, or it was not used for `practice_session_days`.
        """
        hashed = keys.token_hash(token or "")
        found = self._vault.rows.space_of_token(hashed, now - timedelta(days=self.settings.practice_session_days))
        if found is None:
            raise NotFoundError(GONE)
        row, seen = found
        if now - seen > SEEN_EVERY:
            self._vault.rows.see_session(hashed, now)
        return self._vault.space(row)

    def recover(self, code: str, now: datetime) -> tuple[str, Space]:
        """A new session of the space that a recovery code opens; returns its token. The door limits how often.

        Raises:
            NotFoundError: the code opens nothing.
        """
        row = self._vault.rows.space_of_code(keys.code_hash(code))
        if row is None:
            raise NotFoundError("This code opens no private space. Look whether each letter is right.")
        token = keys.new_token()
        self._vault.rows.add_session(keys.token_hash(token), row.id, now)
        return token, self._vault.space(row)

    def new_code(self, space: Space) -> str:
        """Another recovery code for a space; the one before opens nothing any more.

        Raises:
            NotFoundError: the space was erased.
        """
        code = keys.new_code()
        if not self._vault.rows.set_recovery(space.id, keys.code_hash(code)):
            raise NotFoundError(GONE)
        return code

    def leave(self, token: str) -> None:
        """Ends a session; its token opens nothing any more."""
        self._vault.rows.drop_session(keys.token_hash(token))

    def set_keeping(self, space: Space, keeping: Keeping, now: datetime | None = None) -> None:
        """How long the space keeps takes; with `DAYS` those that are there have that long from now.

        Args:
            space: whose.
            keeping: how long.
            now: the time; the clock's by default.
        """
        row = self._vault.rows.space(space.id)
        if row is None:
            raise NotFoundError(GONE)
        if row.keeping is not keeping:
            self._vault.rows.set_keeping(space.id, keeping, self._vault.expires(keeping, now or datetime.now(UTC)))
            self._vault.drop_unkept_sounds(now or datetime.now(UTC), space.id)

    # ---- takes

    def begin_take(self, space: Space, asked: Asked, mime: str, now: datetime) -> Take:
        """A new take whose sound will arrive in chunks.

        Args:
            space: whose.
            asked: what is answered.
            mime: of the recording, such as `audio/webm;codecs=opus`.
            now: the time.

        Raises:
            NotFoundError: there is no such moment, prompt or space.
            AudioError: a kind of recording that is not taken.
            LimitError: `practice_takes` are there already.
            SpaceError: no room.
        """
        if plain_mime(mime) not in MIMES:
            raise AudioError(f"Recordings of the kind {mime[:60]!r} are not taken. Send one of: {', '.join(MIMES)}.")
        self._vault.sounds.check_room(self.settings.practice_chunk_bytes)
        private = Private(asked=asked, bid=self._exercises.bid_text(asked), mime=mime)
        take = self._vault.new_take(space, private, now, self._check_number)
        self.waiting.set()  # the hearer gets its recogniser ready while somebody speaks
        return take

    def put_chunk(self, space: Space, take_id: str, number: int, data: bytes) -> None:
        """A part of a take's sound; the same part again is fine.

        Args:
            space: whose.
            take_id: which take.
            number: from 0.
            data: the bytes.

        Raises:
            NotFoundError: there is no such take.
            ConflictError: other bytes came under that number, or the take is finished.
            LimitError: too large, or too many.
            BadInputError: no bytes.
            SpaceError: no room.
        """
        self._check_chunk(number, data)
        self._vault.put_piece(space, self._vault.row(space, take_id), number, data, self._check_size)

    def chunks(self, space: Space, take_id: str) -> tuple[int, ...]:
        """The numbers of the chunks that have arrived, rising.

        Raises:
            NotFoundError: there is no such take.
        """
        return tuple(self._vault.sounds.pieces(space.id, self._vault.row(space, take_id).id))

    def finish_take(self, space: Space, take_id: str, chunks: int) -> Take:
        """All of a take is there: it waits to be heard. A take that failed waits once more.

        Args:
            space: whose.
            take_id: which take.
            chunks: how many it has.

        Raises:
            NotFoundError: there is no such take.
            MissingChunksError: some have not arrived.
            ConflictError: there are more than that.
            BadInputError: none at all.
        """
        if chunks < 1:
            raise BadInputError("There is no sound in this take. Record it once more.")

        def decide(row: TakeRow) -> dict[str, Any]:
            if row.state in (TakeState.WAITING, TakeState.READY):
                if row.chunks != chunks:
                    raise ConflictError(f"This take was finished with {row.chunks} parts, not {chunks}.")
                return {}
            pieces = self._vault.sounds.pieces(space.id, take_id)
            if lacking := missing(pieces, min(chunks, MOST_CHUNKS)):
                raise MissingChunksError(lacking)
            if len(pieces) != chunks:
                raise ConflictError(f"{len(pieces)} parts of this take have arrived, not {chunks}. Count again.")
            counted = self._vault.counted(space, take_id)
            return {"state": TakeState.WAITING, "private": self._vault.again(space, row, error=None), **counted}

        take = self._vault.changed(space, take_id, decide)
        self.waiting.set()
        return take

    def put_whole(self, space: Space, asked: Asked, mime: str, data: bytes, now: datetime) -> Take:
        """A take in one: all its sound at once; nothing stays of it where that fails.

        Raises:
            NotFoundError, AudioError, LimitError, BadInputError, SpaceError: as the three steps do.
        """
        if len(data) > self.settings.practice_take_bytes:
            raise LimitError(
                f"This recording has {len(data) / 1e6:.0f} MB; {self.settings.practice_take_bytes / 1e6:g} MB are "
                "taken at most. Say it in less.",
                "practice_take_bytes",
            )
        if not data:
            raise BadInputError("There is no sound in this recording (0 bytes). Record it once more.")
        take = self.begin_take(space, asked, mime, now)
        step = max(self.settings.practice_chunk_bytes, -(-len(data) // MOST_CHUNKS))
        try:
            for number, first in enumerate(range(0, len(data), step)):
                self.put_chunk(space, take.id, number, data[first : first + step])
            return self.finish_take(space, take.id, number + 1)
        except BaseException:
            self.erase_take(space, take.id)
            raise

    def take(self, space: Space, take_id: str) -> Take:
        """A take.

        Raises:
            NotFoundError: there is no such take.
        """
        return self._vault.take(space, self._vault.row(space, take_id))

    def state(self, space: Space, take_id: str) -> TakeState:
        """How far a take is; quick, for those who ask often. Raises as `take` does."""
        return self._vault.row(space, take_id).state

    def takes(self, space: Space, asked: Asked | None = None) -> tuple[Take, ...]:
        """The takes of a space, or those that answer one thing, the newest first."""
        found = reversed(self._vault.takes(space))
        return tuple(take for take in found if asked is None or take.asked == asked)

    def sound(self, space: Space, take_id: str) -> bytes:
        """A take's recording as it was sent.

        Raises:
            NotFoundError: there is no such take, or its sound is not kept any more.
            ConflictError: it is still arriving.
        """
        return self._vault.sound(space, self._vault.row(space, take_id))

    def sound_wav(self, space: Space, take_id: str) -> bytes:
        """A take's recording as 16-bit PCM, mono at 16 kHz, for players that know no other kind; made in memory.

        Raises:
            NotFoundError, ConflictError: as for `sound`.
            AudioError: it cannot be decoded.
        """
        try:
            return wav_of(decoded(self.sound(space, take_id), self.settings).samples)
        except UnheardError as error:
            raise AudioError(str(error)) from None

    def correct(self, space: Space, take_id: str, text: str) -> Take:
        """Puts a person's own text in the place of what was heard, with feedback to that; words that stay keep times.

        Raises:
            NotFoundError: there is no such take.
            BadInputError: no words.
            LimitError: too long.
            ConflictError: it has not been heard yet.
        """
        text = " ".join(text.split())
        if not text:
            raise BadInputError("There are no words in this text. Write down what you said.")
        if len(text) > MOST_TEXT_CHARS:
            raise LimitError(f"This text is too long; {MOST_TEXT_CHARS} characters at most.", "practice_max_s")

        private = self._vault.private(space, self._vault.row(space, take_id))
        words = words_that_stay(private.words, text)
        feedback = self._feedback(private, text, words, unsure=False)

        def decide(row: TakeRow) -> dict[str, Any]:
            if row.state not in (TakeState.READY, TakeState.FAILED):
                raise ConflictError("This take has not been heard yet. Wait a moment, then correct its text.")
            changes = {"text": text, "words": words, "corrected": True, "feedback": feedback, "error": None}
            return {"state": TakeState.READY, "private": self._vault.again(space, row, **changes)}

        take = self._vault.changed(space, take_id, decide)
        if take.feedback and take.feedback.safety:
            self._reviews.forget(space, take_id)  # it may have said something before
        return take

    # ---- over time

    def next(self, space: Space | None, now: datetime, limit: int = 3) -> tuple[Suggestion, ...]:
        """What to practise next, each with its reason; for nobody yet (None) a beginning."""
        return self._reviews.next(space, self.takes(space) if space else (), now, limit)

    def rate(self, space: Space, take_id: str, rating: str, now: datetime) -> None:
        """How the owner says that a take went: a key of `RATING_WORDS`.

        Raises:
            NotFoundError: there is no such take.
            BadInputError, ConflictError: no such rating, or a take that cannot be rated.
        """
        self._reviews.rate(space, self.take(space, take_id), rating, now)

    def can_rate(self, take: Take) -> bool:
        """Whether a take says anything about when an exercise comes back."""
        return self._reviews.can_rate(take)

    def own_ratings(self, space: Space) -> dict[str, str]:
        """How the owner said that takes went: ids of takes, each with a key of `RATING_WORDS`."""
        return self._reviews.own_ratings(space)

    def journey(self, space: Space) -> Journey:
        """What changes over time, for a picture and a table."""
        return journey_of(self.takes(space))

    # ---- erasing and taking along

    def erase_take(self, space: Space, take_id: str) -> None:
        """Erases a take: its key is gone before anything else, then its bytes.

        Raises:
            NotFoundError: there is no such take.
        """
        self._reviews.forget(space, take_id)  # before, so that what the erasing tidies up has this in it
        self._vault.erase_take(space, take_id)

    def erase_space(self, space: Space) -> None:
        """Erases a space with all in it: its key is gone before anything else, then the bytes. Twice is fine."""
        self._vault.erase_space(space)

    def export(self, space: Space) -> bytes:
        """All takes of a space as one zip: sound, transcript, feedback, and a page that says what is what."""
        whole = [t for t in self._vault.takes(space) if t.state is not TakeState.RECORDING]  # some tab may record now
        return export(whole, lambda take: self.sound(space, take.id), self.settings)

    def sweep(self, now: datetime) -> None:
        """Erases what has reached its time, and finishes what a kill has interrupted."""
        self._vault.sweep(now)

    # ---- hearing

    def warm(self) -> None:
        """Loads the recogniser, so that the first take does not wait for it."""
        self._ears.warm()

    def hear(self, space: Space, take_id: str) -> Take:
        """Hears a take that waits: its words, what is said to them, its pace. One that does not wait stays as it is.

        Raises:
            NotFoundError: there is no such take (any more).
            SpaceError: no room; it goes on waiting.
        """
        row = self._vault.row(space, take_id)
        if row.state is not TakeState.WAITING:
            return self._vault.take(space, row)
        private = self._vault.private(space, row)
        try:
            heard = self._ears.hear(self.sound(space, take_id))
        except UnheardError as error:
            return self._ended(space, take_id, TakeState.FAILED, error=str(error))
        except ModelError:
            return self._ended(space, take_id, TakeState.FAILED, error=NO_MODEL)
        ended = self._ended(space, take_id, TakeState.READY, **self._said(private, heard))
        self._vault.drop_unkept_sounds(row.made, space.id)
        return ended

    def those_waiting(self) -> tuple[tuple[str, str], ...]:
        """(space, take) of all takes that wait to be heard, the oldest first. For the hearer only."""
        return self._vault.rows.waiting()

    def hear_waiting(self, space_id: str, take_id: str) -> None:
        """Hears a take that waits, whoever's it is. For the hearer only.

        Raises:
            NotFoundError: it was erased meanwhile.
        """
        self.hear(self._owner(space_id), take_id)

    def give_up(self, space_id: str, take_id: str, sentence: str) -> None:
        """A take cannot be heard, and why. For the hearer only.

        Raises:
            NotFoundError: it was erased meanwhile.
        """
        self._ended(self._owner(space_id), take_id, TakeState.FAILED, error=sentence)

    # ---- within

    def _said(self, private: Private, heard: HeardTake) -> dict[str, Any]:
        from companion.feedback import is_unsure, pace_of

        words = heard.words
        text = " ".join(w.text for w in words)
        unsure = is_unsure(heard.texts)
        return {
            "duration_s": heard.duration_s,
            "text": text,
            "words": words,
            "corrected": False,
            "feedback": self._feedback(private, text, words, unsure),
            "pace": pace_of(heard.speech, text, heard.duration_s),
            "error": None,
        }

    def _feedback(self, private: Private, text: str, words: tuple[Word, ...], unsure: bool) -> Feedback:
        from companion.feedback import give_feedback

        feeling: tuple[str, ...] = ()
        if private.asked.prompt_id is not None:
            feeling = next((p.feeling for p in self.prompts() if p.id == private.asked.prompt_id), ())
        return give_feedback(text, private.bid, feeling=feeling, words=words, unsure=unsure)

    def _ended(self, space: Space, take_id: str, state: TakeState, **changes: Any) -> Take:
        """Writes down what came of hearing a take, unless somebody else did so meanwhile."""

        def decide(row: TakeRow) -> dict[str, Any]:
            if row.state is not TakeState.WAITING:
                return {}
            return {"state": state, "private": self._vault.again(space, row, **changes)}

        return self._vault.changed(space, take_id, decide)

    def _owner(self, space_id: str) -> Space:
        row = self._vault.rows.space(space_id)
        if row is None:
            raise NotFoundError(GONE)
        return self._vault.space(row)

    def _check_number(self, there: int) -> None:
        if there >= self.settings.practice_takes:
            raise LimitError(
                f"Your space holds {there} takes, which is as many as it can. Delete some, then go on.",
                "practice_takes",
            )

    def _check_size(self, row: TakeRow, sound_bytes: int) -> None:
        if row.state is not TakeState.RECORDING:
            raise ConflictError("This take is finished; nothing can be added to it. Begin a new one.")
        if sound_bytes > self.settings.practice_take_bytes:
            raise LimitError(
                f"This take is larger than {self.settings.practice_take_bytes / 1e6:g} MB. Say it in less.",
                "practice_take_bytes",
            )

    def _check_chunk(self, number: int, data: bytes) -> None:
        if not 0 <= number < MOST_CHUNKS:
            raise LimitError(f"Parts of a take are numbered from 0 to {MOST_CHUNKS - 1}.", "practice_max_s")
        if not data:
            raise BadInputError("This part of the recording is empty. Send its bytes.")
        if len(data) > self.settings.practice_chunk_bytes:
            raise LimitError(
                f"This part has {len(data)} bytes; {self.settings.practice_chunk_bytes} are taken at once.",
                "practice_chunk_bytes",
            )
