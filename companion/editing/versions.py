"""Several transcripts of one episode: a new recognition never overwrites what people did, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from companion.editing.aligning import realigned
from companion.editing.applying import Draft, Work
from companion.editing.carrying import Outcome, carry
from companion.editing.comparing import Group, groups_of, pair_of
from companion.errors import BadInputError, NotFoundError
from companion.library import Library
from companion.lines import PLACE_ROOM, Carried, Changed, Comparison, Line, Made, Source, Version, Whole
from companion.pages import offset_of, pages_of
from companion.store.lines import line_from_json
from companion.types import Segment, Voice, Word

MAX_VERSIONS = 50
MAX_NOTE_CHARS = 200
PAIRS_ON_PAGE = 100
_DELETED = "Deleted a line"


class Versions:
    """Keeps, compares and exchanges the transcripts of an episode."""

    def __init__(self, library: Library, clock: Callable[[], datetime]) -> None:
        self._library = library
        self._clock = clock

    def all(self, slug: str) -> tuple[Version, ...]:
        """The versions of an episode, the oldest first.

        Raises:
            NotFoundError: there is no such episode.
            ConflictError: it is not ready.
        """
        with self._library.database.write() as connection:
            work = self._work(connection, slug)
            return self._library.lines.versions(connection, work.episode.id, work.standing.version)

    def keep(self, slug: str, note: str, by: str) -> Version:
        """Keeps a copy of the transcript as it is now.

        Raises:
            BadInputError: the note is too long, or there are too many versions.
        """
        words = " ".join(note.split())
        if len(words) > MAX_NOTE_CHARS:
            raise BadInputError(f"A note has {MAX_NOTE_CHARS} characters at most.")
        with self._library.database.write() as connection:
            work = self._work(connection, slug)
            now = _of_number(self._all(work), work.standing.version)
            new = Version(self._free_number(work), self._clock(), by, Source.KEPT, now.options, words)
            self._library.lines.put_version(connection, work.episode.id, new, work.current())
            return new

    def add(
        self,
        connection: sa.Connection,
        slug: str,
        segments: Sequence[Segment],
        voices: Sequence[Voice],
        version: Version,
    ) -> int:
        """Keeps a new recognition or import beside what is there, within the caller's transaction.

        Args:
            connection: the caller's.
            slug: of the episode.
            segments: in order, with the voices' names.
            voices: who speaks.
            version: what made it; its number is chosen here.

        Returns:
            Its number.
        """
        work = self._work(connection, slug)
        labels = {v.name: v.label for v in reversed(voices)}
        lines = tuple(_line(k, segment, labels) for k, segment in enumerate(segments))
        number = self._free_number(work)
        whole = Whole(lines, tuple(voices))
        self._library.lines.put_version(connection, work.episode.id, replace(version, number=number), whole)
        return number

    # ---- side by side

    def compare(self, slug: str, left: int, right: int, page: int = 1, *, every: bool = False) -> Comparison:
        """Two versions side by side.

        Args:
            slug: of the episode.
            left: number of one.
            right: number of the other.
            page: from 1.
            every: pairs that are the same, too.

        Raises:
            NotFoundError: there is no such version or page.
        """
        with self._library.database.write() as connection:
            work = self._work(connection, slug)
            sides = [self._whole(work, number) for number in (left, right)]
        names = [{v.label: v.name for v in side.voices} for side in sides]
        pairs = [pair_of(group, *names) for group in groups_of(sides[0].lines, sides[1].lines)]
        shown = [p for p in pairs if every or not p.same]
        same = sum(p.same for p in pairs)
        offset = offset_of(page, PAIRS_ON_PAGE)
        return Comparison(
            left,
            right,
            tuple(shown[offset : offset + PAIRS_ON_PAGE]),
            same,
            len(pairs) - same,
            page,
            pages_of(len(shown), PAIRS_ON_PAGE, page),
        )

    # ---- another one

    def use(self, slug: str, number: int, rev: int | None, by: str) -> Carried:
        """Makes a version the current one; the one before is kept with all its changes.

        Raises:
            NotFoundError: there is no such version.
            EditConflictError: there is a newer revision than `rev`.
        """
        with self._library.database.write() as connection:
            work = self._work(connection, slug)
            work.check_rev(rev)
            self._use(work, number)
            return Carried(0, (), work.standing.rev, number)

    def would_carry(self, slug: str, number: int) -> Carried:
        """What of people's changes could be taken over onto a version.

        Raises:
            NotFoundError: there is no such version.
        """
        with self._library.database.write() as connection:
            work = self._work(connection, slug)
            outcome = self._outcome(work, self._whole(work, number), work.current())
            return Carried(outcome.carried, outcome.cannot, work.standing.rev, number)

    def carry(self, slug: str, number: int, rev: int | None, by: str) -> Carried:
        """Makes a version the current one and does people's changes again on it.

        Raises:
            NotFoundError: there is no such version.
            EditConflictError: there is a newer revision than `rev`.
        """
        with self._library.database.write() as connection:
            work = self._work(connection, slug)
            work.check_rev(rev)
            if number == work.standing.version:
                raise BadInputError("That is the version that you are editing. Choose another one.")
            mine, deleted = work.current(), self._deleted(work)
            before = work.standing.version
            self._use(work, number)
            outcome = self._outcome(work, work.current(), mine, deleted)
            draft = Draft(f"Took changes over from version {before}", outcome.lines, outcome.voices, outcome.next_line)
            work.make(draft, by)
            return Carried(outcome.carried, outcome.cannot, work.standing.rev, number)

    def take(self, slug: str, number: int, lines: Sequence[int], rev: int | None, by: str) -> Changed:
        """Takes lines of another version over, in the place of those that are said at the same time: one change.

        Raises:
            NotFoundError: there is no such version.
            EditConflictError: there is a newer revision than `rev`.
            BadInputError: it has no such lines.
        """
        wanted = set(lines)
        with self._library.database.write() as connection:
            work = self._work(connection, slug)
            work.check_rev(rev)
            if number == work.standing.version:
                raise BadInputError("That is the version that you are editing. Choose another one.")
            other = self._whole(work, number)
            chosen = [x for x in other.lines if x.id in wanted]
            if not chosen or len(chosen) != len(wanted):
                raise BadInputError("That version has no such lines. Load the comparison again.")
            current = work.current()
            groups = [g for g in groups_of(current.lines, other.lines) if any(x.id in wanted for x in g.right)]
            draft = _taken(work, current, other, groups, number)
            return work.make(draft, by)

    # ---- pieces

    def _work(self, connection: sa.Connection, slug: str) -> Work:
        return Work(connection, self._library, self._library.episodes.get(slug), self._clock())

    def _all(self, work: Work) -> tuple[Version, ...]:
        return self._library.lines.versions(work.connection, work.episode.id, work.standing.version)

    def _free_number(self, work: Work) -> int:
        known = self._all(work)
        if len(known) >= MAX_VERSIONS:
            raise BadInputError(f"There are {MAX_VERSIONS} versions of this transcript; no more can be kept.")
        return max(v.number for v in known) + 1

    def _whole(self, work: Work, number: int) -> Whole:
        if number == work.standing.version:
            return work.current()
        found = self._library.lines.content(work.connection, work.episode.id, number)
        if found is None:
            raise NotFoundError(f"There is no version {number} of this transcript.")
        return found

    def _use(self, work: Work, number: int) -> None:
        if number == work.standing.version:
            raise BadInputError("That version is the current one already.")
        whole = self._whole(work, number)
        now = _of_number(self._all(work), work.standing.version)
        self._library.lines.put_version(work.connection, work.episode.id, now, work.current())
        work.exchange(whole, number)

    def _outcome(self, work: Work, theirs: Whole, mine: Whole, deleted: Sequence[Line] | None = None) -> Outcome:
        gone = self._deleted(work) if deleted is None else deleted
        with_words = [replace(x, words=_words(x)) for x in theirs.lines]
        next_line = max([work.standing.next_line, *(x.id + 1 for x in theirs.lines)])
        return carry(mine.lines, gone, mine.voices, with_words, theirs.voices, next_line)

    def _deleted(self, work: Work) -> list[Line]:
        edits = self._library.lines.edits(work.connection, work.episode.id, work.standing.version, _DELETED)
        return [
            line_from_json(line_id, before)
            for edit in edits
            for line_id, before, after in edit.lines
            if before is not None and after is None
        ]


def _taken(work: Work, current: Whole, other: Whole, groups: Sequence[Group], number: int) -> Draft:
    """The change that puts lines of another version in the place of the current ones."""
    names = {v.label: v.name.casefold() for v in other.voices}
    labels = {v.name.casefold(): v.label for v in reversed(current.voices)}
    lines: dict[int, Line | None] = {}
    next_line = work.standing.next_line
    for group in groups:
        gone = {x.id for x in group.left}
        lines.update(dict.fromkeys(gone))
        before, behind = _room(current.lines, group, gone)
        for k, line in enumerate(group.right):
            voice = None if line.voice is None else labels.get(names.get(line.voice, ""), _first(group))
            lines[next_line] = replace(
                line,
                id=next_line,
                place=before + (behind - before) * (k + 1) // (len(group.right) + 1),
                voice=voice,
                made=_made(group),
                looked=True,
            )
            next_line += 1
    return Draft(f"Took lines over from version {number}", lines, next_line=next_line)


def _room(lines: Sequence[Line], group: Group, gone: set[int]) -> tuple[int, int]:
    """Between which places there is room for a group's new lines."""
    left = [x for x in lines if x.id not in gone]
    if group.left:
        first = group.left[0].place
        before = max((x.place for x in left if x.place < first), default=first - PLACE_ROOM)
        behind = min((x.place for x in left if x.place > first), default=first + PLACE_ROOM)
    else:
        before = max((x.place for x in left if x.start_s <= group.start_s), default=lines[0].place - PLACE_ROOM)
        behind = min((x.place for x in left if x.place > before), default=before + 2 * PLACE_ROOM)
    return before, behind


def _first(group: Group) -> str | None:
    return group.left[0].voice if group.left else None


def _made(group: Group) -> Made | None:
    if not group.left:
        return Made("", None, group.start_s, group.end_s)
    pieces = [x.as_made() for x in group.left]
    return Made(
        " ".join(m.text for m in pieces if m.text),
        pieces[0].voice,
        min(m.start_s for m in pieces),
        max(m.end_s for m in pieces),
    )


def _of_number(versions: Sequence[Version], number: int) -> Version:
    return next(v for v in versions if v.number == number)


def _line(index: int, segment: Segment, labels: Mapping[str, str]) -> Line:
    return Line(
        id=index + 1,
        place=index * PLACE_ROOM,
        voice=None if segment.speaker is None else labels.get(segment.speaker, segment.speaker),
        start_s=segment.start_s,
        end_s=segment.end_s,
        text=segment.text,
        words=segment.words,
        flags=segment.flags,
        speaker_confidence=segment.speaker_confidence,
    )


def _words(line: Line) -> tuple[Word, ...]:
    known = [w.text for w in line.words] == line.text.split()
    return line.words if known else realigned(line.words, line.text, line.start_s, line.end_s)
