"""What the pages show, as JSON, for reading only. docs/api.md describes every address; a test compares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request, url_for

from companion.core import Companion
from companion.errors import BadInputError, NotFoundError
from companion.types import Episode, EpisodeState, Hit, StoredMoment, StoredTurn, TagScore
from web import choices
from web.format import at, page_number

ROOT = "/api/v1"
bp = Blueprint("api", __name__, url_prefix=ROOT)


@bp.get("/")
def index() -> Response:
    """Where to begin."""
    return jsonify(
        episodes=url_for("api.episodes"),
        moments=url_for("api.moments"),
        search=url_for("api.search"),
        samples="Episodes with sample: true have synthetic voices; say so wherever you show or play them.",
    )


@bp.get("/episodes")
def episodes() -> Response:
    """The episodes that can be heard, the newest first."""
    page = _door().ready_episodes(page_number(request.args.get("page")))
    return jsonify(episodes=[_episode(e) for e in page.episodes], **_paging(page, "api.episodes", {}))


@bp.get("/episodes/<slug>")
def episode(slug: str) -> Response:
    """One episode with its voices and the places of its moments."""
    one = _ready(slug)
    voices = [{"name": v.name, "role": v.role.value, "confirmed": v.confirmed} for v in _door().voices(slug)]
    moments = [
        {"id": m.id, "start_s": _s(m.moment.start_s), "end_s": _s(m.moment.end_s), "title": m.moment.title}
        for m in _door().moments_of(slug)
    ]
    return jsonify({**_episode(one), "voices": voices, "moments": moments})


@bp.get("/episodes/<slug>/transcript")
def transcript(slug: str) -> Response:
    """Everything that is said, in the shape of Podcasting 2.0."""
    text, _ = _door().captions(_ready(slug).slug, "json")
    return Response(text, mimetype="application/json")


@bp.get("/moments")
def moments() -> Response:
    """Moments, chosen and ordered as on the page of moments."""
    chosen, problem = choices.read(request.args.getlist)
    if problem:
        raise BadInputError(problem)
    if chosen.episode:
        _ready(chosen.episode)
    number = page_number(request.args.get("page"))
    page = _door().moments(**chosen.conditions(), order=chosen.in_order, page=number)
    counts = page.facets
    return jsonify(
        moments=[_moment(m) for m in page.moments],
        sort=chosen.in_order.value,
        counts={
            "tag": {t.tag.value: t.count for t in counts.tags},
            "kind": {c.value.value: c.count for c in counts.kinds},
            "length": {c.value.value: c.count for c in counts.lengths},
            "role": {c.value.value: c.count for c in counts.roles},
        },
        **_paging(page, "api.moments", chosen.address()),
    )


@bp.get("/moments/<name>")
def moment(name: str) -> Response:
    """One moment with its turns."""
    stored = _door().moment(name)
    return jsonify({**_moment(stored), "turns": [_turn(t) for t in _door().moment_turns(stored)]})


@bp.get("/search")
def search() -> Response:
    """Places where words are said; where there are none, what the words could have meant."""
    query = request.args.get("q", "").strip()
    page = _door().search(query, page_number(request.args.get("page")))
    meant = None if page.total else _door().meant(query).query
    return jsonify(places=[_place(h) for h in page.hits], meant=meant, **_paging(page, "api.search", {"q": query}))


def _ready(slug: str) -> Episode:
    """An episode that can be heard.

    Raises:
        NotFoundError: there is none by that slug, or it is not ready.
    """
    one = _door().episode(slug)
    if one.state is not EpisodeState.READY:
        raise NotFoundError(f"The episode {slug} is not ready yet.")
    return one


def _episode(one: Episode) -> dict[str, Any]:
    return {
        "slug": one.slug,
        "title": one.title,
        "description": one.description,
        "sample": one.sample,
        "published": one.published.isoformat() if one.published else None,
        "duration_s": _s(one.duration_s or 0.0),
        "audio": _recording(one.playback_sha256),
        "audio_type": "audio/mpeg",
        "page": url_for("listen.episode", slug=one.slug),
        "transcript": url_for("api.transcript", slug=one.slug),
    }


def _moment(stored: StoredMoment) -> dict[str, Any]:
    m = stored.moment
    return {
        "id": stored.id,
        "episode": {"slug": stored.episode_slug, "title": stored.episode_title, "sample": stored.sample},
        "start_s": _s(m.start_s),
        "end_s": _s(m.end_s),
        "audio": f"{_recording(stored.playback_sha256)}#t={at(m.start_s)},{at(m.end_s)}",
        "leans_in": {"name": m.validating_speaker, "role": stored.validating_role.value},
        "to": {"name": m.validated_speaker, "role": stored.validated_role.value},
        "kind": m.kind.value,
        "state": m.state.value,
        "score": round(m.score, 3),
        "title": m.title,
        "bid": m.bid,
        "reply": m.quote,
        "tags": _tags(m.tags),
        "page": url_for("listen.moment", name=stored.id),
    }


def _turn(stored: StoredTurn) -> dict[str, Any]:
    t = stored.turn
    return {
        "index": t.index,
        "speaker": t.speaker,
        "role": t.role.value,
        "start_s": _s(t.start_s),
        "end_s": _s(t.end_s),
        "text": t.text,
        "tags": _tags(stored.tags.tags),
    }


def _place(hit: Hit) -> dict[str, Any]:
    return {
        "episode": {"slug": hit.episode_slug, "title": hit.episode_title, "sample": hit.sample},
        "speaker": hit.speaker,
        "start_s": _s(hit.start_s),
        "end_s": _s(hit.end_s),
        "text": "".join(text for text, _ in hit.snippet),
        "found": [text for text, found in hit.snippet if found],
        "moment": hit.moment_id,
        "page": url_for("listen.episode", slug=hit.episode_slug, t=at(hit.start_s)),
    }


def _tags(tags: Sequence[TagScore]) -> list[dict[str, Any]]:
    return [
        {"tag": t.tag.value, "score": round(t.score, 3), "words": [e.text for e in t.evidence if e.text]} for t in tags
    ]


def _paging(page: Any, endpoint: str, args: dict[str, Any]) -> dict[str, Any]:
    after = url_for(endpoint, **args, page=page.page + 1) if page.page < page.pages else None
    return {"total": page.total, "page": page.page, "pages": page.pages, "next": after}


def _recording(sha256: str | None) -> str:
    return url_for("media.recording", sha256=sha256)


def _s(seconds: float) -> float:
    return round(seconds, 3)


def _door() -> Companion:
    door: Companion = current_app.extensions["companion"]
    return door
