"""Who gets in as a host and who does not: passwords, guesses, links, sessions."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import argon2
import pytest
import sqlalchemy as sa

from companion import schema
from companion.accounts import Accounts, passwords
from companion.accounts.browsers import in_plain_words
from companion.accounts.guesses import Guesses, in_words, network_of
from companion.errors import BadInputError, ConflictError, LoginError, NotFoundError, WaitError
from companion.library import Library

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
GOOD = "seven quiet rooms upstairs"
OTHER = "a lamp in the third window"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def accounts(library: Library) -> Accounts:
    made = Accounts(library)
    made.add("Ada", GOOD, NOW)
    return made


def login(
    accounts: Accounts, password: str = GOOD, *, name: str = "Ada", address: str = "192.0.2.1", at: datetime = NOW
) -> str:
    return accounts.login(name, password, address, at, FIREFOX).token


# ---- passwords


@pytest.mark.parametrize(
    ("password", "name", "why"),
    [
        ("short", "Ada", "at least 10"),
        ("x" * 1001, "Ada", "1000 at most"),
        ("Ada Lovelace", "ada  lovelace", "is your name"),
        ("adalovelace1815", "Ada Lovelace", "is your name"),
        ("ecalevolada", "Ada Lovelace", "is your name"),
        ("aaaaaaaaaaaa", "Ada", "again and again"),
        ("abcabcabcabc", "Ada", "again and again"),
        ("1234567890", "Ada", "row of keys"),
        ("0987654321", "Ada", "row of keys"),
        ("qwertyuiop", "Ada", "row of keys"),
        ("abcdefghijkl", "Ada", "row of keys"),
        ("Password2026", "Ada", "first that anybody"),
        ("companion1!", "Ada", "first that anybody"),
    ],
)
def test_what_others_try_first_is_refused_in_a_sentence(password: str, name: str, why: str) -> None:
    with pytest.raises(BadInputError, match=why):
        passwords.check_password(password, name)


@pytest.mark.parametrize(
    "password", [GOOD, "ä" * 4 + "öüéñ日本語", "x9!Q" * 2 + "~~ .", "Adas cat sleeps here", "y" * 5 + "z" * 995]
)
def test_other_passwords_are_taken(password: str) -> None:
    passwords.check_password(password, "Ada")


def test_a_password_is_kept_as_argon2id_with_the_figures_of_rfc_9106() -> None:
    kept = passwords.hashed(GOOD)
    assert argon2.extract_parameters(kept) == argon2.profiles.RFC_9106_LOW_MEMORY
    assert GOOD not in kept
    assert passwords.fits(kept, GOOD)
    assert not passwords.fits(kept, GOOD + " ")
    assert passwords.hashed(GOOD) != kept


def test_it_does_not_matter_how_a_keyboard_writes_a_letter() -> None:
    assert passwords.fits(passwords.hashed("cafe\u0301 au lait"), "caf\u00e9 au lait")


def test_what_is_no_hash_fits_nothing() -> None:
    assert not passwords.fits("", "")
    assert not passwords.fits("$argon2id$broken", GOOD)


@pytest.mark.parametrize("name", ["", "  ", "a\x00b", "a\u202eb", "x" * 81, "a\nb\x1b[2J", "\udcff"])
def test_a_name_that_cannot_be_read_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(BadInputError):
        accounts.add(name, GOOD, NOW)
    assert [h.name for h in accounts.hosts()] == ["Ada"]


def test_a_name_is_there_once_however_it_is_written(accounts: Accounts) -> None:
    for name in ("Ada", "ADA", " ada ", "Ａｄａ"):
        with pytest.raises(ConflictError, match="already a host"):
            accounts.add(name, OTHER, NOW)
    assert login(accounts, name=" aDA ")


# ---- logging in


def test_a_wrong_name_gets_the_answer_of_a_wrong_password_and_waits_as_long(
    accounts: Accounts, library: Library
) -> None:
    settings = library.settings.with_(host_guesses_per_address=1000)
    accounts = Accounts(replace(library, settings=settings))

    def lasts_s(name: str) -> tuple[float, str]:
        begun = time.perf_counter()
        with pytest.raises(LoginError) as error:
            login(accounts, "not the password", name=name)
        return time.perf_counter() - begun, error.value.sentence

    lasts_s("Ada")
    pairs = [(lasts_s("Ada"), lasts_s("Nobody")) for _ in range(9)]  # in turn, for other work may come and go
    known, unknown = [one for one, _ in pairs], [other for _, other in pairs]

    assert {words for _, words in known} == {words for _, words in unknown}
    fastest = [min(s for s, _ in times) for times in (known, unknown)]
    assert max(fastest) / min(fastest) < 3  # without a hash to compare with it would be a hundred times faster
    assert statistics.median(s for s, _ in unknown) > 0.01


def test_old_hashes_are_made_anew_at_the_next_login(accounts: Accounts, library: Library) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(GOOD)
    with library.database.write() as connection:
        connection.execute(sa.update(schema.host).values(password_hash=weak))
    first = login(accounts)
    with library.database.read() as connection:
        kept = connection.execute(sa.select(schema.host.c.password_hash)).scalar_one()
    assert argon2.extract_parameters(kept) == argon2.profiles.RFC_9106_LOW_MEMORY
    assert login(accounts)
    assert accounts.enter(first, NOW).host.name == "Ada"  # where one is logged in stays


def test_nothing_that_lets_anybody_in_is_kept(accounts: Accounts, library: Library) -> None:
    tokens = [login(accounts), accounts.invite("Ben", NOW), accounts.form_token("x")]
    library.database.tidy()
    kept = library.database.path.read_bytes()
    for secret in (*tokens, GOOD, "192.0.2.1", FIREFOX):
        assert secret.encode() not in kept
    assert b"Firefox on Linux" in kept


# ---- guesses


def test_a_thousand_guesses_let_nobody_in_and_the_host_is_not_shut_out(accounts: Accounts) -> None:
    looked_at = waits = 0
    for i in range(1000):
        try:
            login(accounts, GOOD if i >= 500 else f"guess number {i}", address="203.0.113.9")
        except LoginError:
            looked_at += 1
        except WaitError as error:
            waits += error.sentence == "Too many wrong passwords. Wait 30 minutes, then try again."
    assert (looked_at, waits) == (10, 990)  # from the 501st on they were right, and still nobody got in

    assert login(accounts, address="192.0.2.1")  # the host, from elsewhere, at the same time
    later = NOW + timedelta(seconds=accounts.settings.host_guesses_s + 1)
    assert login(accounts, address="203.0.113.9", at=later)


def test_guesses_from_everywhere_stop_at_the_name(accounts: Accounts) -> None:
    looked_at = 0
    for i in range(1000):
        try:
            login(accounts, f"guess number {i}", address=f"203.0.{i // 250}.{i % 250}")
        except LoginError:
            looked_at += 1
        except WaitError:
            pass
    assert looked_at == 30
    with pytest.raises(WaitError):
        login(accounts)
    assert accounts.accept(accounts.invite_back(accounts.find("Ada"), NOW), "", OTHER, NOW)  # the way round
    assert login(accounts, OTHER, at=NOW + timedelta(minutes=31))


def test_a_name_that_is_nobodys_is_counted_all_the_same(accounts: Accounts) -> None:
    answers = []
    for i in range(40):
        with pytest.raises((LoginError, WaitError)) as error:
            login(accounts, "guess guess guess", name="Nobody", address=f"203.0.113.{i}")
        answers.append(type(error.value))
    assert answers == [LoginError] * 30 + [WaitError] * 10


def test_right_passwords_are_no_guesses(accounts: Accounts) -> None:
    for _ in range(12):
        login(accounts)


def test_guesses_at_the_same_moment_are_all_counted() -> None:
    guesses, waits = Guesses(10, 1000, 60), []
    threads = [threading.Thread(target=lambda i=i: waits.append(guesses.begin("a", str(i), NOW))) for i in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(w == 0 for w in waits) == 10


def test_the_wait_ends_when_the_oldest_guess_is_old_enough() -> None:
    guesses = Guesses(2, 100, 60)
    for second in (0, 30):
        assert guesses.begin("a", "x", NOW + timedelta(seconds=second)) == 0
    assert guesses.begin("a", "y", NOW + timedelta(seconds=40)) == 20
    assert guesses.begin("a", "y", NOW + timedelta(seconds=60)) == 0
    assert guesses.begin("a", "y", NOW + timedelta(seconds=61)) == 29


def test_counting_takes_no_more_than_its_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("companion.accounts.guesses.MOST_COUNTED", 50)
    guesses = Guesses(10, 10, 60)
    for i in range(500):
        guesses.begin(f"198.51.{i // 250}.{i % 250}", f"name {i}", NOW)
    assert len(guesses._tries) <= 50


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_what_one_person_has_is_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("wait_s", "words"), [(0.1, "a minute"), (60, "a minute"), (61, "2 minutes"), (1800, "30 minutes")]
)
def test_waits_in_words(wait_s: float, words: str) -> None:
    assert in_words(wait_s) == words


# ---- links


def test_the_first_link_lets_somebody_choose_a_name_once(library: Library) -> None:
    accounts = Accounts(library)
    token = accounts.invite(now=NOW)
    assert accounts.invitation(token, NOW).name is None
    with pytest.raises(BadInputError, match="at least 10"):
        accounts.accept(token, "Ada", "short", NOW)
    new = accounts.accept(token, "Ada", GOOD, NOW, FIREFOX)
    assert accounts.enter(new.token, NOW).host.name == "Ada"
    with pytest.raises(NotFoundError, match="opens nothing"):
        accounts.accept(token, "Eve", GOOD, NOW)
    assert [h.name for h in accounts.hosts()] == ["Ada"]


def test_the_first_link_dies_as_soon_as_there_is_a_host(library: Library) -> None:
    accounts = Accounts(library)
    older, newer = accounts.invite(now=NOW), accounts.invite(now=NOW)
    with pytest.raises(NotFoundError):
        accounts.invitation(older, NOW)
    accounts.add("Ada", GOOD, NOW)
    with pytest.raises(NotFoundError):
        accounts.accept(newer, "Eve", OTHER, NOW)
    with pytest.raises(ConflictError, match="host already"):
        accounts.invite(now=NOW)


def test_a_link_is_good_for_a_day(accounts: Accounts) -> None:
    token = accounts.invite("Ben", NOW)
    assert accounts.invitation(token, NOW + timedelta(hours=23, minutes=59)).name == "Ben"
    with pytest.raises(NotFoundError):
        accounts.invitation(token, NOW + timedelta(hours=24))
    with pytest.raises(NotFoundError):
        accounts.accept(token, "", OTHER, NOW + timedelta(hours=24))


def test_a_link_says_the_name_whatever_is_sent(accounts: Accounts) -> None:
    new = accounts.accept(accounts.invite("Ben", NOW), "Eve", OTHER, NOW)
    assert new.host.name == "Ben"


def test_a_link_used_by_two_at_once_makes_one_host(accounts: Accounts) -> None:
    token, made, refused = accounts.invite("Ben", NOW), [], []

    def use(password: str) -> None:
        try:
            made.append(accounts.accept(token, "", password, NOW))
        except (NotFoundError, ConflictError) as error:
            refused.append(error)

    threads = [threading.Thread(target=use, args=(f"{GOOD} {i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(refused)) == (1, 3)
    assert len(accounts.hosts()) == 2


def test_a_link_for_another_password_ends_what_was_there(accounts: Accounts) -> None:
    old = login(accounts)
    token = accounts.invite_back(accounts.find("ada"), NOW)
    asked = accounts.invitation(token, NOW)
    assert (asked.name, asked.is_new) == ("Ada", False)
    new = accounts.accept(token, "", OTHER, NOW)
    assert accounts.enter(new.token, NOW).host.name == "Ada"
    for dead in (lambda: accounts.enter(old, NOW), lambda: login(accounts, GOOD)):
        with pytest.raises(LoginError):
            dead()
    with pytest.raises(NotFoundError):
        accounts.invitation(token, NOW)
    assert login(accounts, OTHER)


def test_a_made_up_link_opens_nothing(accounts: Accounts) -> None:
    for token in ("", "x", "a" * 43, "é"):
        with pytest.raises(NotFoundError):
            accounts.invitation(token, NOW)


# ---- sessions


def test_a_session_dies_when_it_is_left(accounts: Accounts) -> None:
    token, other = login(accounts), login(accounts)
    assert token != other
    accounts.leave(token)
    with pytest.raises(LoginError):
        accounts.enter(token, NOW)
    assert accounts.enter(other, NOW)


def test_a_session_dies_of_not_being_used(accounts: Accounts) -> None:
    token, days = login(accounts), timedelta(days=accounts.settings.host_session_days)
    assert accounts.enter(token, NOW + days * 0.9).seen == NOW + days * 0.9
    assert accounts.enter(token, NOW + days * 1.8)
    with pytest.raises(LoginError):
        accounts.enter(token, NOW + days * 3)


def test_what_died_of_not_being_used_is_taken_away(accounts: Accounts, library: Library) -> None:
    login(accounts)
    login(accounts, at=NOW + timedelta(days=30))
    with library.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(schema.host_session)).scalar_one() == 1


def test_last_use_is_written_down_now_and_then(accounts: Accounts) -> None:
    token = login(accounts)
    assert accounts.enter(token, NOW + timedelta(minutes=5)).seen == NOW
    later = NOW + timedelta(minutes=11)
    assert accounts.enter(token, later).seen == later
    assert accounts.enter(token, later + timedelta(minutes=1)).seen == later


def test_sessions_are_listed_and_ended_by_their_host_only(accounts: Accounts) -> None:
    ben = accounts.add("Ben", OTHER, NOW)
    ada = accounts.find("Ada")
    mine, other = login(accounts), login(accounts, at=NOW + timedelta(minutes=1))
    listed = accounts.sessions(ada, NOW + timedelta(minutes=1))
    assert [s.browser for s in listed] == ["Firefox on Linux"] * 2
    with pytest.raises(NotFoundError):
        accounts.end(ben, listed[0].id)
    accounts.end(ada, accounts.enter(other, NOW).id)
    with pytest.raises(LoginError):
        accounts.enter(other, NOW)
    third = login(accounts)
    assert accounts.end_all(ada, but=accounts.enter(mine, NOW)) == 1
    with pytest.raises(LoginError):
        accounts.enter(third, NOW)
    assert accounts.enter(mine, NOW)


def test_another_password_ends_every_session_and_begins_one(accounts: Accounts) -> None:
    mine, other = login(accounts), login(accounts)
    link = accounts.invite_back(accounts.find("Ada"), NOW)
    session = accounts.enter(mine, NOW)
    with pytest.raises(LoginError, match="until now"):
        accounts.change_password(session, "not the password", OTHER, "192.0.2.1", NOW)
    with pytest.raises(BadInputError):
        accounts.change_password(session, GOOD, "short", "192.0.2.1", NOW)
    new = accounts.change_password(session, GOOD, OTHER, "192.0.2.1", NOW)
    for token in (mine, other):
        with pytest.raises(LoginError):
            accounts.enter(token, NOW)
    with pytest.raises(NotFoundError):
        accounts.invitation(link, NOW)
    assert accounts.enter(new.token, NOW).browser == "Firefox on Linux"


def test_whoever_took_a_session_cannot_guess_the_password_from_it(accounts: Accounts) -> None:
    session = accounts.enter(login(accounts), NOW)
    answers = []
    for i in range(20):
        with pytest.raises((LoginError, WaitError)) as error:
            accounts.change_password(session, f"guess number {i}", OTHER, "192.0.2.7", NOW)
        answers.append(type(error.value))
    assert answers.count(LoginError) == 10


def test_a_host_who_is_removed_is_out_at_once(accounts: Accounts) -> None:
    token, host = login(accounts), accounts.find("Ada")
    link = accounts.invite_back(host, NOW)
    accounts.remove(host)
    for gone in (lambda: accounts.enter(token, NOW), lambda: login(accounts)):
        with pytest.raises(LoginError):
            gone()
    with pytest.raises(NotFoundError):
        accounts.invitation(link, NOW)


@pytest.mark.parametrize("change", [Accounts.remove, lambda a, h: a.set_password(h, OTHER)], ids=["removed", "changed"])
def test_no_session_begins_after_the_password_was_changed_meanwhile(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, change: Callable[[Accounts, object], None]
) -> None:
    fits = passwords.fits

    def slowly(kept: str | None, password: str) -> bool:
        found = fits(kept, password)
        change(accounts, accounts.find("Ada"))
        return found

    monkeypatch.setattr(passwords, "fits", slowly)
    with pytest.raises(LoginError):
        login(accounts)


def test_a_form_token_belongs_to_one_session(accounts: Accounts) -> None:
    one, other = login(accounts), login(accounts)
    assert accounts.form_token(one) == accounts.form_token(one) != accounts.form_token(other)


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
            "Safari/537.36 Edg/140.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on an iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile "
            "Safari/537.36",
            "Chrome on Android",
        ),
        ("", "Another browser"),
        ("<script>alert(1)</script>" * 100, "Another browser"),
    ],
)
def test_browsers_in_plain_words(user_agent: str, words: str) -> None:
    assert in_plain_words(user_agent) == words
