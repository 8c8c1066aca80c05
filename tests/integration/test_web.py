"""The site's pages as a client without a browser sees them."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from companion.core import LABELS, MEANINGS, Companion
from companion.errors import BadInputError
from companion.types import Tag
from tests.small_site import site
from web.app import HEADERS
from web.format import at

PAGES = ("/", "/moments", "/search", "/guide", "/episodes/late-again", "/episodes/on-its-way", "/episodes/too-quiet")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[FlaskClient]:
    with site(tmp_path / "empty") as app:
        yield app.test_client()


@pytest.fixture
def recording(door: Companion) -> str:
    return f"/media/{door.episode('late-again').playback_sha256}.mp3"


def _moment_ids(door: Companion) -> list[str]:
    return [m.id for m in door.moments(episode_slug="late-again").moments]


# ---- pages


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_one_heading_and_a_title(client: FlaskClient, page: str) -> None:
    answer = client.get(page)

    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1
    assert re.search(r"<title>[^<]+ · Secure Love Companion</title>", answer.text)


@pytest.mark.parametrize("page", ["/", "/moments", "/search", "/search?q=lonely", "/guide"])
def test_an_empty_library_has_pages_too(empty: FlaskClient, page: str) -> None:
    answer = empty.get(page)

    assert answer.status_code == 200
    assert 'class="empty"' in answer.text


def test_the_first_page_shows_how_far_an_episode_is(client: FlaskClient) -> None:
    text = client.get("/").text

    assert "Writing down what is said" in text
    assert "37 %" in text
    assert "Could not be taken in." in text


def test_moments_are_chosen_by_tag(client: FlaskClient) -> None:
    text = client.get("/moments?tag=care").text

    assert "1 moment</h2>" in text
    assert "You matter" in text
    assert "on the stairs" not in text
    assert MEANINGS[Tag.CARE] in text


def test_facets_count_within_the_search_and_keep_it(client: FlaskClient) -> None:
    text = client.get("/moments?q=lonely").text

    assert "tag=validation&amp;q=lonely" in text
    assert LABELS[Tag.OWNERSHIP] in text
    assert LABELS[Tag.CARE] not in text


def test_a_chip_takes_one_choice_away_and_keeps_the_others(client: FlaskClient) -> None:
    text = client.get("/moments?tag=validation&q=lonely&episode=late-again").text

    assert 'class="chip" href="/moments?q=lonely&amp;episode=late-again"' in text
    assert 'class="chip" href="/moments?tag=validation&amp;episode=late-again"' in text
    assert 'class="chip" href="/moments?tag=validation&amp;q=lonely"' in text


def test_moments_come_in_pages(home: Path) -> None:
    with site(home, page_size=2) as app:
        first = app.test_client().get("/moments?page=1").text
        second = app.test_client().get("/moments?page=2").text

    assert "Page 1 of 2" in first
    assert 'rel="next" href="/moments?page=2"' in first
    assert second.count("<article") == 1
    assert 'rel="prev" href="/moments"' in second


@pytest.mark.parametrize("page", ["0", "-1", "x", "9", "99999999999999999999", "²"])
def test_a_page_that_there_is_not_is_not_found(client: FlaskClient, page: str) -> None:
    assert client.get(f"/moments?page={page}").status_code == 404


def test_a_card_marks_the_telling_words_of_the_reply(client: FlaskClient) -> None:
    assert "<mark>Of course you felt lonely</mark>. I said seven" in client.get("/moments?tag=ownership").text


def test_a_card_loads_no_sound_and_carries_its_stretch(client: FlaskClient, door: Companion) -> None:
    m = door.moments(tags=(Tag.OWNERSHIP,)).moments[0].moment
    text = client.get("/moments?tag=ownership").text

    assert 'preload="none"' in text
    assert f".mp3#t={at(m.start_s)},{at(m.end_s)}" in text


def test_a_moment_shows_its_turns_and_what_its_words_mean(client: FlaskClient, door: Companion) -> None:
    text = client.get(f"/moments/{_moment_ids(door)[0]}").text

    assert "I sat on the stairs" in text
    assert "<mark>that was on me</mark>" in text
    assert MEANINGS[Tag.VALIDATION].replace("'", "&#39;") in text
    assert "In the end" not in text


def test_moments_of_an_episode_lead_to_each_other(client: FlaskClient, door: Companion) -> None:
    first, second = _moment_ids(door)

    assert f'rel="next" href="/moments/{second}"' in client.get(f"/moments/{first}").text
    assert f'rel="prev" href="/moments/{first}"' in client.get(f"/moments/{second}").text


def test_a_moment_leads_into_its_episode(client: FlaskClient, door: Companion) -> None:
    stored = door.moment(_moment_ids(door)[0])

    page = client.get(f"/moments/{stored.id}").text

    assert f'href="/episodes/late-again?t={at(stored.moment.start_s)}"' in page


def test_an_episode_shows_everything_that_is_said_and_where(client: FlaskClient) -> None:
    text = client.get("/episodes/late-again").text

    for said in ("Where did the evening go wrong", "There was no but.", "I start counting what I did."):
        assert said in text
    assert text.count("data-mark ") == 2
    assert '<a class="time" href="?t=0.5#turn-0"' in text


def test_what_was_said_is_never_markup(client: FlaskClient) -> None:
    text = client.get("/episodes/late-again").text

    assert "&lt;b&gt;Every&lt;/b&gt; time &amp; always." in text
    assert "<b>Every" not in text


def test_doubtful_words_are_marked_unsure(client: FlaskClient) -> None:
    assert client.get("/episodes/late-again").text.count(">unsure<") == 1


@pytest.mark.parametrize(
    ("asked", "fragment"),
    [("12.3", "#t=12.30"), ("0:12", "#t=12.00"), ("12,34", "#t=12.00,34.00"), ("nonsense", ""), ("34,12", "")],
)
def test_an_episode_opens_at_the_place_that_its_address_names(client: FlaskClient, asked: str, fragment: str) -> None:
    text = client.get(f"/episodes/late-again?t={asked}").text

    assert re.search(rf'preload="metadata"[^>]*\.mp3{re.escape(fragment)}"', text)


def test_an_episode_in_work_reloads_itself_without_scripts(client: FlaskClient) -> None:
    text = client.get("/episodes/on-its-way").text

    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in text
    assert 'data-progress="/episodes/on-its-way/progress.json"' in text


def test_a_failed_episode_says_why(client: FlaskClient) -> None:
    assert "Nobody can be heard in “Too quiet”." in client.get("/episodes/too-quiet").text


def test_progress_is_told_as_data(client: FlaskClient) -> None:
    answer = client.get("/episodes/on-its-way/progress.json")

    assert answer.json == {"state": "working", "stage": "Writing down what is said", "percent": 37}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", ["/", "/moments?tag=care", "/search?q=stool", "/episodes/second-chair"])
def test_a_sample_is_labelled_wherever_it_can_be_heard(client: FlaskClient, page: str) -> None:
    assert "Sample episode, synthetic voices" in client.get(page).text


def test_a_moment_of_a_sample_is_labelled(client: FlaskClient, door: Companion) -> None:
    stored = door.moments(episode_slug="second-chair").moments[0]

    assert "Sample episode, synthetic voices" in client.get(f"/moments/{stored.id}").text


def test_a_search_shows_the_place_with_its_words_marked(client: FlaskClient, door: Companion) -> None:
    text = client.get("/search?q=stairs").text

    assert "<mark>stairs</mark>" in text
    assert f'href="/moments/{_moment_ids(door)[0]}"' in text
    assert re.search(r'href="/episodes/late-again\?t=[\d.]+"', text)


@pytest.mark.parametrize("page", ["/search", "/moments"])
@pytest.mark.parametrize("query", ["?!", "word " * 60])
def test_a_search_that_means_nothing_keeps_the_form_filled(client: FlaskClient, page: str, query: str) -> None:
    answer = client.get(page, query_string={"q": query})

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert f'value="{query.strip()}"' in answer.text


def test_an_unknown_tag_says_so_and_still_offers_the_others(client: FlaskClient) -> None:
    answer = client.get("/moments?tag=kindness")

    assert answer.status_code == 400
    assert "“kindness”" in answer.text
    assert LABELS[Tag.CARE] in answer.text


# ---- transcripts


@pytest.mark.parametrize(
    ("fmt", "mime", "words"),
    [
        ("vtt", "text/vtt", "WEBVTT"),
        ("srt", "application/x-subrip", " --> "),
        ("json", "application/json", '"segments"'),
        ("txt", "text/plain", "Mara"),
    ],
)
def test_a_transcript_is_a_file_that_other_sites_may_read(client: FlaskClient, fmt: str, mime: str, words: str) -> None:
    answer = client.get(f"/episodes/late-again/transcript.{fmt}")

    assert answer.mimetype == mime
    assert words in answer.text
    assert answer.headers["Content-Disposition"] == f"attachment; filename=late-again.{fmt}"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_captions_are_shown_not_downloaded(client: FlaskClient) -> None:
    answer = client.get("/episodes/late-again/captions.vtt")

    assert answer.mimetype == "text/vtt"
    assert "Content-Disposition" not in answer.headers


@pytest.mark.parametrize("address", ["late-again/transcript.exe", "on-its-way/transcript.vtt", "none/transcript.vtt"])
def test_a_transcript_that_there_is_not_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(f"/episodes/{address}").status_code == 404


# ---- recordings


def test_a_recording_may_be_kept_for_ever(client: FlaskClient, recording: str) -> None:
    answer = client.get(recording)

    assert answer.status_code == 200
    assert answer.mimetype == "audio/mpeg"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["ETag"] == f'"{recording[7:-4]}"'
    assert answer.content_length == len(answer.data)


@pytest.mark.parametrize(
    ("asked", "start", "end"), [("bytes=0-99", 0, 99), ("bytes=1000-", 1000, None), ("bytes=-10", -10, None)]
)
def test_any_part_of_a_recording_can_be_had(
    client: FlaskClient, recording: str, asked: str, start: int, end: int | None
) -> None:
    whole = client.get(recording).data

    answer = client.get(recording, headers={"Range": asked})

    first = start % len(whole)
    last = len(whole) - 1 if end is None else end
    assert answer.status_code == 206
    assert answer.data == whole[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"


def test_a_part_behind_the_end_is_refused_with_the_length(client: FlaskClient, recording: str) -> None:
    answer = client.get(recording, headers={"Range": "bytes=99999999-"})

    assert answer.status_code == 416
    assert re.fullmatch(r"bytes \*/\d+", answer.headers["Content-Range"])


def test_a_recording_that_is_known_is_not_sent_again(client: FlaskClient, recording: str) -> None:
    tag = client.head(recording).headers["ETag"]

    answer = client.get(recording, headers={"If-None-Match": tag})

    assert (answer.status_code, answer.data) == (304, b"")


def test_a_part_of_another_recording_is_never_mixed_in(client: FlaskClient, recording: str) -> None:
    answer = client.get(recording, headers={"Range": "bytes=0-9", "If-Range": '"another"'})

    assert answer.status_code == 200


def test_head_tells_the_length_of_the_whole_recording(client: FlaskClient, recording: str) -> None:
    answer = client.head(recording, headers={"Range": "bytes=0-9"})

    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.content_length == len(client.get(recording).data)


@pytest.mark.parametrize("name", ["a" * 64, "../library", "0"])
def test_only_recordings_that_are_played_are_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/media/{name}.mp3").status_code == 404


# ---- headers, limits, errors, health


@pytest.mark.parametrize("page", [*PAGES, "/none", "/healthz", "/robots.txt", "/favicon.svg", "/static/style.css"])
def test_every_answer_is_closed_to_strangers(client: FlaskClient, page: str) -> None:
    answer = client.get(page)

    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("page", [*PAGES, "/moments?tag=care", "/search?q=lonely"])
def test_no_page_holds_inline_script_or_style(client: FlaskClient, page: str) -> None:
    text = client.get(page).text

    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("page", ["/", "/moments", "/episodes/late-again"])
def test_no_page_points_to_another_host(client: FlaskClient, page: str) -> None:
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//(?!localhost/)[^"]*"', client.get(page).text)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_but_reading_is_possible(client: FlaskClient, method: str) -> None:
    answer = client.open("/moments", method=method)

    assert answer.status_code == 405
    assert "POST" not in answer.headers["Allow"]
    assert "For reading only" in answer.text


@pytest.mark.parametrize("address", ["/none", "/episodes/none", "/moments/none", "/moments?episode=none"])
def test_what_there_is_not_is_said_on_a_page_of_ours(client: FlaskClient, address: str) -> None:
    answer = client.get(address)

    assert answer.status_code == 404
    assert "<h1>Not here</h1>" in answer.text


def test_a_large_request_is_refused(client: FlaskClient) -> None:
    answer = client.get("/", data=b"x" * 64_001)

    assert answer.status_code == 413
    assert "<h1>Too large</h1>" in answer.text


def test_too_many_requests_are_told_to_wait(home: Path) -> None:
    with site(home, rate_limit="2 per minute") as app:
        client = app.test_client()
        answers = [client.get(page) for page in ("/", "/moments", "/search")]

    assert [a.status_code for a in answers] == [200, 200, 429]
    assert answers[0].headers["X-RateLimit-Remaining"] == "1"
    assert int(answers[2].headers["Retry-After"]) <= 61
    assert "Wait a minute" in answers[2].text


def test_recordings_and_styles_are_not_rationed(home: Path, recording: str) -> None:
    with site(home, rate_limit="1 per minute") as app:
        client = app.test_client()
        codes = [client.get(page).status_code for page in ("/", recording, recording, "/static/style.css")]

    assert codes == [200, 200, 200, 200]


def test_a_rate_limit_that_cannot_be_read_is_said_at_the_start(home: Path) -> None:
    with pytest.raises(BadInputError, match="300 per minute"), site(home, rate_limit="often"):
        pass


def test_a_bug_shows_nothing_of_itself(
    app: Flask, client: FlaskClient, door: Companion, caplog: pytest.LogCaptureFixture
) -> None:
    with door.library.database.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE episode RENAME TO hidden_episode")
    try:
        with caplog.at_level(logging.CRITICAL, "nothing"):
            page, health = client.get("/?not=kept"), client.get("/healthz")
    finally:
        with door.library.database.engine.connect() as connection:
            connection.exec_driver_sql("ALTER TABLE hidden_episode RENAME TO episode")

    assert (page.status_code, health.status_code) == (500, 503)
    assert "<h1>Something broke</h1>" in page.text
    assert "episode" not in re.sub(r"<footer.*", "", page.text, flags=re.S).lower()
    assert health.json == {"status": "unwell", "database": False}


def test_health_counts_what_waits_and_what_failed(client: FlaskClient) -> None:
    answer = client.get("/healthz")

    assert json.loads(answer.data) == {"status": "ok", "database": True, "episodes": 4, "waiting": 1, "failed": 1}
