"""The fast doubles: what plain Python says readably elsewhere, compiled to machine code. Same results, or it is wrong.

    compiled    how every function here is compiled, and where compiled code is kept
    hashing     leaves and Merkle trees of the record (double of `sanad.log.tree` and `sanad.log.leaves`)
    posting     the rules of a transfer (double of `sanad.rulebook.edition1.posting`)

Call `sanad.node.kernel_cache.prepare` before the first import of `hashing` or `posting`; without it they work
as well, but are compiled anew in every process.
"""
