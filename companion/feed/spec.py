"""Names and lists that the specifications of podcast feeds fix.

RSS 2.0: https://www.rssboard.org/rss-specification
itunes: https://help.apple.com/itc/podcasts_connect/#/itcb54353390 and, for the categories, #/itc9267a2f12
podcast: https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md
PSP-1: https://github.com/Podcast-Standards-Project/PSP-1-Podcast-RSS-Specification
"""

from __future__ import annotations

import re
from uuid import UUID, uuid5

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"
PODCAST_OLD = "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"
"""The same namespace: readers must take the two for one."""

FEED_TYPE = "application/rss+xml"
CHAPTERS_TYPE = "application/json+chapters"
TRANSCRIPT_TYPES = ("text/vtt", "application/x-subrip", "application/json", "text/html", "text/plain")
TRANSCRIPT_TYPES_SEEN = ("application/srt", "application/srr")
"""In use, and in no specification."""

ENCLOSURE_TYPES = {
    "mp3": "audio/mpeg",
    "m4a": "audio/x-m4a",
    "mp4": "video/mp4",
    "m4v": "video/x-m4v",
    "mov": "video/quicktime",
    "pdf": "application/pdf",
}
"""What Apple plays, by the ending of the address; PSP-1 knows the first two and video."""

MAX_TITLE_CHARS = 128  # of a soundbite, a person
MAX_TEXT_BYTES = 4000  # of a description
MAX_VALUE_CHARS = 255  # of anything that has no limit of its own
SOUNDBITE_S = (15.0, 120.0)  # as recommended
COVER_PX = (1400, 3000)

GUID_SPACE = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")

_BUSINESS = "Careers|Entrepreneurship|Investing|Management|Marketing|Non-Profit"
_SPORTS = (
    "Baseball|Basketball|Cricket|Fantasy Sports|Football|Golf|Hockey|Rugby|Running|Soccer|Swimming|Tennis|"
    "Volleyball|Wilderness|Wrestling"
)
_CATEGORIES = {
    "Arts": "Books|Design|Fashion & Beauty|Food|Performing Arts|Visual Arts",
    "Business": _BUSINESS,
    "Comedy": "Comedy Interviews|Improv|Stand-Up",
    "Education": "Courses|How To|Language Learning|Self-Improvement",
    "Fiction": "Comedy Fiction|Drama|Science Fiction",
    "Government": "",
    "History": "",
    "Health & Fitness": "Alternative Health|Fitness|Medicine|Mental Health|Nutrition|Sexuality",
    "Kids & Family": "Education for Kids|Parenting|Pets & Animals|Stories for Kids",
    "Leisure": "Animation & Manga|Automotive|Aviation|Crafts|Games|Hobbies|Home & Garden|Video Games",
    "Music": "Music Commentary|Music History|Music Interviews",
    "News": "Business News|Daily News|Entertainment News|News Commentary|Politics|Sports News|Tech News",
    "Religion & Spirituality": "Buddhism|Christianity|Hinduism|Islam|Judaism|Religion|Spirituality",
    "Science": (
        "Astronomy|Chemistry|Earth Sciences|Life Sciences|Mathematics|Natural Sciences|Nature|Physics|Social Sciences"
    ),
    "Society & Culture": "Documentary|Personal Journals|Philosophy|Places & Travel|Relationships",
    "Sports": _SPORTS,
    "Technology": "",
    "True Crime": "",
    "TV & Film": "After Shows|Film History|Film Interviews|Film Reviews|TV Reviews",
}
CATEGORIES: dict[str, tuple[str, ...]] = {
    name: tuple(below.split("|")) if below else () for name, below in _CATEGORIES.items()
}
"""Apple's list: each category and what may stand below it."""

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feed_guid(url: str) -> str:
    """The `podcast:guid` of a feed: a UUID, version 5, of its first address. It is made once and kept for life.

    Args:
        url: of the feed. Its scheme and the slashes at its end do not count.
    """
    return str(uuid5(GUID_SPACE, re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://", "", url.strip()).rstrip("/")))


def xml_text(text: str) -> str:
    """A text without the characters that XML 1.0 cannot hold (section 2.2), not even escaped."""
    return _ILLEGAL.sub("", text)
