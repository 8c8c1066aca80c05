"""What a host types into the forms, read and checked: a sentence for each field that cannot stay as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from urllib.parse import urlsplit

from companion import prose
from companion.errors import BadInputError
from companion.feed.forms import is_email, is_language, is_uuid
from companion.feed.spec import CATEGORIES
from companion.publication import EpisodeDetails, EpisodeKind, Person, Show
from companion.publishing.times import read_offset, read_when

TITLE_CHARS = 255
LINE_CHARS = 255
NOTE_CHARS = 500
TEXT_BYTES = 4000  # of a description; podcast apps cut what is longer
NAME_CHARS = 128
URL_CHARS = 1000
MOST_NUMBER = 9999
MOST_PERSONS = 20

Sent = Mapping[str, Sequence[str]]
Faults = dict[str, str]  # by field


@dataclass(frozen=True, slots=True)
class EpisodeEntry:
    """What a host says of an episode."""

    title: str
    description: str
    published: datetime | None
    details: EpisodeDetails


def read_episode(sent: Sent, old: EpisodeEntry) -> tuple[EpisodeEntry, Faults]:
    """An episode's form.

    Args:
        sent: the fields as they came; one that is missing stays as it was (but for boxes, which are then not ticked).
        old: the episode as it is.

    Returns:
        The episode as it would be, and what is wrong with it.
    """
    form, details = _Form(sent), old.details
    title = form.line("title", old.title, TITLE_CHARS)
    if not title:
        form.faults["title"] = "An episode needs a title."
    entry = EpisodeEntry(
        title=title,
        description=form.text("description", old.description),
        published=form.when("published", old.published),
        details=replace(
            details,
            number=form.number("number", details.number),
            season=form.number("season", details.season),
            kind=form.kind(details.kind),
            explicit="explicit" in sent,
            content_note=form.line("content_note", details.content_note, NOTE_CHARS),
            persons=form.persons(details.persons),
            link=form.url("link", details.link),
        ),
    )
    return entry, form.faults


def read_show(sent: Sent, old: Show) -> tuple[Show, Faults]:
    """The show's form.

    Args:
        sent: the fields as they came; one that is missing stays as it was (but for boxes, which are then not ticked).
        old: the show as it is.

    Returns:
        The show as it would be, and what is wrong with it.
    """
    form = _Form(sent)
    category, subcategory = form.category(old)
    show = replace(
        old,
        title=form.line("title", old.title, TITLE_CHARS),
        description=form.text("description", old.description),
        link=form.url("link", old.link),
        language=form.checked(
            "language", old.language, is_language, "Write the language like en or en-us, as ISO 639 has it."
        ),
        author=form.line("author", old.author, LINE_CHARS),
        owner_email=form.checked(
            "owner_email", old.owner_email, is_email, "That is no e-mail address. Write it like me@example.org."
        ),
        category=category,
        subcategory=subcategory,
        explicit="explicit" in sent,
        locked="locked" in sent,
        guid=form.checked(
            "guid", old.guid, is_uuid, "A show's guid looks like 9b024349-ccf0-5f69-a609-6b82873eab3c."
        ).lower(),
        persons=form.persons(old.persons),
        copyright=form.line("copyright", old.copyright, LINE_CHARS),
    )
    if not show.language:
        form.faults.setdefault("language", "A show has a language, such as en.")
    return show, form.faults


def check_show(show: Show) -> None:
    """Looks whether a show from elsewhere than the form could be typed into it.

    Raises:
        BadInputError: what is wrong, in the words of the form.
    """
    lines = ("title", "description", "link", "language", "author", "owner_email", "guid", "copyright")
    below = f" > {show.subcategory}" if show.subcategory else ""
    sent = {**{name: [getattr(show, name)] for name in lines}, "category": [f"{show.category}{below}"]}
    _refuse(read_show({**sent, **_persons_sent(show.persons)}, show)[1])


def check_details(details: EpisodeDetails) -> None:
    """The same of an episode's details."""
    sent = {"link": [details.link], "content_note": [details.content_note], **_persons_sent(details.persons)}
    numbers = {n: [str(getattr(details, n))] for n in ("number", "season") if getattr(details, n) is not None}
    _refuse(read_episode({**sent, **numbers}, EpisodeEntry("-", "", None, details))[1])


def _persons_sent(persons: Sequence[Person]) -> dict[str, list[str]]:
    return {f"person_{n}": [getattr(p, n) for p in persons] for n in ("name", "role", "group", "href", "img")}


def _refuse(faults: Faults) -> None:
    for field, sentence in faults.items():
        raise BadInputError(f"{field}: {sentence}")


def show_line(show: Show, field: str, value: str) -> Show:
    """The show with one field changed, as a command line gives it.

    Args:
        show: as it is.
        field: its name; category takes "Society & Culture > Relationships".
        value: the new one; yes or no for explicit and locked.

    Raises:
        BadInputError: no such field, or the value cannot stand there.
    """
    boxes = {"explicit": show.explicit, "locked": show.locked}
    lines = ("title", "description", "link", "language", "author", "owner_email", "guid", "copyright", "category")
    if field in boxes:
        if value.lower() not in ("yes", "no"):
            raise BadInputError(f"{field} is yes or no, not “{value[:20]}”.")
        boxes[field] = value.lower() == "yes"
        sent: dict[str, list[str]] = {}
    elif field in lines:
        sent = {field: [value]}
    else:
        raise BadInputError(f"A show has no {field[:40]}. It has {', '.join((*lines, *boxes, 'cover'))}.")
    changed, faults = read_show({**sent, **{name: ["on"] for name, ticked in boxes.items() if ticked}}, show)
    if faults:
        raise BadInputError(next(iter(faults.values())))
    return changed


class _Form:
    """Fields as they were sent; notes what is wrong with them."""

    def __init__(self, sent: Sent) -> None:
        self._sent = sent
        self.faults: Faults = {}

    def line(self, field: str, old: str, most: int) -> str:
        """A text of one line."""
        if field not in self._sent:
            return old
        text = _line(self._sent[field][0])
        if len(text) > most:
            self.faults[field] = f"That has {len(text)} characters, and {most} are the most. Shorten it."
        return text

    def text(self, field: str, old: str) -> str:
        """A description in Markdown."""
        if field not in self._sent:
            return old
        text = self._sent[field][0].replace("\r\n", "\n").replace("\r", "\n").strip()
        text = "".join(c for c in text if c in "\n\t" or c.isprintable())
        size = max(len(made.encode()) for made in (text, prose.html_of(text)))
        if size > TEXT_BYTES:
            self.faults[field] = f"That takes {size} bytes in the feed, and {TEXT_BYTES} are the most. Shorten it."
        return text

    def checked(self, field: str, old: str, right: Callable[[str], bool], sentence: str) -> str:
        """A text of one line that is empty or of a certain form."""
        text = self.line(field, old, LINE_CHARS)
        if text and not right(text):
            self.faults[field] = sentence
        return text

    def url(self, field: str, old: str) -> str:
        """An address of the web, or nothing."""
        text = self.line(field, old, URL_CHARS)
        if text and not _is_url(text):
            self.faults[field] = "That is no address of the web. Write all of it, like https://example.org/page."
        return text

    def number(self, field: str, old: int | None) -> int | None:
        """A whole number from 1, or nothing."""
        if field not in self._sent:
            return old
        text = _line(self._sent[field][0])
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MOST_NUMBER:
            self.faults[field] = f"Write a whole number from 1 to {MOST_NUMBER}, or leave it empty."
            return old
        return int(text)

    def when(self, field: str, old: datetime | None) -> datetime | None:
        """A date and time with its offset from UTC, or nothing."""
        if field not in self._sent:
            return old
        text = _line(self._sent[field][0])
        try:
            found = read_when(text, self._zone(field)) if text else None
        except BadInputError as error:
            self.faults[field] = error.sentence
            return old
        # A form knows minutes only: an untouched field must not move a date by its seconds.
        same = old is not None and found == old.replace(second=0, microsecond=0)
        return old if same else found

    def _zone(self, field: str) -> tzinfo:
        return read_offset(next(iter(self._sent.get(f"{field}_offset", ())), ""))

    def kind(self, old: EpisodeKind) -> EpisodeKind:
        """What kind of episode."""
        text = _line(self._sent["kind"][0]) if "kind" in self._sent else old
        if text not in list(EpisodeKind):
            self.faults["kind"] = f"An episode is {', '.join(EpisodeKind)}."
            return old
        return EpisodeKind(text)

    def category(self, old: Show) -> tuple[str, str]:
        """A category and what stands below it, as one text."""
        if "category" not in self._sent:
            return old.category, old.subcategory
        above, _, below = (part.strip() for part in self._sent["category"][0].partition(">"))
        if above not in CATEGORIES or (below and below not in CATEGORIES[above]):
            self.faults["category"] = (
                "That is no category of Apple's list. Write it like Society & Culture > Relationships."
            )
            return old.category, old.subcategory
        return above, below

    def persons(self, old: tuple[Person, ...]) -> tuple[Person, ...]:
        """Who takes part: five lists of fields, of which each row with a name is a person."""
        if "person_name" not in self._sent:
            return old
        columns = [
            [_line(v) for v in self._sent.get(f"person_{n}", ())] for n in ("name", "role", "group", "href", "img")
        ]
        found = []
        for row in range(len(columns[0])):
            name, role, group, href, img = (column[row] if row < len(column) else "" for column in columns)
            if not name:
                if href or img:
                    self.faults["persons"] = "A person needs a name."
                continue
            if len(name) > NAME_CHARS or len(role) > NAME_CHARS or len(group) > NAME_CHARS:
                self.faults["persons"] = f"“{name[:30]}…” is too long: {NAME_CHARS} characters are the most."
            elif not all(_is_url(address) for address in (href, img) if address):
                self.faults["persons"] = f"{name}: write addresses whole, like https://example.org/me."
            found.append(Person(name, role.lower() or "host", group.lower() or "cast", href, img))
        if len(found) > MOST_PERSONS:
            self.faults["persons"] = f"{MOST_PERSONS} people are the most."
        return tuple(found)


def _line(text: str) -> str:
    """A text as one line, without control characters and what turns the direction of writing."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in text)
