"""The transparency log: Merkle tree, tiles, signed checkpoints, cosignatures of observers, proofs.

    leaves        the bytes that this system's record puts into the tree (DESIGN §4)
    tree          hashes, roots, inclusion and consistency proofs (RFC 6962, RFC 9162)
    tiles         the same tree as static files (C2SP tlog-tiles)
    note          signed text (C2SP signed-note)
    checkpoint    "this log has this size and this root", as a note (C2SP tlog-checkpoint)
    cosignature   an observer's "I saw it, and it continues what I saw before" (C2SP tlog-cosignature)
    policy        whose signatures a verifier asks for (C2SP tlog-policy)
    proof         one entry, proved offline, in one file (C2SP tlog-proof)

Pure: bytes in, bytes out; no file, socket, clock or chance. Whoever calls passes the time and the bytes.
"""
