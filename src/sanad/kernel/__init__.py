"""The fast doubles: what plain Python says readably elsewhere, compiled to machine code. Same results, or it is wrong.

    compiled    how every function here is compiled, and where compiled code is kept
    rows        rows at addresses, read and changed in place
    columns     the state and a message as compiled code sees them
    hashing     leaves and Merkle trees of the record (double of `sanad.log.tree` and `sanad.log.leaves`)
    posting     what becomes of a message (double of `sanad.rulebook.edition1.posting`), with
                rules (what is asked), window (the duplicate rule), undo (a broken chain)

Nothing is compiled at import, but at the first call. Call `sanad.node.kernel_cache.prepare` and then `warm` at the
start of a process; without it all works as well, but is compiled anew in every process.
"""
