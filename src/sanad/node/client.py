"""The node's client, for a gateway: one call a question, errors of the node as the exceptions that they are.

    Malformed     the node says the request is wrong                 not sent again
    Refused       the node says you may not, or not now              429 is sent again after the time it names
    Unavailable   the node, or what is between, does not answer      sent again, a bounded number of times

Sending again is safe: the same message gets the same receipt. `LoadClient`, for measuring, is in `load_client`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID

import httpx
import msgspec
from nacl.signing import SigningKey

from sanad.base.errors import Malformed, Refused, SanadError, Unavailable
from sanad.node import credentials
from sanad.node.service import AccountView, Health, PaymentView, StatementLine, StatementPage

Result = TypeVar("Result")

ANSWER_SIZE_MAX = 4 << 20
RETRY_AFTER_SECONDS_MAX = 3_600
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client tries."""

    attempts_max: int = 5
    wait_seconds_max: float = 10.0
    """Most seconds between two attempts, whatever the node asks for."""
    connect_seconds: float = 5.0
    answer_seconds: float = 40.0
    """For one whole answer; a little more than a node takes at most to decide a message."""


@dataclass(frozen=True, slots=True)
class MessageAnswer:
    """A message of the record, or the body of an act that one is a recipient of."""

    data: bytes
    is_whole: bool
    """Whether `data` is the whole message; else it is its body."""
    sender: int
    salt: bytes
    opened_account: int = 0
    """Number of the first account that one's own act opened, 0 none."""
    orders: tuple[tuple[int, int], ...] = ()
    """Of one's own message: outcomes that follow from an order, and the order's entry."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: httpx.Headers
    body: bytes


class _Again(Exception):
    """An attempt that may be made again."""

    def __init__(self, error: SanadError, after_seconds: float) -> None:
        super().__init__(str(error))
        self.error = error
        self.after_seconds = after_seconds


class NodeClient:
    """Asks one node. `key` signs reads that are not public; without one only public things can be read.

    Keeps connections; one client may be used by several threads. Proxies of the environment are not used. All methods
    raise `Malformed`, `Refused` or `Unavailable`.
    """

    def __init__(
        self,
        address: str,
        key: SigningKey | None = None,
        *,
        patience: Patience = Patience(),
        transport: httpx.BaseTransport | None = None,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._key = key
        self._patience = patience
        self._clock_ms = clock_ms
        self._sleep = sleep
        self._network: bytes | None = None
        try:
            self._client = httpx.Client(
                base_url=address,
                # As it is, so that a small answer cannot unpack to a large one.
                headers={"accept-encoding": "identity"},
                transport=transport,
                trust_env=False,
                timeout=httpx.Timeout(patience.answer_seconds, connect=patience.connect_seconds),
            )
        except httpx.InvalidURL:
            raise _address_bad() from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    @property
    def network(self) -> bytes:
        """The network's 16 bytes, asked for once at `/health`."""
        if self._network is None:
            self.health()
        if self._network is None:  # pragma: no cover - health sets it or raises
            raise _not_a_node()
        return self._network

    def submit(self, raw: bytes) -> bytes:
        """Send a message; the receipt's bytes."""
        headers = {"content-type": "application/octet-stream"}
        return self._ask("POST", "/messages", content=raw, headers=headers).body

    def receipt(self, institution: int, lane: int, sequence: int) -> bytes | None:
        """The receipt of an earlier message, None when it has not been decided."""
        answer = self._ask_or_none(f"/receipts/{institution}/{lane}/{sequence}")
        return None if answer is None else answer.body

    def next_sequence(self, institution: int, lane: int) -> int:
        """The sequence that the lane's next message must have."""
        return self._read(f"/lanes/{institution}/{lane}", lambda document: int(document["next_sequence"]))

    def account(self, number: int) -> AccountView | None:
        """An account of one's own; None when it is not there or another's."""
        answer = self._ask_or_none(f"/accounts/{number}", is_private=True)
        return None if answer is None else _parse(answer, _account)

    def statement(self, account: int, before: int = 0, limit: int = 50) -> StatementPage:
        """At most `limit` lines (1 to 500) of positions below `before` (0 = from the newest), newest first."""
        return self._read(f"/accounts/{account}/statement?before={before}&limit={limit}", _statement)

    def find_payment(self, institution: int, uetr: UUID) -> list[PaymentView]:
        """What the institution sent under the UETR, oldest first."""
        return self._read(
            f"/payments/{institution}/{uetr}", lambda document: [_payment(one) for one in document["payments"]]
        )

    def proof(self, position: int) -> bytes | None:
        """The proof file of a transfer; None when it is not there or another's."""
        answer = self._ask_or_none(f"/proofs/{position}")
        return None if answer is None else answer.body

    def message(self, entry: int) -> MessageAnswer | None:
        """One's own message, or an act that one is a recipient of."""
        answer = self._ask_or_none(f"/messages/{entry}")
        if answer is None:
            return None
        try:
            headers = answer.headers
            sender, salt = int(headers["sanad-sender"]), bytes.fromhex(headers["sanad-salt"])
            opened_account = int(headers.get("sanad-opened-account", "0"))
            pairs = (pair.split("=") for pair in headers.get("sanad-orders", "").split(",") if pair)
            orders = tuple((int(code), int(entry)) for code, entry in pairs)
            return MessageAnswer(answer.body, headers["sanad-part"] == "message", sender, salt, opened_account, orders)
        except (KeyError, ValueError):
            raise _not_a_node() from None

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint."""
        return self._ask("GET", "/checkpoint").body

    def log_key(self) -> bytes:
        """The log's verifier key. Whoever wants to be sure has it from elsewhere."""
        return self._ask("GET", "/log/key").body.strip()

    def tile(self, path: str) -> bytes | None:
        """A tile by its path (`tile/0/000`); None when it is not there."""
        answer = self._ask_or_none(f"/{path}", is_private=False)
        return None if answer is None else answer.body

    def register_answer(self, record_type: int, number: int, at_ms: int) -> bytes:
        """The answer file "what did the register say of this record at that time", with its proofs."""
        return self._ask("GET", f"/register/{record_type}/{number}?at={at_ms}").body

    def register_records(self, record_type: int, after: int = 0, limit: int = 50) -> list[list[Any]]:
        """Records of a type with numbers above `after`, as they stand now: `[type, number, …fields]`."""
        answer = self._ask("GET", f"/register/{record_type}?after={after}&limit={limit}")
        return _parse(answer, lambda document: [list(each) for each in document["records"]])

    def health(self) -> Health:
        """How the node is, also when it takes no messages now."""
        answer = self._send("GET", "/health", None, {})
        if answer.status not in {200, 503}:
            raise _as_error(answer).error
        network, state = _parse(answer, _health)
        self._network = network
        return state

    # --- one question -----------------------------------------------------------------------------------------------

    def _read(self, target: str, read: Callable[[Any], Result]) -> Result:
        return _parse(self._ask("GET", target, is_private=True), read)

    def _ask_or_none(self, target: str, *, is_private: bool = True) -> _Answer | None:
        try:
            return self._ask("GET", target, is_private=is_private)
        except Refused as refused:
            if refused.status == _NOT_FOUND:
                return None
            raise

    def _ask(
        self,
        method: str,
        target: str,
        *,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        is_private: bool = False,
    ) -> _Answer:
        """The answer, if it is a good one; asks again where that is safe and may help."""
        for attempt in range(1, self._patience.attempts_max + 1):
            try:
                return self._attempt(method, target, content, headers or {}, is_private)
            except _Again as again:
                if attempt == self._patience.attempts_max:
                    raise again.error from None
                self._sleep(min(again.after_seconds, self._patience.wait_seconds_max))
        raise Unavailable("the client may make no attempt at all; let `attempts_max` be 1 or more")

    def _attempt(
        self, method: str, target: str, content: bytes | None, headers: dict[str, str], is_private: bool
    ) -> _Answer:
        if is_private and self._key is not None:
            # Made for each attempt anew: a credential is good for a minute.
            credential = credentials.make(self._key, self._known_network(), method, target.encode(), self._clock_ms())
            headers = {**headers, "authorization": credential}
        try:
            answer = self._send(method, target, content, headers)
        except Unavailable as error:
            raise _Again(error, error.retry_after_seconds) from None
        if answer.status == httpx.codes.OK:
            return answer
        problem = _as_error(answer)
        if problem.after_seconds > 0:
            raise problem
        raise problem.error

    def _known_network(self) -> bytes:
        try:
            return self.network
        except Unavailable as error:
            raise _Again(error, error.retry_after_seconds) from None

    def _send(self, method: str, target: str, content: bytes | None, headers: dict[str, str]) -> _Answer:
        """One exchange, bounded in size and time. Raises `Unavailable`."""
        ends = time.monotonic() + self._patience.answer_seconds
        pieces: list[bytes] = []
        size = 0
        try:
            with self._client.stream(method, target, content=content, headers=headers) as response:
                for piece in response.iter_raw():
                    size += len(piece)
                    if size > ANSWER_SIZE_MAX or time.monotonic() > ends:
                        raise _not_a_node()
                    pieces.append(piece)
                return _Answer(response.status_code, response.headers, b"".join(pieces))
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise _address_bad() from None
        except httpx.HTTPError as error:
            what = f"the node at {self._client.base_url} does not answer ({type(error).__name__}); see that it runs"
            raise Unavailable(what) from None


# --- answers as what they say ---------------------------------------------------------------------------------------


def _not_a_node() -> Unavailable:
    return Unavailable("what answers there does not answer as a node; check the address")


def _address_bad() -> Malformed:
    return Malformed("address", "address_bad", "write the node's address as http://host:port")


def _parse(answer: _Answer, read: Callable[[Any], Result]) -> Result:
    """What `read` finds in the JSON of an answer. Raises `Unavailable` when it is another thing."""
    try:
        return read(msgspec.json.decode(answer.body))
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        raise _not_a_node() from None


def _as_error(answer: _Answer) -> _Again:
    """The exception that a problem document describes; `after_seconds` 0 = asking again does not help."""
    try:
        document = msgspec.json.decode(answer.body)
        family, detail = document["type"].removeprefix("urn:sanad:problem:"), str(document["detail"])
        after = int(document.get("retry_after_seconds", 0))
        if not 0 <= after <= RETRY_AFTER_SECONDS_MAX:
            after = RETRY_AFTER_SECONDS_MAX
        if family == "malformed":
            return _Again(Malformed(str(document["field"]), str(document["code"]), detail), 0)
        if family == "refused":
            return _Again(Refused(str(document["right"]), detail, answer.status), after)
        if family == "unavailable":
            return _Again(Unavailable(detail.partition("; try again after")[0], max(1, after)), max(1, after))
        if family == "fault":
            return _Again(Unavailable(f"the node has found a fault in itself: {detail}"), 0)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, AttributeError):
        pass
    return _Again(_not_a_node(), 1 if answer.status in {502, 503, 504} else 0)


def _account(document: Any) -> AccountView:
    return AccountView(
        int(document["account"]), int(document["institution"]), int(document["asset"]), str(document["currency"]),
        int(document["exponent"]), int(document["kind"]), int(document["holder_class"]), int(document["tier"]),
        int(document["flags"]), int(document["balance"]), int(document["reserved"]), int(document["opened_entry"]),
        int(document["last_position"]), int(document["height"]), int(document["time_ms"]),
    )  # fmt: skip


def _statement(document: Any) -> StatementPage:
    return StatementPage([_line(one) for one in document["lines"]], int(document["next_before"]))


def _line(one: Any) -> StatementLine:
    return StatementLine(
        int(one["position"]), int(one["height"]), int(one["time_ms"]), UUID(one["uetr"]).bytes, one["side"] == "debit",
        int(one["counter_account"]), int(one["amount"]), int(one["balance"]),
        None if one["reserved"] is None else int(one["reserved"]), int(one["purpose"]), int(one["flags"]),
        int(one["leg"]), int(one["pending"]), bytes.fromhex(one["reference"]),
    )  # fmt: skip


def _payment(one: Any) -> PaymentView:
    return PaymentView(
        int(one["position"]), int(one["height"]), int(one["time_ms"]), int(one["leg"]), int(one["debit"]),
        int(one["credit"]), int(one["amount"]), int(one["asset"]), str(one["currency"]), int(one["exponent"]),
        int(one["purpose"]), int(one["flags"]),
    )  # fmt: skip


def _health(document: Any) -> tuple[bytes, Health]:
    network = bytes.fromhex(document["network"])
    if len(network) != 16:
        raise ValueError("a network has 16 bytes")
    state = Health(
        bool(document["ready"]), str(document["reason"]), str(document["name"]), bool(document["demonstration"]),
        str(document["version"]), bytes.fromhex(document["node_public_key"]), int(document["height"]),
        int(document["time_ms"]),
    )  # fmt: skip
    return network, state
