"""Rules that hold for the show and for its episodes."""

from __future__ import annotations

import re

from companion.feed import forms, spec
from companion.feed.findings import Notes
from companion.feed.tree import Node

_ADDRESS_TAKES = re.compile(r"""(?:href|src)\s*=\s*["']?\s*([^"'\s>]+)""", re.I)
_ACTIVE = re.compile(r"<\s*(script|style|iframe|object|embed|form)\b|\bon[a-z]+\s*=|javascript:", re.I)
_TRUTH = ("true", "false")
_OLD_TRUTH = {"yes": "true", "explicit": "true", "no": "false", "clean": "false"}
_GROUPS = (
    "cast|creative direction|writing|audio production|audio post-production|administration|visuals|community|misc.|"
    "video production|video post-production"
).split("|")


def text_of(parent: Node, name: str, space: str = "") -> str | None:
    """The text of an element, without blanks around it; None where it is not there or empty."""
    node = parent.first(name, space)
    return node.text.strip() or None if node is not None else None


def check_address(text: str, name: str, place: str, node: Node, notes: Notes, rule: str = "rss.address") -> bool:
    """An address that must be a whole one."""
    problem = forms.address_problem(text)
    if problem:
        notes.add(rule, place, node, f"The address in {name}, “{text[:100]}”, {problem}.")
        return False
    if not text.lower().startswith("https:"):
        notes.add("rss.https", place, node, f"The address in {name} begins with http. Serve it by https, and say so.")
    return True


def check_date(node: Node, place: str, notes: Notes) -> None:
    """A date of RFC 2822."""
    if node.text.strip() and (problem := forms.date_problem(node.text)):
        notes.add("rss.date", place, node, f"<{node.name}> is “{node.text.strip()[:60]}”; it {problem}.")


def check_explicit(node: Node, place: str, rule: str, notes: Notes) -> None:
    """Is it `true` or `false`?"""
    text = node.text.strip()
    if text in _TRUTH:
        return
    meant = _OLD_TRUTH.get(text.lower(), text.lower() if text.lower() in _TRUTH else "true or false")
    notes.add(rule, place, node, f"<itunes:explicit> is “{text[:30]}”. Write {meant}.")


def check_cover(node: Node, place: str, rule: str, notes: Notes) -> None:
    """An itunes:image."""
    address = node.attributes.get("href", "")
    if not address:
        notes.add(rule, place, node, '<itunes:image> has no href. Write <itunes:image href="https://…/cover.jpg"/>.')
    elif check_address(address, "<itunes:image>", place, node, notes) and (
        forms.path_ending(address) not in ("jpg", "jpeg", "png")
    ):
        notes.add(
            "show.cover-type",
            place,
            node,
            "The address of the cover does not end in .jpg or .png. Give it one of them.",
        )


def check_description(parent: Node, place: str, notes: Notes) -> None:
    """Descriptions and what is encoded beside them."""
    for node in (*parent.all("description"), *parent.all("summary", spec.ITUNES), *parent.all("encoded", spec.CONTENT)):
        name = "content:encoded" if node.space == spec.CONTENT else node.name
        size = len(node.text.strip().encode())
        if node.space != spec.CONTENT and size > spec.MAX_TEXT_BYTES:
            notes.add(
                "show.description-long",
                place,
                node,
                f"<{name}> has {size} bytes. Apple takes {spec.MAX_TEXT_BYTES}; put the rest into content:encoded.",
            )
        if match := _ACTIVE.search(node.text):
            notes.add(
                "episode.script",
                place,
                node,
                f"There is “{match.group()}” in <{name}>. Apps take it out or refuse the text; leave it out.",
            )
        for address in _ADDRESS_TAKES.findall(node.text):
            if not re.match(r"[a-z][a-z0-9+.-]*:", address, re.I):
                notes.add(
                    "episode.relative",
                    place,
                    node,
                    f"A link in <{name}> goes to “{address[:60]}”; apps cannot follow it. Write the whole address.",
                )
                break


def check_persons(parent: Node, place: str, notes: Notes) -> None:
    """podcast:person."""
    for node in parent.all("person", spec.PODCAST):
        name = node.text.strip()
        if not name:
            notes.add("podcast.person", place, node, "<podcast:person> has no name. Write the name, or take it out.")
        elif len(name) > spec.MAX_TITLE_CHARS:
            notes.add(
                "podcast.title-long",
                place,
                node,
                f"A person's name has {len(name)} characters. Make it {spec.MAX_TITLE_CHARS} at most.",
            )
        group = node.attributes.get("group", "cast").strip().lower()
        if group not in _GROUPS:
            notes.add(
                "podcast.person-group",
                place,
                node,
                f"“{group[:40]}” is no group of the podcast taxonomy. Write cast, or another of its groups.",
            )
        for key in ("href", "img"):
            if address := node.attributes.get(key):
                check_address(address, f"{key} of <podcast:person>", place, node, notes)


def check_block(parent: Node, place: str, notes: Notes) -> None:
    """itunes:block and itunes:complete."""
    for node in (*parent.all("block", spec.ITUNES), *parent.all("complete", spec.ITUNES)):
        if node.text.strip() != "Yes":
            notes.add(
                "rss.block",
                place,
                node,
                f"<itunes:{node.name}> is “{node.text.strip()[:20]}”; only Yes counts. Write Yes, or take it out.",
            )


def check_categories(parent: Node, place: str, notes: Notes) -> None:
    """Categories of RSS itself."""
    for node in parent.all("category"):
        if not node.text.strip():
            notes.add("rss.category", place, node, "<category> names none. Write one, or take it out.")
