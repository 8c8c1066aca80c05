"""Commands that need no library: transcribe, moments, convert, tag."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from companion.captions import FORMATS, read_transcript
from companion.cli.shared import (
    Bars,
    files_of,
    model_option,
    note_bundled,
    output_option,
    roles,
    speakers_option,
    track_option,
    write,
)
from companion.config import Settings
from companion.errors import BadInputError
from companion.learning import read_lines
from companion.moves import tag_turn
from companion.pipeline import hear_files, meet
from companion.taggers import Taggers
from companion.types import Evidence, Moment, Role, TranscribeOptions, Transcript, TurnTags

format_option = click.option(
    "--format", "kind", type=click.Choice(list(FORMATS)), default="json", show_default=True, help="What to write."
)
CAPTION_SUFFIXES = {".json", ".vtt", ".srt"}


@click.command()
@click.argument("audio", type=click.Path(path_type=Path), required=False)
@track_option
@speakers_option
@model_option
@format_option
@output_option
@click.pass_obj
def transcribe(
    settings: Settings,
    audio: Path | None,
    tracks: tuple[str, ...],
    speakers: int | None,
    model: str | None,
    kind: str,
    output: Path | None,
) -> None:
    r"""Writes down what is said in a recording, and who says it.

    \b
    companion transcribe talk.mp3 --speakers 3 --format vtt -o talk.vtt
    companion transcribe --track Ana=ana.wav --track Ben=ben.wav
    """
    transcript = _hear(settings, audio, tracks, speakers, model)
    write(FORMATS[kind](transcript), output)


@click.command()
@click.argument("source", type=click.Path(path_type=Path), required=False)
@track_option
@speakers_option
@click.option("--role", "role_of", multiple=True, metavar="NAME=ROLE", help="therapist, partner or host; repeat it.")
@model_option
@click.option("--format", "kind", type=click.Choice(["json"]), default="json", show_default=True, help="What to write.")
@output_option
@click.pass_obj
def moments(
    settings: Settings,
    source: Path | None,
    tracks: tuple[str, ...],
    speakers: int | None,
    role_of: tuple[str, ...],
    model: str | None,
    kind: str,
    output: Path | None,
) -> None:
    r"""Finds the moments in a recording or in a transcript that names its speakers.

    \b
    companion moments talk.mp3 --speakers 3
    companion moments talk.json --role Ruth=therapist
    """
    given = roles(role_of)
    if source is not None and source.suffix.lower() in CAPTION_SUFFIXES and not tracks:
        transcript = read_transcript(source, settings)
    else:
        transcript = _hear(settings, source, tracks, speakers, model)
    _check_names(given, transcript)
    found = meet(transcript, given, Taggers(settings.home).current()).moments
    write(json.dumps({"moments": [_moment(m) for m in found]}, ensure_ascii=False, indent=1), output)


@click.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@format_option
@output_option
@click.pass_obj
def convert(settings: Settings, source: Path, kind: str, output: Path | None) -> None:
    r"""Turns a transcript or caption file (JSON, VTT, SRT) into another format.

    \b
    companion convert episode.vtt --format json -o episode.json
    """
    write(FORMATS[kind](read_transcript(source, settings)), output)


@click.command()
@click.option(
    "--jsonl", "source", type=click.Path(path_type=Path), required=True, help="Lines {id, text, context, role?}."
)
@output_option
@click.pass_obj
def tag(settings: Settings, source: Path, output: Path | None) -> None:
    r"""Tags single turns: lines {"id","text","context","role"?} in, lines {"id","tags","near_miss"} out.

    `context` is the turn before, or a list of the turns before, oldest first.

    \b
    companion tag --jsonl turns.jsonl -o tagged.jsonl
    """
    write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _tagged(source, settings)), output)


def _hear(
    settings: Settings, audio: Path | None, tracks: tuple[str, ...], speakers: int | None, model: str | None
) -> Transcript:
    options = TranscribeOptions(model=model or settings.model, cpu_threads=settings.cpu_threads)
    files = files_of(audio if not tracks else None, tracks, speakers, ())
    if audio is not None and tracks:
        raise BadInputError("Give a recording or tracks, not both: the tracks say everything.")
    with Bars() as bars:
        transcript = hear_files(files, options, settings, bars.reporter())
    note_bundled(transcript.model)
    return transcript


def _check_names(given: dict[str, Role], transcript: Transcript) -> None:
    names = {s.speaker for s in transcript.segments if s.speaker}
    unknown = sorted(set(given) - names)
    if unknown:
        known = ", ".join(sorted(names)) or "none"
        raise BadInputError(f"Nobody is called {unknown[0]} here. The speakers are: {known}.")


def _tagged(source: Path, settings: Settings) -> Iterator[dict[str, Any]]:
    model = Taggers(settings.home).current()
    for line in read_lines(source, settings.max_caption_bytes):
        yield {"id": line.id, **_tags(tag_turn(line.text, line.context, line.role, model))}


def _tags(found: TurnTags) -> dict[str, Any]:
    return {
        "tags": [
            {"tag": t.tag, "score": round(t.score, 3), "evidence": [_span(e) for e in t.evidence]} for t in found.tags
        ],
        "near_miss": {"score": round(found.near_miss, 3)},
    }


def _span(evidence: Evidence) -> dict[str, Any]:
    return {"text": evidence.text, "start": evidence.start_char, "end": evidence.end_char}


def _moment(moment: Moment) -> dict[str, Any]:
    return {
        "start_s": round(moment.start_s, 3),
        "end_s": round(moment.end_s, 3),
        "validating_speaker": moment.validating_speaker,
        "validated_speaker": moment.validated_speaker,
        "tags": [{"tag": t.tag, "score": round(t.score, 3)} for t in moment.tags],
        "evidence": [{"start_s": e.start_s, "end_s": e.end_s, "text": e.text} for e in moment.evidence],
        "quote": moment.quote,
        "bid": moment.bid,
        "title": moment.title,
        "kind": moment.kind,
        "score": moment.score,
    }
