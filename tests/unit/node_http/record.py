"""A block of three messages made by hand, so that receipts and proofs of it can be built and broken."""

from dataclasses import dataclass

from nacl.signing import SigningKey

from sanad.base.digests import digest
from sanad.log import checkpoint, leaves, tree
from sanad.log.note import NoteSigner
from sanad.log.policy import Log, Policy
from sanad.node import proofs, receipts
from sanad.rulebook import message

NETWORK = digest(b"a network of the tests")[:16]
SALT = digest(b"salt")
NODE_KEY = SigningKey(digest(b"node key"))
LOG_SIGNER = NoteSigner("log.example/tests", digest(b"log key"))
POLICY = Policy((Log(LOG_SIGNER.verifier_key),), (), (), None)
SENDER_KEY = SigningKey(digest(b"sender"))


def transfers(count: int) -> bytes:
    rows = message.new_transfers(count)
    for index in range(count):
        uetr = bytearray(digest(b"uetr", bytes([index]))[:16])
        uetr[6], uetr[8] = uetr[6] & 0x0F | 0x40, uetr[8] & 0x3F | 0x80
        rows[index]["uetr"] = list(uetr)
        rows[index]["evidence"] = list(digest(b"evidence", bytes([index])))
        rows[index]["debit"], rows[index]["credit"], rows[index]["amount"] = 1, 2, 1000 + index
        rows[index]["asset"], rows[index]["purpose"] = 1, 1
    return bytes(rows.tobytes())


def signed(
    sequence: int, body: bytes, kind: message.Kind = message.Kind.TRANSFERS, institution: int = 3
) -> message.Message:
    items = len(body) // message.TRANSFER_SIZE if kind == message.Kind.TRANSFERS else 1
    nonce = digest(b"nonce", bytes([sequence]))[:16]
    header = message.Header(kind, NETWORK, institution, 1, sequence, 10**15, items, 0, 0, nonce, bytes(32))
    made = message.assemble(header, body, ())
    identifier = message.key_id(message.Suite.ED25519, bytes(SENDER_KEY.verify_key))
    signature = SENDER_KEY.sign(made.digest).signature
    return message.with_signatures(made, (message.Signature(message.Suite.ED25519, identifier, signature),))


@dataclass(frozen=True)
class Sealed:
    """A block, and what belongs to each of its entries."""

    messages: list[message.Message]
    codes: list[list[int]]
    entry_leaves: list[leaves.EntryLeaf]
    block: leaves.BlockLeaf

    def receipt(self, index: int) -> receipts.Receipt:
        hashes = [leaf.leaf_hash() for leaf in self.entry_leaves]
        block = self.block.encode()
        return receipts.Receipt(
            self.messages[index].digest,
            self.entry_leaves[index].entry,
            self.block.height,
            outcomes(self.codes[index]),
            SALT,
            self.entry_leaves[index].encode(),
            index,
            len(hashes),
            tuple(tree.inclusion_path(hashes, index)),
            block,
            NODE_KEY.sign(receipts.block_signature_message(NETWORK, block)).signature,
        )

    def proof(self, entry_index: int, index: int) -> bytes:
        body, codes = self.messages[entry_index].body, self.codes[entry_index]
        pieces = [body[at : at + 116] for at in range(0, len(body), 116)]
        body_hashes = [leaves.transfer_leaf(piece, code) for piece, code in zip(pieces, codes, strict=True)]
        entry_hashes = [leaf.leaf_hash() for leaf in self.entry_leaves]
        inner = proofs.TransferInBlock(
            pieces[index],
            codes[index],
            index,
            len(pieces),
            tuple(tree.inclusion_path(body_hashes, index)),
            self.entry_leaves[entry_index].encode(),
            entry_index,
            len(entry_hashes),
            tuple(tree.inclusion_path(entry_hashes, entry_index)),
            self.block.encode(),
        )
        blocks = [digest(b"block", bytes([number])) for number in range(7)]
        blocks[self.block.log_index] = self.block.leaf_hash()
        signed_checkpoint = checkpoint.sign(
            checkpoint.Checkpoint("log.example/tests", len(blocks), tree.root(blocks)), LOG_SIGNER
        )
        return proofs.build(inner, tree.inclusion_path(blocks, self.block.log_index), signed_checkpoint)


def outcomes(codes: list[int]) -> bytes:
    return b"".join(code.to_bytes(2, "little") for code in codes)


def seal(messages: list[message.Message], codes: list[list[int]], first_entry: int = 41, height: int = 5) -> Sealed:
    entry_leaves = []
    for offset, (one, outcome) in enumerate(zip(messages, codes, strict=True)):
        sealed = leaves.sealed_digest(SALT, one.header_bytes, digest(one.signatures_bytes), digest(outcomes(outcome)))
        root = receipts.body_root(one, SALT, outcome)
        entry_leaves.append(leaves.EntryLeaf(first_entry + offset, root, sealed))
    entries_root = tree.root([leaf.leaf_hash() for leaf in entry_leaves])
    block = leaves.BlockLeaf(height, 1_790_000_000_000, entries_root, digest(b"chain"), leaves.EMPTY_MAP_ROOT)
    return Sealed(messages, codes, entry_leaves, block)


def block_of_three() -> Sealed:
    act = signed(2, b"\x94\x01\x90\x90\x90", message.Kind.ACT)
    return seal([signed(1, transfers(5)), act, signed(3, transfers(1))], [[0, 80, 0, 0, 0], [0], [0]])
