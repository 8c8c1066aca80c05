"""`companion practice`: hear a bid, answer it out loud, read what is said to the answer."""

from __future__ import annotations

import contextlib
import difflib
import os
import sys
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from companion.audio import check_source, decode_private, excerpt, wav_of
from companion.cli.recording import ended_by_person, recorded
from companion.cli.said import lines_of, models_of, speaks_of_harm
from companion.cli.shared import console, note_bundled
from companion.config import Settings
from companion.core import Companion
from companion.errors import AudioError, BadInputError, CompanionError, LibraryError, NotFoundError
from companion.microphone import Samples, choose, devices, listed, play
from companion.practice import Practice, Suggestion
from companion.takes import Asked, Space, Take, TakeState
from companion.transcribe import find_model

TOKEN_FILE = "practice.terminal"  # noqa: S105 - a file's name
MIMES = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".mp4": "audio/mp4",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".webm": "audio/webm",
    ".flac": "audio/flac",
    ".aac": "audio/aac",
}
NOT_HEARD = "It could not be heard. Record it once more."
QUESTION = "[s]econd take, [r]ecord it anew, [h]ear, [c]orrect the text, [t]hrow it away, Enter: keep it and end"


@click.group(invoke_without_command=True)
@click.option("--moment", "moment_id", metavar="ID", help="Answer a moment of an episode (its id is in its address).")
@click.option("--prompt", "prompt_id", metavar="ID", help="Answer a written exercise.")
@click.option("--device", metavar="D", help="The microphone's number or name.")
@click.option("--wav", type=click.Path(path_type=Path), help="A recording of the answer instead of a microphone.")
@click.option("--list-devices", is_flag=True, help="List the microphones.")
@click.option("--list", "list_prompts", is_flag=True, help="List the written exercises.")
@click.pass_context
def practice(
    context: click.Context,
    moment_id: str | None,
    prompt_id: str | None,
    device: str | None,
    wav: Path | None,
    list_devices: bool,
    list_prompts: bool,
) -> None:
    r"""Practises an answer: hear a bid, say your reply, get feedback to its words. All of it stays on this computer.

    \b
    companion practice
    companion practice --prompt goodnight-to-the-fridge
    companion practice --wav reply.wav --prompt goodnight-to-the-fridge
    """
    if context.invoked_subcommand is not None:
        return
    settings: Settings = context.obj
    if list_devices:
        found = devices()
        choose(found, None)  # has the sentence for where there is none
        click.echo(listed(found))
        return
    if moment_id is not None and prompt_id is not None:
        raise BadInputError("Give a --moment or a --prompt, not both: a take answers one thing.")
    if wav is not None and device is not None:
        raise BadInputError("Give --wav or --device, not both: the recording takes the microphone's place.")
    with Companion.open(settings) as companion:
        if list_prompts:
            for prompt in companion.practice.prompts():
                click.echo(f"{prompt.kind:9} {prompt.id}\n{'':10}{prompt.title}")
            return
        asked = Asked(moment_id, prompt_id)
        if asked == Asked():
            suggestion = _suggested(companion.practice, settings.home, datetime.now(UTC))
            console.print(suggestion.reason, style="dim", highlight=False)
            asked = Asked(prompt_id=suggestion.prompt.id)
        _check(companion.practice, asked)
        _Exercise(companion, asked, device).run(wav)


@practice.command()
@click.pass_obj
def sweep(settings: Settings) -> None:
    r"""Erases what has reached its time in private spaces. The site does so by itself while it runs.

    \b
    companion practice sweep
    """
    with Companion.open(settings) as companion:
        companion.practice.sweep(datetime.now(UTC))


@practice.command()
@click.pass_obj
def recover(settings: Settings) -> None:
    r"""Opens another private space in this terminal, such as the one of your browser, by its recovery code.

    \b
    companion practice recover
    """
    code = click.prompt("Recovery code", err=True) if sys.stdin.isatty() else sys.stdin.readline()
    with Companion.open(settings) as companion:
        token, space = companion.practice.recover(code, datetime.now(UTC))
        before = _read_token(settings.home)
        _write_token(settings.home, token)
        if before:
            companion.practice.leave(before)
        click.echo(f"This terminal is in that space now. It holds {len(companion.practice.takes(space))} takes.")


@dataclass
class _Exercise:
    """One bid, and the takes that answer it."""

    companion: Companion
    asked: Asked
    device: str | None

    def __post_init__(self) -> None:
        self.settings = self.companion.settings
        self.practice = self.companion.practice
        self.bid = self.practice.bid_of(self.asked)
        self.prompt = self.practice.prompt(self.asked.prompt_id) if self.asked.prompt_id else None
        self.out = Console(highlight=False, markup=False)
        self.asking = sys.stdin.isatty() and sys.stdout.isatty()

    def run(self, wav: Path | None) -> None:
        """Shows the bid, takes the answer, says what it did."""
        sound = _read(wav, self.settings) if wav else None
        if sound is None:
            choose(devices(), self.device)  # before the bid, so that nobody is moved by it in vain
        note_bundled(find_model(self.settings.model, self.settings.models_folder).name)
        self._show_bid()
        take = self._heard(self._recorded() if sound is None else sound, wav)
        if self.asking:
            self._go_on(take)
        elif not speaks_of_harm(take):
            self._show_others()

    def _show_bid(self) -> None:
        if self.prompt:
            self._say(self.prompt.title, self.prompt.situation, "", f"“{self.bid.text}”", "", f"({self.prompt.hint})")
        else:
            self._say(f"“{self.bid.text}”")
        self.out.file.flush()  # into a pipe, too, the bid comes before the answer
        if not self.prompt:
            self._play(self.bid.start_s, self.bid.end_s)

    def _play(self, start_s: float, end_s: float) -> None:
        """Plays a stretch of the episode, where there is a loudspeaker; the text is there in any case."""
        if self.bid.playback_sha256 is None or not self.asking:
            return
        with contextlib.suppress(AudioError, NotFoundError):
            self._aloud(excerpt(self.companion.playback(self.bid.playback_sha256), start_s, end_s))

    def _aloud(self, sound: Samples) -> None:
        stop = threading.Event()
        with ended_by_person(stop):
            play(sound, stop)

    def _recorded(self) -> bytes:
        if self.asking:
            console.print(
                "What you say stays on this computer, sealed, and is yours to erase. You have "
                f"{self.settings.practice_max_s:.0f} seconds.",
                highlight=False,
            )
            click.prompt("Enter when you are ready", default="", show_default=False, prompt_suffix=" ", err=True)
        return wav_of(recorded(self.settings.practice_max_s, self.device).sound)

    def _heard(self, data: bytes, wav: Path | None = None) -> Take:
        """Puts an answer into the space and hears it; a recording that has no use there is not kept."""
        now = datetime.now(UTC)
        self.space = _space(self.practice, self.settings.home, now)
        mime = MIMES[wav.suffix.lower()] if wav else MIMES[".wav"]
        take = self.practice.put_whole(self.space, self.asked, mime, data, now)
        with console.status("Listening to it") if console.is_terminal else contextlib.nullcontext():
            take = self.practice.hear(self.space, take.id)
        if take.state is TakeState.FAILED and not (self.asking and wav is None):
            if wav:
                self.practice.erase_take(self.space, take.id)
            raise BadInputError(take.error or NOT_HEARD)
        self._show(take)
        return take

    def _show(self, take: Take) -> None:
        if take.state is not TakeState.READY:
            self._say("", take.error or NOT_HEARD)
            return
        help_line = f"{self.settings.help_text} {self.settings.help_url}"
        self._say("", *lines_of(take, self.practice.takes(self.space), help_line))

    def _go_on(self, take: Take) -> None:
        mine = [take]
        while True:
            console.print()
            wish = click.prompt(QUESTION, default="", show_default=False, prompt_suffix=" ", err=True).strip().lower()
            try:
                if wish == "":
                    break
                if wish == "s":
                    mine.append(self._heard(self._recorded()))
                elif wish == "r":
                    data = self._recorded()
                    self.practice.erase_take(self.space, mine.pop().id)
                    mine.append(self._heard(data))
                elif wish == "h":
                    self._compare(mine)
                elif wish == "c":
                    text = click.prompt("What you said", default=mine[-1].text, err=True)
                    mine[-1] = self.practice.correct(self.space, mine[-1].id, text)
                    self._show(mine[-1])
                elif wish == "t":
                    self.practice.erase_take(self.space, mine.pop().id)
                    console.print("It is gone.")
                else:
                    console.print("One of the letters in brackets, or Enter.", markup=False)
            except CompanionError as error:
                # Somebody sits here: what failed is said, and the question comes again.
                console.print(error.sentence, highlight=False, markup=False)
            if not mine:
                return
        if not speaks_of_harm(mine[-1]):
            self._show_others()

    def _compare(self, mine: Iterable[Take]) -> None:
        """Own takes one after the other, then what the partner on the podcast said."""
        for number, take in enumerate(mine, 1):
            if not speaks_of_harm(take):
                self._say(f"Your take {number}: “{take.text}”")
            self._aloud(decode_private(self.practice.sound(self.space, take.id), "This take", self.settings).samples)
        if any(map(speaks_of_harm, mine)):
            return
        self._show_others()
        if self.bid.reply_text:
            self._play(self.bid.reply_start_s, self.bid.reply_end_s)

    def _show_others(self) -> None:
        self._say("")
        if self.prompt:
            self._say(*models_of(self.prompt))
        elif self.bid.reply_text:
            self._say("What the partner on the podcast said:", f"  “{self.bid.reply_text}”")
        similar = self.practice.similar(self.asked)
        if similar:
            self._say("", "Others who answered this kind of bid:")
            self._say(*(f"  “{s.moment.title or s.moment.quote}” ({s.episode_title}) --moment {s.id}" for s in similar))

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.out.print(line, soft_wrap=not self.out.is_terminal)


def _suggested(practice: Practice, home: Path, now: datetime) -> Suggestion:
    token = _read_token(home)
    space = None
    if token:
        with contextlib.suppress(NotFoundError):  # gone; that is told once something is to be kept
            space = practice.enter(token, now)
    suggestions = practice.next(space, now, 1)
    if not suggestions:
        raise NotFoundError("There are no written exercises in this installation. Answer a moment: --moment ID.")
    return suggestions[0]


def _check(practice: Practice, asked: Asked) -> None:
    """Whether there is such a bid; for a mistyped exercise the ones that look like it are named."""
    if asked.prompt_id is None:
        practice.bid_of(asked)
        return
    ids = [p.id for p in practice.prompts()]
    if asked.prompt_id not in ids:
        near = difflib.get_close_matches(asked.prompt_id, ids, n=3)
        hint = f"Do you mean {' or '.join(near)}? " if near else ""
        raise NotFoundError(f"No exercise has the id {asked.prompt_id!r}. {hint}All of them: companion practice --list")


def _read(path: Path, settings: Settings) -> bytes:
    """A recording that was handed in.

    Raises:
        AudioError: it is missing, empty, or of no kind that is known.
    """
    if path.suffix.lower() not in MIMES:
        raise AudioError(
            f"{path.name} is no kind of recording that is taken here. Use one of {', '.join(MIMES)}.", path
        )
    check_source(path, settings)
    try:
        return path.read_bytes()
    except OSError as error:
        raise AudioError(f"{path.name} cannot be read ({error.strerror}).", path) from error


def _space(practice: Practice, home: Path, now: datetime) -> Space:
    """The terminal's private space; opened where there is none, and its recovery code told once."""
    token = _read_token(home)
    if token:
        with contextlib.suppress(NotFoundError):
            return practice.enter(token, now)
        console.print("The private space of this terminal is gone or closed; a new one is opened.")
    new = practice.open_space(now)
    try:
        _write_token(home, new.token)
    except LibraryError:
        practice.erase_space(new.space)
        raise
    console.print(
        "A private space was opened for your takes. This code opens it elsewhere, such as in your browser; it is shown "
        "this once, so write it down:",
        highlight=False,
        soft_wrap=not console.is_terminal,
    )
    console.print(f"  {new.recovery_code}", highlight=False, markup=False)
    return new.space


def _read_token(home: Path) -> str | None:
    path = home / TOKEN_FILE
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o600)  # copied or restored with wider rights
        return path.read_text("ascii").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise LibraryError(
            f"{TOKEN_FILE} in the library cannot be read. Look whether it is yours, or remove it."
        ) from error


def _write_token(home: Path, token: str) -> None:
    """Only this user may read it, from its first byte on."""
    try:
        with tempfile.NamedTemporaryFile("w", dir=home, prefix=f".{TOKEN_FILE}.", delete=False) as half:
            try:
                half.write(token + "\n")
                half.flush()
                os.fsync(half.fileno())
                Path(half.name).replace(home / TOKEN_FILE)
            finally:
                Path(half.name).unlink(missing_ok=True)
    except OSError as error:
        raise LibraryError(f"{TOKEN_FILE} cannot be written into the library ({error.strerror}).") from error
