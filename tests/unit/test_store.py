"""Episodes, chunks, transcripts and moments come back as they went in."""

from datetime import UTC, datetime

import pytest

from companion.errors import NotFoundError
from companion.library import Library
from companion.store import MomentFilter, NewEpisode, moment_id, stage_key
from companion.types import (
    Chunk,
    ChunkText,
    EpisodeState,
    Evidence,
    Flag,
    Moment,
    MomentKind,
    MomentOrder,
    Progress,
    Publication,
    Role,
    Segment,
    StoredTurn,
    Tag,
    TagScore,
    Turn,
    TurnTags,
    Voice,
    Word,
)


def new_episode(audio: str = "a" * 64, title: str = "Four minutes", **changes: object) -> NewEpisode:
    values: dict[str, object] = {
        "title": title,
        "slug": None,
        "description": "",
        "sample": True,
        "published": None,
        "added": datetime(2026, 11, 1, tzinfo=UTC),
        "audio_sha256": audio,
        "tracks": ((None, audio),),
        "voices": (Voice("Ana", "Ana", Role.PARTNER, True),),
        "speakers": 3,
        "hotwords": ("Ana",),
        "model": "bundled",
        "publication": Publication.PUBLISHED,
    }
    return NewEpisode(**{**values, **changes})  # type: ignore[arg-type]


def conversation() -> tuple[StoredTurn, ...]:
    """A bid and a reply."""
    bid = "I was alone with it all week"
    reply = "You were. I left you with everything"
    turns = []
    for index, (speaker, text) in enumerate([("Ana", bid), ("Ben", reply)]):
        start = 10.0 * index
        words = tuple(Word(start + i, start + i + 0.5, w, 0.9) for i, w in enumerate(text.split()))
        segment = Segment(start, words[-1].end_s, text, speaker, words, (Flag.REPETITION,) if index else ())
        tags = (
            TurnTags((TagScore(Tag.VALIDATION, 0.9, (Evidence("You were", 0, 8, 10.0, 11.5),)),), 0.1)
            if index
            else None
        )
        turn = Turn(index, speaker, Role.PARTNER, start, words[-1].end_s, text, words)
        turns.append(StoredTurn(turn, tags or TurnTags((), 0.0), (segment,)))
    return tuple(turns)


def a_moment(score: float = 0.9) -> Moment:
    stored = conversation()
    return Moment(
        start_s=0.0,
        end_s=stored[1].turn.end_s,
        validating_speaker="Ben",
        validated_speaker="Ana",
        tags=stored[1].tags.tags,
        evidence=stored[1].tags.tags[0].evidence,
        quote=stored[1].turn.text,
        bid=stored[0].turn.text,
        first_turn=0,
        reply_turn=1,
        last_turn=1,
        score=score,
        kind=MomentKind.MUTUAL,
        title="I hear you.",
    )


def fill(library: Library, new: NewEpisode) -> int:
    """An episode that is ready, with one moment."""
    episode, _ = library.episodes.add(new)
    with library.database.write() as connection:
        library.transcripts.replace(connection, episode.id, conversation())
        library.moments.replace(connection, episode.id, episode.audio_sha256, [a_moment()])
        library.index.put(connection, episode.id, [s.turn for s in conversation()])
        library.episodes.put_voices(connection, episode.id, [Voice("Voice 1", "Ana", Role.PARTNER, False)])
    library.episodes.ready(episode.id, duration_s=17.0, peaks=[0.5], playback_sha256="c" * 64, model="bundled")
    return episode.id


def test_the_same_audio_twice_is_one_episode(library: Library) -> None:
    first, new = library.episodes.add(new_episode())
    again, new_again = library.episodes.add(new_episode(title="Another title"))
    assert (new, new_again) == (True, False)
    assert again == first


def test_two_episodes_of_one_title_get_two_addresses(library: Library) -> None:
    slugs = [library.episodes.add(new_episode(c * 64, "Café, again!"))[0].slug for c in "ab"]
    assert slugs == ["cafe-again", "cafe-again-2"]


def test_an_episode_goes_from_waiting_to_ready(library: Library) -> None:
    episode, _ = library.episodes.add(new_episode())
    assert [attempt for _, attempt in library.jobs.unfinished()] == [1]
    library.episodes.progress(episode.id, Progress("recognise", 3, 4, "chunks"))
    assert library.episodes.get_progress(episode.id) == (
        EpisodeState.WORKING,
        Progress("recognise", 3, 4, "chunks"),
        None,
    )
    library.episodes.ready(episode.id, duration_s=17.0)
    assert library.episodes.get("four-minutes").state is EpisodeState.READY
    assert library.jobs.unfinished() == ()


def test_a_failed_episode_waits_again_after_a_retry(library: Library) -> None:
    episode, _ = library.episodes.add(new_episode())
    library.episodes.failed(episode.id, "No speech was found.")
    assert library.episodes.get_progress(episode.id)[2] == "No speech was found."
    library.jobs.retry(episode.slug, None, episode.added)
    assert [attempt for _, attempt in library.jobs.unfinished()] == [2]


def test_what_the_pipeline_needs_comes_back(library: Library) -> None:
    episode, _ = library.episodes.add(new_episode())
    take = library.episodes.take_in(episode.id)
    assert take.tracks == ((None, "a" * 64),)
    assert take.voices == (Voice("Ana", "Ana", Role.PARTNER, True),)
    assert (take.model, take.speakers, take.hotwords) == ("bundled", 3, ("Ana",))


def test_a_chunk_is_to_do_until_its_words_are_kept(library: Library) -> None:
    chunks = [Chunk(i, i * 10.0, i * 10.0 + 9, 8.0) for i in range(3)]
    library.stages.put_plan("k" * 64, chunks)
    text = ChunkText(chunks[1], (Word(10.0, 11.0, "Mm.", 0.5),), (Flag.NO_VOICE,), -0.5, 2)
    library.stages.put_chunk("k" * 64, text)
    assert library.stages.chunks_to_do("k" * 64) == (chunks[0], chunks[2])
    assert library.stages.chunk_texts("k" * 64) == (text,)


def test_planning_again_keeps_what_is_done(library: Library) -> None:
    chunks = [Chunk(0, 0.0, 9.0, 8.0)]
    library.stages.put_plan("k" * 64, chunks)
    library.stages.put_chunk("k" * 64, ChunkText(chunks[0], (), (), 0.0, 1))
    library.stages.put_plan("k" * 64, chunks)
    assert library.stages.chunks_to_do("k" * 64) == ()


def test_a_stage_result_is_kept_under_all_that_decides_it(library: Library) -> None:
    keys = {stage_key("a", "plan", 1, {}), stage_key("a", "plan", 2, {}), stage_key("a", "plan", 1, {"beam": 5})}
    assert len(keys) == 3
    library.stages.put(min(keys), "plan", {"chunks": 3})
    library.stages.put(min(keys), "plan", {"chunks": 4})
    assert library.stages.get(min(keys)) == {"chunks": 3}


def test_a_transcript_comes_back_as_it_went_in(library: Library) -> None:
    assert library.transcripts.turns(fill(library, new_episode())) == conversation()


def test_a_moment_comes_back_with_its_episode(library: Library) -> None:
    fill(library, new_episode())
    ids, total = library.facets.ids(MomentFilter(), MomentOrder.STRENGTH, 10)
    found = library.moments.of_ids(ids)
    assert total == len(found) == 1
    assert found[0].moment == a_moment()
    assert (found[0].episode_slug, found[0].sample, found[0].validated_role) == ("four-minutes", True, Role.PARTNER)
    assert library.moments.get(found[0].id) == found[0]


def test_doing_an_episode_again_doubles_nothing(library: Library) -> None:
    episode_id = fill(library, new_episode())
    with library.database.write() as connection:
        library.transcripts.replace(connection, episode_id, conversation())
        library.moments.replace(connection, episode_id, "a" * 64, [a_moment()])
        library.index.put(connection, episode_id, [s.turn for s in conversation()])
    assert library.facets.count(MomentFilter()) == 1
    assert library.index.find("alone", 10)[1] == 1
    assert len(library.transcripts.turns(episode_id)) == 2


def test_moments_are_filtered_and_counted_by_tag(library: Library) -> None:
    fill(library, new_episode())
    assert library.facets.count(MomentFilter(tags=(Tag.VALIDATION,))) == 1
    assert library.facets.count(MomentFilter(tags=(Tag.CARE,))) == 0
    assert [(c.tag, c.count) for c in library.facets.counts(MomentFilter()).tags] == [(Tag.VALIDATION, 1)]


def test_moments_are_filtered_by_kind(library: Library) -> None:
    fill(library, new_episode())
    assert library.facets.count(MomentFilter(kind=MomentKind.MUTUAL)) == 1
    assert library.facets.count(MomentFilter(kind=MomentKind.ONE_WAY)) == 0


def test_an_episode_in_work_shows_no_moments(library: Library) -> None:
    episode_id = fill(library, new_episode())
    library.episodes.failed(episode_id, "No speech was found.")
    assert library.facets.count(MomentFilter()) == 0
    assert library.moments.ids_of("four-minutes") == ()
    assert library.index.find("alone", 10)[1] == 0


def test_a_moments_name_depends_on_recording_stretch_and_speaker() -> None:
    assert moment_id("a" * 64, a_moment()) == moment_id("a" * 64, a_moment(score=0.2))
    assert moment_id("a" * 64, a_moment()) != moment_id("b" * 64, a_moment())


def test_taking_an_episode_out_takes_all_of_it_out(library: Library) -> None:
    episode_id = fill(library, new_episode())
    with library.database.write() as connection:
        library.index.put(connection, episode_id, ())
        assert library.episodes.delete(connection, episode_id) == ("a" * 64, "c" * 64)
    assert library.facets.count(MomentFilter()) == 0
    assert library.moments.ids_of("four-minutes") == ()
    assert library.transcripts.turns(episode_id) == ()
    with pytest.raises(NotFoundError):
        library.episodes.get("four-minutes")
