"""Puts a change of lines into the library: segments, turns, the text index and where moments lie, all or nothing.

A turn whose words changed is tagged at once, in the middle of the turns around it; what its change means for other
turns and for moments is worked out when the transcript settles (`Editing.settle`): over three hours that takes seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from companion.editing.naming import voice_rows
from companion.editing.turning import CONTEXT_AFTER, CONTEXT_BEFORE, Numbers, Stretch, changed_stretch, renumbered
from companion.errors import BadInputError, ConflictError, NotFoundError
from companion.library import Library
from companion.lines import Changed, EditConflictError, Line, Source, Step, Version, VoiceRow, Whole
from companion.moves import tag_turns
from companion.speakers import turn_groups, turns_of
from companion.store import Kept, Standing
from companion.store.lines import Fields, line_from_json, line_to_json, with_fields
from companion.types import Episode, EpisodeState, Role, Turn, TurnTags, Voice

TAGGED_AT_ONCE = 12  # turns; where more change at once, their tags wait until the transcript settles
_GONE = "Somebody deleted this line or joined it with another one while you were writing."
_CHANGED = "Somebody changed this line while you were writing. Look at both and decide which one stays."
_MOVED_ON = "Somebody changed this transcript meanwhile. Look at what is new, then do it once more."


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that is not made yet."""

    what: str  # in words, for the history
    lines: Mapping[int, Line | None]  # as they become, by their numbers; None where one goes
    voices: tuple[Voice, ...] | None = None  # where they become others
    next_line: int | None = None  # where numbers were used
    count: int = 0


class Work:
    """A transcript in one transaction."""

    def __init__(self, connection: sa.Connection, library: Library, episode: Episode, now: datetime) -> None:
        """Reads it; begins to keep its history where nobody has edited it before.

        Args:
            connection: of a transaction; a writing one where the transcript may be opened for the first time.
            library: where.
            episode: whose.
            now: the time.

        Raises:
            ConflictError: it is not ready.
        """
        if episode.state is not EpisodeState.READY:
            raise NotReadyError(episode.title)
        self.connection, self.library, self.episode, self.now = connection, library, episode, now
        self.voices = library.episodes.voices(episode.id)
        standing = library.lines.standing(connection, episode.id)
        if standing is None:
            self._add_missing_voices()
        self._lines: list[Line] | None = None
        self._before: dict[int, Line] = {}  # lines before the change that is made
        self.standing = standing or self._begin()

    @property
    def lines(self) -> list[Line]:
        """All lines in order, without their words; read when somebody asks, for most changes need a few only."""
        if self._lines is None:
            self._lines = self.library.lines.light(self.connection, self.episode.id, self.labels)
        return self._lines

    @property
    def labels(self) -> dict[str, str]:
        """Labels of voices by their names."""
        return {v.name: v.label for v in reversed(self.voices)}

    @property
    def names(self) -> dict[str, str]:
        """Names of voices by their labels."""
        return {v.label: v.name for v in self.voices}

    # ---- reading

    def whole(self, ids: Sequence[int] | None = None) -> dict[int, Line]:
        """Lines with their words, by their numbers; all of them where None."""
        return self.library.lines.whole(self.connection, self.episode.id, self.labels, ids)

    def line(self, line_id: int, seen: int | None = None, yours: str | None = None) -> Line:
        """A line with its words.

        Args:
            line_id: its number.
            seen: its revision as whoever asks knows it; None where that does not matter.
            yours: what they would like to write.

        Raises:
            NotFoundError: there never was such a line.
            EditConflictError: it was changed since.
        """
        if not 0 < line_id < self.standing.next_line:
            raise NotFoundError("There is no such line in this transcript.")
        found = self.whole([line_id]).get(line_id)
        if found is None:
            raise EditConflictError(_GONE, self.standing.rev, None, yours, self._step(self.standing.rev))
        if seen is not None and found.rev != seen:
            raise EditConflictError(_CHANGED, self.standing.rev, found, yours, self._step(found.rev))
        return found

    def check_rev(self, rev: int | None) -> None:
        """Refuses what was decided on an older revision.

        Raises:
            EditConflictError: there is a newer one.
        """
        if rev is not None and rev != self.standing.rev:
            raise EditConflictError(_MOVED_ON, self.standing.rev, step=self._step(self.standing.rev))

    def position(self, line_id: int) -> int:
        """Where a line stands among the others."""
        return next(k for k, line in enumerate(self.lines) if line.id == line_id)

    def check_voice(self, label: str | None) -> None:
        """Refuses a voice that is not there."""
        if label is not None and label not in self.names:
            raise BadInputError("There is no such voice in this episode. Choose one of the list, or add it first.")

    def rows(self) -> tuple[VoiceRow, ...]:
        """The voices."""
        return voice_rows(self.lines, self.voices)

    def current(self) -> Whole:
        """All of the transcript as it is now."""
        return Whole(tuple(self.whole().values()), self.voices)

    def edit(self, *, undone: bool = False) -> Kept | None:
        """What would be undone, or done again."""
        return self.library.lines.edit(self.connection, self.episode.id, self.standing.version, undone=undone)

    def _step(self, rev: int) -> Step | None:
        return self.library.lines.step_of(self.connection, self.episode.id, rev)

    # ---- changing

    def make(self, draft: Draft, by: str) -> Changed:
        """Makes a change and keeps it, so that it can be undone."""
        kept = self._kept(draft, by)
        if not kept.lines and kept.voices is None:
            return self.changed((), False, False)
        return self._put(draft, kept, by)

    def turn_back(self, edit: Kept, *, undo: bool) -> Changed:
        """Undoes a change, or does it again; the history goes on."""
        lines: dict[int, Line | None] = {}
        known = self._known([line_id for line_id, *_ in edit.lines])
        for line_id, before, after in edit.lines:
            old, new = (after, before) if undo else (before, after)
            if new is None:
                lines[line_id] = None
            elif old is None:
                lines[line_id] = line_from_json(line_id, new)
            else:
                lines[line_id] = with_fields(known[line_id], new)
        voices = None if edit.voices is None else edit.voices[0 if undo else 1]
        return self._put(Draft(edit.step.what, lines, voices), None, "", edit, undo)

    def exchange(self, whole: Whole, version: int) -> None:
        """Puts another version in the place of this one; whoever asked for it makes tags and moments anew."""
        rev, store, episode_id = self.standing.rev + 1, self.library.lines, self.episode.id
        self._put_voices(whole.voices)
        store.clear(self.connection, episode_id)
        lines = [replace(line, rev=rev) for line in whole.lines]
        store.insert(self.connection, episode_id, lines, self.names)
        self._lines = lines
        self._put_turns({line.id for line in lines})
        next_line = max([self.standing.next_line, *(line.id + 1 for line in lines)])
        self.standing = Standing(rev, version, next_line, self.standing.settled)
        store.put_standing(self.connection, episode_id, self.now, self.standing)

    def _put(self, draft: Draft, kept: Kept | None, by: str, turned: Kept | None = None, undo: bool = False) -> Changed:
        rev = self.standing.rev + 1
        lines = {i: None if x is None else replace(x, rev=rev) for i, x in draft.lines.items()}
        touched = self._apply(lines, draft.voices)
        store, episode_id, version = self.library.lines, self.episode.id, self.standing.version
        if kept is not None:
            store.keep_edit(self.connection, episode_id, version, kept)
        if turned is not None:
            store.mark_edit(self.connection, turned.id, rev, undone=undo)
        was_settled = self.standing.settled == self.standing.rev
        settled = rev if was_settled and not touched else self.standing.settled
        next_line = draft.next_line or self.standing.next_line
        self.standing = Standing(rev, version, next_line, settled)
        store.put_standing(self.connection, episode_id, self.now, self.standing)
        came = any(x is None for x in lines.values()) or any(i not in self._before for i in lines)
        spoken = draft.voices is not None or came or self._voices_moved(lines)
        changed = tuple(sorted((x for x in lines.values() if x is not None), key=lambda x: x.place))
        return replace(self.changed(changed, came, spoken), count=draft.count)

    def changed(self, lines: tuple[Line, ...], order: bool, voices: bool) -> Changed:
        """What is told of a change."""
        done, undone = self.edit(), self.edit(undone=True)
        return Changed(
            rev=self.standing.rev,
            version=self.standing.version,
            lines=tuple(replace(x, words=()) for x in lines),
            order=tuple(x.id for x in self.lines) if order else None,
            voices=self.rows() if voices else None,
            undo=done.step if done else None,
            redo=undone.step if undone else None,
            settled=self.standing.settled == self.standing.rev,
        )

    def _kept(self, draft: Draft, by: str) -> Kept:
        known = self._known(draft.lines)
        with_words = [
            i for i, x in draft.lines.items() if i in known and (x is None or _spoken(x) != _spoken(known[i]))
        ]
        words = known if self._lines is None else self.whole(with_words)
        rows: list[tuple[int, Fields | None, Fields | None]] = []
        for line_id, after in draft.lines.items():
            before = words.get(line_id) or known.get(line_id)
            if before is None:
                rows.append((line_id, None, None if after is None else line_to_json(after)))
            elif after is None:
                rows.append((line_id, line_to_json(before), None))
            elif difference := _difference(before, after, line_id in with_words):
                rows.append((line_id, *difference))
        step = Step(self.standing.rev + 1, draft.what, by, self.now, ())
        voices = None if draft.voices is None or draft.voices == self.voices else (self.voices, draft.voices)
        return Kept(0, step, tuple(rows), voices)

    def _known(self, ids: Collection[int]) -> dict[int, Line]:
        """Lines as they are; with their words where not all lines were read."""
        if self._lines is None:
            return self.whole(list(ids))
        wanted = set(ids)
        return {line.id: line for line in self._lines if line.id in wanted}

    def _voices_moved(self, lines: Mapping[int, Line | None]) -> bool:
        return any(x is not None and i in self._before and self._before[i].voice != x.voice for i, x in lines.items())

    # ---- into the tables

    def _apply(self, lines: Mapping[int, Line | None], voices: tuple[Voice, ...] | None) -> bool:
        """Writes lines and all that is made of them; says whether any words, voices or roles are others now."""
        store, connection, episode_id = self.library.lines, self.connection, self.episode.id
        self._before = self._known(lines)
        others = [x for i, x in lines.items() if x is not None and i in self._before]
        same_turns = all(_placed(x) == _placed(self._before[x.id]) for x in others)
        if voices is None and len(others) == len(lines) <= TAGGED_AT_ONCE and same_turns:
            return self._apply_words(others)
        self._before = {line.id: line for line in self.lines}
        if voices is not None:
            self._put_voices(voices)
        store.delete(connection, episode_id, [i for i, x in lines.items() if x is None and i in self._before])
        new = [x for i, x in lines.items() if x is not None and i not in self._before]
        store.insert(connection, episode_id, new, self.names)
        kept = [x for i, x in lines.items() if x is not None and i in self._before]
        said = [x for x in kept if _spoken(x) != _spoken(self._before[x.id])]
        store.update(connection, episode_id, said, self.names, words=True)
        known = {x.id for x in said}
        store.update(connection, episode_id, [x for x in kept if x.id not in known], self.names, words=False)
        after = {**self._before, **{i: x for i, x in lines.items() if x is not None}}
        self._lines = sorted((x for i, x in after.items() if lines.get(i, x) is not None), key=lambda x: x.place)
        stretch = self._put_turns({x.id for x in new})
        return voices is not None or bool(stretch.old_count or stretch.new_count)

    def _apply_words(self, lines: Sequence[Line]) -> bool:
        """The same where every line stays in its turn: nothing but a few turns is read and written."""
        store, connection, episode_id = self.library.lines, self.connection, self.episode.id
        said = [x for x in lines if x.text != self._before[x.id].text]
        store.update(connection, episode_id, said, self.names, words=True)
        known = {x.id for x in said}
        store.update(connection, episode_id, [x for x in lines if x.id not in known], self.names, words=False)
        if self._lines is not None:
            new = {x.id: x for x in lines}
            self._lines = [new.get(x.id, x) for x in self._lines]
        for k in store.turns_of(connection, episode_id, [x.id for x in said]):
            first = max(0, k - CONTEXT_BEFORE)
            shown = store.turns(connection, episode_id, (first, k + CONTEXT_AFTER))
            spoken = store.said_in(connection, episode_id, k)
            shown[k - first] = turn = replace(
                shown[k - first],
                text=" ".join(text for text, _ in spoken if text),
                words=tuple(word for _, words in spoken for word in words),
            )
            (tags,) = tag_turns(shown, self.library.taggers.current(), range(k - first, k - first + 1))
            self.library.transcripts.drop_turns(connection, episode_id, k, 1)
            self.library.transcripts.add_turns(connection, episode_id, [(turn, tags)])
            self.library.index.put_some(connection, episode_id, k, 1, [turn], 0)
        return bool(said)

    def _put_voices(self, voices: tuple[Voice, ...]) -> None:
        before = {v.label: v for v in self.voices}
        store, episode_id = self.library.lines, self.episode.id
        store.rename(self.connection, episode_id, {before[v.label].name: v.name for v in voices if v.label in before})
        others = {v.name: v.role for v in voices if v.label in before and before[v.label].role is not v.role}
        store.put_roles(self.connection, episode_id, others)
        self.library.episodes.put_voices(self.connection, episode_id, voices)
        self.voices = voices

    def _put_turns(self, new_lines: set[int]) -> Stretch:
        store, connection, episode_id = self.library.lines, self.connection, self.episode.id
        roles: dict[str, Role] = {v.name: v.role for v in reversed(self.voices)}
        segments = [line.segment(self.names) for line in self.lines]
        together = turn_groups(segments)
        old, new = store.turns(connection, episode_id), turns_of(together, roles)
        ids = iter(self.lines)
        groups = [[next(ids).id for _ in group] for group in together]
        stretch = changed_stretch(old, new)
        first, behind = stretch.first, stretch.first + stretch.old_count
        here = range(first, first + stretch.new_count)
        if stretch.old_count or stretch.new_count:
            tags = self._tags(new, stretch, groups)
            self.library.transcripts.drop_turns(connection, episode_id, first, stretch.old_count)
            if stretch.shift:
                store.shift_turns(connection, episode_id, behind, stretch.shift)
            self.library.transcripts.add_turns(connection, episode_id, [(new[k], tags[k]) for k in here])
            self.library.index.put_some(
                connection, episode_id, first, stretch.old_count, [new[k] for k in here], stretch.shift
            )
            if stretch.shift or stretch.old_count > 1:
                self._renumber(old, new, stretch)
        alone = stretch.old_count == stretch.new_count == 1
        lines_here = {i: k for k in here for i in groups[k] if not alone}
        came = {i: k for k, group in enumerate(groups) for i in group if i in new_lines}
        store.put_turns_of(connection, episode_id, {**came, **lines_here})
        return stretch

    def _tags(self, turns: Sequence[Turn], stretch: Stretch, groups: Sequence[Sequence[int]]) -> dict[int, TurnTags]:
        """The tags of the turns that changed, by their numbers."""
        here = range(stretch.first, stretch.first + stretch.new_count)
        if stretch.new_count > TAGGED_AT_ONCE:
            known = self.library.transcripts.tags_by_text(
                self.connection, self.episode.id, stretch.first, stretch.old_count
            )
            return {k: known.get(turns[k].text, TurnTags((), 0.0)) for k in here}
        words = self.whole([i for k in here for i in groups[k]])
        first = max(0, stretch.first - CONTEXT_BEFORE)
        shown = [
            replace(turn, words=tuple(w for i in groups[k] for w in words[i].words)) if k in here else turn
            for k, turn in enumerate(turns[first : here.stop + CONTEXT_AFTER], first)
        ]
        only = range(here.start - first, here.stop - first)
        return dict(zip(here, tag_turns(shown, self.library.taggers.current(), only), strict=True))

    def _renumber(self, old: Sequence[Turn], new: Sequence[Turn], stretch: Stretch) -> None:
        rows = []
        for name, start_s, end_s, *numbers in self.library.moments.places(self.connection, self.episode.id):
            before = Numbers(*numbers)
            now = renumbered(before, start_s, end_s, old, new, stretch)
            if now != before:
                rows.append((name, now.first, now.reply, now.last))
        self.library.moments.put_places(self.connection, rows)

    # ---- the first time

    def _add_missing_voices(self) -> None:
        """Gives every speaker a voice, so that each can be named."""
        known = set(self.labels)
        turns = self.library.lines.turns(self.connection, self.episode.id)
        missing = {t.speaker: t.role for t in turns if t.speaker is not None and t.speaker not in known}
        if missing:
            self.voices = (*self.voices, *(Voice(n, n, role, False) for n, role in missing.items()))
            self.library.episodes.put_voices(self.connection, self.episode.id, self.voices)

    def _begin(self) -> Standing:
        store, episode = self.library.lines, self.episode
        next_line = max((line.id for line in self.lines), default=0) + 1
        store.begin(self.connection, episode.id, next_line)
        take = self.library.episodes.take_in(episode.id)
        options: dict[str, Any] = {"model": episode.model, "hotwords": list(take.hotwords), "speakers": take.speakers}
        source = Source.RECOGNITION if episode.model else Source.IMPORT
        store.put_version(self.connection, episode.id, Version(1, episode.added, "", source, options), self.current())
        return Standing(0, 1, next_line, 0)


class NotReadyError(ConflictError):
    """An episode has no transcript yet."""

    def __init__(self, title: str) -> None:
        super().__init__(f"“{title}” is not ready yet. It can be edited as soon as it is.")


def _spoken(line: Line) -> tuple[str, float, float]:
    return line.text, line.start_s, line.end_s


def _placed(line: Line) -> tuple[int, str | None, float, float]:
    return line.place, line.voice, line.start_s, line.end_s


def _difference(before: Line, after: Line, words: bool) -> tuple[Fields, Fields] | None:
    old, new = line_to_json(before), line_to_json(after)
    if not words:
        old.pop("words")
        new.pop("words")
    names = [name for name in old if old[name] != new[name]]
    return ({n: old[n] for n in names}, {n: new[n] for n in names}) if names else None
