"""The guide: the moves explained, with examples and counter-examples from the show."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from companion.config import Settings
from companion.core import Companion
from companion.errors import BadInputError
from companion.types import LEANING_IN, MomentKind, StoredMoment, Tag
from web import shown

bp = Blueprint("guide", __name__)

_RESOURCES = {
    "podcast_url": "The podcast's own page",
    "blog_url": "The blog",
    "course_url": "The course",
    "coaching_url": "Coaching",
}


@dataclass(frozen=True, slots=True)
class Example:
    """A moment that shows a move."""

    card: shown.Card | None  # None where each of them stands on the page already
    count: int  # of all moments with it


@bp.get("/guide")
def page() -> ResponseReturnValue:
    """What leaning in is, and how it is done."""
    door = _door()
    settings = door.settings
    examples, mutual = _examples(door)
    against = door.counter_examples()
    return render_template(
        "guide.html",
        examples=examples,
        mutual=mutual,
        missed=against.near_misses,
        beside=against.monologues,
        moves=[tag for tag in Tag if tag in LEANING_IN],
        away=[tag for tag in Tag if tag not in LEANING_IN],
        tags=Tag,
        resources=resources(settings),
        help_url=settings.help_url,
    )


def resources(settings: Settings) -> tuple[tuple[str, str], ...]:
    """The host's own pages, those that are set: what each is, and its address.

    Raises:
        BadInputError: one of them is no address of the web.
    """
    found = []
    for name, words in _RESOURCES.items():
        url = str(getattr(settings, name)).strip()
        if not url:
            continue
        if not _is_web(url):
            raise BadInputError(
                f"COMPANION_{name.upper()} is {url!r}. Write a whole address, like: https://example.org/page"
            )
        found.append((words, url))
    return tuple(found)


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in url)
    except ValueError:
        return False


def _examples(door: Companion) -> tuple[dict[Tag, Example], Example | None]:
    """For each move the strongest moment that no other move has shown; and one in which both lean in."""
    used: set[str] = set()
    both = door.moments(kind=MomentKind.MUTUAL)
    mutual = _example(door, both.moments, both.total, used)
    found: dict[Tag, Example] = {}
    # The rarest move chooses first: a common one has others to choose from.
    counts = {t.tag: t.count for t in door.tags_there() if t.tag in LEANING_IN}
    for tag in sorted(counts, key=lambda t: (counts[t], t)):
        example = _example(door, door.moments(tags=(tag,)).moments, counts[tag], used)
        if example is not None:
            found[tag] = example
    return found, mutual


def _example(door: Companion, moments: tuple[StoredMoment, ...], count: int, used: set[str]) -> Example | None:
    if not moments:
        return None
    one = next((m for m in moments if m.id not in used), None)
    if one is None:
        return Example(None, count)
    used.add(one.id)
    return Example(shown.card(one, one.playback_sha256 or "", door.reply_starts([one]).get(one.id)), count)


def _door() -> Companion:
    door: Companion = current_app.extensions["companion"]
    return door
