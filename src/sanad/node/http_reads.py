"""Everything that is read over HTTP: accounts, statements, receipts, messages, proofs, and what is public.

Who sees what (DESIGN §4). Public: checkpoint, tiles, the log's key, health. Else a credential (`credentials`): an
institution sees its own, recipients of a control act that act, an authority everything. Whether another's account,
message or transfer exists is secret: both cases get the same 404. Paths that name another *institution* get 403
whatever is behind them.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from sanad.base import canonical
from sanad.base.errors import Malformed, Refused, Unavailable
from sanad.log.tiles import TilePath
from sanad.node import credentials, http_json, receipts
from sanad.node.credentials import Reader
from sanad.node.http_limits import Limits
from sanad.node.http_page import front_page
from sanad.node.http_problems import Answer, not_found
from sanad.node.service import STATEMENT_LINES_MAX, AccountView, NodeService
from sanad.rulebook.message import HEADER_SIZE, POSITIONS_PER_ENTRY

Result = TypeVar("Result")
Handler = Callable[[Request], Awaitable[Response]]

STATEMENT_LINES_DEFAULT = 50
QUERY_LENGTH_MAX = 200
NUMBER_MAX = 2**63 - 1
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_LOOPBACK_HOST = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?", re.ASCII)
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")

_PRIVATE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_BRIEFLY = {"cache-control": "no-cache", "x-content-type-options": "nosniff", "access-control-allow-origin": "*"}
_FOR_EVER = {**_BRIEFLY, "cache-control": "max-age=31536000, immutable"}
_TEXT = "text/plain; charset=utf-8"
NOT_READY = "the node takes no messages for the moment; try again later, and ask its operator if it lasts"
"""What the public is told instead of a reason that may say how the machine is made."""
_OCTETS = "application/octet-stream"


class Reads:
    """The handlers. Those that may touch a disk run on a few threads, with a bounded number waiting for one."""

    def __init__(
        self, service: NodeService, limits: Limits, own_figures: Callable[[], bytes], clock_ms: Callable[[], int]
    ) -> None:
        self._service = service
        self._limits = limits
        self._own_figures = own_figures
        self._clock_ms = clock_ms
        self._threads = ThreadPoolExecutor(limits.read_threads, thread_name_prefix="sanad-read")
        self._under_way = 0

    def close(self) -> None:
        """End the threads; what is under way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    # --- public -----------------------------------------------------------------------------------------------------

    async def front(self, _: Request) -> Response:
        """What this is and what to try."""
        body, headers = front_page(self._service.health())
        return Response(body, headers={**headers, "x-content-type-options": "nosniff"})

    async def health(self, request: Request) -> Response:
        """How the node is: 200, or 503 while it takes no messages. Why not is told to the operator only."""
        state = self._service.health()
        if state.reason and not self._is_operator(request):
            state = replace(state, reason=NOT_READY)
        headers = _PRIVATE if state.ready else {**_PRIVATE, "retry-after": "1"}
        return _json(http_json.health(self._service.network, state), 200 if state.ready else 503, headers)

    async def checkpoint(self, _: Request) -> Response:
        """The newest signed checkpoint (C2SP tlog-tiles)."""
        return Response(self._service.checkpoint(), media_type=_TEXT, headers=_BRIEFLY)

    async def log_key(self, _: Request) -> Response:
        """The log's verifier key."""
        return Response(self._service.log_key() + b"\n", media_type=_TEXT, headers=_BRIEFLY)

    async def tile(self, request: Request) -> Response:
        """A hash tile or entry bundle; any other spelling of its path is 404."""
        path = request.url.path.removeprefix("/")
        try:
            TilePath.decode(path)
            data = await self._on_thread(lambda: self._service.tile(path))
        except (Malformed, KeyError):
            return as_response(not_found("tile_unknown", "no such tile is in the log; ask for those of a checkpoint"))
        return Response(data, media_type=_OCTETS, headers=_FOR_EVER)

    async def register_answer(self, request: Request) -> Response:
        """A record of the public register with its proof: `?at=<ms since 1970>`, now if left out."""
        record_type, number = _number(request, "type", 2**16 - 1, least=1), _number(request, "number", least=1)
        asked_ms = _query(request, {"at": self._clock_ms()})["at"]
        data = await self._on_thread(lambda: self._service.register_answer(record_type, number, asked_ms))
        return Response(data, media_type=_OCTETS, headers=_BRIEFLY)

    async def register(self, request: Request) -> Response:
        """Records of a type, as they stand now: `?after=<number>&limit=<1 to 500>`."""
        record_type = _number(request, "type", 2**16 - 1, least=1)
        query = _query(request, {"after": 0, "limit": STATEMENT_LINES_DEFAULT})
        after, limit = query["after"], query["limit"]
        if not 1 <= limit <= STATEMENT_LINES_MAX:
            raise Malformed(
                "limit", "out_of_range", f"ask for 1 to {STATEMENT_LINES_MAX} records, then for the next page"
            )
        records = await self._on_thread(lambda: self._service.register_records(record_type, after, limit))
        document: http_json.Document = {"records": [canonical.decode(each, "register record") for each in records]}
        return _json(document, headers=_BRIEFLY)

    async def metrics(self, request: Request) -> Response:
        """Figures for the operator: from the machine itself, or to an authority."""
        if not _is_from_this_machine(request) and not self._reader(request).is_authority:
            raise Refused("AUTHORITY", "only this machine and authorities read figures; ask the operator")
        figures = await self._on_thread(self._service.metrics)
        return Response(
            figures + self._own_figures(), headers={"content-type": "text/plain; version=0.0.4", **_PRIVATE}
        )

    # --- with a credential ------------------------------------------------------------------------------------------

    async def receipt(self, request: Request) -> Response:
        """A receipt by the identity of its message; JSON when `Accept` asks for it."""
        institution = self._own_institution(request)
        lane, sequence = _number(request, "lane", 2**16 - 1), _number(request, "sequence", least=1)
        data = await self._on_thread(lambda: self._service.receipt(institution, lane, sequence))
        if data is None:
            return as_response(not_found("receipt_unknown", "no message with that lane and sequence has been decided"))
        if "application/json" in request.headers.get("accept", ""):
            tongue = http_json.language(request.headers.get("accept-language", ""))
            parsed, orders = receipts.decode(data), {}
            if http_json.asks_for_orders(parsed):
                orders = dict(await self._on_thread(lambda: self._service.orders_behind(parsed.entry)))
            return _json(http_json.receipt(parsed, data, tongue, orders))
        return Response(data, media_type=_OCTETS, headers=_PRIVATE)

    async def lane(self, request: Request) -> Response:
        """Which sequence a lane's next message must have."""
        institution, lane = self._own_institution(request), _number(request, "lane", 2**16 - 1)
        following = self._service.next_sequence(institution, lane)
        return _json({"institution": institution, "lane": lane, "next_sequence": following})

    async def account(self, request: Request) -> Response:
        """An account's balance and facts."""
        return _json(http_json.account(self._own_account(request)))

    async def statement(self, request: Request) -> Response:
        """Lines of an account, newest first: `?before=<position>&limit=<1 to 500>`."""
        view = self._own_account(request)
        query = _query(request, {"before": 0, "limit": STATEMENT_LINES_DEFAULT})
        before, limit = query["before"], query["limit"]
        if not 1 <= limit <= STATEMENT_LINES_MAX:
            raise Malformed(
                "limit", "out_of_range", f"ask for 1 to {STATEMENT_LINES_MAX} lines, then for the next page"
            )
        page = await self._on_thread(lambda: self._service.statement(view.number, before, limit))
        return _json(http_json.statement(view, page))

    async def payment(self, request: Request) -> Response:
        """What an institution sent under one UETR."""
        institution = self._own_institution(request)
        text = request.path_params["uetr"].lower()
        if not _UUID.fullmatch(text):
            raise Malformed("uetr", "not_a_uuid", "write the UETR as 8-4-4-4-12 hexadecimal digits")
        uetr = UUID(text).bytes
        return _json(
            http_json.payments(uetr, await self._on_thread(lambda: self._service.find_payment(institution, uetr)))
        )

    async def proof(self, request: Request) -> Response:
        """The proof file of a transfer, for the owners of its accounts and its sender."""
        reader, position = self._reader(request), _number(request, "position", least=POSITIONS_PER_ENTRY)
        parties = await self._on_thread(lambda: self._service.transfer_parties(position))
        data = None
        if reader.is_among(parties):
            data = await self._on_thread(lambda: self._service.transfer_proof(position))
        if data is None:
            return as_response(not_found("transfer_unknown", "no transfer of yours is at that position"))
        attachment = f'attachment; filename="payment-{position}.tlog-proof"'
        return Response(data, media_type=_TEXT, headers={**_PRIVATE, "content-disposition": attachment})

    async def message(self, request: Request) -> Response:
        """One's own message, whole; or the body of a control act that one is a recipient of.

        `Sanad-Part` says which. Recipients don't get the header: its nonce is told to nobody but the node.
        """
        reader, entry = self._reader(request), _number(request, "entry", least=1)
        readers = await self._on_thread(lambda: self._service.message_readers(entry))
        found = None
        if reader.is_among(readers):
            found = await self._on_thread(lambda: self._service.message(entry))
        if found is None:
            return as_response(not_found("message_unknown", "no message of yours or to you is at that entry"))
        is_whole = reader.may_read(found.sender)
        headers = {
            **_PRIVATE,
            "sanad-part": "message" if is_whole else "body",
            "sanad-sender": str(found.sender),
            "sanad-salt": found.salt.hex(),
        }
        if len(found.outcomes) == 2:
            headers["sanad-outcome"] = str(int.from_bytes(found.outcomes, "little"))
        orders = await self._on_thread(lambda: self._service.orders_behind(entry)) if is_whole else {}
        if orders:
            headers["sanad-orders"] = ",".join(f"{code}={order}" for code, order in sorted(orders.items()))
        if is_whole and found.opened_account:
            headers["sanad-opened-account"] = str(found.opened_account)
        return Response(found.raw if is_whole else _body(found.raw), media_type=_OCTETS, headers=headers)

    # --- who asks, and for what -------------------------------------------------------------------------------------

    def _is_operator(self, request: Request) -> bool:
        """Whether this machine or an authority asks. Raises `Refused` for a credential that is none."""
        if _is_from_this_machine(request):
            return True
        return "authorization" in request.headers and self._reader(request).is_authority

    def _reader(self, request: Request) -> Reader:
        query: bytes = request.scope["query_string"]
        target = request.scope["raw_path"] + (b"?" + query if query else b"")
        header = request.headers.get("authorization")
        return credentials.check(self._service, header, request.method, target, self._clock_ms)

    def _own_institution(self, request: Request) -> int:
        """The institution that the path names, when the reader may read what is its own."""
        reader, institution = self._reader(request), _number(request, "institution", 2**32 - 1, least=1)
        if not reader.may_read(institution):
            raise Refused("READ", "this belongs to another institution; name your own in the path")
        return institution

    def _own_account(self, request: Request) -> AccountView:
        reader, number = self._reader(request), _number(request, "account", least=1)
        view = self._service.account(number)
        if view is None or not reader.may_read(view.institution):
            raise Refused("existence", "no account of yours has that number", 404)
        return view

    async def _on_thread(self, work: Callable[[], Result]) -> Result:
        """Run `work` off the connections' thread. Raises `Unavailable` when too many wait, or it takes too long."""
        if self._under_way >= self._limits.read_threads + self._limits.reads_waiting_max:
            raise Unavailable("too many reads are waiting")
        self._under_way += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(self._ended)
        try:
            return await asyncio.wait_for(future, self._limits.answer_seconds)
        except TimeoutError:
            raise Unavailable("the answer takes too long; ask for less, or later") from None

    def _ended(self, future: "asyncio.Future[Result]") -> None:
        self._under_way -= 1
        if not future.cancelled():
            future.exception()  # seen, also when nobody waits any more


def as_response(answer: Answer) -> Response:
    """A problem, as the framework wants it."""
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    return Response(answer.body, answer.status, headers)


def _json(document: http_json.Document, status: int = 200, headers: dict[str, str] = _PRIVATE) -> Response:
    return Response(http_json.encode(document), status, headers, "application/json")


def _number(request: Request, name: str, most: int = NUMBER_MAX, least: int = 0) -> int:
    """A number of the path; one that cannot be is a thing that does not exist."""
    text = request.path_params[name]
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise Refused("existence", f"nothing is here: write {name} as a number in digits", 404)
    return int(text)


def _query(request: Request, known: dict[str, int]) -> dict[str, int]:
    """The numbers of the query, each at most once, `known` naming them with their defaults. Raises `Malformed`."""
    text = request.scope["query_string"].decode("latin-1")
    values: dict[str, int] = {}
    if len(text) > QUERY_LENGTH_MAX:
        raise Malformed("query", "oversize", f"a query has at most {QUERY_LENGTH_MAX} characters")
    for part in text.split("&") if text else []:
        name, _, value = part.partition("=")
        if name not in known or name in values:
            raise Malformed("query", "parameter_unknown", f"give {' and '.join(known)}, each at most once")
        if not _NUMBER.fullmatch(value) or int(value) > NUMBER_MAX:
            raise Malformed(name, "out_of_range", "give a number from 0 to 2^63 - 1 in digits")
        values[name] = int(value)
    return known | values


def _body(raw: bytes) -> bytes:
    """The body of a message that the core has kept, so it is well formed."""
    return raw[-int.from_bytes(raw[52:56], "little") :] if len(raw) > HEADER_SIZE else b""


def _is_from_this_machine(request: Request) -> bool:
    """Whether a program on this machine asks itself: no proxy in between, no page of another site behind it."""
    client = request.client
    return (
        client is not None
        and client.host in _LOOPBACK
        and _LOOPBACK_HOST.fullmatch(request.headers.get("host", "")) is not None
        and not any(name in request.headers for name in _FORWARDED)
    )


def now_ms() -> int:
    """The machine's clock, ms since 1970 UTC: for credentials only, never for a rule."""
    return time.time_ns() // 1_000_000
