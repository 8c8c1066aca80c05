"""The review queue: moments that the machine suggests, and what a host says to them; moments made by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from companion.core import Companion
from companion.errors import BadInputError, CompanionError, NotFoundError
from companion.types import LEANING_IN, DecisionKind, Episode, EpisodeState, MomentState, Segment, StoredTurn, Tag, Turn
from companion.waiting import MomentChangedError, Standing
from web import hosting, shown
from web.format import page_number
from web.sent import Sent, by_script

bp = Blueprint("host_review", __name__, url_prefix="/host")
hosting.guard(bp)

ON_PAGE = 20  # moments
LINES_ON_PAGE = 60
LEAD_S = 3.0  # that is played before a moment: one hears where it should begin
NUDGE_S = 0.1
_ENDPOINTS = {"all": "host_review.queue", "episode": "host_review.episode"}
_DONE = {
    "approve": "Approved: {who}.",
    "reject": "Rejected: {who}. It is never suggested again.",
    "tags": "Its tags are changed: {who}.",
    "bounds": "Its bounds are moved: {who}.",
    "undo": "Undone: {who}.",
    "made": "It is made: {who}. Listeners find it once it is approved.",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """A moment as a host sees it."""

    standing: Standing
    state: str  # suggested, approved or rejected
    turns: tuple[shown.ShownTurn, ...]
    words: str  # JSON: start, end and text of each word in it and near it
    first: str  # the words with which it begins
    last: str  # and ends


@dataclass(frozen=True, slots=True)
class PickLine:
    """A line of the transcript, to begin or end with."""

    turn: Turn
    segment: Segment
    named: bool  # another voice than in the line above
    chosen: bool


# ---- reading


@bp.get("/review")
def queue() -> ResponseReturnValue:
    """What waits in all episodes."""
    return _page(None)


@bp.get("/episodes/<slug>/moments")
def episode(slug: str) -> ResponseReturnValue:
    """The moments of one episode: those that wait, are approved or rejected, and what only looks like one."""
    return _page(slug)


@bp.get("/moments/<name>")
def moment(name: str) -> ResponseReturnValue:
    """One moment as it stands, for scripts; a browser is led to its place."""
    standing = hosting.door().reviewing.standing(name)
    if by_script():
        return jsonify(_json(standing))
    return redirect(_place(standing), 303)


@bp.get("/episodes/<slug>/moments/new")
def new(slug: str) -> ResponseReturnValue:
    """The transcript, to choose a stretch from."""
    return _new_page(slug)


# ---- deciding


@bp.post("/moments/<name>/approve")
def approve(name: str) -> ResponseReturnValue:
    """It is one; with other tags or bounds where they are sent."""
    sent = Sent()
    change = {"tags": _tags(sent), "start_s": sent.seconds_or_none("start_s"), "end_s": sent.seconds_or_none("end_s")}
    return _decide(name, "approve", DecisionKind.APPROVE, sent, **change)


@bp.post("/moments/<name>/reject")
def reject(name: str) -> ResponseReturnValue:
    """It is none."""
    return _decide(name, "reject", DecisionKind.REJECT, Sent())


@bp.post("/moments/<name>/tags")
def retag(name: str) -> ResponseReturnValue:
    """Other tags."""
    sent = Sent()
    tags = _tags(sent)
    return _decide(name, "tags", DecisionKind.RETAG, sent, tags=[] if tags is None else tags)


@bp.post("/moments/<name>/bounds")
def bounds(name: str) -> ResponseReturnValue:
    """Another start or end: seconds from a script, a nudge from a form."""
    sent = Sent()
    change = {"start_s": sent.seconds_or_none("start_s"), "end_s": sent.seconds_or_none("end_s")}
    nudge = sent.text_or_none("nudge")
    if nudge is not None:
        edge, at_s = _nudged(name, nudge)
        change[edge] = at_s
    return _decide(name, "bounds", DecisionKind.BOUNDS, sent, **change)


@bp.post("/moments/<name>/undo")
def undo(name: str) -> ResponseReturnValue:
    """The last decision on it as if it had never been made."""
    return _decide(name, "undo", DecisionKind.UNDO, Sent())


@bp.post("/episodes/<slug>/moments")
def make(slug: str) -> ResponseReturnValue:
    """One that the host found."""
    sent, door = Sent(), hosting.door()
    try:
        start_s, end_s = sent.seconds_or_none("start_s"), sent.seconds_or_none("end_s")
        if start_s is None or end_s is None:
            raise BadInputError("Choose the line with which it begins and the one with which it ends.")
        name = door.reviewing.make(
            slug, start_s, end_s, sent.text("who"), sent.text("to"), _tags(sent) or [], hosting.host().name
        )
    except CompanionError as error:
        if by_script() or isinstance(error, NotFoundError):
            raise
        return _new_page(slug, error.sentence), error.http_status
    standing = door.reviewing.standing(name)
    if by_script():
        return jsonify(_json(standing)), 201
    return redirect(url_for(".episode", slug=slug, done="made", of=name, _anchor=f"moment-{name}"), 303)


# ---- pieces


def _decide(name: str, done: str, kind: DecisionKind, sent: Sent, **change: Any) -> ResponseReturnValue:
    """Decides; a script is told how the moment stands, a form goes back to its page."""
    reviewing = hosting.door().reviewing
    back, slug = sent.text_or_none("back") or "all", None
    try:
        before = reviewing.standing(name)
        slug = before.stored.episode_slug
        as_of = sent.text_or_none("as_of")
        if as_of is None:
            raise BadInputError("The request lacks “as_of”: how the moment stood when it was looked at.")
        reviewing.decide(name, kind, by=hosting.host().name, as_of=as_of, **change)
    except CompanionError as error:
        if not by_script() and slug is not None:
            return _page(slug if back == "episode" else None, error.sentence), error.http_status
        if isinstance(error, MomentChangedError):
            return jsonify(error=error.sentence, moment=_json(reviewing.standing(name))), error.http_status
        raise
    after = _or_none(lambda: reviewing.standing(name))
    if by_script():
        return jsonify({"id": name, "state": "gone"} if after is None else _json(after))
    where: dict[str, Any] = {"slug": slug} if back == "episode" else {}
    asked = {"order": request.form.get("order"), "state": request.form.get("state")}
    where |= {key: value for key, value in asked.items() if value in ("strongest", "approved", "rejected")}
    stays = after is not None and _state(after) == _state(before)
    anchor = f"moment-{name}" if stays else "moments"
    endpoint = _ENDPOINTS.get(back, _ENDPOINTS["all"])
    return redirect(url_for(endpoint, **where, done=done, of=name, _anchor=anchor), 303)


def _page(slug: str | None, problem: str = "") -> str:
    door = hosting.door()
    one = None if slug is None else _ready(door, slug)
    strongest = request.values.get("order") == "strongest"
    state = request.values.get("state", "suggested")
    if state not in ("suggested", "approved", "rejected") or (slug is None and state == "rejected"):
        state = "suggested"
    number = page_number(request.args.get("page"))
    reviewing = door.reviewing
    if state == "rejected":
        every = reviewing.rejected(str(slug))
        found, total = every[(number - 1) * ON_PAGE : number * ON_PAGE], len(every)
    else:
        found, total = reviewing.queue(
            slug, state=MomentState(state), strongest=strongest, limit=ON_PAGE, skip=(number - 1) * ON_PAGE
        )
    pages = max(1, math.ceil(total / ON_PAGE))
    if number > pages:
        raise NotFoundError("There is no such page. Pages are counted from 1.")
    look = one is not None and state == "suggested"
    doubtful, look_alikes = reviewing.second_look(str(slug)) if look else ((), ())
    return render_template(
        "host_review.html",
        episode=one,
        source=None if one is None else url_for("host_media.recording", sha256=one.playback_sha256),
        state=state,
        strongest=strongest,
        cards=[_heard(door, standing) for standing in found],
        total=total,
        page=number,
        pages=pages,
        episodes=reviewing.waiting() if one is None else (),
        lately=reviewing.lately(slug) if state == "suggested" else (),
        doubtful=doubtful,
        look_alikes=look_alikes,
        said="" if problem else _said(door),
        problem=problem,
        **_VALUES,
    )


def _new_page(slug: str, problem: str = "") -> str:
    door = hosting.door()
    one = _ready(door, slug)
    turns = door.turns(slug)
    asked = request.form if request.method == "POST" else request.args
    start_s = _seconds(asked.get("start_s") if request.method == "POST" else asked.get("from"))
    end_s = _seconds(asked.get("end_s") if request.method == "POST" else asked.get("to"))
    lines = _lines(turns, start_s, end_s)
    pages = max(1, math.ceil(len(lines) / LINES_ON_PAGE))
    first = next((k for k, line in enumerate(lines) if line.chosen), 0)
    number = page_number(request.args["page"]) if "page" in request.args else first // LINES_ON_PAGE + 1
    if number > pages:
        raise NotFoundError("There is no such page. Pages are counted from 1.")
    people = door.reviewing.partners(turns)
    whole = start_s is not None and end_s is not None and start_s < end_s
    chosen = [line for line in lines if line.chosen] if whole else []
    said_by = [line.turn.speaker for line in chosen if line.turn.speaker in people]
    who = asked.get("who") or (said_by[-1] if said_by else "")
    to = asked.get("to_whom") or (asked.get("to") if request.method == "POST" else None)
    return render_template(
        "host_moment_new.html",
        episode=one,
        source=url_for("host_media.recording", sha256=one.playback_sha256),
        lines=lines[(number - 1) * LINES_ON_PAGE : number * LINES_ON_PAGE],
        page=number,
        pages=pages,
        start_s=start_s,
        end_s=end_s,
        whole=whole,
        chosen=chosen,
        people=people,
        who=who,
        to=to or next((name for name in people if name != who), ""),
        ticked=set(asked.getlist("tags")),
        problem=problem,
        **_VALUES,
    )


def _lines(turns: tuple[StoredTurn, ...], start_s: float | None, end_s: float | None) -> list[PickLine]:
    first = start_s if start_s is not None else end_s
    last = end_s if end_s is not None else start_s
    found: list[PickLine] = []
    for stored in turns:
        for k, segment in enumerate(stored.segments):
            inside = first is not None and last is not None and segment.end_s > first and segment.start_s < last
            at_one = first == last and first is not None and segment.start_s <= first <= segment.end_s
            found.append(PickLine(stored.turn, segment, k == 0, inside or at_one))
    return found


def _heard(door: Companion, standing: Standing) -> Heard:
    stored, m = standing.stored, standing.stored.moment
    around = door.reviewing.around(stored)
    words: list[tuple[float, float, str]] = []
    for one in around.near:
        turn = one.turn
        words += [(w.start_s, w.end_s, w.text) for w in turn.words] or [(turn.start_s, turn.end_s, turn.text)]
    inside = [text for start_s, end_s, text in words if end_s > m.start_s + 0.01 and start_s < m.end_s - 0.01]
    return Heard(
        standing=standing,
        state=_state(standing),
        turns=shown.turns_of_moment(stored, around.turns),
        words=json.dumps([[round(a, 3), round(b, 3), text] for a, b, text in words], ensure_ascii=False),
        first=" ".join(inside[:4]),
        last=" ".join(inside[-4:]),
    )


def _json(standing: Standing) -> dict[str, Any]:
    """A moment as scripts get it, with its card."""
    m, last = standing.stored.moment, standing.last
    return {
        "id": standing.stored.id,
        "episode": standing.stored.episode_slug,
        "state": _state(standing),
        "as_of": standing.as_of,
        "start_s": round(m.start_s, 3),
        "end_s": round(m.end_s, 3),
        "leans_in": m.validating_speaker,
        "to": m.validated_speaker,
        "tags": [t.tag.value for t in m.tags],
        "bid": m.bid,
        "reply": m.quote,
        "by_hand": standing.by_hand,
        "last": last and {"kind": last.kind.value, "by": last.by, "made": last.made.isoformat()},
        "card": render_template("_review_card.html", heard=_heard(hosting.door(), standing), **_VALUES),
    }


def _state(standing: Standing) -> str:
    return "rejected" if standing.rejected else standing.stored.moment.state.value


def _place(standing: Standing) -> str:
    state = _state(standing)
    slug, name = standing.stored.episode_slug, standing.stored.id
    return url_for(".episode", slug=slug, state=None if state == "suggested" else state, _anchor=f"moment-{name}")


def _said(door: Companion) -> str:
    words, name = _DONE.get(request.args.get("done", "")), request.args.get("of", "")
    standing = _or_none(lambda: door.reviewing.standing(name)) if words else None
    if words is None or standing is None:
        return "Done." if words else ""
    m = standing.stored.moment
    return words.format(who=f"{m.validating_speaker} to {m.validated_speaker}")


def _ready(door: Companion, slug: str) -> Episode:
    one = door.episode(slug)
    if one.state is not EpisodeState.READY:
        raise NotFoundError(f"“{one.title}” is not ready yet. Its moments are looked for when it is.")
    return one


def _nudged(name: str, nudge: str) -> tuple[str, float]:
    """The bound that is moved, as its argument is called, and where it goes."""
    edge, _, rest = nudge.partition(":")
    unit, _, way = rest.partition(":")
    if edge not in ("start", "end") or unit not in ("word", "tenth") or way not in ("1", "-1"):
        raise BadInputError("A nudge moves the start or the end by a word or a tenth of a second.")
    reviewing = hosting.door().reviewing
    stored = reviewing.standing(name).stored
    further_s = int(way) * NUDGE_S if unit == "tenth" else 0.0
    return f"{edge}_s", max(0.0, reviewing.nudged(stored, edge, int(way), further_s))


def _tags(sent: Sent) -> list[Tag] | None:
    """The tags that are sent; None where none are."""
    names = request.form.getlist("tags") or None if not request.is_json else sent.texts_or_none("tags")
    try:
        return None if names is None else [Tag(name) for name in names]
    except ValueError:
        raise BadInputError(f"The tags are {', '.join(Tag)}.") from None


def _seconds(text: str | None) -> float | None:
    try:
        found = float(text) if text else None
    except ValueError:
        found = math.nan
    if found is not None and not 0 <= found < 1e6:
        raise BadInputError("A place in the recording is a number of seconds.")
    return found


def _or_none(find: Callable[[], Standing]) -> Standing | None:
    try:
        return find()
    except NotFoundError:
        return None


_VALUES = {
    "lead": LEAD_S,
    "lean_tags": [tag for tag in Tag if tag in LEANING_IN],
    "away_tags": [tag for tag in Tag if tag not in LEANING_IN],
}
