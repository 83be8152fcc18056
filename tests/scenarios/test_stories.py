"""The stories of `scenarios/`: each is played on both postings, and together they show every rejection."""

import pytest

from sanad.rulebook.edition1.codes import Outcome
from tests.scenarios.conftest import POSTINGS
from tests.scenarios.language import Story, stories
from tests.scenarios.nation import Nation
from tests.scenarios.play import Play

STORIES = stories()


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_the_story_goes_as_written(story: Story, nation: Nation) -> None:
    Play(nation).perform(story)


def test_every_rejection_has_its_story() -> None:
    told = {story.path.stem for story in STORIES if story.path.stem.upper() in story.rejections}
    codes = {outcome.name.lower() for outcome in Outcome if outcome is not Outcome.ADMITTED}
    assert codes - told == set()


def test_every_story_has_a_title() -> None:
    assert [story.name for story in STORIES if not story.title or story.title.startswith("Story")] == []


def test_both_postings_are_played() -> None:
    assert POSTINGS == ["readable", "kernel"]
