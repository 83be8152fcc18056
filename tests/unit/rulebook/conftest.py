"""The small nation of the stories, on the readable posting."""

import pytest

from sanad.rulebook.edition1.posting import post
from tests.scenarios.nation import Nation, found, twin

_founded: list[Nation] = []


@pytest.fixture
def nation() -> Nation:
    """A nation right after genesis, to do with as the test likes."""
    if not _founded:
        _founded.append(found(post))
    return twin(_founded[0])
