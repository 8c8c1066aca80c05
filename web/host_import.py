"""Taking episodes from a feed: its address or its file, what is new in it, and how far the loading is."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from companion.core import Offer, Plan, Wishes
from companion.errors import BadInputError, CompanionError
from companion.types import EpisodeState
from web import hosting
from web.format import day, lasting, page_number, percent, plural, stage_words

bp = Blueprint("host_import", __name__, url_prefix="/host/import")
hosting.guard(bp)

PAGE_SIZE = 100  # episodes of a feed on one page
_WHY_NOT = {
    "there": "in the library already",
    "no_sound": "without a recording",
    "no_guid": "without anything to know it by",
    "repeated": "twice in the feed",
}


@dataclass(frozen=True, slots=True)
class Line:
    """An episode of a feed as it can be chosen."""

    number: int  # its place in the feed
    title: str
    day: str
    about: str  # how long, how large, whether its words come along


@bp.get("")
def begin() -> ResponseReturnValue:
    """Where to read from, and what is in hand."""
    return _begin_page()


@bp.post("/read")
def read_feed() -> ResponseReturnValue:
    """Reads a feed and keeps it until the host has chosen."""
    importing = hosting.door().importing
    address, file = request.form.get("address", "").strip(), request.files.get("file")
    try:
        if file is not None and file.filename:
            found = importing.read_bytes(file.read(), file.filename[:200])
        elif address:
            found = importing.read(_web_address(address))
        else:
            raise BadInputError("Give the address of a feed, or choose its file.")
        return redirect(url_for("host_import.choose", feed_id=importing.keep(found)), 303)
    except CompanionError as error:
        return _begin_page(address=address, problem=error.sentence), error.http_status


@bp.get("/feeds/<feed_id>")
def choose(feed_id: str) -> ResponseReturnValue:
    """What a feed has, to choose from."""
    return _choose_page(feed_id)


@bp.post("/feeds/<feed_id>")
def take(feed_id: str) -> ResponseReturnValue:
    """Puts what was chosen into the queue."""
    importing = hosting.door().importing
    planned = importing.plan(importing.kept(feed_id))
    form = request.form
    numbers = {int(n) for n in form.getlist("take") if n.isascii() and n.isdigit() and len(n) < 7}
    guids = None if form.get("which") == "all" else {o.item.guid for i, o in enumerate(planned.offers) if i in numbers}
    wishes = Wishes(hosting.door().settings.model, "recognise" in form, "publish" in form, "mine" in form)
    try:
        if guids is not None and not guids:
            raise BadInputError("Choose at least one episode.")
        begun = importing.begin(planned, guids, wishes)
    except CompanionError as error:
        return _choose_page(feed_id, problem=error.sentence), error.http_status
    return redirect(url_for("host_import.begin", begun=len(begun)), 303)


@bp.post("/episodes/<slug>/again")
def try_again(slug: str) -> ResponseReturnValue:
    """Tries once more what could not be loaded."""
    hosting.door().importing.try_again(slug)
    return redirect(url_for("host_import.begin"), 303)


@bp.get("/episodes/<slug>/progress.json")
def progress(slug: str) -> Response:
    """How far an episode is, for the page that waits for it."""
    state, how_far, _ = hosting.door().progress(slug)
    return jsonify(state=state.value, stage=stage_words(state, how_far), percent=percent(how_far))


def _web_address(address: str) -> str:
    """An address as people write it; never a file of this machine."""
    scheme = address.partition("://")[0].lower()
    if "://" not in address:
        return f"https://{address}"
    if scheme not in ("http", "https", "feed", "pcast", "itpc", "podcast"):
        raise BadInputError("Give an address that begins with https:// or http://, or choose the feed's file.")
    return address


def _begin_page(address: str = "", problem: str | None = None) -> str:
    in_hand = hosting.door().importing.in_hand()
    begun = request.args.get("begun", "")
    return render_template(
        "host_import.html",
        address=address,
        problem=problem,
        begun=int(begun) if begun.isascii() and begun.isdigit() and len(begun) < 6 else 0,
        lines=[
            {"episode": e, "stage": stage_words(e.state, p), "progress": p}
            for e, p in in_hand
            if e.state is not EpisodeState.FAILED
        ],
        failed=[e for e, _ in in_hand if e.state is EpisodeState.FAILED],
    )


def _choose_page(feed_id: str, problem: str | None = None) -> str:
    importing = hosting.door().importing
    planned: Plan = importing.plan(importing.kept(feed_id))
    there = [(i, o) for i, o in enumerate(planned.offers) if o.can_be_taken]
    pages = max(1, -(-len(there) // PAGE_SIZE))
    page = min(page_number(request.args.get("page")), pages)
    lines = [
        Line(i, o.item.title or o.item.guid, day(o.item.published) if o.item.published else "", _about(o))
        for i, o in there[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    ]
    counted: dict[str, int] = {}
    for offer in planned.offers:
        counted[offer.state.value] = counted.get(offer.state.value, 0) + 1
    return render_template(
        "host_import_feed.html",
        feed_id=feed_id,
        feed=planned.feed,
        source=planned.source,
        lines=lines,
        total=len(there),
        size=_all_sizes(planned),
        with_words=sum(o.transcript is not None for _, o in there),
        others=[f"{counted[state]} {words}" for state, words in _WHY_NOT.items() if counted.get(state)],
        page=page,
        pages=pages,
        problem=problem,
    )


def _about(offer: Offer) -> str:
    length_s, size = offer.item.duration_s, offer.size_bytes
    parts = [
        lasting(length_s) if length_s else "",
        _megabytes(size) if size else "size unknown",
        "with a transcript" if offer.transcript else "",
        "could not be loaded before" if offer.state.value == "failed" else "",
    ]
    return ", ".join(p for p in parts if p)


def _all_sizes(planned: Plan) -> str:
    unsaid = planned.without_size
    said = _megabytes(planned.bytes_said) if planned.bytes_said else ""
    more = f"{plural(unsaid, 'episode does', 'episodes do')} not say how large" if unsaid else ""
    return "; ".join(p for p in (said, more) if p)


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{max(1, round(size_bytes / 1e6))} MB"
