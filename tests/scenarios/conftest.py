"""Every story runs twice: on the readable posting, and on the kernel's."""

import importlib
from functools import cache

import pytest

from sanad.rulebook.edition1 import posting
from sanad.rulebook.edition1.apply import Post
from tests.scenarios.nation import Nation, found, twin

POSTINGS = ["readable", "kernel"]


def post_of(name: str) -> Post:
    """The posting of that name."""
    module = importlib.import_module("sanad.kernel.posting") if name == "kernel" else posting
    return module.post  # type: ignore[no-any-return]


@cache
def founded(name: str) -> Nation:
    return found(post_of(name))


@pytest.fixture(params=POSTINGS)
def nation(request: pytest.FixtureRequest) -> Nation:
    """A nation right after genesis, to do with as the test likes."""
    return twin(founded(request.param))
