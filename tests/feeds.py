"""Feeds for tests: of a small show whose files lie on a web server of this computer."""

from __future__ import annotations

import io
import json
import wave
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tests.sounds import sound_of
from tests.web_server import Page, WebServer

NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0" '
    'xmlns:psc="http://podlove.org/simple-chapters" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:atom="http://www.w3.org/2005/Atom"'
)


@dataclass(frozen=True)
class Said:
    """A line of a transcript."""

    start_s: float
    end_s: float
    text: str
    speaker: str | None = None


TALK = (
    Said(0.0, 4.0, "Where did the evening go wrong for you, June?", "Alan"),
    Said(4.5, 9.0, "I packed your lunch for eleven weeks and I felt so lonely with it.", "June"),
    Said(
        9.5,
        16.0,
        "You packed my lunch all that time and you felt alone with it. That makes sense. I would have been lonely too.",
        "Walter",
    ),
    Said(16.5, 19.0, "Yes. That is how it was.", "June"),
)


def wav_of(show: Path, start_s: float, length_s: float) -> bytes:
    """A stretch of the sample show."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(16_000)
        written.writeframes(sound_of(show / "01-lunch-in-the-car" / "episode.mp3", start_s, length_s).tobytes())
    return file.getvalue()


def vtt(lines: tuple[Said, ...]) -> bytes:
    """A transcript as WebVTT."""

    def at(s: float) -> str:
        return f"00:{int(s // 60):02d}:{s % 60:06.3f}"

    cues = [
        f"{at(s.start_s)} --> {at(s.end_s)}\n{f'<v {s.speaker}>' if s.speaker else ''}{escape(s.text)}" for s in lines
    ]
    return ("WEBVTT\n\n" + "\n\n".join(cues) + "\n").encode()


def p20(lines: tuple[Said, ...]) -> bytes:
    """A transcript as Podcasting 2.0 JSON."""
    segments = [
        {"speaker": s.speaker, "startTime": s.start_s, "endTime": s.end_s, "body": s.text}
        if s.speaker
        else {"startTime": s.start_s, "endTime": s.end_s, "body": s.text}
        for s in lines
    ]
    return json.dumps({"version": "1.0.0", "segments": segments}).encode()


def feed(items: str, channel: str = "", title: str = "Kitchen Table") -> bytes:
    """A feed around items."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {NAMESPACES}><channel><title>{title}</title>'
        f"<link>https://kitchen.example/</link><description>Two at a table.</description>"
        f"{channel}{items}</channel></rss>"
    ).encode()


def item(server: WebServer, name: str, sound: bytes, more: str = "", type_: str = "audio/wav") -> str:
    """An item, and its recording on the server."""
    server.pages[f"/{name}.wav"] = Page(sound, type_)
    return (
        f"<item><title>Episode {name}</title><guid isPermaLink='false'>guid-{name}</guid>"
        f"<pubDate>Tue, 03 Nov 2026 06:00:00 GMT</pubDate>"
        f"<enclosure url='{server.url(f'/{name}.wav')}' length='{len(sound)}' type='{type_}'/>{more}</item>"
    )
