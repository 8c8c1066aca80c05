"""Seals, the server's key, tokens, recovery codes, and files that are there whole or not at all."""

import re
import stat
import threading
from pathlib import Path

import pytest

from companion.errors import LibraryError
from companion.practice import keys
from companion.practice.files import half_written
from companion.practice.keys import SealError, ServerKey, seal, unseal

KEY = bytes(range(32))


def test_what_was_sealed_opens_with_its_key_and_label_only() -> None:
    sealed = seal(KEY, b"I felt so alone", "take a b")

    assert unseal(KEY, sealed, "take a b") == b"I felt so alone"
    assert b"alone" not in sealed
    assert len(sealed) == len(b"I felt so alone") + keys.SEAL_BYTES
    for key, data, label in (
        (bytes(32), sealed, "take a b"),
        (KEY, sealed, "take a c"),
        (KEY, sealed[:-1], "take a b"),
        (KEY, bytes([sealed[0] ^ 1]) + sealed[1:], "take a b"),
        (KEY, sealed[:-1] + bytes([sealed[-1] ^ 1]), "take a b"),
        (KEY, b"", "take a b"),
    ):
        with pytest.raises(SealError):
            unseal(key, data, label)


def test_the_same_words_are_never_sealed_alike() -> None:
    assert len({seal(KEY, b"the same", "label") for _ in range(1000)}) == 1000


def test_a_recovery_code_can_be_read_aloud_and_typed_loosely() -> None:
    code = keys.new_code()

    assert re.fullmatch(r"(?:(?:[bdfghjklmnprstvz][aeio]){2}-){6}(?:[bdfghjklmnprstvz][aeio]){2}", code)
    for typed in (code.upper(), code.replace("-", " "), code.replace("-", ""), f"  {code}.\n"):
        assert keys.code_hash(typed) == keys.code_hash(code)
    assert keys.code_hash(code[:-1] + ("a" if code[-1] != "a" else "e")) != keys.code_hash(code)


def test_codes_and_tokens_are_all_different_and_use_all_their_letters() -> None:
    codes = {keys.new_code() for _ in range(2000)}

    assert len(codes) == 2000
    for place in (0, 1, -2, -1):
        assert {c[place] for c in codes} == set("bdfghjklmnprstvz" if place in (0, -2) else "aeio")
    assert len({keys.new_token() for _ in range(1000)}) == 1000
    assert len(keys.new_token()) >= 43  # 256 bits in base64


def test_the_servers_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "practice.key"
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(ServerKey(path).get(lambda: 0))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 1
    assert len(made) == 12
    assert ServerKey(path).get(lambda: 3) == made[0]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["practice.key"]


def test_a_missing_key_is_not_made_anew_where_spaces_need_it(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"practice\.key is missing .* 2 private space\(s\) are locked"):
        ServerKey(tmp_path / "practice.key").get(lambda: 2)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", "nonsense", "companion practice key 1\nabc\n", "companion practice key 1\n"])
def test_a_damaged_key_is_said_to_be_so_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "practice.key"
    path.write_text(text)

    with pytest.raises(LibraryError, match="damaged"):
        ServerKey(path).get(lambda: 0)
    assert path.read_text() == text


def test_a_file_that_is_not_settled_leaves_nothing(tmp_path: Path) -> None:
    place = tmp_path / "a" / "b" / "0"

    def interrupted() -> None:
        with half_written(place, b"sealed") as half:
            assert half.read_bytes() == b"sealed"
            assert stat.S_IMODE(half.stat().st_mode) == 0o600
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not list(place.parent.iterdir())
    assert {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "a", tmp_path / "a" / "b")} == {0o700}
