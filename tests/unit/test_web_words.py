"""How the site writes times and places, marks telling words and draws waveforms."""

from __future__ import annotations

import pytest

from companion.types import Evidence
from web.format import clock, lasting
from web.places import Place, parse_place
from web.shown import Piece, marked, shortened, wave_path


@pytest.mark.parametrize(("seconds", "written"), [(0, "0:00"), (724.9, "12:04"), (3723, "1:02:03")])
def test_a_place_is_written_as_a_clock(seconds: float, written: str) -> None:
    assert clock(seconds) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0.2, "1 s"), (23.4, "23 s"), (89.4, "89 s"), (90, "2 min"), (240, "4 min"), (3900, "1 h 5 min"), (7200, "2 h")],
)
def test_a_length_is_written_in_its_unit(seconds: float, written: str) -> None:
    assert lasting(seconds) == written


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("12.3", Place(12.3, None)),
        ("12:04", Place(724.0, None)),
        ("1:02:03.5", Place(3723.5, None)),
        ("npt:10,20", Place(10.0, 20.0)),
        (",20", Place(0.0, 20.0)),
        ("00:51:34.09", Place(3094.09, None)),
        ("20,20", None),
        ("12,", None),
        (",", None),
        ("", None),
        (None, None),
        ("1:75", None),
        ("-5", None),
        ("1e3", None),
    ],
)
def test_places_are_read_as_media_fragments_write_them(text: str | None, place: Place | None) -> None:
    assert parse_place(text) == place


def test_a_place_behind_the_end_of_the_recording_is_none() -> None:
    assert parse_place("60", duration_s=60.0) is None
    assert parse_place("50,70", duration_s=60.0) == Place(50.0, 60.0)


def test_overlapping_telling_words_are_marked_once() -> None:
    words = (Evidence("no wonder", 5, 14), Evidence("wonder it hurts", 8, 23))

    assert marked("God, no wonder it hurts.", words) == (
        Piece("God, ", False),
        Piece("no wonder", True),
        Piece(" it hurts", True),
        Piece(".", False),
    )


def test_telling_words_are_found_where_offsets_are_those_of_a_longer_text() -> None:
    assert marked("I hear you.", (Evidence("hear you", 40, 48),))[1] == Piece("hear you", True)


def test_a_long_reply_is_cut_between_words_and_keeps_its_telling_words() -> None:
    text = "and so on " * 40 + "that was on me " + "and so on " * 40
    short = shortened(marked(text, (Evidence("that was on me", 400, 414),)), 100)

    assert Piece("that was on me", True) in short
    assert short[0].text == "…\N{NO-BREAK SPACE}"
    assert sum(len(p.text) for p in short) <= 104


def test_a_waveform_is_drawn_for_silence_and_for_nothing() -> None:
    assert wave_path(()) == wave_path((0.0,) * 1200)
    assert wave_path((0.0, 1.0)).startswith("M0.5 19.5V20.5")
