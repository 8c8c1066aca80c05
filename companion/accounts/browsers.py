"""Which browser it is, in plain words, from what it says of itself."""

from __future__ import annotations

from typing import Final

NAMES: Final = (  # in this order: most of them claim to be several of those below, too
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("Python", "a Python program"),
)
SYSTEMS: Final = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "a Mac"),
    ("Linux", "Linux"),
)


def in_plain_words(user_agent: str) -> str:
    """Such as "Firefox on Linux"; nothing of the text itself comes through.

    Args:
        user_agent: the header.
    """
    name = next((words for sign, words in NAMES if sign in user_agent), "another browser")
    system = next((words for sign, words in SYSTEMS if sign in user_agent), None)
    words = f"{name} on {system}" if system else name
    return words[0].upper() + words[1:]
