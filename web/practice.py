"""The pages of practice: what to practise, an exercise, the journal."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue

from companion.core import Companion
from companion.errors import NotFoundError
from companion.takes import Asked
from web import exercise, guarding, journey, spoken

bp = Blueprint("practice", __name__, url_prefix="/practice")
guarding.guard(bp)

MOMENTS = 3  # of episodes, on the first page
SUGGESTIONS = 3


@bp.after_request
def renew(response: Response) -> Response:
    """Whoever comes back keeps their space open."""
    return guarding.renew_token(response)


@bp.get("")
def start() -> ResponseReturnValue:
    """What to practise."""
    space = guarding.space_or_none()
    prompts, takes = guarding.practice().prompts(), exercise.takes_of(space)
    counts = Counter(t.asked for t in takes)
    lines = [spoken.PromptLine(p, counts[Asked(prompt_id=p.id)]) for p in prompts]
    moments = _door().moments().moments
    fresh = [m for m in moments if not counts[Asked(moment_id=m.id)]]
    return render_template(
        "practice.html",
        space=space,
        suggestions=guarding.practice().next(space, guarding.now(), SUGGESTIONS),
        kinds=[(kind, words, found) for kind, words in spoken.KINDS.items() if (found := _of(lines, kind))],
        moments=(fresh or moments)[:MOMENTS],
        takes=len(takes),
    )


@bp.get("/prompts/<name>")
def prompt(name: str) -> ResponseReturnValue:
    """A written exercise."""
    return _exercise(Asked(prompt_id=name))


@bp.get("/moments/<name>")
def moment(name: str) -> ResponseReturnValue:
    """A bid from an episode, to be answered."""
    return _exercise(Asked(moment_id=name))


@bp.get("/journal")
def journal() -> ResponseReturnValue:
    """All takes of a space by day."""
    space = guarding.space()
    takes = exercise.takes_of(space)
    titles = {}
    for asked in dict.fromkeys(t.asked for t in takes):
        try:
            found = exercise.exercise(asked)
            titles[asked] = f"{found.title}, {found.where}" if found.where else found.title
        except NotFoundError:
            continue  # its episode was taken out; the take stays
    return render_template(
        "practice_journal.html",
        days=spoken.journal(takes, titles),
        total=len(takes),
        change=journey.change_of(guarding.practice().journey(space)),
        least=journey.LEAST_TAKES,
    )


def _exercise(asked: Asked) -> ResponseReturnValue:
    found = exercise.exercise(asked)
    space = guarding.space_or_none()
    takes = exercise.shown(space, exercise.takes_of(space, asked))
    return render_template(
        "practice_exercise.html",
        exercise=found,
        takes=takes,
        compared=(beside := exercise.beside(takes[0] if takes else None, takes)),
        others=exercise.others(asked) if beside else (),
        cut=exercise.unfinished(space, asked)[:1],
        settings=_door().settings,
    )


def _of(lines: list[spoken.PromptLine], kind: object) -> list[spoken.PromptLine]:
    return [line for line in lines if line.prompt.kind is kind]


def _door() -> Companion:
    door: Companion = current_app.extensions["companion"]
    return door
