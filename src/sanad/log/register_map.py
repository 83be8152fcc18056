r"""The map of the public registers: one root for all records, and short proofs that a record is, or is not, there.

A sparse Merkle map of 256 levels: one place for each 256-bit key, nearly all of them empty.

    key                   H(record type u16 little-endian ‖ id bytes)
    leaf of a record      H(00 ‖ "sanad/map/leaf/v1\n" ‖ key 32 ‖ H(value) 32)
    leaf of no record     H("sanad/map/empty/v1\n")
    node                  H(01 ‖ left ‖ right)

A place is found from the root by the bits of its key, the most significant of byte 0 first: 0 is left, 1 is right. The
three hashed strings begin with 00, with "s" and with 01 and are 83, 19 and 65 bytes long, so no leaf can stand for a
node, nor for the empty leaf. The key is hashed into the leaf, so that a leaf says which record it is wherever it hangs.

The rule is that of the full tree of 2^256 leaves. In memory only places where records part are kept: below depth d on
an edge without branches every other side is empty, and the hashes of empty subtrees are known beforehand. What is kept
is never changed, only replaced along one path: a copy costs nothing, and all past maps together cost their paths only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sanad.base import canonical
from sanad.base.errors import Fault, Malformed, ensure
from sanad.log.leaves import MAP_HEIGHT, empty_map_root
from sanad.log.tree import HASH_LENGTH, node_hash

KEY_LENGTH = 32
VALUE_LENGTH_MAX = 1 << 16
"""Most bytes of a record. The rules keep a record below it; a longer history is several records."""
BITMAP_LENGTH = MAP_HEIGHT // 8
MAP_PROOF_LENGTH_MAX = BITMAP_LENGTH + MAP_HEIGHT * HASH_LENGTH
MAP_SCHEMA = "sanad/register/map/v1"

EMPTY = tuple(empty_map_root(MAP_HEIGHT - depth) for depth in range(MAP_HEIGHT + 1))
"""Hash of an empty subtree by the depth of its top: `EMPTY[0]` is the empty map's root, `EMPTY[256]` an empty leaf."""

_LEAF_PREFIX = b"\x00sanad/map/leaf/v1\n"


def register_key(record_type: int, identifier: bytes) -> bytes:
    """The place of a record: H(record type u16 ‖ id bytes)."""
    ensure(0 <= record_type < 2**16, "a record type is a 16-bit code")
    return sha256(record_type.to_bytes(2, "little") + identifier).digest()


def record_leaf(key: bytes, value: bytes) -> bytes:
    r"""Leaf hash of a record: H(00 ‖ "sanad/map/leaf/v1\n" ‖ key ‖ H(value))."""
    return sha256(_LEAF_PREFIX + key + sha256(value).digest()).digest()


@dataclass(frozen=True, slots=True)
class MapProof:
    """The 256 siblings on the way from a place to the root, of which only those of subtrees with records are given.

    Bytes: `bitmap 32 ‖ siblings, 32 each`, at most 8,224. The bitmap's most significant bit of byte 0 stands for the
    sibling below the root, its last bit for the sibling of the leaf; 1 = the sibling is given, 0 = it is empty. The
    siblings are given leaf side first. Raises `Malformed` when their number is not that of the bits.
    """

    bitmap: bytes
    siblings: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if len(self.bitmap) != BITMAP_LENGTH or any(len(one) != HASH_LENGTH for one in self.siblings):
            raise _bad_proof("write a bitmap of 32 bytes, then hashes of 32 bytes")
        if len(self.siblings) != int.from_bytes(self.bitmap).bit_count():
            raise _bad_proof("give one hash for each bit of the bitmap")

    def encode(self) -> bytes:
        """The bytes above."""
        return self.bitmap + b"".join(self.siblings)

    @classmethod
    def decode(cls, data: bytes) -> "MapProof":
        """The opposite of `encode`. Raises `Malformed`."""
        if len(data) > MAP_PROOF_LENGTH_MAX:
            raise _bad_proof(f"a proof has at most {MAP_PROOF_LENGTH_MAX} bytes")
        hashes = tuple(data[at : at + HASH_LENGTH] for at in range(BITMAP_LENGTH, len(data), HASH_LENGTH))
        return cls(data[:BITMAP_LENGTH], hashes)


def verify(root: bytes, key: bytes, value: bytes | None, proof: MapProof) -> None:
    """Raise `Malformed` unless the map of that root has `value` at `key`; None: unless it has no record there."""
    if len(root) != HASH_LENGTH or len(key) != KEY_LENGTH:
        raise Malformed("map proof", "hash_length_bad", "a root and a key are 32 bytes")
    if value is not None and not 1 <= len(value) <= VALUE_LENGTH_MAX:
        raise Malformed("map value", "length_bad", f"a record has 1 to {VALUE_LENGTH_MAX} bytes")
    path, given = int.from_bytes(key), int.from_bytes(proof.bitmap)
    siblings = iter(proof.siblings)
    running = EMPTY[MAP_HEIGHT] if value is None else record_leaf(key, value)
    for depth in range(MAP_HEIGHT, 0, -1):
        sibling = EMPTY[depth]
        if given >> (MAP_HEIGHT - depth) & 1:
            sibling = next(siblings)
            if sibling == EMPTY[depth]:  # else one proof could be written in several ways
                raise _bad_proof("leave out the hash of an empty subtree")
        running = node_hash(sibling, running) if _bit(path, depth) else node_hash(running, sibling)
    if running != root:
        raise _bad_proof("it leads to another root: another map, key or value")


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A record. Its hash is that of its leaf, at depth 256."""

    key: bytes
    value: bytes
    hash: bytes

    @property
    def depth(self) -> int:
        return MAP_HEIGHT


@dataclass(frozen=True, slots=True)
class _Branch:
    """Where records part. `left_hash` and `right_hash` are those of its two sides, at `depth` + 1."""

    depth: int
    left: "_Node"
    left_hash: bytes
    right: "_Node"
    right_hash: bytes

    @property
    def hash(self) -> bytes:
        return node_hash(self.left_hash, self.right_hash)

    def child(self, path: int) -> "_Node":
        return self.right if _bit(path, self.depth + 1) else self.left

    def other_child(self, path: int) -> "_Node":
        return self.left if _bit(path, self.depth + 1) else self.right

    def other_hash(self, path: int) -> bytes:
        return self.left_hash if _bit(path, self.depth + 1) else self.right_hash

    def with_child(self, path: int, child: "_Node") -> "_Branch":
        """This branch with another child on the side that `path` takes; all of the child's keys begin as `path`."""
        lifted = _lift(child.hash, path, child.depth, self.depth + 1)
        if _bit(path, self.depth + 1):
            return _Branch(self.depth, self.left, self.left_hash, child, lifted)
        return _Branch(self.depth, child, lifted, self.right, self.right_hash)


_Node = _Leaf | _Branch


class RegisterMap:
    """The map in memory. A change costs 256 hashes, of a new record up to twice as many; a copy costs nothing."""

    __slots__ = ("_root", "_size", "_top")

    def __init__(self, records: Mapping[bytes, bytes] | None = None) -> None:
        """An empty map, or one with these records by key."""
        self._top: _Node | None = None
        self._size = 0
        self._root = EMPTY[0]
        if records:
            self.set_many(records)

    @property
    def root(self) -> bytes:
        """The root: what a block leaf holds."""
        return self._root

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """Key and value of each record, in order of keys."""
        waiting = [] if self._top is None else [self._top]
        while waiting:
            node = waiting.pop()
            if isinstance(node, _Leaf):
                yield node.key, node.value
            else:
                waiting += [node.right, node.left]

    def copy(self) -> "RegisterMap":
        """The same map, free to change another way. Nothing is copied: both share what neither changes."""
        other = RegisterMap()
        other._top, other._size, other._root = self._top, self._size, self._root
        return other

    def get(self, key: bytes) -> bytes | None:
        """The value of a record, None when there is none."""
        nearest = self._nearest(_path(key))
        return nearest.value if nearest is not None and nearest.key == key else None

    def set(self, key: bytes, value: bytes) -> None:
        """Write a record: a new one, or another value of one that is there."""
        leaf, path = _leaf(key, value), _path(key)
        nearest = self._nearest(path)
        if nearest is None:
            self._replace([], path, leaf)
            self._size = 1
            return
        parted = _parting_depth(path, _path(nearest.key))
        above, below = self._way(path, parted)
        if parted == MAP_HEIGHT:
            self._replace(above, path, leaf)
            return
        neighbour = _lift(below.hash, _path(nearest.key), below.depth, parted + 1)
        own = _lift(leaf.hash, path, MAP_HEIGHT, parted + 1)
        sides = (below, neighbour, leaf, own) if _bit(path, parted + 1) else (leaf, own, below, neighbour)
        self._replace(above, path, _Branch(parted, *sides))
        self._size += 1

    def set_many(self, records: Mapping[bytes, bytes]) -> None:
        """Write many records by key. An empty map, as at genesis, is built at once: half the hashes."""
        if self._top is not None:
            for key in sorted(records):
                self.set(key, records[key])
        elif records:
            leaves = [_leaf(key, records[key]) for key in sorted(records)]
            self._replace([], _path(leaves[0].key), _build(leaves))
            self._size = len(leaves)

    def remove(self, key: bytes) -> None:
        """Take a record out, which must be there."""
        path = _path(key)
        above, leaf = self._way(path, MAP_HEIGHT)
        ensure(isinstance(leaf, _Leaf) and leaf.key == key, "a record is removed only when it is there")
        self._size -= 1
        if not above:
            self._top, self._root = None, EMPTY[0]
            return
        sibling = above.pop().other_child(path)
        self._replace(above, _path(_first_leaf(sibling).key), sibling)

    def prove(self, key: bytes) -> MapProof:
        """The proof of what stands at `key`: its value, or that there is no record."""
        path = _path(key)
        nearest = self._nearest(path)
        if nearest is None:
            return MapProof(bytes(BITMAP_LENGTH), ())
        parted = _parting_depth(path, _path(nearest.key))
        above, below = self._way(path, parted)
        depths = [branch.depth + 1 for branch in above]
        siblings = [branch.other_hash(path) for branch in above]
        if parted < MAP_HEIGHT:  # no record: the way ends beside `below`
            depths.append(parted + 1)
            siblings.append(_lift(below.hash, _path(nearest.key), below.depth, parted + 1))
        bitmap = sum(1 << (MAP_HEIGHT - depth) for depth in depths)
        return MapProof(bitmap.to_bytes(BITMAP_LENGTH), tuple(reversed(siblings)))

    def encode(self) -> bytes:
        """Canonical msgpack `["sanad/register/map/v1", root 32, [[key 32, value], …]]`, keys ascending."""
        return canonical.encode([MAP_SCHEMA, self._root, [[key, value] for key, value in self]])

    @classmethod
    def decode(cls, data: bytes) -> "RegisterMap":
        """The opposite of `encode`: hashes all records again. Raises `Malformed`, also for another root."""
        values = canonical.decode(data, "register map")
        if not isinstance(values, list) or len(values) != 3 or values[0] != MAP_SCHEMA:
            raise _bad_map("schema_unknown", f'give the three parts of "{MAP_SCHEMA}"')
        register = cls(_decode_records(values[2]))
        if values[1] != register.root:
            raise _bad_map("root_bad", "the records do not have this root: take them from another copy")
        return register

    def _nearest(self, path: int) -> _Leaf | None:
        """A record that has as many first bits in common with `path` as any has."""
        node = self._top
        while isinstance(node, _Branch):
            node = node.child(path)
        return node

    def _way(self, path: int, depth: int) -> tuple[list[_Branch], _Node]:
        """The branches above `depth` on the way of `path`, root side first, and what stands below them."""
        node = self._top
        if node is None:
            raise Fault("an empty map has no way down")
        above: list[_Branch] = []
        while isinstance(node, _Branch) and node.depth < depth:
            above.append(node)
            node = node.child(path)
        return above, node

    def _replace(self, above: Sequence[_Branch], path: int, node: _Node) -> None:
        """Put `node`, whose keys begin as `path` does, below the branches `above`, and hash up to the root."""
        for branch in reversed(above):
            node = branch.with_child(path, node)
        self._top = node
        self._root = _lift(node.hash, path, node.depth, 0)


def _bit(path: int, depth: int) -> int:
    """Whether `path` comes to `depth` from above by the right side."""
    return path >> (MAP_HEIGHT - depth) & 1


def _parting_depth(path: int, other: int) -> int:
    """How many first bits both have in common: the depth of the branch between them, 256 when they are one."""
    return MAP_HEIGHT - (path ^ other).bit_length()


def _lift(running: bytes, path: int, depth: int, above: int) -> bytes:
    """The hash at depth `above` on `path`, where all that is below it hangs at `depth` with hash `running`.

    Nearly all hashes of a change are made here, so `node_hash` is written out.
    """
    path >>= MAP_HEIGHT - depth
    for empty in EMPTY[depth:above:-1]:
        running = sha256(b"\x01" + empty + running if path & 1 else b"\x01" + running + empty).digest()
        path >>= 1
    return running


def _build(leaves: Sequence[_Leaf]) -> _Node:
    """The node of these records, in order of keys. Two halves part at each branch, so it is at most 256 deep."""
    if len(leaves) == 1:
        return leaves[0]
    first, last = _path(leaves[0].key), _path(leaves[-1].key)
    depth = _parting_depth(first, last)
    low, high = 0, len(leaves) - 1  # `leaves[low]` goes left, `leaves[high]` right
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _bit(_path(leaves[middle].key), depth + 1) else (middle, high)
    left, right = _build(leaves[:high]), _build(leaves[high:])
    left_hash = _lift(left.hash, first, left.depth, depth + 1)
    return _Branch(depth, left, left_hash, right, _lift(right.hash, last, right.depth, depth + 1))


def _first_leaf(node: _Node) -> _Leaf:
    while isinstance(node, _Branch):
        node = node.left
    return node


def _leaf(key: bytes, value: bytes) -> _Leaf:
    ensure(1 <= len(value) <= VALUE_LENGTH_MAX, "a record has 1 to 65,536 bytes")
    return _Leaf(key, value, record_leaf(key, value))


def _path(key: bytes) -> int:
    """The key as a number: its bits from the most significant on are the sides taken from the root."""
    ensure(len(key) == KEY_LENGTH, "a key is 32 bytes")
    return int.from_bytes(key)


def _decode_records(value: canonical.Value) -> dict[bytes, bytes]:
    records: dict[bytes, bytes] = {}
    previous = b""
    for pair in value if isinstance(value, list) else [None]:
        if not isinstance(pair, list) or len(pair) != 2:
            raise _bad_map("record_bad", "write each record as key and value")
        key, content = pair
        if not isinstance(key, bytes) or len(key) != KEY_LENGTH or not isinstance(content, bytes):
            raise _bad_map("record_bad", "write each record as key, 32 bytes, and value, bytes")
        if key <= previous:
            raise _bad_map("order_bad", "write each record once, in order of keys")
        if not 1 <= len(content) <= VALUE_LENGTH_MAX:
            raise _bad_map("length_bad", f"a record has 1 to {VALUE_LENGTH_MAX} bytes")
        records[key] = content
        previous = key
    return records


def _bad_map(code: str, advice: str) -> Malformed:
    return Malformed("register map", code, advice)


def _bad_proof(advice: str) -> Malformed:
    return Malformed("map proof", "map_proof_bad", f"{advice}; ask for a new proof")
