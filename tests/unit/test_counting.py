"""Plays are counted once, and nothing that leads to a person is kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from companion import schema
from companion.config import Settings
from companion.counting import Counting, Listener
from companion.counting.deciding import is_machine, needed_bytes, rough, tells_itself, who
from companion.library import Library
from companion.types import Audience
from tests import small_library

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
APP = "PocketCasts/7.5 (Android 15)"
ANA = Listener("203.0.113.77", CHROME)
TOTAL_BYTES = 720_000


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    small_library.build(Settings.load(folder / "library", {}), folder)
    return folder / "library"


@pytest.fixture
def opened(settings: Settings, built: Path) -> Iterator[Library]:
    shutil.copytree(built, settings.home)
    library = Library.open(settings, Audience.PUBLIC)
    yield library
    library.close()


@pytest.fixture
def counting(opened: Library, clock: Clock) -> Iterator[Counting]:
    counts = Counting(opened, clock)
    yield counts
    counts.close()


def _whole(counting: Counting, slug: str = "late-again") -> int:
    return next((e.ever for e in counting.plays().episodes if e.slug == slug), 0)


def _rows(library: Library, table: sa.Table) -> int:
    with library.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def _played(library: Library) -> str:
    return library.episodes.get("late-again").playback_sha256 or ""


# ---- what counts


def test_one_listener_counts_once_a_day_for_each_thing(counting: Counting, opened: Library, clock: Clock) -> None:
    first, second = opened.moments.ids_of("late-again")
    for _ in range(3):
        counting.heard(ANA, episode_slug="late-again")
        counting.heard(ANA, moment_id=first)
        counting.heard(ANA, moment_id=second)
        counting.flush()

    (episode,) = counting.plays().episodes
    assert (episode.slug, episode.recent, episode.ever) == ("late-again", 1, 1)
    assert {m.id: m.ever for m in episode.moments} == {first: 1, second: 1}
    assert episode.moments[0].who == "Jonas to Mara" or episode.moments[1].who == "Jonas to Mara"

    clock.now += timedelta(days=1)
    counting.heard(ANA, episode_slug="late-again")
    assert _whole(counting) == 2


def test_another_address_or_program_is_another_listener(counting: Counting) -> None:
    for listener in (ANA, Listener("203.0.113.78", CHROME), Listener(ANA.address, "Firefox/140")):
        counting.heard(listener, episode_slug="late-again")
    assert _whole(counting) == 3


def test_a_page_and_an_app_that_look_alike_count_once(counting: Counting, opened: Library) -> None:
    counting.heard(Listener(ANA.address, APP), episode_slug="late-again")
    counting.fetched(Listener(ANA.address, APP), _played(opened), TOTAL_BYTES, TOTAL_BYTES)
    assert _whole(counting) == 1


def test_a_download_counts_once_a_minute_of_it_was_sent_in_however_many_parts(
    counting: Counting, opened: Library
) -> None:
    app, sha256, total = Listener("198.51.100.4", APP), _played(opened), 10 * TOTAL_BYTES
    counting.fetched(app, sha256, 2, total)
    counting.fetched(app, sha256, TOTAL_BYTES - 3, total)
    assert _whole(counting) == 0
    for _ in range(5):
        counting.fetched(app, sha256, 100_000, total)
    assert _whole(counting) == 1


@pytest.mark.parametrize(
    "agent", ["", "Googlebot/2.1 (+http://www.google.com/bot.html)", "curl/8.1", "python-requests/2", "Slackbot 1.0"]
)
def test_machines_do_not_count(counting: Counting, opened: Library, agent: str) -> None:
    assert is_machine(agent)
    counting.heard(Listener(ANA.address, agent), episode_slug="late-again")
    counting.fetched(Listener(ANA.address, agent), _played(opened), TOTAL_BYTES, TOTAL_BYTES)
    assert _whole(counting) == 0


@pytest.mark.parametrize(
    "agent", [CHROME, APP, "AppleCoreMedia/1.0.0.22F76 (iPhone; U; CPU OS 18_5)", "AntennaPod/3.8"]
)
def test_people_do(agent: str) -> None:
    assert not is_machine(agent)


def test_our_own_page_tells_by_itself_and_is_not_taken_for_an_app(counting: Counting, opened: Library) -> None:
    assert tells_itself("same-origin", CHROME)
    assert tells_itself("", CHROME)
    assert not tells_itself("cross-site", CHROME)
    assert not tells_itself("", APP)
    counting.fetched(ANA, _played(opened), TOTAL_BYTES, TOTAL_BYTES, "same-origin")
    assert _whole(counting) == 0


def test_a_minute_is_needed_or_all_of_what_is_shorter() -> None:
    assert needed_bytes(10_000_000, 96) == 720_000
    assert needed_bytes(100_000, 96) == 100_000


def test_what_listeners_cannot_hear_is_not_counted(counting: Counting, opened: Library) -> None:
    before = opened.database.version()
    counting.heard(ANA, moment_id="nothing")
    counting.heard(ANA, episode_slug="on-its-way")
    with opened.database.write() as connection:
        connection.execute(
            sa.update(schema.episode).where(schema.episode.c.slug == "late-again").values(publication="draft")
        )
    counting.heard(ANA, episode_slug="late-again")
    assert counting.plays().episodes == ()
    assert opened.database.version() == before + 1  # the change above, none of ours


def test_counting_changes_nothing_that_listeners_see(counting: Counting, opened: Library) -> None:
    before = opened.database.version()
    counting.heard(ANA, episode_slug="late-again")
    counting.flush()
    assert _whole(counting) == 1
    assert opened.database.version() == before


def test_the_last_thirty_days_and_all_time(counting: Counting, clock: Clock) -> None:
    clock.now = NOON - timedelta(days=40)
    counting.heard(ANA, episode_slug="late-again")
    counting.flush()
    clock.now = NOON
    counting.heard(ANA, episode_slug="late-again")
    plays = counting.plays()
    assert (plays.episodes[0].recent, plays.episodes[0].ever) == (1, 2)
    assert len(plays.days) == 30
    assert plays.days[-1] == (NOON.date(), 1)
    assert sum(n for _, n in plays.days) == 1


def test_the_plays_of_a_moment_that_is_no_more_stay(counting: Counting, opened: Library) -> None:
    first, _ = opened.moments.ids_of("late-again")
    counting.heard(ANA, moment_id=first)
    counting.flush()
    with opened.database.write() as connection:
        connection.execute(sa.delete(schema.moment))
    (episode,) = counting.plays().episodes
    assert [(m.id, m.who, m.ever) for m in episode.moments] == [(first, "", 1)]


def test_the_plays_of_an_episode_go_with_it(counting: Counting, opened: Library) -> None:
    counting.heard(ANA, episode_slug="late-again")
    counting.flush()
    with opened.database.write() as connection:
        opened.episodes.delete(connection, opened.episodes.get("late-again").id)
    assert counting.plays().episodes == ()


# ---- what is kept


def test_at_midnight_salt_and_hashes_are_gone_from_every_file(
    counting: Counting, opened: Library, clock: Clock, settings: Settings
) -> None:
    counting.heard(ANA, episode_slug="late-again")
    counting.flush()
    with opened.database.read() as connection:
        salt = connection.execute(sa.select(schema.play_salt.c.salt)).scalar_one()
        hashed = connection.execute(sa.select(schema.play_heard.c.who)).scalar_one()
    assert _in_files(settings.home, salt)
    assert _in_files(settings.home, hashed)

    clock.now = datetime(2026, 11, 25, 0, 0, 1, tzinfo=UTC)
    counting.flush()

    assert _rows(opened, schema.play_salt) == _rows(opened, schema.play_heard) == 0
    assert _in_files(settings.home, salt) == []
    assert _in_files(settings.home, hashed) == []
    assert _whole(counting) == 1


def test_no_address_and_no_program_is_in_any_file(counting: Counting, settings: Settings, opened: Library) -> None:
    counting.heard(ANA, episode_slug="late-again")
    counting.fetched(Listener("198.51.100.4", APP), _played(opened), TOTAL_BYTES, TOTAL_BYTES)
    counting.flush()
    assert _whole(counting) == 2
    for text in (ANA.address, "198.51.100.4", CHROME, "PocketCasts"):
        assert _in_files(settings.home, text.encode()) == []
    for packed in (bytes([203, 0, 113, 77]), bytes([198, 51, 100, 4])):
        assert [p for p in _in_files(settings.home, packed) if p.name.startswith("library.db")] == []
    assert ANA.address not in repr(ANA)


def test_nobody_can_see_what_else_the_same_person_heard() -> None:
    salt = b"s" * 32
    hashes = {who(salt, ANA, 1, ""), who(salt, ANA, 2, ""), who(salt, ANA, 1, "m"), who(b"t" * 32, ANA, 1, "")}
    assert len(hashes) == 4
    assert who(salt, ANA, 1, "") == who(salt, ANA, 1, "")


def test_devices_that_change_the_rest_of_their_address_are_one(counting: Counting) -> None:
    assert rough(Listener("2001:db8:1:2:aaaa::1", CHROME)) == rough(Listener("2001:db8:1:2:bbbb::9", CHROME))
    assert rough(Listener("not an address", "x" * 5000)) == Listener("not an address", "x" * 400)


def test_a_server_that_starts_again_counts_on_and_forgets_what_is_over(
    counting: Counting, opened: Library, clock: Clock
) -> None:
    counting.heard(ANA, episode_slug="late-again")
    counting.close()
    again = Counting(opened, clock)
    again.begin()
    again.heard(ANA, episode_slug="late-again")
    assert _whole(again) == 1  # the same day, the same salt
    again.close()

    clock.now += timedelta(days=2)
    later = Counting(opened, clock)
    later.begin()
    assert _rows(opened, schema.play_salt) == 0
    later.close()


def test_the_thread_forgets_by_itself(opened: Library, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("companion.counting.FLUSH_S", 0.02)
    counts = Counting(opened, clock)
    counts.heard(ANA, episode_slug="late-again")
    _until(lambda: _rows(opened, schema.play_heard) == 1)
    clock.now += timedelta(days=1)
    _until(lambda: _rows(opened, schema.play_salt) == 0)
    counts.close()


def test_a_play_of_yesterday_that_is_written_today_counts_for_yesterday(counting: Counting, clock: Clock) -> None:
    clock.now = datetime(2026, 11, 24, 23, 59, 59, tzinfo=UTC)
    counting.heard(ANA, episode_slug="late-again")
    clock.now = datetime(2026, 11, 25, 0, 0, 2, tzinfo=UTC)
    assert dict(counting.plays().days)[date(2026, 11, 24)] == 1


# ---- many at once


def test_plays_are_right_under_threads(counting: Counting) -> None:
    def listen(thread: int) -> None:
        for n in range(200):
            counting.heard(Listener(f"10.0.{thread % 4}.{n}", CHROME), episode_slug="late-again")
            if n % 50 == 0:
                counting.flush()

    threads = [threading.Thread(target=listen, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _whole(counting) == 4 * 200  # two threads each had the same listeners


PROGRAM = """
import sys
from pathlib import Path
from companion.config import Settings
from companion.counting import Counting, Listener
from companion.library import Library
from companion.types import Audience
library = Library.open(Settings.load(Path(sys.argv[1]), {}), Audience.PUBLIC)
counts = Counting(library)
for n in range(300):
    counts.heard(Listener(f"10.1.{n % 3}.{n % 100}", "Firefox/140"), episode_slug="late-again")
    if n % 10 == 0:
        counts.flush()
counts.close()
library.close()
"""


def test_plays_are_right_under_two_processes(opened: Library, settings: Settings) -> None:
    both = [subprocess.Popen([sys.executable, "-c", PROGRAM, str(settings.home)]) for _ in range(2)]
    assert [p.wait(120) for p in both] == [0, 0]
    counts = Counting(opened)
    assert _whole(counts) == 300  # 3 networks x 100 addresses, each counted once whoever told of it
    counts.close()


def test_while_the_database_is_busy_nothing_waits_and_nothing_is_lost(counting: Counting, opened: Library) -> None:
    with opened.database.write():
        for n in range(100):
            counting.heard(Listener(f"10.2.0.{n}", CHROME), episode_slug="late-again")
    assert _whole(counting) == 100


def _in_files(folder: Path, what: bytes) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file() and what in p.read_bytes()]


def _until(true: object, timeout_s: float = 10.0) -> None:
    end = threading.Event()
    for _ in range(int(timeout_s / 0.02)):
        if true():  # type: ignore[operator]
            return
        end.wait(0.02)
    raise AssertionError("still not so")
