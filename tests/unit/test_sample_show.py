"""The sample show is what episodes/README.md says it is, and its times are where the voices are."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import sys
import tomllib
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from companion.config import Settings
from companion.pictures import check_cover
from companion.pipeline import read_folder, read_show_file
from companion.types import LEANING_IN, Role, Tag

EPISODES = Path(__file__).resolve().parents[2] / "episodes"
FOLDERS = sorted(path.parent for path in EPISODES.glob("*/episode.toml"))
WITH_TRACKS = [folder for folder in FOLDERS if (folder / "tracks").is_dir()]
SHORTEST_S, LONGEST_S = 4 * 60, 7 * 60
STOCK = re.compile(
    r"makes sense|understand|i get (it|that|how|why)|i hear you|no wonder|i can see|i see why", re.IGNORECASE
)

each_episode = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
each_episode_with_tracks = pytest.mark.parametrize("folder", WITH_TRACKS, ids=lambda folder: folder.name)


@cache
def about(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "episode.toml").read_text(encoding="utf-8"))


@cache
def rows(folder: Path, kind: str) -> list[dict[str, Any]]:
    lines = (folder / "script.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["kind"] == kind]


@cache
def decoded(path: Path) -> tuple[np.ndarray, int]:
    with av.open(str(path)) as file:
        frames = [frame.to_ndarray()[0] for frame in file.decode(audio=0)]
        return np.concatenate(frames), file.streams.audio[0].rate


def length_s(path: Path) -> float:
    samples, rate_hz = decoded(path)
    return samples.size / rate_hz


def level_dbfs(path: Path, start_s: float, end_s: float) -> float:
    samples, rate_hz = decoded(path)
    stretch = samples[round(start_s * rate_hz) : round(end_s * rate_hz)]
    return float(10 * np.log10(np.mean(np.square(stretch, dtype=np.float64)) + 1e-12))


@cache
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_show_make_audio", EPISODES / "make_audio.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


# ---- the folder


def test_there_are_three_episodes_and_one_has_tracks() -> None:
    assert len(FOLDERS) == 3
    assert len(WITH_TRACKS) == 1


def test_the_readme_says_first_that_the_voices_are_synthetic() -> None:
    opening = (EPISODES / "README.md").read_text(encoding="utf-8").split("|")[0]
    assert "synthetic" in opening
    assert "No real people" in opening


@each_episode
def test_every_field_of_episode_toml_stands_in_the_readme(folder: Path) -> None:
    readme = (EPISODES / "README.md").read_text(encoding="utf-8")
    keys = {*about(folder), *(key for voice in about(folder)["voices"] for key in voice)} - {"voices"}
    assert [key for key in sorted(keys) if f"| `{key}`" not in readme] == []


@each_episode
def test_the_episode_says_that_it_is_a_sample(folder: Path) -> None:
    assert about(folder)["sample"] is True
    assert "synthetic voices" in about(folder)["description"]


def test_the_cover_is_what_its_script_draws_and_podcast_directories_take_it(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("sample_show_make_cover", EPISODES / "make_cover.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with Image.open(EPISODES / "cover.png") as kept:
        off = np.abs(np.asarray(kept.convert("RGB"), np.int16) - np.asarray(module.draw(), np.int16))
    assert float(off.mean()) < 0.5
    assert check_cover(EPISODES / "cover.png", tmp_path / "out.png", Settings()) == "image/png"
    assert (EPISODES / "cover.png").stat().st_size < 100_000


def test_the_show_and_its_episodes_lack_nothing_that_publishing_needs() -> None:
    found = read_show_file(EPISODES)
    assert found is not None
    show, cover = found
    assert "synthetic voices" in show.description
    assert cover == EPISODES / "cover.png"
    assert all((show.title, show.author, show.owner_email))
    details = [read_folder(folder).details for folder in FOLDERS]
    assert [(d.number, d.season) for d in details] == [(1, 1), (2, 1), (3, 1)]
    assert all(d.content_note for d in details)


@each_episode
def test_the_published_time_is_utc(folder: Path) -> None:
    assert about(folder)["published"].utcoffset() == timedelta(0)


@each_episode
def test_voices_stand_in_the_order_in_which_they_first_speak(folder: Path) -> None:
    spoken = list(dict.fromkeys((t["speaker"], t["role"]) for t in rows(folder, "turn")))
    assert [(v["name"], v["role"]) for v in about(folder)["voices"]] == spoken
    assert len(spoken) == about(folder)["speakers"]


@each_episode
def test_a_therapist_and_two_partners_talk(folder: Path) -> None:
    roles = sorted(Role(v["role"]) for v in about(folder)["voices"])
    assert roles == [Role.PARTNER, Role.PARTNER, Role.THERAPIST]


def test_every_flite_voice_is_the_therapist_once() -> None:
    speakers = [s for f in FOLDERS for s in maker().read_script(f / "script.txt").speakers.values()]
    assert sorted(s.flite for s in speakers if s.role == "therapist") == ["awb", "rms", "slt"]


# ---- the audio


@each_episode
def test_the_audio_is_four_to_seven_minutes_of_mono(folder: Path) -> None:
    path = folder / about(folder)["audio"]
    with av.open(str(path)) as file:
        stream = file.streams.audio[0]
        assert stream.channels == 1
        assert stream.bit_rate <= 64_000
    assert SHORTEST_S <= length_s(path) <= LONGEST_S


@each_episode_with_tracks
def test_tracks_are_as_long_as_the_mix(folder: Path) -> None:
    mix_s = length_s(folder / about(folder)["audio"])
    for voice in about(folder)["voices"]:
        assert length_s(folder / voice["track"]) == pytest.approx(mix_s, abs=0.05)


@each_episode_with_tracks
def test_tracks_are_mono_at_48_kbit_or_less(folder: Path) -> None:
    for voice in about(folder)["voices"]:
        with av.open(str(folder / voice["track"])) as file:
            assert file.streams.audio[0].channels == 1
            assert file.streams.audio[0].bit_rate <= 48_000


def test_all_audio_together_is_at_most_twelve_megabytes() -> None:
    assert sum(path.stat().st_size for path in EPISODES.rglob("*.mp3")) <= 12_000_000


# ---- the times


@each_episode
def test_turns_rise_and_lie_inside_the_audio(folder: Path) -> None:
    turns = rows(folder, "turn")
    edges = [edge for t in turns for edge in (t["start_s"], t["end_s"])]
    assert [t["index"] for t in turns] == list(range(len(turns)))
    assert edges == sorted(set(edges))
    assert edges[0] >= 0
    assert edges[-1] <= length_s(folder / about(folder)["audio"])


@each_episode
def test_every_turn_is_loud_and_about_as_loud_as_the_others(folder: Path) -> None:
    path = folder / about(folder)["audio"]
    for t in rows(folder, "turn"):
        assert -30 < level_dbfs(path, t["start_s"], t["end_s"]) < -15, t


@each_episode
def test_between_turns_only_the_room_is_heard(folder: Path) -> None:
    path, turns = folder / about(folder)["audio"], rows(folder, "turn")
    gaps = [(a["end_s"] + 0.04, b["start_s"] - 0.04) for a, b in pairwise(turns)]
    levels = [level_dbfs(path, *gap) for gap in gaps if gap[1] - gap[0] > 0.05]
    assert len(levels) > len(turns) / 2
    assert max(levels) < -60
    assert min(levels) > -80  # a room, not digital silence


@each_episode
def test_a_turn_begins_and_ends_with_its_voice(folder: Path) -> None:
    path = folder / about(folder)["audio"]
    for t in rows(folder, "turn"):
        assert level_dbfs(path, t["start_s"], t["start_s"] + 0.15) > -50, t
        assert level_dbfs(path, t["end_s"] - 0.15, t["end_s"]) > -60, t


@each_episode_with_tracks
def test_a_track_is_silent_where_others_speak(folder: Path) -> None:
    for voice in about(folder)["voices"]:
        for t in rows(folder, "turn"):
            level = level_dbfs(folder / voice["track"], t["start_s"], t["end_s"])
            assert (level > -30) if t["speaker"] == voice["name"] else (level < -60), (voice, t)


# ---- the words


@each_episode
def test_an_episode_has_45_to_80_turns(folder: Path) -> None:
    assert 45 <= len(rows(folder, "turn")) <= 80


@each_episode
def test_script_txt_and_script_jsonl_say_the_same_words(folder: Path) -> None:
    written = []
    for line in (folder / "script.txt").read_text(encoding="utf-8").splitlines():
        head, colon, text = line.partition(": ")
        if colon and not line.startswith(("#", "(", "voice ", "gaps")):
            words = re.sub(r"\(pause [\d.]+\) ", "", text)
            written.append((head.split(" [")[0], words))
    assert written == [(t["speaker"], t["text"]) for t in rows(folder, "turn")]


@each_episode
def test_tags_of_script_txt_and_script_jsonl_are_the_same(folder: Path) -> None:
    lines = maker().read_script(folder / "script.txt").lines
    turns = rows(folder, "turn")
    assert [(list(line.tags), line.near_miss) for line in lines] == [(t["tags"], t["near_miss"]) for t in turns]


@each_episode
def test_the_words_have_letters_and_plain_marks_only(folder: Path) -> None:
    strange = {c for t in rows(folder, "turn") for c in re.sub(r"[A-Za-z ,.'?!…-]", "", t["text"])}
    assert strange == set()


# ---- the tags and the moments


@each_episode
def test_tags_are_known_and_sub_tags_stand_beside_their_parents(folder: Path) -> None:
    parents = {
        Tag.NAMES_BLOCK: Tag.VULNERABILITY,
        Tag.TOPIC_CHANGE: Tag.DISMISSING,
        Tag.CORRECTING: Tag.DEFENSIVENESS,
    }
    for t in rows(folder, "turn"):
        tags = [Tag(tag) for tag in t["tags"]]
        assert all(parents[tag] in tags for tag in tags if tag in parents), t


def test_every_tag_occurs_in_the_show() -> None:
    assert {tag for f in FOLDERS for t in rows(f, "turn") for tag in t["tags"]} == set(Tag)


@each_episode
def test_at_least_four_moments_and_three_near_misses(folder: Path) -> None:
    assert len(rows(folder, "moment")) >= 4
    assert sum(t["near_miss"] for t in rows(folder, "turn")) >= 3


@each_episode
def test_a_near_miss_is_never_a_validation(folder: Path) -> None:
    assert [t for t in rows(folder, "turn") if t["near_miss"] and "validation" in t["tags"]] == []


@each_episode
def test_moments_go_from_one_partner_to_the_other(folder: Path) -> None:
    turns = rows(folder, "turn")
    for m in rows(folder, "moment"):
        bid, reply, end = turns[m["bid_turn"]], turns[m["reply_turn"]], turns[m["end_turn"]]
        assert (bid["role"], reply["role"]) == ("partner", "partner")
        assert bid["speaker"] == m["validated_speaker"]
        assert reply["speaker"] == end["speaker"] == m["validating_speaker"] != bid["speaker"]


@each_episode
def test_moments_lie_in_order_and_have_the_times_of_their_turns(folder: Path) -> None:
    turns = rows(folder, "turn")
    for m in rows(folder, "moment"):
        assert m["start_turn"] <= m["bid_turn"] < m["reply_turn"] <= m["end_turn"]
        assert (m["start_s"], m["end_s"]) == (turns[m["start_turn"]]["start_s"], turns[m["end_turn"]]["end_s"])


@each_episode
def test_a_moments_tags_are_those_of_leaning_in_in_its_reply(folder: Path) -> None:
    turns = rows(folder, "turn")
    for m in rows(folder, "moment"):
        reply = [t for t in turns[m["reply_turn"] : m["end_turn"] + 1] if t["speaker"] == m["validating_speaker"]]
        assert set(m["tags"]) == {tag for t in reply for tag in t["tags"]} & LEANING_IN != set()
        assert m["clarity"] in {"clear", "subtle"}


def test_most_validations_of_partners_do_without_a_stock_phrase() -> None:
    said = [t["text"] for f in FOLDERS for t in rows(f, "turn") if "validation" in t["tags"] and t["role"] == "partner"]
    assert sum(STOCK.search(text) is None for text in said) >= len(said) / 2


# ---- making it again


def test_a_line_that_means_nothing_is_refused_with_its_number(tmp_path: Path) -> None:
    script = tmp_path / "script.txt"
    script.write_text("voice June: slt, partner, 1.05\n\nJune says hello\n", encoding="utf-8")
    with pytest.raises(maker().ScriptError, match="line 3"):
        maker().read_script(script)


def test_a_turn_is_cut_at_sentences_breaks_and_directed_pauses() -> None:
    assert maker().pieces("Well. (pause 1.2) I - I just… No? You -") == [
        ("Well.", 1.2),
        ("I -", None),
        ("I just…", None),
        ("No?", None),
        ("You -", None),
    ]


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")
def test_a_short_script_made_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "episode.toml").write_text(
            'title = "Short"\nslug = "short"\naudio = "episode.mp3"\n[[voices]]\nname = "June"\nrole = "partner"\n',
            encoding="utf-8",
        )
        script = (
            "voice June: slt, partner, 1.05\nJune [bid 1]: Mm. I mean, I didn't -\nJune [care, reply 1 clear]: No.\n"
        )
        (folder / "script.txt").write_text(script, encoding="utf-8")
        maker().make(folder)
        made.append([(folder / file).read_bytes() for file in ("episode.mp3", "script.jsonl")])
    assert made[0] == made[1]


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")
@each_episode
def test_the_first_turn_is_spoken_again_in_the_time_that_is_written(folder: Path) -> None:
    line = maker().read_script(folder / "script.txt").lines[0]
    seed = [maker().zlib.crc32(about(folder)["slug"].encode()), 0]
    sound = maker().say_turn(line, np.random.default_rng(seed))
    spoken_s = sound.size / maker().FLITE_HZ - 2 * maker().MARGIN_S
    first = rows(folder, "turn")[0]
    assert spoken_s == pytest.approx(first["end_s"] - first["start_s"], abs=0.02)


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")
def test_a_broken_off_sentence_leaves_nothing_of_the_word_that_was_cut() -> None:
    broken, whole = maker().say("I went to the -", "slt", 1.0), maker().say("I went to the but", "slt", 1.0)
    margin = round(maker().MARGIN_S * maker().FLITE_HZ)
    assert broken.size < whole.size - 0.15 * maker().FLITE_HZ
    assert not broken[-margin:].any()
