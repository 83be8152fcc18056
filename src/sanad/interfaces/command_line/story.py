"""The story that `sanad demo` plays, in chapters. Everything in it is done by the same parts as in earnest."""

import shlex
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from sanad.base.errors import Refused, Unavailable
from sanad.gateway.gateway import Gateway
from sanad.gateway.held_rows import Hold
from sanad.gateway.payments import FileResult
from sanad.interfaces import checking, demonstration_checks, demonstration_file, demonstration_nation
from sanad.interfaces.command_line import held, payments, proofs, screen
from sanad.interfaces.command_line.damaging import flip_amount
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.founding import found_demonstration
from sanad.interfaces.command_line.node import kernel_post
from sanad.interfaces.command_line.node_process import NodeProcess, node_process
from sanad.interfaces.command_line.opening import ONE_ATTEMPT, Opened, opened
from sanad.interfaces.command_line.options import DATA_DEFAULT
from sanad.interfaces.command_line.portal_process import Serving, exchange, portal_processes
from sanad.interfaces.demonstration_nation import AUTHORITY, CHENAB, Member, groups, iban
from sanad.node import receipts
from sanad.node.auditing import audit
from sanad.node.client import NodeClient
from sanad.node.folder import CHECKPOINT, GENESIS, SEGMENTS, Damage, write_file
from sanad.node.founding import Genesis
from sanad.rulebook.message import POSITIONS_PER_ENTRY

NEAR_MISS_WHY = "Another person: father's name and date of birth differ from those listed."


class Story:
    """One run of the demonstration on a data folder. A context: at its end the node is stopped."""

    def __init__(self, data: DataFolder, port: int) -> None:
        self.data = data
        self._port = port
        self._stack = ExitStack()
        self._chapters = 0
        self.node: NodeProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # --- chapters ---------------------------------------------------------------------------------------------------

    def play(self) -> None:
        """All chapters."""
        screen.say("Sanad: a bank's file becomes postings that anyone can verify.", style="bold")
        genesis = self._found()
        self._chapter("A node serves the record")
        self.node = self._stack.enter_context(node_process(self.data, self.data.demonstration / "node.log", self._port))
        screen.say(f"{genesis.name} is served at {self.node.address} by a process of its own.")
        self._furnish()
        self._screen()
        with opened(self.data, CHENAB.folder, number=CHENAB.number) as bank:
            self._require_checks(bank)
            number = self._next_number()
            if number > 1:
                self._post_again(bank, number - 1)
            result = self._post(bank, number)
            result = self._decide(bank, number, result)
            position = self._prove(bank, result, genesis)
        self._damage(position)
        self._say_what_next(position, number)

    def _chapter(self, title: str) -> None:
        self._chapters += 1
        screen.say()
        screen.say(f"{self._chapters}. {title}", style="bold")

    def _say_command(self, command: str, member: Member | None = None) -> None:
        screen.say_as_is(f"$ sanad {command}{self._options(member)}")

    def _options(self, member: Member | None) -> str:
        data = "" if self.data.path == DATA_DEFAULT else f" --data {shlex.quote(str(self.data.path))}"
        return f"{data} --as {member.folder}" if member else data

    def _found(self) -> Genesis:
        """Found the nation, or find it."""
        genesis = self.data.genesis()
        if genesis is not None and not genesis.demonstration:
            advice = f"{self.data.record} holds {genesis.name}, which is no demonstration; name another --data DIR"
            raise Refused("demonstration", advice, 409)
        self._chapter("A small nation" if genesis is None else "The nation of the last run")
        if genesis is None:
            genesis = found_demonstration(self.data)
            screen.say(
                "Founded: an authority of three persons with a recovery set, a central bank, two banks, an exchange "
                f"and a remitter; PKR, USD, AED; {_customers()} customers' accounts."
            )
            screen.say("Its public register tells of two years: the authority's acts were played with a told clock.")
        else:
            screen.say(f"The record in {self.data.record} goes on from where it stopped.")
        screen.say("This is a demonstration, said so in its genesis: nothing here is money.")
        return genesis

    def _furnish(self) -> None:
        done = self.data.demonstration / "furnished"
        if done.exists():
            return
        self._chapter("Money, customers, and two orders")
        for sentence in demonstration_nation.furnish(self._gateway_of):
            screen.say(sentence)
        write_file(done, b"", 0o644)

    def _screen(self) -> None:
        """A list of made-up persons, on the record, and the rule that asks for it."""
        self._chapter("A list, and how old it may be")
        with opened(self.data, AUTHORITY.folder, number=AUTHORITY.number) as authority:
            screen.say(demonstration_checks.renew_list(self.data.path, authority.gateway, authority.client))
            if demonstration_checks.ask_for_lists(authority.gateway):
                screen.say(
                    "Two persons of it decided: from 250,000.00 PKR up a payment names the list that it was screened "
                    f"against, at most {demonstration_checks.LIST_AGE_DAYS} days old."
                )

    def _require_checks(self, bank: Opened) -> None:
        """The bank's own rule: every payment is screened, and has the data that the Travel Rule asks for."""
        demonstration_checks.require(bank.gateway)
        checking.attach(bank.gateway, self.data.path, bank.client, demonstration_checks.holder_of)
        screen.tell("The matching of names is being made ready ...")
        for check in bank.gateway.checks:
            if check.name == checking.SCREENING:
                checking.make_ready(check)

    def _gateway_of(self, member: Member) -> Gateway:
        """A member's gateway; its client is closed at the end of the story."""
        address = self.data.node_address("")
        public = self.data.genesis()
        return Gateway.open(
            self.data.institution(member.folder), demonstration_nation.PASSPHRASE,
            lambda key: self._stack.enter_context(NodeClient(address, key, patience=ONE_ATTEMPT)),
            institution=member.number, node_public_key=public.node_public_key if public else None,
        )  # fmt: skip

    def file(self, number: int) -> Path:
        """The bank's file of a run."""
        return self.data.demonstration / f"payments-{number:04d}.xml"

    def _next_number(self) -> int:
        number = 1
        while payments.answer_path(self.file(number)).exists():
            number += 1
        return number

    def _post_again(self, bank: Opened, number: int) -> None:
        self._chapter("The last run's file, once more")
        self._say_command(f"post {self.file(number)}", CHENAB)
        again = payments.answer_path(self.file(number)).with_suffix(".again.xml")
        result = payments.post_with_progress(bank, self.file(number), again)
        first = receipts.decode(result.receipts[0])
        is_same = again.read_bytes() == payments.answer_path(self.file(number)).read_bytes()
        again.unlink()
        screen.say(f"Already posted: all {result.payments:,} payments are answered with their original receipts")
        screen.say(
            f"(entry {first.entry} of {screen.moment(first.time_ms)}); nothing was paid twice. "
            f"The answer is {'the same, byte for byte' if is_same else 'a new one, after what was decided since'}."
        )

    def _post(self, bank: Opened, number: int) -> FileResult:
        """A fresh file, or the one that the last run broke off at."""
        path = self.file(number)
        self._chapter("A bank posts a file")
        if not path.exists():
            demonstration_file.compose(path, number, self._earlier_uetr(number - 1))
        self._say_command(f"post {path}", CHENAB)
        result = payments.post_with_progress(bank, path, payments.answer_path(path))
        payments.show_result(result)
        return result

    def _decide(self, bank: Opened, number: int, result: FileResult) -> FileResult:
        """What was held, and why; the bank lets the near miss go, and the same command answers the file anew."""
        waiting = bank.gateway.holds.page()
        if not waiting:
            return result
        self._chapter("What was held, and why")
        self._say_command("held list", CHENAB)
        held.show(waiting)
        near = [each for each in waiting if self._is_near_miss(bank, each)]
        for each in near:
            held.say_reasons(bank.gateway.holds.open(each.number))
            bank.gateway.holds.release(each.number, who="officer-4", why=NEAR_MISS_WHY)
            self._say_command(f'held release {each.number} --who officer-4 --why "{NEAR_MISS_WHY}"', CHENAB)
            sent = bank.gateway.holds.send(each.number)
            held.say_where_it_stands(sent)
        screen.say("The listed person waits for the bank's analyst, the large payment for its payer's data.")
        path = self.file(number)
        self._say_command(f"post {path}", CHENAB)
        result = payments.post_with_progress(bank, path, payments.answer_path(path))
        screen.say(f"The same command answers the file anew: {result.admitted:,} admitted, {result.held:,} still held.")
        return result

    def _is_near_miss(self, bank: Opened, hold: Hold) -> bool:
        return bank.gateway.holds.open(hold.number).payment.creditor_name == demonstration_file.NEAR_MISS

    def _earlier_uetr(self, number: int) -> bytes | None:
        """A UETR that was paid in the last run, to be sent once more."""
        if number < 1:
            return None
        return next(
            (each.original_uetr for each in payments.statuses(self.file(number)) if each.status == "ACSC"), None
        )

    def _prove(self, bank: Opened, result: FileResult, genesis: Genesis) -> int:
        """Fetch the proof of the first admitted payment, and verify it with nothing but the file and the log's key."""
        self._chapter("The proof of one payment, verified offline")
        position = first_admitted(result)
        path = self.data.demonstration / f"{position}.tlog-proof"
        self._say_command(f"proof {position} --out {path}", CHENAB)
        proofs.fetch(bank.client, position, path)
        screen.say(f"Written to {path}: {path.stat().st_size:,} bytes.")
        self._say_command(f"verify {path}")
        payment = proofs.verified(path.read_bytes(), proofs.policy_of_log(genesis.log_key))
        proofs.show(payment)
        currency = demonstration_nation.CURRENCIES[payment.transfer.asset - 1]
        paid = screen.amount(payment.transfer.amount, demonstration_nation.DECIMALS, currency)
        screen.say(f"Asset {payment.transfer.asset} is {currency} here, so that is {paid}. No node was asked.")
        return position

    def _damage(self, position: int) -> None:
        """Flip one byte in a copy, and let the audit find it."""
        self._chapter("One byte is changed in a copy of the record")
        copy = self.data.demonstration / "damaged-copy"
        shutil.rmtree(copy, ignore_errors=True)
        (copy / SEGMENTS).mkdir(parents=True)
        segments = sorted((self.data.record / SEGMENTS).glob("*.segment"))
        for path in (*segments, self.data.record / GENESIS, self.data.record / CHECKPOINT):
            shutil.copyfile(path, copy / path.relative_to(self.data.record))
        screen.say(flip_amount(copy, position))
        self._say_command(f"audit {copy}")
        post = kernel_post(screen.tell)
        try:
            audit(copy, post)
        except Damage as damage:
            screen.say(f"Found: entry {damage.entry} of block {damage.height} is not what was written:", style="bold")
            screen.say(damage.what)
        else:
            raise Unavailable("the audit found nothing in a damaged copy; report this")
        finally:
            shutil.rmtree(copy, ignore_errors=True)
        screen.say("The record itself is untouched.")

    def _say_what_next(self, position: int, number: int) -> None:
        account = groups()["chenab-people"].first
        self._chapter("What you can try next, in another terminal")
        screen.say("The demonstration's passphrase is known to all commands; nobody is asked for it.")
        program = ".venv/bin/sanad" if Path(".venv/bin/sanad").exists() else "sanad"
        for what, command, member in (
            ("an account, by its number or its IBAN", f"account show {account}", CHENAB),
            ("its statement", f"statement {iban(CHENAB, account)} --lines 10", CHENAB),
            ("the same file again: nothing is paid twice", f"post {self.file(number)}", CHENAB),
            ("another proof", f"proof {position + 1}", CHENAB),
            ("the same account as the authority sees it", f"account show {account}", AUTHORITY),
            ("what was checked before it was posted", f"checked {position}", CHENAB),
            ("what is held, and a decision about it", "held list", CHENAB),
            ("an audit of the whole record", f"audit {self.data.path}", None),
            ("the record's public tree, as static files", "log export out/log", None),
        ):
            screen.say(f"  {what}:", style="dim")
            screen.say_as_is(f"    {program} {command}{self._options(member)}")

    def _exchange(self, serving: Serving) -> None:
        """Travel Rule: peers ask one another. What hinders them is told, and hinders nothing else."""
        self._chapter("Institutions ask one another who pays whom")
        peers = ", ".join(each.removeprefix("peer of ") for each in (begun.name for begun in serving.peers))
        screen.say(f"Peers of the Travel Rule Protocol run, each a process of its own: {peers}.")
        try:
            for sentence in exchange(self.data, serving):
                screen.say_as_is(sentence)
        except Unavailable as error:
            screen.tell_error(f"{error.what}. Everything else goes on; the next run tries again.")

    def stay(self) -> None:
        """Leave the node serving until it ends, or someone ends us."""
        if self.node is None:
            return
        screen.say()
        screen.say("The portal is being made ready ...", style="dim")
        serving = self._stack.enter_context(portal_processes(self.data))
        self._exchange(serving)
        screen.say()
        offers = "its sign-in page offers one person for each role."
        screen.say(f"The portal serves at {serving.origin} ; {offers}", style="bold")
        screen.say(f"The node serves at {self.node.address} until you press Ctrl-C.", style="bold")
        code = self.node.wait()
        raise Unavailable(f"the node ended by itself with code {code}; see {self.node.log}")


def first_admitted(result: FileResult) -> int:
    """Position of the first payment of a file that was admitted. Raises `Refused` if there is none."""
    for receipt in map(receipts.decode, result.receipts):
        for index, code in enumerate(receipt.codes):
            if code == 0:
                return receipt.entry * POSITIONS_PER_ENTRY + index
    raise Refused("demonstration", "no payment of the file was admitted; begin anew with another --data DIR", 409)


def _customers() -> int:
    return sum(each.count for each in groups().values() if each.count > 1)
