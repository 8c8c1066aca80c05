"""The rules for the channel of a feed."""

from __future__ import annotations

from companion.feed import forms, rules_common, spec
from companion.feed.findings import SHOW, Notes
from companion.feed.rules_common import check_address, text_of
from companion.feed.spec import ITUNES, PODCAST
from companion.feed.tree import Node

_MEDIUMS = "podcast|music|video|film|audiobook|newsletter|blog|publisher|course|mixed".split("|")
_DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday".split("|")


def check_show(channel: Node, url: str, notes: Notes) -> None:
    """What the channel says of the show.

    Args:
        channel: the element.
        url: where the feed was read; "" for a file.
        notes: takes the findings.
    """
    _check_words(channel, notes)
    _check_itunes(channel, notes)
    _check_podcast(channel, notes)
    _check_old_parts(channel, notes)
    _check_self(channel, url, notes)
    rules_common.check_description(channel, SHOW, notes)
    rules_common.check_persons(channel, SHOW, notes)
    rules_common.check_block(channel, SHOW, notes)
    rules_common.check_categories(channel, SHOW, notes)
    if not channel.all("item"):
        notes.add("show.episodes", SHOW, channel, "There is no episode. Directories take a show with one or more.")


def _check_words(channel: Node, notes: Notes) -> None:
    wants = {
        "title": "The show has no title. Write a <title> into the channel.",
        "link": "The show has no link. Write the address of its page into a <link>.",
        "description": "The show has no description. Say in a few sentences what it is, in a <description>.",
        "language": "The show names no language. Write a <language>, such as en-us.",
    }
    for name, sentence in wants.items():
        if text_of(channel, name) is None:
            notes.add(f"show.{name}", SHOW, channel, sentence)
    for node in channel.all("link"):
        if node.text.strip():
            check_address(node.text.strip(), "<link>", SHOW, node, notes)
    language = text_of(channel, "language")
    if language is not None and not forms.is_language(language):
        where = channel.first("language")
        notes.add(
            "show.language", SHOW, where, f"“{language[:30]}” is no language code. Write one such as en or en-us."
        )
    for name in ("pubDate", "lastBuildDate"):
        for node in channel.all(name):
            rules_common.check_date(node, SHOW, notes)
    for name in ("managingEditor", "webMaster"):
        for node in channel.all(name):
            if node.text.strip() and not forms.has_email(node.text):
                notes.add(
                    "rss.email", SHOW, node, f"<{name}> has no email address. Write it like: mail@example.org (Name)."
                )
    for node in channel.all("docs"):
        if node.text.strip():
            check_address(node.text.strip(), "<docs>", SHOW, node, notes)


def _check_itunes(channel: Node, notes: Notes) -> None:
    covers = channel.all("image", ITUNES)
    if not covers:
        notes.add(
            "show.cover",
            SHOW,
            channel,
            "The show has no cover. Add a square picture of 1400 to 3000 pixels, JPEG or PNG, as <itunes:image href>.",
        )
    for node in covers:
        rules_common.check_cover(node, SHOW, "show.cover", notes)
    categories = channel.all("category", ITUNES)
    if not categories:
        notes.add(
            "show.category",
            SHOW,
            channel,
            'The show has no category. Add <itunes:category text="Society &amp; Culture"/>.',
        )
    for node in categories:
        _check_category(node, notes)
    explicit = channel.all("explicit", ITUNES)
    if not explicit:
        notes.add("show.explicit", SHOW, channel, "Nothing says whether the show is explicit. Add <itunes:explicit>.")
    for node in explicit:
        rules_common.check_explicit(node, SHOW, "show.explicit", notes)
    if text_of(channel, "author", ITUNES) is None:
        notes.add("show.author", SHOW, channel, "The show names nobody who makes it. Add an <itunes:author>.")
    for owner in channel.all("owner", ITUNES):
        email = owner.first("email", ITUNES)
        if email is None or not forms.is_email(email.text.strip()):
            notes.add(
                "show.owner",
                SHOW,
                email or owner,
                "<itunes:owner> has no email address that is one. Correct it, or leave the owner out.",
            )
    for node in channel.all("type", ITUNES):
        if node.text.strip().lower() not in ("episodic", "serial"):
            notes.add(
                "show.type", SHOW, node, f"<itunes:type> is “{node.text.strip()[:30]}”. Write episodic or serial."
            )
    for node in channel.all("new-feed-url", ITUNES):
        check_address(node.text.strip(), "<itunes:new-feed-url>", SHOW, node, notes)


def _check_category(node: Node, notes: Notes) -> None:
    name = node.attributes.get("text", "").strip()
    if name not in spec.CATEGORIES:
        notes.add(
            "show.category",
            SHOW,
            node,
            f"“{name[:60]}” is no category of Apple's list. Choose one, such as Society & Culture or Health & Fitness.",
        )
        return
    for below in node.all("category", ITUNES):
        small = below.attributes.get("text", "").strip()
        if small not in spec.CATEGORIES[name]:
            there = ", ".join(spec.CATEGORIES[name]) or "nothing"
            notes.add("show.subcategory", SHOW, below, f"“{small[:60]}” does not stand below {name}; there is {there}.")


def _check_podcast(channel: Node, notes: Notes) -> None:
    guids = channel.all("guid", PODCAST)
    if not guids:
        notes.add(
            "show.guid",
            SHOW,
            channel,
            "The show has no <podcast:guid>, by which apps know it after a move. Add it once, and never change it.",
        )
    for node in guids:
        if not forms.is_uuid(node.text.strip()):
            notes.add(
                "show.guid-form",
                SHOW,
                node,
                f"<podcast:guid> is “{node.text.strip()[:60]}”, which is no UUID. Make one.",
            )
        elif node.text.strip()[14] != "5":
            notes.add(
                "show.guid-made",
                SHOW,
                node,
                "<podcast:guid> is a UUID of another version than 5, so it was not made from the feed's address. "
                "Keep it if apps know the show by it already.",
            )
    locked = channel.all("locked", PODCAST)
    if not locked:
        notes.add(
            "show.locked",
            SHOW,
            channel,
            "Nothing says whether other hosts may take this feed over. Add <podcast:locked>.",
        )
    for node in locked:
        if node.text.strip() not in ("yes", "no"):
            notes.add(
                "show.locked-value", SHOW, node, f"<podcast:locked> is “{node.text.strip()[:20]}”. Write yes or no."
            )
        owner = node.attributes.get("owner")
        if owner is not None and not forms.is_email(owner.strip()):
            notes.add("show.owner", SHOW, node, "The owner of <podcast:locked> is no email address. Correct it.")
    for node in channel.all("medium", PODCAST):
        if node.text.strip().lower().removesuffix("l") not in [m.removesuffix("l") for m in _MEDIUMS]:
            notes.add("show.medium", SHOW, node, f"“{node.text.strip()[:30]}” is no medium. Write podcast.")
    for node in channel.all("funding", PODCAST):
        check_address(node.attributes.get("url", ""), "<podcast:funding>", SHOW, node, notes, "show.funding")


def _check_old_parts(channel: Node, notes: Notes) -> None:
    for image in channel.all("image"):
        missing = [name for name in ("url", "title", "link") if text_of(image, name) is None]
        if missing:
            notes.add("show.image", SHOW, image, f"<image> has no {' and no '.join(missing)}. Add it.")
        for name in ("url", "link"):
            if (text := text_of(image, name)) is not None:
                check_address(text, f"<{name}> of <image>", SHOW, image, notes)
        for name, most in (("width", 144), ("height", 400)):
            text = text_of(image, name)
            if text is not None and not 0 < (forms.whole(text) or 0) <= most:
                notes.add(
                    "show.image-size", SHOW, image, f"<{name}> of <image> is “{text[:20]}”. RSS wants 1 to {most}."
                )
    for node in channel.all("ttl"):
        if not forms.whole(node.text.strip()):
            notes.add("show.ttl", SHOW, node, f"<ttl> is “{node.text.strip()[:20]}”. Write minutes as a whole number.")
    for node in channel.all("cloud"):
        missing = [n for n in "domain path port registerProcedure protocol".split() if not node.attributes.get(n)]
        if missing:
            notes.add("show.cloud", SHOW, node, f"<cloud> has no {', no '.join(missing)}. Add it, or leave cloud out.")
    for node in channel.all("textInput"):
        missing = [n for n in ("title", "description", "name", "link") if text_of(node, n) is None]
        if missing:
            notes.add(
                "show.text-input", SHOW, node, f"<textInput> has no {', no '.join(missing)}. Add it, or leave it out."
            )
    _check_skips(channel, notes)


def _check_skips(channel: Node, notes: Notes) -> None:
    for node in channel.all("skipHours"):
        hours = [forms.whole(h.text.strip()) for h in node.all("hour")]
        if not hours or len(set(hours)) != len(hours) or any(h is None or h > 23 for h in hours):
            notes.add("show.skip", SHOW, node, "<skipHours> holds hours from 0 to 23, each once. Correct them.")
    for node in channel.all("skipDays"):
        days = [d.text.strip() for d in node.all("day")]
        if not days or len(set(days)) != len(days) or any(d not in _DAYS for d in days):
            notes.add("show.skip", SHOW, node, "<skipDays> holds days such as Monday, each once. Correct them.")


def _check_self(channel: Node, url: str, notes: Notes) -> None:
    own = [n for n in channel.all("link", spec.ATOM) if n.attributes.get("rel") == "self"]
    if not own:
        notes.add(
            "show.self",
            SHOW,
            channel,
            'The feed does not name its own address. Add an <atom:link rel="self" type="application/rss+xml" href=…>.',
        )
    for node in own:
        address = node.attributes.get("href", "")
        whole = check_address(address, '<atom:link rel="self">', SHOW, node, notes, "show.self")
        if whole and url and address.rstrip("/") != url.rstrip("/"):
            notes.add(
                "http.self",
                SHOW,
                node,
                f"The feed was read at {url}, and says that it is at {address}. See that the second is right.",
            )
