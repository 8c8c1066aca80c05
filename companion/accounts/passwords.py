"""Passwords: which are taken, and how they are kept.

They are kept as Argon2id hashes with the second recommended choice of RFC 9106 (section 4): 64 MiB, 3 passes, 4 lanes.
That is above what OWASP asks for at least (19 MiB, 2 passes, 1 lane), and 40 to 100 ms on an ordinary processor.
"""

from __future__ import annotations

import functools
import secrets
import threading
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from companion.errors import BadInputError

MEMORY_KIB: Final = 64 * 1024
PASSES: Final = 3
LANES: Final = 4
LEAST_CHARS: Final = 10
MOST_CHARS: Final = 1_000
MOST_NAME_CHARS: Final = 80
AT_ONCE: Final = 2  # hashes that are worked out at the same time: each takes MEMORY_KIB

LONGEST_PIECE: Final = 5  # "abcdeabcdeabcde" is one piece, repeated
ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1q2w3e4r5t6z7u8i9o0p",
)
FIRST_THOUGHTS: Final = (
    "password passwort letmein welcome admin administrator host hosts companion securelove securelovecompanion podcast "
    "changeme iloveyou login secret trustno"
).split()

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
_room = threading.BoundedSemaphore(AT_ONCE)


def name_key(name: str) -> str:
    """By what a host is found: how the name is written does not matter."""
    plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return plain.encode(errors="replace").decode()  # a terminal may give what no text is


def checked_name(name: str) -> str:
    """A name for a host, tidied.

    Raises:
        BadInputError: it is empty, too long, or has signs that cannot be seen.
    """
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    if not tidy:
        raise BadInputError("A host needs a name. It is asked for at each login, with the password.")
    if len(tidy) > MOST_NAME_CHARS:
        raise BadInputError(f"That name has {len(tidy)} letters; {MOST_NAME_CHARS} at most.")
    if any(unicodedata.category(c).startswith("C") for c in tidy):
        raise BadInputError("That name has signs in it that cannot be seen. Write it by hand.")
    return tidy


def check_password(password: str, name: str) -> None:
    """Refuses a password that somebody else would try early.

    Args:
        password: the new one.
        name: of the host.

    Raises:
        BadInputError: too short, too long, or easy to guess.
    """
    if len(password) < LEAST_CHARS:
        raise BadInputError(f"A password needs at least {LEAST_CHARS} characters. A few words in a row are fine.")
    if len(password) > MOST_CHARS:
        raise BadInputError(f"That password has {len(password)} characters; {MOST_CHARS} at most.")
    why = weakness(password, name)
    if why:
        raise BadInputError(
            f"That password {why}. Take another: three or four words that nobody else would put together."
        )


def weakness(password: str, name: str) -> str | None:
    """Why a password is easy to guess, to follow "That password"; None where we see no reason."""
    plain = name_key(password)
    bare = "".join(c for c in plain if c.isalnum())
    letters = bare.strip("0123456789")
    own = "".join(c for c in name_key(name) if c.isalnum())
    if own and own in (bare, letters, bare[::-1]):
        return "is your name"
    if any(_repeats(plain, size) for size in range(1, LONGEST_PIECE + 1)):
        return "is one short piece, again and again"
    if bare and any(bare in (row * 3) or bare in (row * 3)[::-1] for row in ROWS):
        return "is a row of keys or letters"
    if letters in FIRST_THOUGHTS or any(letters == word * 2 for word in FIRST_THOUGHTS):
        return "is among the first that anybody would try"
    return None


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _room:
        return _hasher.hash(_normal(password))


def fits(kept: str | None, password: str) -> bool:
    """Is it this password? Takes as long where there is nobody (`kept` is None), and then says no."""
    nobody = _nobodys()
    with _room:
        try:
            return _hasher.verify(kept or nobody, _normal(password)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """Whether it was hashed with other figures than those above."""
    return _hasher.check_needs_rehash(kept)


@functools.cache
def _nobodys() -> str:
    """A hash that no password fits."""
    return _hasher.hash(secrets.token_urlsafe())


def _normal(password: str) -> bytes:
    """One form for what keyboards write in several ways."""
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")


def _repeats(text: str, size: int) -> bool:
    return text == (text[:size] * len(text))[: len(text)]
