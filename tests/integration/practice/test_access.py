"""Whose a private space is: tokens, codes and keys, and doors that stay shut."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from companion import schema
from companion.config import Settings
from companion.core import Companion
from companion.errors import (
    LibraryError,
    NotFoundError,
)
from companion.practice import Practice
from companion.takes import Asked, Space
from tests.integration.practice.conftest import NOW
from tests.sounds import wav_of


def test_a_token_opens_its_space_and_no_other(practice: Practice) -> None:
    mine, yours = practice.open_space(NOW), practice.open_space(NOW)

    assert practice.enter(mine.token, NOW) == mine.space
    assert practice.enter(yours.token, NOW) == yours.space
    for token in (None, "", "x", mine.token[:-1], mine.recovery_code, mine.space.id):
        with pytest.raises(NotFoundError):
            practice.enter(token, NOW)


def test_after_leaving_the_old_token_is_dead_and_the_code_opens_the_space_again(practice: Practice) -> None:
    new = practice.open_space(NOW)
    practice.leave(new.token)
    with pytest.raises(NotFoundError):
        practice.enter(new.token, NOW)

    token, space = practice.recover(new.recovery_code.upper().replace("-", " "), NOW)

    assert token != new.token
    assert space == new.space == practice.enter(token, NOW)
    with pytest.raises(NotFoundError, match="opens no private space"):
        practice.recover("bado-bado-bado-bado-bado-bado-bado", NOW)


def test_a_session_that_is_not_used_ends(practice: Practice) -> None:
    new = practice.open_space(NOW)
    used = NOW + timedelta(days=60)

    assert practice.enter(new.token, used)
    assert practice.enter(new.token, used + timedelta(days=89))
    with pytest.raises(NotFoundError):
        practice.enter(new.token, used + timedelta(days=89 + 91))


def test_two_spaces_never_share_a_key(practice: Practice, door: Companion) -> None:
    keys = {practice.open_space(NOW).space.key for _ in range(50)}

    assert len(keys) == 50
    with door.library.database.read() as connection:
        wrapped = connection.execute(sa.select(schema.practice_space.c.key)).scalars().all()
    assert len({w[:12] for w in wrapped}) == len(set(wrapped)) == 50  # nonces, too
    assert not any(key in w for key in keys for w in wrapped)


def test_every_door_to_a_take_is_closed_to_others(
    practice: Practice, space: Space, asked: Asked, spoken: np.ndarray
) -> None:
    take = practice.put_whole(space, asked, "audio/wav", wav_of(spoken), NOW)
    other = practice.open_space(NOW).space
    doors = (
        lambda name: practice.take(other, name),
        lambda name: practice.sound(other, name),
        lambda name: practice.chunks(other, name),
        lambda name: practice.put_chunk(other, name, 0, b"x"),
        lambda name: practice.finish_take(other, name, 1),
        lambda name: practice.correct(other, name, "mine now"),
        lambda name: practice.hear(other, name),
        lambda name: practice.erase_take(other, name),
    )
    sentences = set()
    for door in doors:
        for name in (take.id, "0" * 32, "", "../../library.db"):
            with pytest.raises(NotFoundError) as caught:
                door(name)
            sentences.add(caught.value.sentence)
    assert len(sentences) == 1
    assert practice.takes(other) == ()
    assert practice.take(space, take.id) == take


def test_a_key_that_was_swapped_in_the_database_opens_nothing(
    practice: Practice, space: Space, asked: Asked, door: Companion, spoken: np.ndarray
) -> None:
    other = practice.open_space(NOW)
    take = practice.put_whole(space, asked, "audio/wav", wav_of(spoken), NOW)
    with door.library.database.write() as connection:
        table = schema.practice_take
        connection.execute(sa.update(table).where(table.c.id == take.id).values(space_id=other.space.id))
    with pytest.raises(LibraryError, match="damaged or belongs to another key"):
        practice.take(other.space, take.id)


def test_another_servers_key_is_told_apart(home: Path, practice: Practice) -> None:
    new = practice.open_space(NOW)
    (home / "practice.key").write_text(f"companion practice key 1\n{'ab' * 32}\n")
    with (
        Companion.open(Settings.load(home, {})) as again,
        pytest.raises(LibraryError, match="locked with another key"),
    ):
        again.practice.enter(new.token, NOW)


def test_a_new_code_opens_the_space_and_the_old_one_opens_nothing(practice: Practice) -> None:
    new = practice.open_space(NOW)
    other = practice.open_space(NOW)

    code = practice.new_code(new.space)

    assert code != new.recovery_code
    assert practice.recover(code, NOW)[1].id == new.space.id
    assert practice.recover(other.recovery_code, NOW)[1].id == other.space.id
    assert practice.enter(new.token, NOW).id == new.space.id  # who is in stays in
    with pytest.raises(NotFoundError):
        practice.recover(new.recovery_code, NOW)
    practice.erase_space(new.space)
    with pytest.raises(NotFoundError):
        practice.new_code(new.space)


def test_no_key_and_no_token_is_shown_by_accident(practice: Practice) -> None:
    new = practice.open_space(NOW)

    for shown in (repr(new.space), str(new.space), repr(new), f"{new}"):
        assert new.token not in shown
        assert new.recovery_code not in shown
        assert repr(new.space.key) not in shown
