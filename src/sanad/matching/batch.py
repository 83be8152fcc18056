"""Many queries, on all cores: each worker reads the index from one file, so that nothing large is sent to it."""

import multiprocessing
import os
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from sanad.base.errors import Malformed
from sanad.matching.index import Index
from sanad.matching.words import DEFAULT_THRESHOLD, Candidate, Query

_TOGETHER: Final = 500
"""So many queries go to a worker at once."""
_AHEAD: Final = 3
"""So many lots a worker are on the way: the rest of the queries is not read yet."""

Answer = list[Candidate] | Malformed
"""What a query gives: those that may be meant, or why it cannot be asked."""

_index: Index | None = None


def _start(path: str) -> None:
    global _index  # noqa: PLW0603 -- one process, one index
    _index = Index.load(Path(path))


def _one(index: Index, query: Query, threshold: int, limit: int) -> Answer:
    try:
        return index.search(query, threshold=threshold, limit=limit)
    except Malformed as wrong:
        return wrong


Told = tuple[str, str, str] | list[tuple[int, Candidate]]


def _work(octets: bytes, threshold: int, limit: int) -> bytes:
    if _index is None:
        raise RuntimeError("a worker asked before it had its index")
    told: list[tuple[list[Candidate], list[str]]] = []
    for query in msgspec.msgpack.decode(octets, type=list[Query]):
        answer = _one(_index, query, threshold, limit)
        if isinstance(answer, Malformed):
            told.append(([], [answer.field, answer.code, answer.advice]))
        else:
            told.append((answer, []))
    return msgspec.msgpack.encode(told)


def _read(octets: bytes) -> Iterator[Answer]:
    for candidates, wrong in msgspec.msgpack.decode(octets, type=list[tuple[list[Candidate], list[str]]]):
        yield Malformed(*wrong) if wrong else candidates


def screen_batch(
    index: Index,
    queries: Iterable[Query],
    *,
    threshold: int = DEFAULT_THRESHOLD,
    limit: int = 20,
    workers: int | None = None,
) -> Iterator[Answer]:
    """The answers to many queries, in their order, as they are ready. `queries` is read as it goes, not all at once.

    A query that cannot be asked gives its `Malformed` instead of stopping the others. `workers`: as many as cores.
    """
    count = workers or os.cpu_count() or 1
    if count == 1:
        yield from (_one(index, query, threshold, limit) for query in queries)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        index.save(path)
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(count, context, _start, (str(path),)) as pool:
            waiting: list[Future[bytes]] = []
            rest = iter(queries)
            while True:
                while len(waiting) < count * _AHEAD and (lot := list(islice(rest, _TOGETHER))):
                    waiting.append(pool.submit(_work, msgspec.msgpack.encode(lot), threshold, limit))
                if not waiting:
                    return
                yield from _read(waiting.pop(0).result())
