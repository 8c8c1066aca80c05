"""Keys, seals, tokens and recovery codes.

    practice.key          32 random bytes of this server; wraps each space's key
    a space's own key     32 random bytes; wraps the keys of its takes
    a take's own key      32 random bytes; seals its sound and its words

Everything is sealed by AES-256-GCM under a random nonce of 96 bits, with a label that says what it is and whose: a seal
that was moved to another place does not open. With a wrapped key gone, all that lay under it can never be read again,
in copies and backups neither.

Tokens (256 bits) and recovery codes (84 bits) are random, so only their SHA-256 is kept. A slow hash such as argon2
protects what people choose and others guess; nobody can try 2^83 codes, however fast the hash is.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from companion.disk import sync_folder
from companion.errors import LibraryError
from companion.practice.files import half_written

KEY_BYTES = 32
NONCE_BYTES = 12
SEAL_BYTES = NONCE_BYTES + 16  # by how much a seal makes bytes longer
TOKEN_BYTES = 32
CODE_GROUPS = 7
_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aeio"
_HEAD = "companion practice key 1"
_KEY_FILE = re.compile(rf"{_HEAD}\n([0-9a-f]{{64}})\n")


class SealError(LibraryError):
    """Something that was sealed cannot be opened."""


def seal(key: bytes, data: bytes, label: str) -> bytes:
    """Encrypts bytes under a label that must be named again to open them.

    Args:
        key: 32 bytes.
        data: what to hide.
        label: what it is and whose; is not hidden.
    """
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, label.encode())


def unseal(key: bytes, sealed: bytes, label: str) -> bytes:
    """The other way.

    Raises:
        SealError: another key or label, or the bytes were changed.
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], label.encode())
    except (InvalidTag, ValueError):  # ValueError: fewer bytes than a nonce has
        raise SealError("Something in the private space is damaged or belongs to another key.") from None


def new_key() -> bytes:
    """A key that nothing else has."""
    return os.urandom(KEY_BYTES)


def new_id() -> str:
    """A name that cannot be guessed and says nothing."""
    return secrets.token_hex(16)


def new_token() -> str:
    """A session's token, for a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_code() -> str:
    """A recovery code: seven groups of two plain syllables, such as `bado-kite`, 84 bits in all."""

    def syllable() -> str:
        return secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS)

    return "-".join(syllable() + syllable() for _ in range(CODE_GROUPS))


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def code_hash(code: str) -> str:
    """What is kept of a recovery code; capitals, blanks and hyphens do not count."""
    return token_hash("".join(c for c in code.lower() if c.isalpha()))


class ServerKey:
    """The file that holds this server's key. Read once it is needed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._key: bytes | None = None

    def get(self, count_spaces: Callable[[], int]) -> bytes:
        """The key; made where there is neither a file nor a space.

        Args:
            count_spaces: tells how many spaces there are.

        Raises:
            LibraryError: it cannot be read, is damaged, or is missing although spaces are locked with it.
        """
        if self._key is None:
            try:
                if not self.path.exists() and not count_spaces():
                    self._make()
                self._key = self._read()
            except FileNotFoundError:
                raise LibraryError(
                    f"The file {self.path.name} is missing from the library, and {count_spaces()} private space(s) "
                    "are locked with it. Put it back from a copy; without it nothing in them can be read."
                ) from None
            except OSError as error:
                raise LibraryError(
                    f"The file {self.path.name} of the library cannot be used ({error.strerror}). "
                    "Look at its permissions: it must belong to the user who runs this, and to nobody else."
                ) from error
        return self._key

    def _read(self) -> bytes:
        found = _KEY_FILE.fullmatch(self.path.read_text("ascii", errors="replace"))
        if found is None:
            raise LibraryError(
                f"The file {self.path.name} of the library is damaged: it is no key of ours. Put it back from a copy; "
                "without it nothing in the private spaces can be read."
            )
        return bytes.fromhex(found[1])

    def _make(self) -> None:
        """Writes a new key, unless another process does so first; nobody ever reads half of one."""
        with half_written(self.path, f"{_HEAD}\n{new_key().hex()}\n".encode()) as half:
            with suppress(FileExistsError):
                os.link(half, self.path)  # unlike a rename it never takes another key's place
            sync_folder(self.path.parent)
