"""The transcript editor: lines are changed one by one, each change can be undone, and no recognition overwrites them.

`changing` says what becomes of a line, `applying` writes it with all that hangs on it, `versions` keeps several
transcripts of one episode, `recognitions` asks for new ones, `house` keeps the show's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from companion import teaching
from companion.editing import changing
from companion.editing.applying import Draft, Work
from companion.editing.house import House
from companion.editing.naming import clean_name
from companion.editing.recognitions import Recognitions
from companion.editing.versions import Versions
from companion.errors import BadInputError
from companion.library import Library
from companion.lines import Changed, Found, Line, Opening, Whole
from companion.types import Role, Voice

__all__ = ["Editing", "Sheet"]

T = TypeVar("T")

QUIET_S = 4.0  # so long after the last change tags and moments are made anew
FOUND_SHOWN = 100  # lines of a preview


@dataclass(frozen=True, slots=True)
class Sheet:
    """A transcript as it is opened for editing."""

    opening: Opening
    lines: tuple[Line, ...]  # in order, without their words


class Editing:
    """Edits the transcripts of one library."""

    def __init__(self, library: Library, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Takes an open library.

        Args:
            library: as hosts see it.
            clock: tells the time.
        """
        self.library = library
        self._clock = clock
        self.versions = Versions(library, clock)
        self.recognitions = Recognitions(library, clock)
        self.house = House(library)

    # ---- reading

    def open(self, slug: str) -> Sheet:
        """A transcript to edit; from the first time on its history is kept.

        Raises:
            NotFoundError: there is no such episode.
            ConflictError: it is not ready.
        """
        episode = self.library.episodes.get(slug)
        with self.library.database.read() as connection:
            if self.library.lines.standing(connection, episode.id) is not None:
                return _sheet(Work(connection, self.library, episode, self._clock()))
        with self.library.database.write() as connection:
            return _sheet(Work(connection, self.library, episode, self._clock()))

    def line(self, slug: str, line_id: int) -> Line:
        """A line with its words.

        Raises:
            NotFoundError: there is none.
        """
        return self._change(slug, lambda work: work.line(line_id))

    # ---- one line

    def set_text(self, slug: str, line_id: int, text: str, seen: int, by: str) -> Changed:
        """Gives a line other words; they keep the times of those that they stand for.

        Args:
            slug: of the episode.
            line_id: the line's number.
            text: what is said there.
            seen: the line's revision as its writer knows it.
            by: who.

        Raises:
            NotFoundError: there is no such line.
            EditConflictError: somebody changed it since.
            BadInputError: the text cannot be kept.
        """

        def change(work: Work) -> Changed:
            before = work.line(line_id, seen, text)
            after = changing.with_text(before, changing.clean_text(text))
            return work.make(Draft("Changed the words of a line", _one(before, after)), by)

        return self._change(slug, change)

    def set_voice(self, slug: str, line_id: int, voice: str | None, seen: int, by: str) -> Changed:
        """Says that another voice says a line; None where nobody can tell.

        Raises:
            NotFoundError: there is no such line.
            EditConflictError: somebody changed it since.
            BadInputError: there is no such voice.
        """

        def change(work: Work) -> Changed:
            before = work.line(line_id, seen)
            work.check_voice(voice)
            return work.make(Draft("Changed who says a line", _one(before, changing.with_voice(before, voice))), by)

        return self._change(slug, change)

    def split(
        self,
        slug: str,
        line_id: int,
        at: int,
        seen: int,
        by: str,
        *,
        text: str | None = None,
        voice: str | None = None,
    ) -> Changed:
        """Cuts a line in two between words.

        Args:
            slug: of the episode.
            line_id: the line's number.
            at: how many characters of its text stand before the cut.
            seen: the line's revision as its writer knows it.
            by: who.
            text: what the line says, where that was changed and not kept yet.
            voice: who says the second part; None: the same.

        Raises:
            NotFoundError: there is no such line.
            EditConflictError: somebody changed it since.
            BadInputError: a part would be empty.
        """

        def change(work: Work) -> Changed:
            line = work.line(line_id, seen, text)
            if text is not None:
                line = changing.with_text(line, changing.clean_text(text))
            work.check_voice(voice)
            position = work.position(line_id) + 1
            next_place = work.lines[position].place if position < len(work.lines) else None
            new_id = work.standing.next_line
            first, second = changing.split(line, at, new_id, next_place, voice or line.voice)
            draft = Draft("Split a line", {line_id: first, new_id: second}, next_line=new_id + 1)
            return work.make(draft, by)

        return self._change(slug, change)

    def merge(self, slug: str, line_id: int, seen: int, by: str, *, next_seen: int | None = None) -> Changed:
        """Joins a line with the next one.

        Raises:
            NotFoundError: there is no such line.
            EditConflictError: somebody changed one of them since.
            BadInputError: it is the last one, or together they are too long.
        """

        def change(work: Work) -> Changed:
            line = work.line(line_id, seen)
            position = work.position(line_id) + 1
            if position == len(work.lines):
                raise BadInputError("This is the last line; there is none to join it with.")
            following = work.line(work.lines[position].id, next_seen)
            whole = changing.joined(line, following)
            return work.make(Draft("Joined two lines", {line_id: whole, following.id: None}), by)

        return self._change(slug, change)

    def delete(self, slug: str, line_id: int, seen: int, by: str) -> Changed:
        """Takes a line out.

        Raises:
            NotFoundError: there is no such line.
            EditConflictError: somebody changed it since.
        """

        def change(work: Work) -> Changed:
            work.line(line_id, seen)
            if len(work.lines) == 1:
                raise BadInputError("This is the only line. A transcript needs at least one.")
            return work.make(Draft("Deleted a line", {line_id: None}), by)

        return self._change(slug, change)

    def look(self, slug: str, line_id: int, looked: bool, by: str) -> Changed:
        """Says that somebody has looked at why a line was flagged, or that somebody still should.

        Raises:
            NotFoundError: there is no such line.
        """

        def change(work: Work) -> Changed:
            line = work.line(line_id)
            what = "Looked at a line" if looked else "Flagged a line again"
            return work.make(Draft(what, _one(line, replace(line, looked=looked))), by)

        return self._change(slug, change)

    # ---- many lines

    def find(
        self, slug: str, find: str, replacement: str, *, words: bool, case: bool, only: Sequence[int] | None = None
    ) -> tuple[tuple[Found, ...], int, int]:
        """What would be replaced.

        Args:
            slug: of the episode.
            find: the words to find; plain text.
            replacement: what comes in their place.
            words: only where whole words are meant.
            case: only where capital letters agree.
            only: the lines in which they are looked for; None: all.

        Returns:
            The lines, how often in all, and the transcript's revision.

        Raises:
            BadInputError: there is nothing to find.
        """
        change = changing.replacer(find, replacement, words=words, case=case)
        sheet = self.open(slug)
        found = []
        for line in sheet.lines:
            text, hits = change(line.text) if only is None or line.id in only else ("", 0)
            if hits:
                found.append(Found(line.id, line.text, text, hits))
        return tuple(found), sum(f.hits for f in found), sheet.opening.rev

    def replace(
        self,
        slug: str,
        find: str,
        replacement: str,
        by: str,
        *,
        words: bool,
        case: bool,
        rev: int | None = None,
        only: Sequence[int] | None = None,
    ) -> Changed:
        """Replaces words in all lines, or in some: one change, undone at once.

        Raises:
            EditConflictError: there is a newer revision than `rev`.
            BadInputError: there is nothing to find, or a line would be empty.
        """
        change = changing.replacer(find, replacement, words=words, case=case)

        def make(work: Work) -> Changed:
            work.check_rev(rev)
            chosen = None if only is None else set(only)
            texts = {x.id: change(x.text) for x in work.lines if chosen is None or x.id in chosen}
            hits = {i: hit for i, hit in texts.items() if hit[1]}
            lines = work.whole(list(hits))
            after = {i: changing.with_text(lines[i], changing.clean_text(text)) for i, (text, _) in hits.items()}
            count = sum(n for _, n in hits.values())
            draft = Draft(f"Replaced “{_short(find)}” by “{_short(replacement)}”", after, count=count)
            return work.make(draft, by)

        return self._change(slug, make)

    # ---- back and forth

    def undo(self, slug: str, rev: int | None) -> Changed:
        """Takes the last change back.

        Raises:
            EditConflictError: there is a newer revision than `rev`.
            BadInputError: there is none.
        """
        return self._turn_back(slug, rev, undo=True)

    def redo(self, slug: str, rev: int | None) -> Changed:
        """Makes the last change that was taken back again.

        Raises:
            EditConflictError: there is a newer revision than `rev`.
            BadInputError: there is none.
        """
        return self._turn_back(slug, rev, undo=False)

    def _turn_back(self, slug: str, rev: int | None, *, undo: bool) -> Changed:
        def change(work: Work) -> Changed:
            work.check_rev(rev)
            edit = work.edit(undone=not undo)
            if edit is None:
                raise BadInputError(f"There is nothing to {'undo' if undo else 'do again'}.")
            return work.turn_back(edit, undo=undo)

        return self._change(slug, change)

    # ---- voices

    def name_voice(self, slug: str, label: str, name: str, role: Role, by: str) -> Changed:
        """Says who a voice is: everywhere at once.

        Raises:
            BadInputError: no such voice, or the name cannot be.
        """
        wanted = clean_name(name)

        def change(work: Work) -> Changed:
            work.check_voice(label)
            _check_free(work, wanted, label)
            named = tuple(Voice(label, wanted, role, True) if v.label == label else v for v in work.voices)
            return work.make(Draft(f"Named a voice {_short(wanted)}", {}, named), by)

        return self._change(slug, change)

    def add_voice(self, slug: str, name: str, role: Role, by: str) -> Changed:
        """Adds a voice that the machine did not tell from the others.

        Raises:
            BadInputError: the name cannot be, or there are enough.
        """
        wanted = clean_name(name)

        def change(work: Work) -> Changed:
            most = self.library.settings.max_speakers
            if len(work.voices) >= most:
                raise BadInputError(f"An episode has {most} voices at most (setting max_speakers).")
            _check_free(work, wanted, None)
            labels = {v.label for v in work.voices} | {v.name for v in work.voices}
            label = next(n for k in range(1, most + len(labels) + 2) if (n := f"Voice {k}") not in labels)
            voices = (*work.voices, Voice(label, wanted, role, True))
            return work.make(Draft(f"Added the voice {_short(wanted)}", {}, voices), by)

        return self._change(slug, change)

    def join_voices(self, slug: str, label: str, into: str, by: str) -> Changed:
        """Gives all lines of a voice to another one.

        Raises:
            BadInputError: no such voices, or the two are one.
        """

        def change(work: Work) -> Changed:
            work.check_voice(label)
            work.check_voice(into)
            if label == into:
                raise BadInputError("Choose another voice to give the lines to.")
            lines = {x.id: changing.with_voice(x, into) for x in work.lines if x.voice == label}
            names = work.names
            draft = Draft(f"Gave all lines of {_short(names[label])} to {_short(names[into])}", lines)
            return work.make(draft, by)

        return self._change(slug, change)

    def remove_voice(self, slug: str, label: str, by: str) -> Changed:
        """Takes a voice out that says nothing.

        Raises:
            BadInputError: no such voice, or it says something.
        """

        def change(work: Work) -> Changed:
            work.check_voice(label)
            if any(x.voice == label for x in work.lines):
                raise BadInputError("This voice still has lines. Give them to another voice first.")
            name = work.names[label]
            voices = tuple(v for v in work.voices if v.label != label)
            return work.make(Draft(f"Removed the voice {_short(name)}", {}, voices), by)

        return self._change(slug, change)

    # ---- afterwards

    def settle(self, slug: str) -> bool:
        """Makes tags and moments anew where words or voices changed; what people decided on moments is kept.

        Returns:
            Whether there was anything to do.
        """
        episode = self.library.episodes.get(slug)
        with self.library.database.read() as connection:
            standing = self.library.lines.standing(connection, episode.id)
        if standing is None or standing.settled == standing.rev:
            return False
        teaching.retag(self.library, episode)
        with self.library.database.write() as connection:
            self.library.lines.settled(connection, episode.id, standing.rev)
        return True

    def settle_due(self) -> int:
        """The same for every transcript that nobody has changed for some seconds; returns for how many."""
        before = self._clock() - timedelta(seconds=QUIET_S)
        with self.library.database.read() as connection:
            slugs = self.library.lines.unsettled(connection, before)
        return sum(self.settle(slug) for slug in slugs)

    def whole(self, slug: str) -> Whole:
        """All of a transcript, as it is now."""
        return self._change(slug, lambda work: work.current())

    def _change(self, slug: str, change: Callable[[Work], T]) -> T:
        episode = self.library.episodes.get(slug)
        with self.library.database.write() as connection:
            return change(Work(connection, self.library, episode, self._clock()))


def _sheet(work: Work) -> Sheet:
    changed = work.changed((), False, True)
    opening = Opening(
        rev=changed.rev,
        version=changed.version,
        voices=changed.voices or (),
        line_count=len(work.lines),
        flagged=sum(line.needs_look for line in work.lines),
        undo=changed.undo,
        redo=changed.redo,
        settled=changed.settled,
    )
    return Sheet(opening, tuple(work.lines))


def _one(before: Line, after: Line) -> dict[int, Line | None]:
    return {before.id: after} if after != before else {}


def _check_free(work: Work, name: str, label: str | None) -> None:
    taken = next((v for v in work.voices if v.label != label and v.name.casefold() == name.casefold()), None)
    if taken is not None:
        raise BadInputError(
            f"Another voice is called {taken.name} already. If they are one person, give all lines of one to the other."
        )


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
