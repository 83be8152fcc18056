"""Bulk files: payments a second of a full check with extraction, beside a bare parse that checks nothing.

    PYTHONPATH=src python bench/iso20022.py [payments]

The two take turns, since speeds swing from run to run; each has its best of three. Both run in processes of their own,
so that the peaks of memory are theirs.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from lxml import etree
from schwifty import IBAN

from sanad.standards.iso20022 import pacs008
from sanad.standards.iso20022.compose import GroupHeader, write_pacs008
from sanad.standards.iso20022.payment import Payment

TURNS = 3


def made_up_payments(count: int) -> Iterator[Payment]:
    """Yield payments between accounts that are all different, so that no cache flatters the figure."""
    for number in range(count):
        account = IBAN.generate("PK", bank_code="SCBL", account_code=f"{number:016d}")
        other = IBAN.generate("PK", bank_code="HABB", account_code=f"{number:016d}")
        yield Payment(
            line=0,
            instruction_id=f"I{number}",
            end_to_end_id=f"E2E{number}",
            transaction_id=f"TX{number}",
            uetr=UUID(int=number << 80, version=4).bytes,
            amount_minor=100_050,
            currency="PKR",
            settlement_date=date(2026, 1, 15),
            charge_bearer="SLEV",
            debtor_name=f"Debtor {number}",
            debtor_iban=str(account),
            debtor_account_other=None,
            debtor_agent_bic="SCBLPKKX",
            debtor_agent_lei=None,
            creditor_name=f"Creditor {number}",
            creditor_iban=str(other),
            creditor_account_other=None,
            creditor_agent_bic="HABBPKKA",
            creditor_agent_lei=None,
            remittance=f"Invoice {number}",
            purpose_code=None,
        )


def write_file(path: Path, count: int) -> None:
    """Write the file of the bench."""
    moment = datetime(2026, 1, 15, 10, tzinfo=UTC)
    header = GroupHeader("BENCH", moment, count, count * 100_050, "PKR", date(2026, 1, 15))
    write_pacs008(path, header, made_up_payments(count))


def bare(path: Path) -> int:
    """Parse, and look at nothing: the bound that any streaming reader in Python has."""
    count = 0
    for _, payment in etree.iterparse(path, tag="{*}CdtTrfTxInf"):
        payment.clear()
        while payment.getprevious() is not None:
            del payment.getparent()[0]
        count += 1
    return count


def checked(path: Path) -> int:
    """Check everything, then take every payment."""
    with pacs008.read(path) as file:
        return sum(1 for _ in file.payments())


def measure(way: str, path: Path) -> None:
    """Run one way once; print seconds, seconds of processor, payments and peak kilobytes for the parent to read."""
    start, start_cpu = time.perf_counter(), time.process_time()
    count = {"bare": bare, "checked": checked}[way](path)
    seconds = time.perf_counter() - start
    print(seconds, time.process_time() - start_cpu, count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main() -> None:
    """Compare the two ways and print the figures."""
    if len(sys.argv) == 3:
        measure(sys.argv[1], Path(sys.argv[2]))
        return
    count = int(sys.argv[1]) if len(sys.argv) == 2 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bulk.xml"
        write_file(path, count)
        print(f"{count} payments, {path.stat().st_size / 1e6:.1f} MB")
        best: dict[str, int] = {}
        for _ in range(TURNS):
            for way in ("bare", "checked"):
                command = [sys.executable, __file__, way, str(path)]
                seconds, cpu, found, peak = subprocess.run(
                    command, check=True, capture_output=True, text=True
                ).stdout.split()
                if int(found) != count:
                    raise SystemExit(f"{way} found {found} payments of {count}")
                speed = round(count / float(seconds))
                best[way] = max(best.get(way, 0), speed)
                each = float(cpu) / count * 1e6
                print(f"{way:8} {speed:>8} payments/s   {each:5.1f} us of processor each   peak {int(peak) >> 10} MB")
    print(f"checked / bare = {best['checked'] / best['bare']:.2f} (best of {TURNS})")


if __name__ == "__main__":
    main()
