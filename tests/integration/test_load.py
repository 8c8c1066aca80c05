"""The load of the benchmark: sent when it is due, timed from then on, every answer counted."""

from __future__ import annotations

import pytest

from benchmarks import site
from benchmarks.big_library import Big
from companion.config import Settings
from companion.core import Companion
from tests import small_library


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("load")
    settings = Settings.load(folder / "library", {})
    small_library.build(settings, folder)
    return settings


@pytest.fixture(scope="module")
def big(settings: Settings) -> Big:
    with Companion.open(settings) as door:
        audio = door.episode("late-again").playback_sha256 or ""
        return Big(("late-again", "second-chair"), audio, door.playback(audio).stat().st_size)


def test_every_kind_is_answered_and_timed_from_when_it_was_due(settings: Settings, big: Big) -> None:
    wanted = [r for kind in ("home", "search", "episode", "audio") for r in site.some(big, [kind], 10, 1)]
    missing = site.Request("home", "/none")
    with site.serving(settings) as server:
        took, wall_s = site.send(server, [*wanted, missing], 50.0)
        assert server.memory_mb > 10

    assert [(t.kind, t.status) for t in took] == [
        *((r.kind, 206 if r.kind == "audio" else 200) for r in wanted),
        ("home", 404),
    ]
    assert wall_s >= len(wanted) / 50.0 - 0.1
    assert all(0 < t.first_ms <= t.all_ms for t in took)


def test_a_server_that_is_not_there_is_an_error_not_a_fast_answer(settings: Settings, big: Big) -> None:
    with site.serving(settings) as server:
        pass
    took, _ = site.send(server, site.some(big, ["home"], 3, 1), 100.0)

    assert [t.status for t in took] == [0, 0, 0]


def test_percentiles_are_values_that_were_measured() -> None:
    assert [site.percentile(range(100), share) for share in (0.5, 0.95, 0.99)] == [50, 95, 99]
    assert site.percentile([7.0], 0.95) == 7.0


def test_the_same_seed_asks_the_same(big: Big) -> None:
    assert site.some(big, site.KINDS, 200, 3) == site.some(big, site.KINDS, 200, 3)
    assert {r.kind for r in site.some(big, site.KINDS, 200, 3)} == set(site.KINDS)


def test_a_part_lies_in_the_recording(big: Big) -> None:
    assert max(int(r.part.split("=")[1].split("-")[0]) for r in site.some(big, ["audio"], 50, 5)) < big.audio_bytes
