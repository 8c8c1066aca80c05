"""Clips of moments, each made once: sound when somebody asks for it, videos when a host does, pictures for links.

They lie in the library's folder `clips`, named by their moment and by a hash of all that they are made of: its bounds,
words and names, the recording, the version of what makes them. A change of any of it makes another file; the one before
goes. The folder may be deleted at any time. One process makes one clip of a kind at a time; how far a video is stands
in a file beside it, so that every process can tell, and one that was killed leaves nothing that looks like a clip.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from companion.audio import excerpt
from companion.audio.pcm import replacing
from companion.clips import CARD_SIZE, VERSION, ClipFacts, Faces, draw_card, facts_of, file_name, make_sound, make_video
from companion.clips.sound import RATE_HZ
from companion.errors import BadInputError, BusyError, CompanionError, LimitError, NotFoundError, SpaceError
from companion.library import Library
from companion.types import Audience, MomentState, StoredMoment

__all__ = ["CARD_SIZE", "SHOW", "Clip", "Clips", "VideoState"]

log = logging.getLogger(__name__)

SHOW = "Secure Love Companion"  # where the host has given the show no title
SOUND_WAIT_S = 20.0  # for others who want one at the same time
VIDEO_WAIT_S = 3600.0
VIDEO_BASE_S, VIDEO_SHARE_S = 60.0, 20.0  # ffmpeg may take a minute, and twenty seconds for each second of sound
SWEEP_EVERY_S = 3600.0
LEFT_BEHIND_S = 24 * 3600.0  # half a file of that age is nobody's work any more
MOST_WAITING = 20  # videos
_KEY_CHARS = 16
_ID = re.compile(r"[0-9A-Za-z]{1,16}")
_OURS = re.compile(r"([0-9A-Za-z]{1,16})-[0-9a-f]{16}\.(mp3|mp4|png)")
_NOTHING = "There is no such clip. Only moments that a host has approved can be taken along."


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip that is made."""

    path: Path
    name: str  # in plain words, for whoever downloads it
    etag: str


@dataclass(frozen=True, slots=True)
class VideoState:
    """How far a video is."""

    ready: bool
    making: bool
    share: float  # 0..1
    problem: str  # what went wrong the last time, in a sentence


@dataclass(frozen=True, slots=True)
class _Plan:
    stored: StoredMoment
    facts: ClipFacts
    key: str


class Clips:
    """Makes and finds clips of what its library's audience sees."""

    def __init__(self, library: Library) -> None:
        """Takes an open library; touches no file before it is used."""
        self._library = library
        self._settings = library.settings
        self._folder = library.settings.home / "clips"
        self._threads: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()
        self._swept_s = 0.0

    # ---- for listeners

    def sound(self, moment_id: str, approved_only: bool = True) -> Clip:
        """The MP3 of a moment; made where it is not there yet, in about half a second.

        Raises:
            NotFoundError: there is no such moment, or no host has approved it.
            LimitError: it is longer than `clip_max_s`.
            BusyError: others are being made.
            SpaceError: no room.
        """
        plan = self._plan(moment_id, approved_only)
        path = self._path(plan, "mp3")
        if not path.is_file():
            with self._turn("sound", SOUND_WAIT_S):
                if not path.is_file():
                    with self._writing(path) as half:
                        make_sound(self._cut(plan), plan.facts, half)
            self._tidy(path)
        return Clip(path, file_name(plan.facts, "mp3"), plan.key)

    def video(self, moment_id: str, approved_only: bool = True) -> Clip:
        """The video of a moment.

        Raises:
            NotFoundError: there is no such moment, no host has approved it, or nobody has made its video.
        """
        plan = self._plan(moment_id, approved_only)
        path = self._path(plan, "mp4")
        if not path.is_file():
            raise NotFoundError("There is no video of this moment.")
        return Clip(path, file_name(plan.facts, "mp4"), plan.key)

    def offers(self, stored: StoredMoment) -> bool:
        """Whether listeners can take a moment along."""
        moment = stored.moment
        return moment.state is MomentState.APPROVED and moment.length_s <= self._settings.clip_max_s

    def has_video(self, moment_id: str) -> bool:
        """Whether listeners can take the video of a moment."""
        try:
            self.video(moment_id)
        except (NotFoundError, LimitError):
            return False
        return True

    def card(self, moment_id: str) -> Clip:
        """The picture of a moment, for links to it; made where it is not there yet.

        Raises:
            NotFoundError: there is no such moment.
        """
        plan = self._plan(moment_id, approved_only=False, limited=False)
        facts = plan.facts

        def draw() -> bytes:
            return draw_card(
                show=facts.show,
                heading=facts.who,
                quote=facts.quote,
                episode=facts.episode,
                start_s=facts.start_s,
                sample=facts.sample,
                faces=self._faces(facts.texts),
            )

        return Clip(self._drawn(self._path(plan, "png"), draw), file_name(facts, "png"), plan.key)

    def episode_card(self, slug: str) -> Clip:
        """The picture of an episode, for links to it.

        Raises:
            NotFoundError: there is no such episode.
        """
        episode = self._library.episodes.get(slug)
        names = [voice.name for voice in self._library.episodes.voices(episode.id)]
        heading = f"With {', '.join(names)}" if names else "An episode"
        show = self._show()
        key = _key([episode.title, episode.sample, heading, show, self._settings.clip_font])

        def draw() -> bytes:
            faces = self._faces("".join((episode.title, heading, show)))
            return draw_card(
                show=show,
                heading=heading,
                quote=episode.title,
                episode="",
                start_s=None,
                sample=episode.sample,
                faces=faces,
            )

        path = self._drawn(self._folder / f"episode{episode.id}-{key}.png", draw)
        return Clip(path, f"{episode.slug}.png", key)

    # ---- for hosts

    def make_video(self, moment_id: str, tell: Callable[[float], None] = lambda share: None) -> Clip:
        """Makes the video of a moment where it is not there yet, and waits for it.

        Args:
            moment_id: of the moment, approved or not.
            tell: hears how far it is, 0..1.

        Raises:
            NotFoundError: there is no such moment.
            LimitError: it is longer than `clip_max_s`.
            BusyError: another one is being made for too long.
            SpaceError: no room.
        """
        plan = self._plan(moment_id, approved_only=False)
        path = self._path(plan, "mp4")
        told = self._told(path)
        try:
            with self._turn("video", VIDEO_WAIT_S):
                if not path.is_file():
                    self._make_video(plan, path, tell)
                told.unlink(missing_ok=True)
        except CompanionError as error:
            if told.parent.is_dir():
                told.write_text(json.dumps({"problem": error.sentence}), encoding="utf-8")
            raise
        self._tidy(path)
        self._library.database.raise_version()  # the moment's page offers it from now on
        return Clip(path, file_name(plan.facts, "mp4"), plan.key)

    def begin_video(self, moment_id: str) -> None:
        """Makes the video of a moment in the background.

        Raises:
            NotFoundError: there is no such moment.
            LimitError: it is longer than `clip_max_s`.
            BusyError: too many wait.
        """
        plan = self._plan(moment_id, approved_only=False)
        path = self._path(plan, "mp4")
        with self._lock:
            self._threads = {name: t for name, t in self._threads.items() if t.is_alive()}
            if path.is_file() or path.name in self._threads:
                return
            if len(self._threads) >= MOST_WAITING:
                raise BusyError("Many videos wait to be made. Come back when some of them are done.")
            self._folder.mkdir(parents=True, exist_ok=True)
            self._told(path).write_text(json.dumps({"share": 0.0}), encoding="utf-8")
            thread = threading.Thread(target=self._make_or_say, args=(moment_id,), name="video", daemon=True)
            self._threads[path.name] = thread
            thread.start()

    def video_state(self, moment_id: str) -> VideoState:
        """How far the video of a moment is.

        Raises:
            NotFoundError: there is no such moment.
            LimitError: it is longer than `clip_max_s`.
        """
        path = self._path(self._plan(moment_id, approved_only=False), "mp4")
        if path.is_file():
            return VideoState(True, False, 1.0, "")
        try:
            told = json.loads(self._told(path).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return VideoState(False, False, 0.0, "")
        if "problem" in told:
            return VideoState(False, False, 0.0, str(told["problem"]))
        waits = path.name in self._threads and self._threads[path.name].is_alive()
        if waits or self._taken("video"):
            return VideoState(False, True, float(told.get("share", 0.0)), "")
        return VideoState(False, False, 0.0, "The server was stopped before the video was done. Make it once more.")

    def forget(self, moment_ids: tuple[str, ...]) -> None:
        """Takes away all clips of some moments, because they are no more."""
        for moment_id in moment_ids:
            for path in self._folder.glob(f"{moment_id}-*") if _ID.fullmatch(moment_id) else ():
                path.unlink(missing_ok=True)

    # ---- inside

    def _plan(self, moment_id: str, approved_only: bool, limited: bool = True) -> _Plan:
        stored = self._library.moments.get(moment_id)
        moment = stored.moment
        if not _ID.fullmatch(stored.id) or (approved_only and moment.state is not MomentState.APPROVED):
            raise NotFoundError(_NOTHING)
        if limited and moment.length_s > self._settings.clip_max_s:
            raise LimitError(
                f"This moment is longer than a clip may be ({self._settings.clip_max_s:.0f} s). Listen to it on its "
                "page, or change its bounds.",
                "clip_max_s",
            )
        episode = self._library.episodes.get(stored.episode_slug)
        turns = self._library.transcripts.turns(episode.id, (moment.first_turn, moment.last_turn))
        base = self._settings.site_url.rstrip("/")
        link = f"{base}/moments/{stored.id}" if base else ""
        year = str(episode.published.year) if episode.published else ""
        facts = facts_of(stored, turns, self._show(), link, year)
        return _Plan(stored, facts, _key([asdict(facts), stored.playback_sha256, self._settings.clip_font]))

    def _show(self) -> str:
        return self._library.shows.get().title or SHOW

    def _path(self, plan: _Plan, ending: str) -> Path:
        return self._folder / f"{plan.stored.id}-{plan.key}.{ending}"

    def _told(self, path: Path) -> Path:
        return path.with_name(f"{path.name}.told")

    def _cut(self, plan: _Plan) -> NDArray[np.int16]:
        path = self._library.blobs.path(plan.stored.playback_sha256 or "")
        sound = excerpt(path, plan.facts.start_s, plan.facts.end_s, RATE_HZ)
        if not sound.size:
            raise NotFoundError("The recording has no sound where this moment is.")
        return sound

    def _make_video(self, plan: _Plan, path: Path, tell: Callable[[float], None]) -> None:
        told = self._told(path)

        def both(share: float) -> None:
            told.write_text(json.dumps({"share": share}), encoding="utf-8")
            tell(share)

        with self._writing(path) as half:
            limit_s = VIDEO_BASE_S + VIDEO_SHARE_S * plan.facts.length_s
            make_video(self._cut(plan), plan.facts, self._faces(plan.facts.texts), half, both, limit_s)

    def _make_or_say(self, moment_id: str) -> None:
        try:
            self.make_video(moment_id)
        except CompanionError as error:  # whoever asks how far it is hears the sentence
            log.warning("the video of %s was not made: %s", moment_id, error.sentence)
        except Exception:
            log.exception("the video of %s was not made", moment_id)

    def _drawn(self, path: Path, draw: Callable[[], bytes]) -> Path:
        if not path.is_file():
            with self._writing(path) as half:
                half.write_bytes(draw())
            self._tidy(path)
        return path

    def _faces(self, letters: str) -> Faces:
        font = self._settings.clip_font
        try:
            return Faces(letters, Path(font) if font else None)
        except OSError as error:
            raise BadInputError(
                f"The font {font} of COMPANION_CLIP_FONT cannot be read. Name a TTF or OTF file, or leave it out."
            ) from error

    @contextmanager
    def _writing(self, path: Path) -> Iterator[Path]:
        """A name to write to; the file is there whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self._folder).free < self._settings.min_free_bytes:
            raise SpaceError("There is no room for clips where the library lies. Make some; nothing was changed.", path)
        with replacing(path) as half:
            yield half

    @contextmanager
    def _turn(self, kind: str, wait_s: float) -> Iterator[None]:
        """One at a time, in all processes: making clips never takes more than its share of the machine."""
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / f"{kind}.lock", timeout=wait_s, thread_local=False)
        try:
            with lock:
                yield
        except Timeout:
            raise BusyError("Many clips are being made right now. Try again in a little while.") from None

    def _taken(self, kind: str) -> bool:
        """Whether any process makes one."""
        try:
            with FileLock(self._folder / f"{kind}.lock", timeout=0, thread_local=False):
                return False
        except Timeout:
            return True

    def _tidy(self, made: Path) -> None:
        """Takes away what the new file replaces, and now and then what nobody needs any more."""
        moment_id, _, rest = made.name.partition("-")
        for path in self._folder.glob(f"{moment_id}-*{Path(rest).suffix}"):
            if path != made:
                path.unlink(missing_ok=True)
        with self._lock:
            if time.monotonic() - self._swept_s < SWEEP_EVERY_S and self._swept_s:
                return
            self._swept_s = time.monotonic()
        self.sweep()

    def sweep(self) -> None:
        """Takes away the clips of moments that are no more, and of sounds and pictures the oldest beyond their room."""
        found = {
            p: m for p in self._folder.iterdir() if (m := _OURS.fullmatch(p.name)) and not m[1].startswith("episode")
        }
        moments = self._library.seen_by(Audience.HOST).moments
        alive = {stored.id for stored in moments.of_ids(tuple({m[1] for m in found.values()}))}
        for path, match in found.items():
            if match[1] not in alive:
                path.unlink(missing_ok=True)
        for path in (*self._folder.glob(".*.part"), *self._folder.glob("*.told")):  # of a process that was killed
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > LEFT_BEHIND_S:
                    path.unlink()
        self._keep_room([p for p, m in found.items() if m[1] in alive and m[2] != "mp4"])

    def _keep_room(self, paths: list[Path]) -> None:
        sizes = []
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                stat = path.stat()
                sizes.append((stat.st_mtime, stat.st_size, path))
        over = sum(size for _, size, _ in sizes) - self._settings.clips_bytes
        for _, size, path in sorted(sizes):
            if over <= 0:
                return
            path.unlink(missing_ok=True)
            over -= size


def _key(parts: object) -> str:
    """Stands for all that a clip is made of."""
    text = json.dumps([VERSION, parts], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_CHARS]
