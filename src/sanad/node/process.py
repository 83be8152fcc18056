"""What a node's process sets once, when it starts. For the process as a whole: only a program that is a node calls it.

How long a thread may compute before another has its turn (`sys.setswitchinterval`) stays at Python's 5 ms: from 5 ms
down to 0.1 ms neither latency nor CPU of single messages moved, since all threads let go often by themselves.
"""

import ctypes

_KEPT_BYTES = 64 << 20
_LARGE_BYTES = 8 << 20
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc


def keep_memory() -> bool:
    """Keep freed memory, up to a bound, for what comes next, where the C library can; whether it can.

    A message of 1 MiB is otherwise given back to the system when it is answered, and asked for anew with the next one,
    in pages that the system clears one by one: on the loop's thread that costs more than all but hashing.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is None:
        return False
    return bool(set_option(_M_MMAP_THRESHOLD, _LARGE_BYTES) and set_option(_M_TRIM_THRESHOLD, _KEPT_BYTES))
