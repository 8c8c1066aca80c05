"""The rules for the items of a feed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from companion.feed import forms, rules_common, spec
from companion.feed.findings import Notes
from companion.feed.rules_common import check_address, text_of
from companion.feed.spec import ITUNES, PODCAST
from companion.feed.tree import Node

LEAST_BYTES = 1000  # less is no recording
_CLOCKS_DIFFER = timedelta(minutes=10)
_HOSTS = ("host", "co-host")


def check_episode(item: Node, channel: Node, place: str, now: datetime, notes: Notes) -> None:
    """What an item says of an episode.

    Args:
        item: the element.
        channel: that it stands in.
        place: how it is called.
        now: the time.
        notes: takes the findings.
    """
    _check_words(item, place, now, notes)
    _check_audio(item, place, notes)
    _check_guid(item, place, notes)
    _check_itunes(item, place, notes)
    _check_links(item, place, notes)
    _check_soundbites(item, place, notes)
    _check_seasons(item, place, notes)
    rules_common.check_description(item, place, notes)
    rules_common.check_persons(item, place, notes)
    rules_common.check_block(item, place, notes)
    rules_common.check_categories(item, place, notes)
    _check_hosts(item, channel, place, notes)


def check_together(items: Sequence[Node], places: Sequence[str], notes: Notes) -> None:
    """What no two episodes may share.

    Args:
        items: all of them.
        places: how each is called.
        notes: takes the findings.
    """
    guids: dict[str, str] = {}
    sounds: dict[str, str] = {}
    numbers: dict[tuple[str, str], str] = {}
    for item, place in zip(items, places, strict=True):
        guid = text_of(item, "guid")
        if guid is not None:
            if guid in guids:
                notes.add(
                    "episode.guid-again",
                    place,
                    item.first("guid"),
                    f"Its guid is also that of {guids[guid]}, so apps show only one of them. Give one another guid.",
                )
            guids.setdefault(guid, place)
        enclosure = item.first("enclosure")
        address = enclosure.attributes.get("url", "").strip() if enclosure is not None else ""
        if address:
            if address in sounds:
                notes.add(
                    "episode.audio-again",
                    place,
                    enclosure,
                    f"Its recording is also that of {sounds[address]}. See that each has its own.",
                )
            sounds.setdefault(address, place)
        number = text_of(item, "episode", ITUNES)
        if number is not None and (text_of(item, "episodeType", ITUNES) or "full").lower() == "full":
            key = (text_of(item, "season", ITUNES) or "", number)
            if key in numbers:
                notes.add(
                    "episode.number-again",
                    place,
                    item.first("episode", ITUNES),
                    f"It has the same number as {numbers[key]}. Number them apart, or put them into seasons.",
                )
            numbers.setdefault(key, place)


def _check_words(item: Node, place: str, now: datetime, notes: Notes) -> None:
    if text_of(item, "title") is None:
        notes.add("episode.title", place, item, "It has no title. Write a <title>.")
    if all(text_of(item, *name) is None for name in _DESCRIBING):
        notes.add("episode.description", place, item, "It has no description. Say in a few sentences what it is about.")
    link = item.first("link")
    if link is None or not link.text.strip():
        notes.add("episode.link", place, item, "It has no link to a page of its own. Add a <link>.")
    else:
        check_address(link.text.strip(), "<link>", place, link, notes)
    for node in item.all("comments"):
        check_address(node.text.strip(), "<comments>", place, node, notes)
    for node in item.all("author"):
        if node.text.strip() and not forms.has_email(node.text):
            notes.add(
                "rss.email",
                place,
                node,
                "<author> wants an email address: mail@example.org (Name). A name alone goes into <itunes:author>.",
            )
    for node in item.all("source"):
        check_address(node.attributes.get("url", ""), "<source>", place, node, notes, "episode.source")
    dates = item.all("pubDate")
    if not dates:
        notes.add("episode.date", place, item, "It has no date, so apps cannot put it in its place. Add a <pubDate>.")
    for node in dates:
        rules_common.check_date(node, place, notes)
        date = forms.read_date(node.text) if not forms.date_problem(node.text) else None
        if date is not None and date > now + _CLOCKS_DIFFER:
            notes.add(
                "episode.date-future", place, node, "Its date is in the future; some apps hide it, some show it now."
            )


_DESCRIBING = (("description",), ("encoded", spec.CONTENT), ("summary", ITUNES))


def _check_audio(item: Node, place: str, notes: Notes) -> None:
    enclosures = item.all("enclosure")
    if not enclosures:
        notes.add("episode.audio", place, item, "It has no recording. Add an <enclosure> with url, length and type.")
    if len(enclosures) > 1:
        notes.add(
            "episode.audio-several",
            place,
            enclosures[1],
            f"It has {len(enclosures)} enclosures, of which apps play one or another. Leave one; others can be "
            "<podcast:alternateEnclosure>.",
        )
    for node in enclosures:
        address = node.attributes.get("url", "")
        if not address:
            notes.add("episode.audio-url", place, node, "<enclosure> has no url. Write where the recording is.")
        elif check_address(address, "<enclosure>", place, node, notes, "episode.audio-url"):
            ending = forms.path_ending(address)
            if ending not in spec.ENCLOSURE_TYPES:
                notes.add(
                    "episode.audio-ending",
                    place,
                    node,
                    "The address of the recording does not end in .mp3 or .m4a, and Apple goes by that.",
                )
        _check_length(node, place, notes)
        _check_type(node, place, notes)


def _check_length(node: Node, place: str, notes: Notes) -> None:
    text = node.attributes.get("length")
    length = forms.whole(text)
    if text is None:
        notes.add("episode.audio-length", place, node, "<enclosure> has no length. Write the bytes of the file.")
    elif not length:
        notes.add(
            "episode.audio-length",
            place,
            node,
            f"The length of <enclosure> is “{text[:30]}”. Write the bytes of the file as a whole number.",
        )
    elif length < LEAST_BYTES:
        notes.add(
            "episode.audio-length-odd",
            place,
            node,
            f"The length of <enclosure> is {length} bytes, too few for a recording. Is it the duration instead?",
        )


def _check_type(node: Node, place: str, notes: Notes) -> None:
    kind = node.attributes.get("type", "")
    if not kind or "/" not in kind or any(c.isspace() for c in kind):
        notes.add(
            "episode.audio-type",
            place,
            node,
            f"The type of <enclosure> is “{kind[:30]}”. Write its media type, such as audio/mpeg for MP3.",
        )
        return
    ending = forms.path_ending(node.attributes.get("url", ""))
    right = spec.ENCLOSURE_TYPES.get(ending)
    fine = {right, "audio/mp4" if ending == "m4a" else right} if right else set(spec.ENCLOSURE_TYPES.values())
    if kind.lower() not in fine:
        hint = right or "audio/mpeg for MP3, or audio/x-m4a for M4A"
        notes.add(
            "episode.audio-type-other",
            place,
            node,
            f"The type of <enclosure> is {kind[:40]}. Not every app plays that; for this file write {hint}.",
        )


def _check_guid(item: Node, place: str, notes: Notes) -> None:
    guid = item.first("guid")
    if guid is None or not guid.text.strip():
        notes.add(
            "episode.guid",
            place,
            guid or item,
            "It has no guid, by which apps know it again. Add one, and never change it.",
        )
        return
    flag = guid.attributes.get("isPermaLink", "true")
    if flag not in ("true", "false"):
        notes.add("episode.guid-link", place, guid, f"isPermaLink is “{flag[:20]}”. Write true or false.")
    elif flag == "true" and forms.address_problem(guid.text.strip()):
        notes.add(
            "episode.guid-link", place, guid, 'Its guid is no web address. Write <guid isPermaLink="false"> before it.'
        )


def _check_itunes(item: Node, place: str, notes: Notes) -> None:
    durations = item.all("duration", ITUNES)
    if not durations:
        notes.add("episode.duration-none", place, item, "It has no duration. Add an <itunes:duration> in seconds.")
    for node in durations:
        if not forms.duration_s(node.text.strip()):
            notes.add(
                "episode.duration",
                place,
                node,
                f"<itunes:duration> is “{node.text.strip()[:30]}”. Write whole seconds, such as 1512.",
            )
    for node in item.all("explicit", ITUNES):
        rules_common.check_explicit(node, place, "episode.explicit", notes)
    for node in item.all("image", ITUNES):
        rules_common.check_cover(node, place, "episode.cover", notes)
    for name in ("episode", "season"):
        for node in item.all(name, ITUNES):
            if not forms.whole(node.text.strip()):
                notes.add(
                    "episode.number",
                    place,
                    node,
                    f"<itunes:{name}> is “{node.text.strip()[:30]}”. Write a whole number from 1, or leave it out.",
                )
    for node in item.all("episodeType", ITUNES):
        if node.text.strip().lower() not in ("full", "trailer", "bonus"):
            notes.add(
                "episode.kind",
                place,
                node,
                f"<itunes:episodeType> is “{node.text.strip()[:30]}”. Write full, trailer or bonus.",
            )


def _check_links(item: Node, place: str, notes: Notes) -> None:
    transcripts = item.all("transcript", PODCAST)
    if not transcripts:
        notes.add(
            "podcast.transcript-none",
            place,
            item,
            "It has no transcript, so who cannot hear it has nothing. Add a <podcast:transcript>.",
        )
    for node in transcripts:
        address, kind = node.attributes.get("url", ""), node.attributes.get("type", "")
        check_address(address, "<podcast:transcript>", place, node, notes, "podcast.transcript")
        plain = kind.partition(";")[0].strip().lower()
        if not kind:
            notes.add(
                "podcast.transcript", place, node, "<podcast:transcript> has no type. Write one, such as text/vtt."
            )
        elif plain not in spec.TRANSCRIPT_TYPES:
            right = "application/x-subrip" if plain in spec.TRANSCRIPT_TYPES_SEEN else "text/vtt, or what it is"
            notes.add(
                "podcast.transcript-type",
                place,
                node,
                f"The transcript's type {kind[:40]} is not one of five. Write {right}.",
            )
        if (language := node.attributes.get("language")) is not None and not forms.is_language(language):
            notes.add(
                "podcast.language",
                place,
                node,
                f"“{language[:30]}” is no language code. Write one such as en or en-us.",
            )
        if (rel := node.attributes.get("rel")) is not None and rel != "captions":
            notes.add("podcast.transcript-rel", place, node, f"rel is “{rel[:20]}”. Write captions, or leave it out.")
    for node in item.all("chapters", PODCAST):
        check_address(node.attributes.get("url", ""), "<podcast:chapters>", place, node, notes, "podcast.chapters")
        kind = node.attributes.get("type", "")
        if not kind:
            notes.add("podcast.chapters", place, node, f"<podcast:chapters> has no type. Write {spec.CHAPTERS_TYPE}.")
        elif kind not in (spec.CHAPTERS_TYPE, "application/json"):
            notes.add(
                "podcast.chapters-type", place, node, f"The chapters' type is {kind[:40]}. Write {spec.CHAPTERS_TYPE}."
            )


def _check_soundbites(item: Node, place: str, notes: Notes) -> None:
    lasts_s = forms.duration_s(text_of(item, "duration", ITUNES) or "")
    least_s, most_s = spec.SOUNDBITE_S
    for node in item.all("soundbite", PODCAST):
        start_s = forms.decimal(node.attributes.get("startTime"))
        length_s = forms.decimal(node.attributes.get("duration"))
        if start_s is None or not length_s:
            notes.add(
                "podcast.soundbite",
                place,
                node,
                "<podcast:soundbite> has no startTime and duration that are seconds, such as 73.0. Write both.",
            )
            continue
        if not least_s <= length_s <= most_s:
            notes.add(
                "podcast.soundbite-length",
                place,
                node,
                f"A soundbite lasts {length_s:g} s. Between {least_s:.0f} and {most_s:.0f} s is recommended.",
            )
        if lasts_s and start_s + length_s > lasts_s + 1:  # a duration in whole seconds may be rounded down
            notes.add(
                "podcast.soundbite-outside",
                place,
                node,
                f"A soundbite ends at {start_s + length_s:g} s, and the episode at {lasts_s:g} s. Correct one of them.",
            )
        if len(node.text.strip()) > spec.MAX_TITLE_CHARS:
            notes.add(
                "podcast.title-long",
                place,
                node,
                f"A soundbite's title has {len(node.text.strip())} characters. Make it {spec.MAX_TITLE_CHARS} at most.",
            )


def _check_seasons(item: Node, place: str, notes: Notes) -> None:
    for name, attribute, most in (("season", "name", 128), ("episode", "display", 32)):
        for node in item.all(name, PODCAST):
            text = node.text.strip()
            if (forms.whole(text) if name == "season" else forms.decimal(text)) is None:
                notes.add(
                    "podcast.season",
                    place,
                    node,
                    f"<podcast:{name}> is “{text[:30]}”. Write a number, or leave it out.",
                )
            if len(node.attributes.get(attribute, "")) > most:
                notes.add(
                    "podcast.season-long",
                    place,
                    node,
                    f"{attribute} of <podcast:{name}> has more than {most} characters. Shorten it.",
                )


def _check_hosts(item: Node, channel: Node, place: str, notes: Notes) -> None:
    persons = item.all("person", PODCAST)
    on_show = [p for p in channel.all("person", PODCAST) if _role(p) in _HOSTS]
    if persons and on_show and not any(_role(p) in _HOSTS for p in persons):
        notes.add(
            "podcast.person-hosts",
            place,
            persons[0],
            "It names people, and none of them as host. They replace the show's people; name its hosts here again.",
        )


def _role(person: Node) -> str:
    return person.attributes.get("role", "host").strip().lower()
