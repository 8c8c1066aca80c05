"""What a host says of an episode and of the show, what is still missing, and out it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from companion.core import Finding, Severity
from companion.errors import CompanionError, ConflictError, NotFoundError
from companion.publication import EpisodeKind, Person, Show
from companion.types import Publication
from web import hosting
from web.addresses import Addresses
from web.guarding import now

bp = Blueprint("host_publishing", __name__, url_prefix="/host")
hosting.guard(bp)

EMPTY_ROWS = 1  # for people, below those who are there: saving brings the next
ROLES = ("host", "co-host", "guest", "therapist", "editor", "sound designer", "producer", "composer")
OFFSETS_MIN = (
    *(-720, -660, -600, -570, -540, -480, -420, -360, -300, -240, -210, -180, -150, -120, -60, 0, 60, 120, 180, 210),
    *(240, 270, 300, 330, 345, 360, 390, 420, 480, 525, 540, 570, 600, 630, 660, 690, 720, 765, 780, 825, 840),
)
_SAID = {
    "saved": "Saved.",
    "published": "It is published.",
    "scheduled": "It comes out at that time.",
    "preparing": "It comes out as soon as its recording is measured. You need not wait here.",
    "back": "It stays in.",
    "unpublished": "Listeners do not find it any more.",
}


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it is shown: what is kept, or what was typed and what is wrong with it."""

    values: Mapping[str, str]
    ticked: frozenset[str]
    persons: Sequence[Person]
    faults: Mapping[str, str]


@bp.get("/episodes/<slug>")
def episode(slug: str) -> ResponseReturnValue:
    """An episode's details and its checklist."""
    return _episode_page(slug)


@bp.post("/episodes/<slug>")
def save(slug: str) -> ResponseReturnValue:
    """Keeps an episode's details."""
    faults = hosting.door().publishing.edit(slug, _sent(), _cover_file(), now())
    if faults:
        return _episode_page(slug, faults), 400
    return redirect(url_for("host_publishing.episode", slug=slug, done="saved"), 303)


@bp.post("/episodes/<slug>/publication")
def publication(slug: str) -> ResponseReturnValue:
    """Out, at a time, or back."""
    publishing, action = hosting.door().publishing, request.form.get("action", "")
    try:
        if action in ("publish", "schedule") and "anyway" not in request.form:
            _check_feed(slug)
        match action:
            case "publish":
                became = publishing.publish(slug, now())
                done = "published" if became is Publication.PUBLISHED else "preparing"
            case "schedule":
                publishing.schedule(slug, request.form.get("at", ""), request.form.get("at_offset", ""), now())
                done = "scheduled"
            case "back":
                done = "unpublished" if publishing.unpublish(slug) is Publication.UNPUBLISHED else "back"
            case _:
                raise NotFoundError("Nothing by that name can be done with an episode.")
    except NotFoundError:
        raise
    except CompanionError as error:
        return _episode_page(slug, {"at" if action == "schedule" else "action": error.sentence}), error.http_status
    return redirect(url_for("host_publishing.episode", slug=slug, done=done), 303)


@bp.get("/show")
def show() -> ResponseReturnValue:
    """The podcast itself."""
    return _show_page()


@bp.post("/show")
def save_show() -> ResponseReturnValue:
    """Keeps what the show says of itself."""
    faults = hosting.door().publishing.edit_show(_sent(), _cover_file())
    if faults:
        return _show_page(faults), 400
    return redirect(url_for("host_publishing.show", done="saved"), 303)


@bp.get("/covers/<sha256>")
def cover(sha256: str) -> Response:
    """A picture of the show or of any episode, published or not."""
    found = hosting.door().syndication.cover(sha256)
    return send_file(found.path, mimetype=found.mime, conditional=True)


def _episode_page(slug: str, faults: Mapping[str, str] | None = None) -> str:
    at = now()
    state = hosting.door().publishing.state(slug, at)
    entry, details = state.entry, state.entry.details
    values = {
        "title": entry.title,
        "description": entry.description,
        "number": str(details.number or ""),
        "season": str(details.season or ""),
        "kind": details.kind.value,
        "content_note": details.content_note,
        "link": details.link,
        "published": _field(entry.published),
        "published_offset": "+00:00",
        "at": _field(state.episode.published if state.episode.publication is Publication.SCHEDULED else None),
        "at_offset": "+00:00",
    }
    filled = _filled(values, {"explicit"} if details.explicit else set(), details.persons, faults)
    return render_template(
        "host_episode.html",
        state=state,
        episode=state.episode,
        details=details,
        form=filled,
        kinds=list(EpisodeKind),
        roles=ROLES,
        offsets=_offsets(),
        now=at,
        least=_field(at + timedelta(minutes=1)),
        said=_SAID.get(request.args.get("done", "")) if not faults else None,
        slug=slug,
        show_has_cover=hosting.door().publishing.show().cover_sha256,
        overdue=_is_overdue(state.episode.publication, state.episode.published, at),
        findings=() if state.checklist.blocking else _findings(slug, at),
        severities=Severity,
    )


def _findings(slug: str, at: datetime) -> tuple[Finding, ...]:
    """What podcast apps would find fault with, the worst first; nothing where there is nothing to hear yet.

    They see it once it is out: that its time is still to come is no fault then.
    """
    door = hosting.door()
    due = door.episode(slug).published
    try:
        found = door.syndication.faults(slug, Addresses(), max(at, due) if due else at)
    except NotFoundError:
        return ()
    return tuple(sorted(found, key=lambda one: one.severity is not Severity.ERROR))


def _check_feed(slug: str) -> None:
    """Looks at the feed as it would be.

    Raises:
        ConflictError: some app or directory would refuse it.
    """
    errors = [one.sentence for one in _findings(slug, now()) if one.severity is Severity.ERROR]
    if errors:
        raise ConflictError(f"Nothing went out: podcast apps would refuse or misread it. {' '.join(errors)}")


def _show_page(faults: Mapping[str, str] | None = None) -> str:
    door = hosting.door()
    found: Show = door.publishing.show()
    below = f" > {found.subcategory}" if found.subcategory else ""
    values = {
        **{name: getattr(found, name) for name in ("title", "description", "link", "language", "author", "guid")},
        "owner_email": found.owner_email,
        "copyright": found.copyright,
        "category": f"{found.category}{below}",
    }
    ticked = {name for name in ("explicit", "locked") if getattr(found, name)}
    return render_template(
        "host_show.html",
        show=found,
        form=_filled(values, ticked, found.persons, faults),
        categories=door.publishing.categories(),
        roles=ROLES,
        site_url=door.settings.site_url,
        said=_SAID.get(request.args.get("done", "")) if not faults else None,
    )


def _filled(
    values: Mapping[str, str], ticked: set[str], persons: Sequence[Person], faults: Mapping[str, str] | None
) -> Filled:
    """What is kept; after a form that had faults, what was typed."""
    if faults and "title" in request.form:
        values = {**values, **{name: request.form[name] for name in values if name in request.form}}
        ticked = {name for name in ("explicit", "locked") if name in request.form}
        columns = [request.form.getlist(f"person_{n}") for n in ("name", "role", "group", "href", "img")]
        persons = [Person(*row) for row in zip(*columns, strict=False) if any(row[:1] + row[3:])]
    elif faults:
        values = {**values, **{name: request.form[name] for name in ("at", "at_offset") if name in request.form}}
    rows = [*persons, *[Person("", "", "") for _ in range(EMPTY_ROWS)]]
    return Filled(values, frozenset(ticked), rows, faults or {})


def _sent() -> dict[str, list[str]]:
    return {name: request.form.getlist(name) for name in request.form}


def _cover_file() -> bytes:
    file = request.files.get("cover")
    return file.read() if file and file.filename else b""


def _field(time: datetime | None) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M}" if time else ""


def _offsets() -> list[str]:
    return [f"{'-' if m < 0 else '+'}{abs(m) // 60:02d}:{abs(m) % 60:02d}" for m in OFFSETS_MIN]


def _is_overdue(publication: Publication, date: datetime | None, at: datetime) -> bool:
    return publication is Publication.SCHEDULED and date is not None and date <= at
