"""The application: its headers, limits, errors and health. The pages are in the other modules."""

from __future__ import annotations

import io
import logging
import traceback
from pathlib import Path
from typing import IO

import jinja2
from flask import (
    Flask,
    Request,
    Response,
    abort,
    current_app,
    jsonify,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse_many
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from companion.config import Settings
from companion.core import AWAY_NAMES, LABELS, MEANINGS, RATING_WORDS, Companion
from companion.errors import BadInputError, CompanionError
from companion.types import LEANING_IN, Audience
from web import (
    addresses,
    answers,
    api,
    clips,
    feed,
    guide,
    host_account,
    host_clips,
    host_counts,
    host_desk,
    host_editor,
    host_import,
    host_media,
    host_publishing,
    host_review,
    keeping,
    listen,
    lost,
    media,
    plays,
    practice,
    shown,
    space,
    spoken,
    takes,
)
from web.format import add_filters
from web.headers import HEADERS

__all__ = ["HEADERS", "create_app"]

log = logging.getLogger(__name__)

VIEWS = (
    *(listen, feed, guide, api, keeping, media, clips, plays),
    *(practice, takes, space),
    *(host_account, host_media, host_desk, host_import, host_editor, host_publishing),
    *(host_clips, host_counts, host_review),
)

_WORDS = {
    400: ("That did not work", "The request could not be understood. Go back and try it another way."),
    401: ("Not logged in", "This is the host's. Log in and do it again."),
    403: (
        "Not from here",
        "This did not come from a page of this site, so nothing was done. Open the page and try there.",
    ),
    404: ("Not here", "There is no page at this address. Check the address, or begin at the first page."),
    405: ("For reading only", "Pages here can be read; nothing can be sent to this address."),
    409: ("Not any more", "This does not go with what is already here. Load the page again."),
    413: ("Too large", "That request is larger than this site reads. Send less at once."),
    416: ("Not in the recording", "The recording has no such part. Load the page again and press play."),
    429: ("One moment", "Many requests came from your address in a short time. Wait a minute, then go on."),
    500: ("Something broke", "The page could not be made. Nothing was lost; try again in a little while."),
    503: ("Busy", "The library is busy right now. Try again in a little while."),
}
NOT_LOGGED_IN = 401
NOT_FOUND = 404
_FORM_BYTES = 10_000  # of a form around the recording that it carries
_NOT_PAGES = ("takes.put_chunk", "takes.state", "takes.sound", "static_unnamed", *host_desk.NOT_PAGES)
_OWN_SENTENCE_BELOW = 500  # a host's errors can name folders of the machine: visitors get the general words


class _Request(Request):
    """A request whose files stay in memory: what is said in practice never lies on a disk in clear.

    A recording that a host sends is the exception: it may have gigabytes, and goes to the library's folder.
    """

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return host_desk.new_file() if self.endpoint == host_desk.FORM else io.BytesIO()


def create_app(settings: Settings) -> Flask:
    """The site over one library.

    Args:
        settings: of the library; it is made where there is none.

    Returns:
        A WSGI application. Its `extensions["companion"]` is the open library; whoever made the app closes it.

    Raises:
        LibraryError: the library cannot be opened.
        BadInputError: a setting of the site cannot be read.
    """
    guide.resources(settings)  # said at the start, not when somebody opens the guide
    addresses.site_root(settings)
    static_folder = Path(__file__).parent / "static"
    static_name = answers.static_name(static_folder)
    app = Flask(__name__, static_folder=static_folder, static_url_path=f"/static/{static_name}")
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n, x_prefix=n)  # type: ignore[method-assign]
    app.request_class = _Request
    app.config["MAX_CONTENT_LENGTH"] = settings.request_bytes
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False  # GET and HEAD are all there is
    app.url_map.strict_slashes = False
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(labels=LABELS, meanings=MEANINGS, leaning=LEANING_IN)
    app.jinja_env.globals.update(kind_words=spoken.KINDS, away_names=AWAY_NAMES, rating_words=RATING_WORDS)
    app.jinja_env.globals.update(kept=shown.kept, lead_s=shown.LEAD_S)
    app.jinja_env.globals.update(whole_address=addresses.whole)
    add_filters(app)
    app.before_request(_refuse_large_requests)
    limiter = _limit_rates(app, settings)
    for view in VIEWS:
        app.register_blueprint(view.bp)
    for name in clips.MAKING:
        app.view_functions[name] = limiter.limit(settings.clip_rate_limit)(app.view_functions[name])
    app.view_functions["plays.told"] = limiter.limit(settings.plays_rate_limit)(app.view_functions["plays.told"])
    recover = app.view_functions["space.recover"]
    app.view_functions["space.recover"] = limiter.limit(settings.recover_rate_limit)(recover)
    _add_small_files(app)
    _add_errors(app)
    app.after_request(_with_headers)
    answers.name_static_files(app)
    answers.keep_pages(app, settings.kept_pages_bytes)
    door = Companion.open(settings, Audience.PUBLIC)
    door.counting.begin()
    app.extensions["companion"] = door
    return app


def _limit_rates(app: Flask, settings: Settings) -> Limiter:
    for name in ("rate_limit", "recover_rate_limit", "clip_rate_limit", "plays_rate_limit"):
        limit = getattr(settings, name)
        try:
            parse_many(limit)
        except ValueError:
            raise BadInputError(f"COMPANION_{name.upper()} is {limit!r}. Write it like: 300 per minute.") from None
    limiter = Limiter(
        get_remote_address,
        app=app,
        application_limits=[settings.rate_limit],
        storage_uri="memory://",
        headers_enabled=True,
    )
    limiter.request_filter(_is_no_page)
    return limiter


def _is_no_page() -> bool:
    """A player asks for many small parts of a recording, and a recorder sends them; they are files, not pages."""
    if request.endpoint == "takes.sound" and "format" in request.args:
        return False  # the take is decoded for that
    return request.blueprint in (media.bp.name, host_media.bp.name) or request.endpoint in _NOT_PAGES


def _refuse_large_requests() -> None:
    settings: Settings = current_app.extensions["companion"].settings
    larger = {
        "takes.put_chunk": settings.practice_chunk_bytes,
        "takes.upload": settings.practice_take_bytes + _FORM_BYTES,
        "host_publishing.save": settings.cover_bytes + settings.request_bytes,
        "host_publishing.save_show": settings.cover_bytes + settings.request_bytes,
        host_desk.CHUNK: settings.upload_chunk_bytes,
        host_desk.FORM: settings.max_audio_bytes + _FORM_BYTES,
        "host_import.read_feed": settings.max_feed_bytes + _FORM_BYTES,
    }
    request.max_content_length = larger.get(request.endpoint or "", settings.request_bytes)
    limit = request.max_content_length
    if limit is not None and (request.content_length or 0) > limit:
        abort(413)


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _add_small_files(app: Flask) -> None:
    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        """Is the library well? For whoever watches the server."""
        try:
            health = app.extensions["companion"].health()
        except Exception:
            log.exception("the library does not answer")
            return jsonify(status="unwell", database=False), 503, {"Cache-Control": "no-store"}
        body = jsonify(
            status="ok" if health.database else "unwell",
            database=health.database,
            episodes=health.episodes,
            waiting=health.waiting,
            failed=health.failed,
        )
        return body, (200 if health.database else 503), {"Cache-Control": "no-store"}

    @app.get("/robots.txt")
    def robots() -> Response:
        """Crawlers may read the pages, not search them."""
        root = request.script_root
        private = ("search", "media/", "practice", "host", "api/", "moments/*/clip", "plays")
        lines = "".join(f"Disallow: {root}/{name}\n" for name in private)
        return Response(f"User-agent: *\n{lines}", mimetype="text/plain")

    @app.get("/favicon.svg")
    def favicon() -> Response:
        """The site's mark."""
        return send_from_directory(str(app.static_folder), "favicon.svg", mimetype="image/svg+xml")


def _add_errors(app: Flask) -> None:
    @app.errorhandler(CompanionError)
    def companion_error(error: CompanionError) -> ResponseReturnValue:
        """What went wrong, in the words that it came with."""
        status = error.http_status
        if status >= _OWN_SENTENCE_BELOW:
            log.error("%s: %s", type(error).__name__, error.sentence)
            return _error(status, None), status
        return _error(status, error.sentence), status

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        """What the web itself has a number for."""
        response = app.make_response((_error(error.code or 500, None), error.code or 500))
        for name, value in error.get_headers(request.environ):
            if name.lower() not in ("content-type", "content-length"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def bug(error: Exception) -> ResponseReturnValue:
        """Anything else is our mistake: the log has it, the page does not."""
        if _is_confidential():  # the error's own text may hold what was said; where it happened does not
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s %s failed: %s\n%s", request.method, request.endpoint, type(error).__name__, where)
        else:
            log.error("%s %s failed", request.method, request.path, exc_info=error)
        return _error(500, None), 500


def _error(status: int, sentence: str | None) -> str | Response:
    """A page, or the sentence alone for a script that asks for JSON or sends it."""
    heading, words = _WORDS.get(status, _WORDS[400 if status < _OWN_SENTENCE_BELOW else 500])
    wants_json = request.is_json or request.accept_mimetypes.best == "application/json"
    if wants_json or request.path.startswith(f"{api.ROOT}/"):
        return jsonify(error=sentence or words)
    lost_here = status == NOT_FOUND and not _is_confidential()
    near = _nearest() if lost_here else ()
    return render_template(
        "error.html",
        heading=heading,
        sentence=sentence or words,
        practice=_in_practice(),
        login=status == NOT_LOGGED_IN,
        lost=lost_here,
        near=near,
        words=lost.words_in(request.path) if lost_here else "",
    )


def _nearest() -> tuple[tuple[str, str], ...]:
    """Titles and addresses that somebody may have wanted; none where the library does not answer."""
    places = {
        "moments": ("Moments", url_for("listen.moments")),
        "guide": ("The guide", url_for("guide.page")),
        "practice": ("Practice", url_for("practice.start")),
        "search": ("Search", url_for("listen.search")),
    }
    try:
        titles: dict[str, str] = current_app.extensions["companion"].titles()
    except Exception:
        log.exception("the library does not answer")
        titles = {}
    places |= {slug: (title, url_for("listen.episode", slug=slug)) for slug, title in titles.items()}
    return tuple(places[name] for name in lost.nearest(request.path, {name: name for name in places}))


def _in_practice() -> bool:
    return request.blueprint in (practice.bp.name, takes.bp.name, space.bp.name)


def _is_confidential() -> bool:
    """What is sent here may be somebody's words, or a password that was typed into the wrong field."""
    return _in_practice() or (request.blueprint or "").startswith("host_")
