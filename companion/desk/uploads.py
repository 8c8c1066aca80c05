"""Uploads: recordings that come in through the browser, piece by piece, and become an episode.

What was acknowledged is on the disk. A killed server, a closed tab or a lost connection loses at most the piece in
hand: the same files chosen again go on where they were. An upload becomes an episode at once or not at all, and once.
"""

from __future__ import annotations

import contextlib
import uuid
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from companion.audio import WE_TAKE, check_head, check_room, check_size, check_source, probe
from companion.desk import adding, names
from companion.desk.pieces import head_crc, sha256_of, write
from companion.desk.wanting import TITLE_CHARS, Wanted, sensible
from companion.disk import sync_folder
from companion.errors import AudioError, BadInputError, CompanionError, ConflictError, LimitError, NotFoundError
from companion.handing import Offered, Upload, UploadFile
from companion.library import Library
from companion.store import NewFile, Said
from companion.transcribe import find_model
from companion.types import Episode, EpisodeFiles, Voice

STRAY_S = 3600.0  # a file of no upload that nobody has touched for so long is nobody's
FORM_END = ".form"  # ends the name of a file that comes with a form


class OffsetError(ConflictError):
    """A piece does not go on where the file on the disk ends, or arrived damaged. `received_bytes`: where to go on."""

    def __init__(self, sentence: str, received_bytes: int) -> None:
        super().__init__(sentence)
        self.received_bytes = received_bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was offered and is not taken."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What became of files that were offered."""

    uploads: tuple[Upload, ...]
    refused: tuple[Refused, ...]
    places: tuple[tuple[Offered, str, str], ...]  # (as offered, upload, file) of those that are taken


class Uploads:
    """The uploads of one library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._rows = library.uploads
        self._settings = library.settings
        self._folder = library.uploads_folder

    # ---- beginning

    def begin(
        self, offered: Sequence[Offered], now: datetime, together: bool | None = None, into: str | None = None
    ) -> Opened:
        """Opens uploads for files, or finds the ones in which they are on their way already.

        Args:
            offered: the files that a browser would send.
            now: by the clock.
            together: whether they are one conversation; None: as their names look.
            into: the upload that they belong to, where a host adds to one.

        Raises:
            AudioError: none of them is a recording.
            LimitError: too many, or too large.
            SpaceError: no room.
            NotFoundError: there is no such upload to add to.
        """
        good, as_offered, refused, first = [], [], [], None
        for one in dict.fromkeys(offered):
            try:
                good.append(self._offer(one))
                as_offered.append(one)
            except CompanionError as error:
                first = first or error
                refused.append(Refused(names.shown(one.name), error.sentence))
        if first is not None and not good:
            raise first
        if not good:
            raise BadInputError("No recording was chosen. Choose one, then send it.")
        if into is not None:
            uploads = [self._add(self.get(into), good, now)]
        else:
            whole = names.recognise([one.name for one in good]).together if together is None else together
            groups = [good] if whole else [[one] for one in good]
            uploads = list({u.id: u for u in (self._open(group, now) for group in groups)}.values())
        places = [(one, like) for one, kept in zip(as_offered, good, strict=True) if (like := self._rows.like(kept))]
        return Opened(tuple(uploads), tuple(refused), tuple((one, *like) for one, like in places))

    def get(self, upload_id: str) -> Upload:
        """One upload.

        Raises:
            NotFoundError: there is none by that id.
        """
        return self._rows.get(upload_id)

    def open(self) -> tuple[Upload, ...]:
        """The uploads that have not become episodes yet, the newest first."""
        return self._rows.open()

    def _offer(self, one: Offered) -> Offered:
        name = names.shown(one.name)
        if names.kind_of(name) not in names.KINDS:
            raise AudioError(f"{name} is not a kind of recording that is taken here. Give {WE_TAKE}.")
        check_size(name, one.size_bytes, self._settings)
        return Offered(name, one.size_bytes, one.modified_ms, one.head_crc)

    def _open(self, group: Sequence[Offered], now: datetime) -> Upload:
        known = next((like for one in group if (like := self._rows.like(one))), None)
        if known is not None:
            return self._add(self.get(known[0]), group, now)
        handed = names.recognise([one.name for one in group])
        if len(group) > 1 and not handed.together:
            handed = names.as_tracks([one.name for one in group])
        self._check_number(len(group), len(self.open()) + 1)
        self._make_room(group)
        name = uuid.uuid4().hex
        title = handed.title or ("" if len(group) > 1 else names.title_of(group[0].name))
        self._rows.begin(name, title[:TITLE_CHARS], self._settings.model, (), now)
        files = [
            NewFile(uuid.uuid4().hex, one, guess.speaker, guess.role, guess.mix)
            for one, guess in zip(group, handed.files, strict=True)
        ]
        self._rows.add_files(name, files, now)
        return self.get(name)

    def _add(self, upload: Upload, group: Sequence[Offered], now: datetime) -> Upload:
        """Puts files to an upload, but for those that are on their way in it."""
        if upload.episode_slug is not None:
            raise ConflictError("That upload is an episode already. Choose the files anew for another one.")
        known = {one: like for one in group if (like := self._rows.like(one))}
        new = [one for one in group if known.get(one, ("", ""))[0] != upload.id]
        self._check_number(len(upload.files) + len(new), 0)
        self._make_room(new)
        guesses = names.as_tracks([f.name for f in upload.files] + [one.name for one in new]).files if new else ()
        mixed = any(f.mix for f in upload.files) and len(upload.files) > 1
        files = [
            NewFile(uuid.uuid4().hex, one, guess.speaker, guess.role, guess.mix and not mixed)
            for one, guess in zip(new, guesses[len(upload.files) :], strict=True)
        ]
        self._rows.add_files(upload.id, files, now)
        if new and len(upload.files) == 1:  # the first was taken for the whole recording as long as it was alone
            self._rows.say_files(
                upload.id, [Said(upload.files[0].id, guesses[0].speaker, guesses[0].role, guesses[0].mix)]
            )
        return self.get(upload.id)

    def _check_number(self, files: int, uploads: int) -> None:
        most = self._settings.max_tracks + 1  # and the mix
        if files > most:
            raise LimitError(f"That are {files} files for one episode; {most} at most: tracks and a mix.", "max_tracks")
        if uploads > self._settings.max_uploads:
            raise LimitError(
                f"{self._settings.max_uploads} episodes are on their way already. Finish or discard some first.",
                "max_uploads",
            )

    def _make_room(self, group: Sequence[Offered]) -> None:
        new_bytes = sum(one.size_bytes for one in group)
        still_open = self.open()
        if sum(u.size_bytes for u in still_open) + new_bytes > self._settings.max_upload_bytes:
            raise LimitError(
                f"All that is on its way may have {self._settings.max_upload_bytes / 1e9:.1f} GB together, and this "
                "would be more. Finish or discard some of it first, or raise max_upload_bytes.",
                "max_upload_bytes",
            )
        coming = sum(u.size_bytes - u.received_bytes for u in still_open)
        check_room(self._place_folder(), coming + new_bytes, self._settings)

    # ---- arriving

    def put_chunk(
        self, upload_id: str, file_id: str, offset_bytes: int, data: bytes, crc: int, now: datetime
    ) -> UploadFile:
        """Keeps a piece of a file; with this answer it is on the disk. The last one is followed by a look at the whole.

        Args:
            upload_id: of the upload.
            file_id: of the file.
            offset_bytes: where the piece begins.
            data: the piece.
            crc: its CRC-32, as the browser counted it.
            now: by the clock.

        Raises:
            OffsetError: the file goes on elsewhere, or the piece arrived damaged.
            AudioError: it is no recording.
            SpaceError: no room.
            NotFoundError: no such upload or file.
        """
        file = self._file(self.get(upload_id), file_id)
        self._check_piece(file, offset_bytes, data, crc)
        if offset_bytes == 0:
            self._judge(file, lambda: check_head(file.name, data))
        check_room(self._place_folder(), len(data), self._settings)
        write(self._place(file_id), offset_bytes, data)
        self._rows.received(upload_id, file_id, offset_bytes, offset_bytes + len(data), now)
        file = self._file(self.get(upload_id), file_id)
        return self._check(upload_id, file) if file.whole else file

    def put_whole(self, file: Path, name: str, now: datetime, into: str | None = None) -> Upload:
        """Takes a file that came with a form and lies in the uploads' folder already; it moves from there.

        Raises:
            AudioError: it is no recording.
            LimitError: too large.
            NotFoundError: there is no such upload to add to.
        """
        size_bytes = file.stat().st_size
        opened = self.begin([Offered(name, size_bytes, 0, head_crc(file))], now, into=into).uploads[0]
        found = self._rows.like(Offered(names.shown(name), size_bytes, 0, head_crc(file)))
        if found is None:
            raise NotFoundError("That upload is not here any more. Send the file again.")
        file.replace(self._place(found[1]))
        sync_folder(self._folder)
        one = self._file(self.get(opened.id), found[1])
        self._rows.received(opened.id, one.id, one.received_bytes, size_bytes, now)
        self._check(opened.id, self._file(self.get(opened.id), one.id))
        return self.get(opened.id)

    def form_file(self) -> Path:
        """Where a file that comes with a form may be written; whoever writes it takes it away again."""
        return self._place_folder() / f"{uuid.uuid4().hex}{FORM_END}"

    def _check_piece(self, file: UploadFile, offset_bytes: int, data: bytes, crc: int) -> None:
        if file.problem is not None:
            raise AudioError(file.problem)
        here = self._place(file.id)
        on_disk = here.stat().st_size if here.is_file() else 0
        received = file.received_bytes
        if on_disk < received:  # somebody took it away, or the disk lost it
            self._rows.lost(file.id, on_disk)
            received = on_disk
        if offset_bytes != received:
            raise OffsetError(f"{file.name} goes on at byte {received}.", received)
        if not data or len(data) > self._settings.upload_chunk_bytes or offset_bytes + len(data) > file.size_bytes:
            raise OffsetError(f"That is no piece of {file.name}. Choose the file again.", received)
        if zlib.crc32(data) != crc:
            raise OffsetError(f"A piece of {file.name} arrived damaged and is asked for again.", received)

    def _check(self, upload_id: str, file: UploadFile) -> UploadFile:
        """Looks at a whole file: whether its beginning can be decoded."""
        place = self._place(file.id)

        def look() -> None:
            check_source(place, self._settings)
            probe(place, self._settings)

        self._judge(file, look)
        self._rows.checked(file.id)
        return self._file(self.get(upload_id), file.id)

    def _judge(self, file: UploadFile, look: Callable[[], None]) -> None:
        """Looks at a file; one that cannot be taken is let go at once, and its sentence stays.

        Raises:
            AudioError: it cannot be taken, or another error of that kind.
        """
        try:
            look()
        except (AudioError, LimitError) as error:
            error.sentence = error.sentence.replace(file.id, file.name)
            error.args = (error.sentence,)
            self._rows.refused(file.id, error.sentence)
            self._place(file.id).unlink(missing_ok=True)
            raise

    # ---- becoming an episode

    def say(self, upload_id: str, wanted: Wanted, now: datetime, start: bool = False) -> Upload:
        """Keeps what a host says of an upload; with `start` it is taken in as soon as all of it is here.

        Raises:
            NotFoundError: there is no such upload.
            BadInputError: it makes no sense; nothing is kept.
        """
        upload = self.get(upload_id)
        if upload.episode_slug is not None:
            return upload
        checked = wanted
        if start:
            checked = sensible(upload, wanted, self._settings)
            find_model(checked.model, self._settings.models_folder)
        self._rows.say(
            upload_id,
            title=checked.title[:TITLE_CHARS],
            model=checked.model,
            speakers=checked.speakers,
            hotwords=checked.hotwords,
            files=checked.files,
            start=start,
            seen=now,
        )
        return self.settle(upload_id)

    def settle(self, upload_id: str) -> Upload:
        """Does what is due: looks at files that are whole, and takes the upload in where that was asked for.

        Raises:
            NotFoundError: there is no such upload.
            BadInputError: it cannot be taken in; the sentence says why.
        """
        upload = self.get(upload_id)
        for file in upload.files:
            if upload.episode_slug is None and file.whole and not file.checked and file.problem is None:
                with contextlib.suppress(AudioError, LimitError):  # it stands with the file
                    self._check(upload_id, file)
        upload = self.get(upload_id)
        if upload.start and upload.episode_slug is None and upload.files and all(f.checked for f in upload.files):
            try:
                self._take_in(upload)
            except BadInputError:
                self._rows.not_yet(upload_id)
                raise
            except FileNotFoundError:
                if self.get(upload_id).episode_slug is None:  # another request did not do the same a moment ago
                    raise
            upload = self.get(upload_id)
        return upload

    def _take_in(self, upload: Upload) -> None:
        known = self._rows.sha256s(upload.id)
        places, tracks = {}, []
        for file in sorted(upload.files, key=lambda f: not f.mix):
            place = self._place(file.id)
            sha256 = known.get(file.id)
            if sha256 is None or not self._library.blobs.has(sha256):
                sha256 = sha256_of(place)
                self._rows.kept(file.id, sha256)
                self._library.blobs.adopt(place, sha256)
            if sha256 in places:
                raise BadInputError(f"{file.name} is the same recording as another one. Take one of them out.")
            places[sha256] = place
            tracks.append((None if file.mix else file.speaker, sha256))
        voices = tuple(Voice(f.speaker, f.speaker, f.role, confirmed=True) for f in upload.files if not f.mix)
        files = EpisodeFiles(upload.title, voices=voices, speakers=upload.speakers, hotwords=upload.hotwords)
        new = adding.new_episode(files, tuple(tracks), upload.model)

        def became(connection: sa.Connection, episode: Episode) -> None:
            if not self._rows.became(connection, upload.id, episode.id):
                raise NotFoundError("That upload was discarded.")

        adding.keep(self._library, new, places, became)
        self._let_go(upload)

    # ---- going

    def remove_file(self, upload_id: str, file_id: str) -> Upload:
        """Takes one file out of an upload.

        Raises:
            NotFoundError: no such upload or file.
        """
        upload = self.get(upload_id)
        file = self._file(upload, file_id)
        if upload.episode_slug is None:
            sha256 = self._rows.sha256s(upload_id).get(file_id)
            self._rows.delete_file(upload_id, file_id)
            self._place(file.id).unlink(missing_ok=True)
            self._drop([sha256] if sha256 else [])
        return self.get(upload_id)

    def discard(self, upload_id: str) -> None:
        """Throws an upload away, with all that has arrived; what has become an episode stays one.

        Raises:
            NotFoundError: there is none by that id.
        """
        upload = self.get(upload_id)
        names_among_blobs = list(self._rows.sha256s(upload_id).values())
        self._rows.delete(upload_id)
        self._let_go(upload)
        self._drop(names_among_blobs)

    def sweep(self, now: datetime) -> int:
        """Throws away what nobody goes on with; returns how many uploads that were.

        Args:
            now: by the clock.
        """
        old = self._rows.older(now - timedelta(days=self._settings.upload_keep_days))
        for upload in old:
            with contextlib.suppress(NotFoundError):  # another process was quicker
                self.discard(upload.id)
        if self._folder.is_dir():
            known = self._rows.file_ids()
            for path in self._folder.iterdir():
                stray_s = now.timestamp() - path.stat().st_mtime
                if path.name not in known and stray_s > STRAY_S:
                    path.unlink(missing_ok=True)
        self._library.blobs.sweep(now.timestamp() - STRAY_S)
        return len(old)

    def _let_go(self, upload: Upload) -> None:
        for file in upload.files:
            self._place(file.id).unlink(missing_ok=True)

    def _drop(self, sha256s: Sequence[str]) -> None:
        """Removes recordings from among the blobs that no episode has."""
        with self._library.database.write() as connection:
            for sha256 in self._library.episodes.unused(connection, sha256s):
                self._library.blobs.delete(sha256)

    # ---- places

    def _file(self, upload: Upload, file_id: str) -> UploadFile:
        found = next((f for f in upload.files if f.id == file_id), None)
        if found is None:
            raise NotFoundError("That file is not in this upload. Load the page again.")
        if upload.episode_slug is not None and found.received_bytes != found.size_bytes:
            raise ConflictError("That upload is an episode already.")
        return found

    def _place(self, file_id: str) -> Path:
        return self._folder / file_id

    def _place_folder(self) -> Path:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        return self._folder
