"""Choosing, searching with slips, the guide, pages that are not there: as a client without a browser sees them."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from companion.config import Settings
from companion.core import LABELS, MEANINGS
from companion.errors import BadInputError
from companion.types import LEANING_IN, Tag
from tests import small_library
from tests.small_site import site


def text_of(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return unescape(answer.text)


def facet(text: str, title: str) -> str:
    """The part of a page that offers one kind of choice."""
    found = re.search(rf"<h2 id=\"facet-\w+\">{title}</h2>(.*?)</section>", text, re.S)
    assert found is not None, title
    return found[1]


def cards(text: str) -> int:
    return text.count('<article class="moment"')


# ---- choosing


def test_every_tag_says_what_it_means_where_it_is_chosen(client: FlaskClient) -> None:
    offered = facet(text_of(client, "/moments"), "What happens")

    tags = [Tag(name) for name in re.findall(r"tag=(\w+)", offered)]
    assert Tag.CARE in tags
    assert all(LABELS[tag] in offered and MEANINGS[tag] in offered for tag in tags)


def test_choices_add_up_and_each_says_what_it_would_leave(client: FlaskClient) -> None:
    text = text_of(client, "/moments?tag=validation")

    assert cards(text) == 2
    assert re.search(r'href="/moments\?tag=validation&tag=ownership"[^>]*>.*?class="count">1<', text, re.S)
    assert cards(text_of(client, "/moments?tag=validation&tag=ownership")) == 1


def test_every_offer_leads_to_as_many_moments_as_it_says(client: FlaskClient) -> None:
    for start in ("/moments", "/moments?tag=validation", "/moments?episode=late-again", "/moments?q=you&length=short"):
        offers = re.findall(
            r'<li>\s*<a href="(/moments[^"]*)"(?! aria-current)[^>]*>(?:(?!</a>).)*class="count">(\d+)',
            text_of(client, start),
            re.S,
        )
        assert offers
        for address, count in offers:
            assert cards(text_of(client, address)) == int(count), (start, address)


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("One or both", "one leans in"),
        ("How long", "under 30 s"),
        ("Who leans in", "a partner"),
        ("Which episode", "Second chair"),
    ],
)
def test_what_else_can_be_chosen(client: FlaskClient, title: str, words: str) -> None:
    assert words in facet(text_of(client, "/moments"), title)


def test_what_is_chosen_is_chosen_and_can_be_taken_away_in_two_places(client: FlaskClient) -> None:
    text = text_of(client, "/moments?tag=care&length=short&role=partner&kind=one_way&sort=longest")

    assert text.count('class="chip"') == 4
    assert text.count(' aria-current="true"') == 4 + 0  # one moment needs no order
    assert 'href="/moments?kind=one_way&role=partner&length=short&sort=longest"' in text
    assert MEANINGS[Tag.CARE] in text


def test_an_order_is_an_address(client: FlaskClient) -> None:
    def lengths(address: str) -> list[float]:
        stretches = re.findall(r'data-start="([\d.]+)" data-end="([\d.]+)"', text_of(client, address))
        return [float(end) - float(start) for start, end in stretches]

    assert lengths("/moments?sort=longest") == sorted(lengths("/moments"), reverse=True)
    assert lengths("/moments?sort=shortest") == sorted(lengths("/moments"))
    text = text_of(client, "/moments?sort=newest")
    assert text.index("no wonder it hurts") < text.index("Of course you felt lonely")
    assert 'href="/moments">Strongest' in text
    assert "As they come" in text_of(client, "/moments?episode=late-again")


@pytest.mark.parametrize("wrong", ["tag=kindness", "kind=neither", "role=cat", "length=endless", "sort=random"])
def test_what_there_is_not_to_choose_is_said_and_the_rest_is_kept(client: FlaskClient, wrong: str) -> None:
    text = text_of(client, f"/moments?q=lonely&{wrong}", 400)

    assert f"“{wrong.partition('=')[2]}”" in text
    assert 'value="lonely"' in text
    assert cards(text) == 0


def test_a_search_keeps_what_is_chosen(client: FlaskClient) -> None:
    text = text_of(client, "/moments?tag=care&tag=validation&length=short&sort=newest")

    form = text[text.index("<form") : text.index("</form>")]
    for name, value in (("tag", "care"), ("tag", "validation"), ("length", "short"), ("sort", "newest")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in form


def test_where_nothing_is_left_it_is_said_what_to_take_away(client: FlaskClient) -> None:
    text = text_of(client, "/moments?tag=care&episode=late-again")

    assert "No moment is like that." in text
    assert '<a href="/moments?episode=late-again">without showing care</a> <span class="count">2 moments' in text
    assert '<a href="/moments?tag=care">without Late again</a> <span class="count">1 moment<' in text


def test_words_with_a_slip_in_them_find_moments_too(client: FlaskClient) -> None:
    text = text_of(client, "/moments?q=lonly&tag=validation")

    assert 'Did you mean <a href="/moments?tag=validation&q=lonely">lonely</a>?' in text


# ---- searching


def test_a_slip_is_forgiven_and_said(client: FlaskClient) -> None:
    text = text_of(client, "/search?q=stiars")

    assert "Nobody says “stiars”" in text
    assert "<mark>stairs</mark>" in text
    assert 'href="/search?q=stairs"' in text


def test_where_nothing_is_found_less_is_offered_and_moves_that_are_near(client: FlaskClient) -> None:
    text = text_of(client, "/search?q=apology+stairs+zebra")

    assert "Nothing found" in text
    assert '<a href="/search?q=stairs">stairs</a> <span class="count">1 place<' in text
    assert 'href="/moments?tag=ownership"' in text
    assert MEANINGS[Tag.OWNERSHIP] in text


def test_a_search_near_nothing_offers_what_is_heard_most(client: FlaskClient) -> None:
    assert 'href="/moments?tag=validation"' in text_of(client, "/search?q=zzzzzz")


# ---- the guide


def test_the_guide_explains_every_move_and_every_way_of_turning_away(client: FlaskClient) -> None:
    text = text_of(client, "/guide")

    for tag in Tag:
        assert LABELS[tag] in text
        assert MEANINGS[tag] in text
    for heading in ("Option A", "Option B", "Validating without agreeing", "Going first", "Naming the block"):
        assert heading in text


def test_the_guide_plays_examples_and_counter_examples_of_the_show(client: FlaskClient) -> None:
    text = text_of(client, "/guide")

    assert cards(text) == 3  # each moment of the library once before any comes again
    assert len(set(re.findall(r'id="(moment-\w+)"', text))) == 3
    assert "I know it's hard, but you could have called me" in text
    assert text.count("data-stretch") == 4
    assert "Sample episode, synthetic voices" in text


def test_no_id_of_the_guide_is_there_twice(client: FlaskClient) -> None:
    ids = re.findall(r'\bid="([^"]+)"', text_of(client, "/guide"))
    assert len(ids) == len(set(ids))


def test_a_host_s_own_pages_are_shown_when_they_are_set(home: Path, client: FlaskClient) -> None:
    assert "From those who make the show" not in text_of(client, "/guide")
    with site(home, blog_url="https://example.org/a?b=1&c=2", course_url=" ") as app:
        text = app.test_client().get("/guide").text
    assert '<a href="https://example.org/a?b=1&amp;c=2" rel="external noopener noreferrer">The blog</a>' in text
    assert "The course" not in text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "example.org", "ftp://example.org", "https://", "https://a b"])
def test_only_addresses_of_the_web_are_shown(home: Path, url: str) -> None:
    with pytest.raises(BadInputError, match="COMPANION_COACHING_URL"), site(home, coaching_url=url):
        pass


def test_the_feed_is_named_only_where_there_is_one(client: FlaskClient) -> None:
    text = text_of(client, "/guide")
    there = client.get("/feed.xml").status_code == 200
    assert ("/feed.xml" in text) is there
    assert there or 'href="/#episodes"' in text


# ---- pages that are not there


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("/episodes/late-agian", 'href="/episodes/late-again">Late again'),
        ("/episode/second_chair.html", 'href="/episodes/second-chair">Second chair'),
        ("/momens", 'href="/moments">Moments'),
        ("/GUIDE", 'href="/guide">The guide'),
    ],
)
def test_a_page_that_is_not_there_leads_to_the_one_that_was_wanted(
    client: FlaskClient, address: str, wanted: str
) -> None:
    text = text_of(client, address, 404)

    assert "Perhaps you want" in text
    assert wanted in text


def test_a_page_like_none_that_there_is_still_has_a_search(client: FlaskClient) -> None:
    text = text_of(client, "/wp-admin/<script>/%F0%9F%99%82", 404)

    assert "Perhaps you want" not in text
    assert 'role="search"' in text
    assert "<script>/" not in client.get("/x/<script>y</script>").text


def test_every_move_has_a_place_in_the_guide() -> None:
    template = (Path(__file__).resolve().parents[2] / "web" / "templates" / "guide.html").read_text()
    assert {tag for tag in LEANING_IN if f"move(tags.{tag.name})" in template} == LEANING_IN


def test_the_guide_plays_two_monologues_where_the_show_has_them(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path / "library", {})
    small_library.build(settings, tmp_path)
    small_library.add_quarrel(settings, tmp_path)
    with site(tmp_path / "library") as app:
        answer = app.test_client().get("/guide")
    text = unescape(answer.text)
    part = re.search(r'<h2 id="monologues">(.*?)</section>', text, re.S)

    assert part is not None
    said = [said.text for said in small_library.QUARREL]
    places = [part[1].index(words[:20]) for words in said]
    assert places == sorted(places)
    assert "From the show: beside each other" in part[1]
    assert "fever. All afternoon" in part[1]  # the way out stays
    assert "one of them with a fever" not in part[1]  # the written example gives way
    assert 'href="/episodes/twice-on-tuesday?t=0.5"' in part[1]
    assert re.search(r'data-start="0\.5" data-end="1[0-9]\.', part[1])
    assert "&lt;i&gt;phone" in answer.text  # names and words stay words
    assert "Sample episode" not in part[1]


def test_the_guide_has_an_example_of_its_own_where_nobody_talks_beside_each_other(client: FlaskClient) -> None:
    part = text_of(client, "/guide").split('<h2 id="monologues">')[1].split("</section>")[0]

    assert "one of them with a fever" in part
    assert "From the show" not in part
    assert "data-stretch" not in part
