"""What the blinded tree of a block's entries took the place of: a dense RFC 6962 tree, which counts its entries."""

from collections.abc import Sequence

from sanad.log import tree


class DenseTree:
    """In the shape of `sealing.EntriesTree`; the secret is not used, and that is the point."""

    def __init__(self, leaf_hashes: Sequence[bytes], secret: bytes) -> None:
        self._leaf_hashes = list(leaf_hashes)

    def place(self, at: int) -> int:
        return at

    @property
    def root(self) -> bytes:
        return tree.root(self._leaf_hashes)

    def path(self, at: int) -> tuple[bytes, ...]:
        return tuple(tree.inclusion_path(self._leaf_hashes, at))
