"""What the map of the public registers costs: building, one change, one proof, a copy, memory.

    python bench/register_map.py [--records 100000] [--changes 1000]

Times are of the processor, so that other work on the machine does not count.
"""

import argparse
import time
import tracemalloc
from collections.abc import Callable

from sanad.log.register_map import RegisterMap, register_key, verify

VALUE = b"a record of a licence, about as long as a short one is: class, status, services, dates" * 3


def key_of(number: int) -> bytes:
    """Key of a made-up record."""
    return register_key(1, number.to_bytes(8, "little"))


def print_each(name: str, act: Callable[[int], object], numbers: range) -> None:
    """Processor microseconds of `act` for each number: median and 99th percentile."""
    times: list[int] = []
    for number in numbers:
        start = time.process_time_ns()
        act(number)
        times.append(time.process_time_ns() - start)
    times.sort()
    print(f"{name:<28} p50 {times[len(times) // 2] / 1e3:8.1f} us   p99 {times[len(times) * 99 // 100] / 1e3:8.1f} us")


def print_once(name: str, act: Callable[[], object]) -> None:
    """Processor seconds of one `act`."""
    start = time.process_time_ns()
    act()
    print(f"{name:<28} {(time.process_time_ns() - start) / 1e9:8.3f} s")


def main() -> None:
    """Run with the numbers of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=1000)
    given = parser.parse_args()
    records = {key_of(number): VALUE for number in range(given.records)}
    old, new = range(min(given.changes, given.records)), range(given.records, given.records + given.changes)

    register = RegisterMap()
    print(f"{given.records} records, {given.changes} changes")
    print_once("set_many into an empty map", lambda: register.set_many(records))
    tracemalloc.start()
    traced = RegisterMap({key_of(number): VALUE for number in range(min(10_000, given.records))})
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    print(f"{'memory, key included':<28} {used // len(traced):8} bytes a record, its value not counted")
    print_each("set, there already", lambda number: register.set(key_of(number), VALUE + b"."), old)
    print_each("set, new", lambda number: register.set(key_of(number), VALUE), new)
    proofs = [(number, register.prove(key_of(number))) for number in old]
    lengths = sorted(len(proof.encode()) for _, proof in proofs)
    print_each("prove presence", lambda number: register.prove(key_of(number)), old)
    print_each("prove absence", lambda number: register.prove(key_of(-1 - number % 2**32 + 2**64)), old)
    print_each(
        "verify", lambda number: verify(register.root, key_of(number), VALUE + b".", proofs[number][1]), old
    )  # fmt: skip
    print(f"{'length of a proof':<28} p50 {lengths[len(lengths) // 2]:8} bytes   max {lengths[-1]} bytes")
    print_each("remove", lambda number: register.remove(key_of(number)), new)
    print_each("copy", lambda _: register.copy(), old)
    print_once("encode", register.encode)
    data = register.encode()
    print_once("decode, all hashed again", lambda: RegisterMap.decode(data))


if __name__ == "__main__":
    main()
