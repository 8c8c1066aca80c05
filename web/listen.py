"""The pages for people who listen: first page, moments, search, episodes and their transcripts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from companion.core import Companion, Meant, SearchPage, nearest_tags
from companion.errors import SearchSyntaxError
from companion.types import Episode, EpisodeState, Progress, StoredMoment, Tag
from web import choices, shown
from web.addresses import frame_code, whole
from web.format import page_number, percent, stage_words
from web.places import parse_place

bp = Blueprint("listen", __name__)

STRONGEST = 3  # moments on the first page
NEAR_TAGS = 3  # where a search finds nothing


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
    page = door.episode_page(_page_number())
    return render_template(
        "home.html",
        cards=_cards(door.strongest(STRONGEST)),
        episodes=[_episode_line(listed.episode, listed.progress) for listed in page.episodes],
        page=page,
    )


@bp.get("/moments")
def moments() -> ResponseReturnValue:
    """Moments by what happens in them, by words, by episode, by who leans in and for how long."""
    door = _door()
    chosen, error = choices.read(request.args.getlist)
    episode = door.episode(chosen.episode) if chosen.episode else None
    title = episode.title if episode else ""
    page = None
    if error is None:
        try:
            page = door.moments(**chosen.conditions(), order=chosen.in_order, page=_page_number())
        except SearchSyntaxError as problem:
            error = problem.sentence
    found = page or door.moments(**replace(chosen, query="").conditions())
    body = render_template(
        "moments.html",
        page=found,
        cards=_cards(found.moments) if page else [],
        chosen=chosen,
        episode=episode,
        chips=choices.chips(chosen, title),
        facets=choices.facets(chosen, found.facets, request.args.get("all") == "episodes"),
        orders=choices.orders(chosen),
        help=_help_with_moments(chosen, title) if page and not page.total and chosen.narrows else None,
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
    around = door.moment_ids(stored.episode_slug)
    place = around.index(stored.id) if stored.id in around else 0
    return render_template(
        "moment.html",
        stored=stored,
        moment=stored.moment,
        turns=turns,
        tags=tags,
        near_miss=any(t.near_miss for t in turns),
        reply_s=door.reply_starts([stored]).get(stored.id),
        audio=stored.playback_sha256,
        previous=around[place - 1] if place else None,
        following=around[place + 1] if place + 1 < len(around) else None,
        about=shown.about(stored.moment.quote, stored.sample),
        show_title=door.show_title(),
        has_sound=door.clips.offers(stored),
        has_video=door.clips.has_video(stored.id),
        code=frame_code(whole("clips.embed", name=stored.id), shown.title_of(stored)),
    )


@bp.get("/episodes/<slug>")
def episode(slug: str) -> ResponseReturnValue:
    """An episode: to hear and to read, or how far it is."""
    door = _door()
    one = door.episode(slug)
    if one.state is not EpisodeState.READY or one.duration_s is None:
        return render_template(
            "episode_waits.html", line=_episode_line(one, door.progress(slug)[1]), states=EpisodeState
        )
    found, details = door.moments_of(slug), door.publishing.details(slug)
    return render_template(
        "episode.html",
        episode=one,
        details=details,
        cover=door.syndication.cover(details.cover_sha256) if details.cover_sha256 else None,
        voices=door.voices(slug),
        moments=found,
        turns=shown.turns_of_episode(door.turns(slug), found),
        place=parse_place(request.args.get("t"), one.duration_s),
        wave=shown.wave_path(one.peaks),
        marks=shown.wave_marks(found, one.duration_s),
        has_chapters=door.syndication.has_chapters(one, found),
        about=shown.about(one.description or one.title, one.sample),
        show_title=door.show_title(),
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
    """Places where words are said, across all episodes; a word with a slip in it finds the one that was meant."""
    door = _door()
    query = request.args.get("q", "").strip()
    page, error, meant = None, None, None
    if query:
        try:
            page = door.search(query, _page_number())
            meant = None if page.total else door.meant(query)
        except SearchSyntaxError as problem:
            error = problem.sentence
    found = page or SearchPage((), 0, 1, 1)
    if meant is not None and meant.query is not None:
        found = door.search(meant.query)
    body = render_template(
        "search.html",
        page=found,
        places=shown.found_places(found.hits),
        query=query,
        asked=meant.query if meant and meant.query else query,
        searched=page is not None,
        meant=meant,
        near=_near_tags(query) if meant else (),
        error=error,
    )
    return body, (400 if error else 200)


@dataclass(frozen=True, slots=True)
class Help:
    """What to try where a choice leaves nothing."""

    meant: Meant | None  # what the words could have meant, where there are words
    looser: tuple[tuple[choices.Without, int], ...]  # what to take away, and how many moments that leaves
    near: tuple[Tag, ...]


def _help_with_moments(chosen: choices.Chosen, title: str) -> Help:
    door = _door()
    each = ((chip, door.how_many(**chip.to.conditions())) for chip in choices.chips(chosen, title) if chip.to.narrows)
    return Help(
        meant=door.meant(chosen.query) if chosen.query else None,
        looser=tuple((chip, count) for chip, count in each if count),
        near=_near_tags(chosen.query),
    )


def _near_tags(query: str) -> tuple[Tag, ...]:
    """Moves that a search could be about; where none is near, the ones that are heard most."""
    there = [t.tag for t in _door().tags_there()]
    return nearest_tags(query, there) or tuple(there[:NEAR_TAGS])


def _door() -> Companion:
    door: Companion = current_app.extensions["companion"]
    return door


def _page_number() -> int:
    return page_number(request.args.get("page"))


def _cards(moments: tuple[StoredMoment, ...]) -> list[shown.Card]:
    replies = _door().reply_starts(moments)
    return [shown.card(m, m.playback_sha256 or "", replies.get(m.id)) for m in moments]


def _episode_line(one: Episode, how_far: Progress) -> EpisodeLine:
    done = one.state in (EpisodeState.READY, EpisodeState.FAILED)
    return EpisodeLine(one, "" if done else stage_words(one.state, how_far), how_far)
