"""Moments taken elsewhere: as a file, as a player on somebody's own page, as a picture beside a link (oEmbed 1.0)."""

from __future__ import annotations

import re

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from companion.core import CARD_SIZE, Clip, Companion
from companion.errors import LimitError, NotFoundError
from companion.types import StoredMoment
from web import shown
from web.addresses import EMBED_SIZE, base_url, frame_code, path_of, whole
from web.headers import EMBED_HEADERS, FOR_ALL

bp = Blueprint("clips", __name__)

LEAST_SIZE = (280, 200)  # pixels, of a player in a frame
MAKING = ("clips.sound", "clips.card", "clips.episode_card")  # views that may have to make what they send
CACHE_S = 24 * 3600
_MOMENT = re.compile(r"/moments/([0-9A-Za-z]{1,16})(?:/embed)?/?")
_SIZE = re.compile(r"[1-9][0-9]{0,4}")


@bp.get("/moments/<name>/clip.mp3")
def sound(name: str) -> Response:
    """A moment's sound, with the credit of its episode in the tags."""
    try:
        return _file(_door().clips.sound(name), "audio/mpeg")
    except LimitError as error:
        raise NotFoundError(error.sentence) from error  # a visitor has sent nothing that is too large


@bp.get("/moments/<name>/clip.mp4")
def video(name: str) -> Response:
    """A moment's video, where a host has made one."""
    return _file(_door().clips.video(name), "video/mp4")


@bp.get("/moments/<name>/card.png")
def card(name: str) -> Response:
    """A picture of a moment, for links to it."""
    return _file(_door().clips.card(name), "image/png")


@bp.get("/episodes/<slug>/card.png")
def episode_card(slug: str) -> Response:
    """A picture of an episode, for links to it."""
    return _file(_door().clips.episode_card(slug), "image/png")


@bp.get("/moments/<name>/embed")
def embed(name: str) -> Response:
    """A moment as a small player that other sites may show in a frame."""
    door = _door()
    stored = door.moment(name)
    response = make_response(
        render_template(
            "embed.html",
            stored=stored,
            moment=stored.moment,
            turns=shown.turns_of_moment(stored, door.moment_turns(stored)),
            audio=stored.playback_sha256,
            show_title=door.show_title(),
        )
    )
    response.headers.update(EMBED_HEADERS)
    return response


@bp.get("/oembed")
def oembed() -> ResponseReturnValue:
    """What a site needs to show a moment of ours, by the moment's address."""
    if request.args.get("format", "json") != "json":
        return _refused(501, "This site answers in JSON only. Leave format out, or say format=json.")
    found = _MOMENT.fullmatch(path_of(request.args.get("url", "")) or "")
    try:
        stored = _door().moment(found[1]) if found else None
    except NotFoundError:
        stored = None
    if stored is None:
        return _refused(404, "There is no moment at that address. Give the address of a moment's page as url.")
    response = jsonify(_described(stored))
    response.headers.update(FOR_ALL)
    return response


def _described(stored: StoredMoment) -> dict[str, str | int]:
    width = _at_most("maxwidth", EMBED_SIZE[0], LEAST_SIZE[0])
    height = _at_most("maxheight", EMBED_SIZE[1], LEAST_SIZE[1])
    title = shown.title_of(stored)
    return {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "author_name": _door().show_title(),
        "author_url": f"{base_url()}/",
        "provider_name": _door().show_title(),
        "provider_url": f"{base_url()}/",
        "cache_age": CACHE_S,
        "thumbnail_url": whole("clips.card", name=stored.id),
        "thumbnail_width": CARD_SIZE[0],
        "thumbnail_height": CARD_SIZE[1],
        "html": frame_code(whole("clips.embed", name=stored.id), title, width, height),
        "width": width,
        "height": height,
    }


def _at_most(name: str, usual: int, least: int) -> int:
    text = request.args.get(name, "")
    return max(least, min(usual, int(text))) if _SIZE.fullmatch(text) else usual


def _refused(status: int, sentence: str) -> ResponseReturnValue:
    return jsonify(error=sentence), status, FOR_ALL


def _file(clip: Clip, mimetype: str) -> Response:
    """A clip's bytes, any part of them. Browsers ask each time whether it still holds: words can be mended."""
    if request.method == "HEAD":
        request.environ.pop("HTTP_RANGE", None)  # a range means something to GET only (RFC 9110, section 14.2)
    response = send_file(clip.path, mimetype=mimetype, conditional=True, etag=clip.etag, download_name=clip.name)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "no-cache"
    response.headers.update(FOR_ALL)
    if request.method == "HEAD" or response.status_code == 304:
        response.close()  # nothing will be read from the file
    return response


def _door() -> Companion:
    door: Companion = current_app.extensions["companion"]
    return door
