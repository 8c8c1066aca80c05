"""The pages for people who listen: first page, moments, search, episodes and their transcripts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from companion.core import Companion, MomentPage, SearchPage
from companion.errors import BadInputError, NotFoundError, SearchSyntaxError
from companion.types import Episode, EpisodeState, MomentKind, Progress, StoredMoment, Tag
from web import shown
from web.format import percent, stage_words
from web.places import parse_place

bp = Blueprint("listen", __name__)

STRONGEST = 3  # moments on the first page
_PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True)
class EpisodeLine:
    """An episode on the first page."""

    episode: Episode
    stage: str
    progress: Progress


@bp.get("/")
def home() -> ResponseReturnValue:
    """What this is, a few moments, the episodes."""
    door = _door()
    strongest = door.moments().moments[:STRONGEST]
    return render_template(
        "home.html",
        cards=_cards(strongest),
        episodes=[_episode_line(e) for e in door.episodes()],
    )


@bp.get("/moments")
def moments() -> ResponseReturnValue:
    """Moments by what happens in them, by words, by episode."""
    query = request.args.get("q", "").strip()
    slug = request.args.get("episode") or None
    episode = _door().episode(slug) if slug else None
    kind = MomentKind.MUTUAL if request.args.get("kind") == MomentKind.MUTUAL else None
    tag, page, error = None, None, None
    try:
        tag = _tag(request.args.get("tag"))
        page = _door().moments(tag=tag, episode_slug=slug, query=query or None, kind=kind, page=_page_number())
    except (SearchSyntaxError, _NoSuchTagError) as problem:
        error = problem.sentence
    found = page or MomentPage((), 0, 1, 1, _door().moments(episode_slug=slug).counts)
    body = render_template(
        "moments.html",
        page=found,
        cards=_cards(found.moments),
        tag=tag,
        query=query,
        episode=episode,
        kind=kind,
        error=error,
    )
    return body, (400 if error else 200)


@bp.get("/moments/<name>")
def moment(name: str) -> ResponseReturnValue:
    """One exchange, turn by turn."""
    door = _door()
    stored = door.moment(name)
    turns = shown.turns_of_moment(stored, door.moment_turns(stored))
    tags = list(dict.fromkeys([t.tag for t in stored.moment.tags] + [tag for t in turns for tag in t.tags]))
    around = [m.id for m in _door().moments_of(stored.episode_slug)]
    place = around.index(stored.id) if stored.id in around else 0
    return render_template(
        "moment.html",
        stored=stored,
        moment=stored.moment,
        turns=turns,
        tags=tags,
        near_miss=any(t.near_miss for t in turns),
        reply_s=door.reply_starts([stored]).get(stored.id),
        audio=door.episode(stored.episode_slug).playback_sha256,
        previous=around[place - 1] if place else None,
        following=around[place + 1] if place + 1 < len(around) else None,
    )


@bp.get("/episodes/<slug>")
def episode(slug: str) -> ResponseReturnValue:
    """An episode: to hear and to read, or how far it is."""
    door = _door()
    one = door.episode(slug)
    if one.state is not EpisodeState.READY or one.duration_s is None:
        return render_template("episode_waits.html", line=_episode_line(one), states=EpisodeState)
    found = _door().moments_of(slug)
    return render_template(
        "episode.html",
        episode=one,
        voices=door.voices(slug),
        moments=found,
        turns=shown.turns_of_episode(door.turns(slug), found),
        place=parse_place(request.args.get("t"), one.duration_s),
        wave=shown.wave_path(one.peaks),
        marks=shown.wave_marks(found, one.duration_s),
    )


@bp.get("/episodes/<slug>/progress.json")
def progress(slug: str) -> Response:
    """How far an episode is, for the page that waits for it."""
    state, how_far, _ = _door().progress(slug)
    response = jsonify(state=state.value, stage=stage_words(state, how_far), percent=percent(how_far))
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/episodes/<slug>/captions.vtt")
def captions(slug: str) -> Response:
    """The captions that the player carries."""
    text, mime = _door().captions(slug, "vtt")
    return Response(text, mimetype=mime)


@bp.get("/episodes/<slug>/transcript.<fmt>")
def transcript(slug: str, fmt: str) -> Response:
    """A transcript to take away; other sites' players may read it."""
    text, mime = _door().captions(slug, fmt)
    response = Response(text, mimetype=mime)
    response.headers.set("Content-Disposition", "attachment", filename=f"{slug}.{fmt}")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@bp.get("/search")
def search() -> ResponseReturnValue:
    """Places where words are said, across all episodes."""
    query = request.args.get("q", "").strip()
    page, error = None, None
    if query:
        try:
            page = _door().search(query, _page_number())
        except SearchSyntaxError as problem:
            error = problem.sentence
    found = page or SearchPage((), 0, 1, 1)
    episodes = {slug: _door().episode(slug) for slug in {hit.episode_slug for hit in found.hits}}
    body = render_template(
        "search.html",
        page=found,
        places=shown.found_places(found.hits, episodes),
        query=query,
        searched=page is not None,
        error=error,
    )
    return body, (400 if error else 200)


class _NoSuchTagError(BadInputError):
    """An address names a tag that there is not."""


def _door() -> Companion:
    door: Companion = current_app.extensions["companion"]
    return door


def _tag(name: str | None) -> Tag | None:
    if not name:
        return None
    try:
        return Tag(name)
    except ValueError:
        raise _NoSuchTagError(f"There is nothing called “{name[:40]}” to choose by. Choose from the list.") from None


def _page_number() -> int:
    text = request.args.get("page", "1")
    if not _PAGE_NUMBER.fullmatch(text):
        raise NotFoundError("There is no such page. Pages are counted from 1.")
    return int(text)


def _cards(moments: tuple[StoredMoment, ...]) -> list[shown.Card]:
    audio = {slug: _door().episode(slug).playback_sha256 or "" for slug in {m.episode_slug for m in moments}}
    replies = _door().reply_starts(moments)
    return [shown.card(m, audio[m.episode_slug], replies.get(m.id)) for m in moments]


def _episode_line(one: Episode) -> EpisodeLine:
    if one.state in (EpisodeState.READY, EpisodeState.FAILED):
        return EpisodeLine(one, "", Progress("", 0.0, 0.0, ""))
    state, how_far, _ = _door().progress(one.slug)
    return EpisodeLine(one, stage_words(state, how_far), how_far)
