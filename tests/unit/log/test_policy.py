"""Policies: reading the file, and which checkpoints are good enough."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad.base.errors import Malformed
from sanad.log import checkpoint, note
from sanad.log.checkpoint import Checkpoint
from sanad.log.cosignature import Ed25519Cosigner, MlDsa44Cosigner
from sanad.log.note import NoteSigner, SignatureLine, VerifierKey
from sanad.log.policy import Group, Log, Policy, Witness

NOW = 1_800_000_000
LOG = NoteSigner("example.org/log", bytes([9] * 32))
LOG_06 = MlDsa44Cosigner("example.org/log", bytes([9] * 32))
OTHER_LOG = NoteSigner("example.org/other", bytes([8] * 32))
X = [Ed25519Cosigner(f"example.net/x{number}", bytes([number] * 32)) for number in (1, 2, 3)]
Y = [Ed25519Cosigner(f"example.net/y{number}", bytes([10 + number] * 32)) for number in (1, 2, 3)]
PQ = MlDsa44Cosigner("example.net/pq", bytes(32))
SEEN = Checkpoint("example.org/log", 3, bytes(range(32)))


def vkey(signer: NoteSigner | Ed25519Cosigner | MlDsa44Cosigner) -> str:
    return signer.verifier_key.encode().decode()


EXAMPLE = f"""# two of X and any of Y, as in the standard's own example
log {vkey(LOG)} https://example.org/log/

witness X1 {vkey(X[0])} https://example.net/x1
witness X2 {vkey(X[1])}
  witness\tX3   {vkey(X[2])}\t
group X-witnesses 2 X1 X2 X3

witness Y1 {vkey(Y[0])}
witness Y2 {vkey(Y[1])}
witness Y3 {vkey(Y[2])}
\t# a comment may be indented
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def read(text: str) -> Policy:
    return Policy.decode(text.encode())


def signed_by(*witnesses: Ed25519Cosigner | MlDsa44Cosigner, time: int = NOW) -> bytes:
    signed = note.decode(checkpoint.sign(SEEN, LOG))
    return signed.with_lines([witness.line(SEEN, time) for witness in witnesses]).encode()


def simple(quorum: str, *lines: str) -> Policy:
    return read("\n".join([f"log {vkey(LOG)}", *lines, f"quorum {quorum}", ""]))


class TestReading:
    def test_the_example_of_the_standard(self) -> None:
        policy = read(EXAMPLE)
        assert policy.logs == (Log(LOG.verifier_key, b"https://example.org/log/"),)
        assert policy.witnesses[0] == Witness(b"X1", X[0].verifier_key, b"https://example.net/x1")
        assert [witness.name for witness in policy.witnesses] == [b"X1", b"X2", b"X3", b"Y1", b"Y2", b"Y3"]
        assert policy.groups == (
            Group(b"X-witnesses", 2, (b"X1", b"X2", b"X3")),
            Group(b"Y-witnesses", 1, (b"Y1", b"Y2", b"Y3")),
            Group(b"X-and-Y", 2, (b"X-witnesses", b"Y-witnesses")),
        )
        assert policy.quorum == b"X-and-Y"

    def test_it_is_written_so_that_it_reads_the_same(self) -> None:
        policy = read(EXAMPLE)
        assert Policy.decode(policy.encode()) == policy
        assert Policy.decode(read("quorum none\n").encode()) == Policy((), (), (), None)

    def test_names_are_bytes(self) -> None:
        data = b"witness \xff\xfe " + X[0].verifier_key.encode() + b"\nquorum \xff\xfe\n"
        assert Policy.decode(data).quorum == b"\xff\xfe"

    def test_a_hash_inside_a_line_is_no_comment(self) -> None:
        assert read(f"witness a {vkey(X[0])} https://a/#b\nquorum a\n").witnesses[0].url == b"https://a/#b"

    def test_100_witnesses(self) -> None:
        many = [Ed25519Cosigner(f"w{number}", bytes([0, number] * 16)) for number in range(101)]
        lines = [f"witness {number} {vkey(witness)}" for number, witness in enumerate(many)]
        assert len(simple("0", *lines[:100]).witnesses) == 100
        with pytest.raises(Malformed) as caught:
            simple("0", *lines)
        assert caught.value.code == "policy_too_long"

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "last_line_open"),
            ("quorum none", "last_line_open"),
            ("\n", "quorum_missing"),
            ("quorum none\nquorum none\n", "quorum_twice"),
            ("quorum\n", "policy_line_bad"),
            ("quorum a\n", "name_unknown"),
            ("Quorum none\n", "policy_line_bad"),
            ("quorum none # no tail\n", "policy_line_bad"),
            ("quorum none\r\n", "control_character"),
            ("quorum\x7fnone\n", "control_character"),
            ("quorum\u00a0none\n", "policy_line_bad"),
            ("log\n", "policy_line_bad"),
            ("log nonsense\n", "key_bad"),
            (f"log {vkey(LOG)} a b\n", "policy_line_bad"),
            (f"log {vkey(LOG)}\nlog {vkey(LOG)}\n", "key_twice"),
            (f"log {vkey(X[0])}\n", "key_type_bad"),
            (f"witness a {vkey(LOG)}\n", "key_type_bad"),
            (f"witness none {vkey(X[0])}\n", "name_reserved"),
            (f"witness a {vkey(X[0])}\nwitness a {vkey(X[1])}\n", "name_twice"),
            (f"witness a {vkey(X[0])}\nwitness b {vkey(X[0])}\n", "key_twice"),
            (f"witness a {vkey(X[0])}\ngroup a any a\n", "name_twice"),
            (f"witness a {vkey(X[0])}\ngroup b any a a\n", "member_twice"),
            (f"witness a {vkey(X[0])}\ngroup b any a\ngroup c any a\n", "member_twice"),
            (f"witness a {vkey(X[0])}\ngroup b any none\n", "name_unknown"),
            (f"witness a {vkey(X[0])}\ngroup b any b\n", "name_unknown"),
            (f"witness a {vkey(X[0])}\ngroup b any\n", "policy_line_bad"),
            (f"witness a {vkey(X[0])}\ngroup b 0 a\n", "threshold_bad"),
            (f"witness a {vkey(X[0])}\ngroup b 2 a\n", "threshold_bad"),
            (f"witness a {vkey(X[0])}\ngroup b 01 a\n", "threshold_bad"),
            (f"witness a {vkey(X[0])}\ngroup b +1 a\n", "threshold_bad"),
            (f"quorum a\nwitness a {vkey(X[0])}\n", "name_unknown"),
            ("#" * 2**20 + "\n", "policy_too_long"),
        ],
    )
    def test_what_is_refused(self, text: str, code: str) -> None:
        with pytest.raises(Malformed) as caught:
            read(text)
        assert caught.value.code == code

    def test_the_same_key_under_another_name_is_refused(self) -> None:
        renamed = VerifierKey("example.net/renamed", X[0].verifier_key.type, X[0].verifier_key.public_key)
        with pytest.raises(Malformed) as caught:
            simple("a", f"witness a {vkey(X[0])}", f"witness b {renamed.encode().decode()}")
        assert (caught.value.code, caught.value.field) == ("key_twice", "policy line 3")


class TestQuorum:
    @given(st.sets(st.sampled_from(range(6))))
    def test_two_of_x_and_any_of_y(self, who: set[int]) -> None:
        cosigners = [(X + Y)[number] for number in sorted(who)]
        evaluation = read(EXAMPLE).evaluate(signed_by(*cosigners), NOW)
        assert evaluation.quorum_met == (len(who & {0, 1, 2}) >= 2 and len(who & {3, 4, 5}) >= 1)
        assert [witness.key for witness, _ in evaluation.witnesses] == [one.verifier_key for one in cosigners]
        assert all(time == NOW for _, time in evaluation.witnesses)

    def test_a_single_witness(self) -> None:
        policy = simple("a", f"witness a {vkey(X[0])}", f"witness b {vkey(X[1])}")
        assert policy.verify(signed_by(X[0]), NOW).quorum_met
        with pytest.raises(Malformed) as caught:
            policy.verify(signed_by(X[1]), NOW)
        assert caught.value.code == "quorum_not_met"

    def test_none_asks_for_no_witness(self) -> None:
        evaluation = simple("none").verify(signed_by(), NOW)
        assert (evaluation.checkpoint, evaluation.witnesses, evaluation.quorum_met) == (SEEN, (), True)

    def test_witnesses_of_both_types_count(self) -> None:
        policy = simple("all", f"witness a {vkey(X[0])}", f"witness b {vkey(PQ)}", "group all all a b")
        assert policy.evaluate(signed_by(X[0], PQ), NOW).quorum_met
        assert not policy.evaluate(signed_by(PQ), NOW).quorum_met

    def test_many_lines_of_one_key_count_once(self) -> None:
        policy = simple("both", f"witness a {vkey(X[0])}", f"witness b {vkey(X[1])}", "group both 2 a b")
        data = signed_by(X[0]) + X[0].line(SEEN, NOW - 9).encode()
        evaluation = policy.evaluate(data, NOW)
        assert (len(evaluation.witnesses), evaluation.quorum_met) == (1, False)

    def test_unknown_witnesses_are_ignored(self) -> None:
        assert simple("none").evaluate(signed_by(*X, *Y), NOW).witnesses == ()


class TestLogs:
    def test_any_listed_log_will_do(self) -> None:
        policy = read(f"log {vkey(OTHER_LOG)}\nlog {vkey(LOG)}\nquorum none\n")
        assert [log.key for log in policy.evaluate(signed_by(), NOW).logs] == [LOG.verifier_key]

    def test_both_keys_of_a_log_are_named(self) -> None:
        policy = read(f"log {vkey(LOG)}\nlog {vkey(LOG_06)}\nquorum none\n")
        assert len(policy.evaluate(signed_by(LOG_06), NOW).logs) == 2
        assert len(policy.evaluate(signed_by(), NOW).logs) == 1

    def test_a_log_of_another_origin_does_not_count(self) -> None:
        policy = read(f"log {vkey(OTHER_LOG)}\nquorum none\n")
        signed = note.decode(signed_by()).with_lines([OTHER_LOG.line(SEEN.encode())]).encode()
        with pytest.raises(Malformed) as caught:
            policy.evaluate(signed, NOW)
        assert caught.value.code == "log_signature_missing"

    def test_no_log_no_answer(self) -> None:
        with pytest.raises(Malformed):
            read("quorum none\n").evaluate(signed_by(), NOW)

    def test_size_0_has_one_root(self) -> None:
        wrong = Checkpoint("example.org/log", 0, bytes(32))
        with pytest.raises(Malformed) as caught:
            simple("none").evaluate(note.sign(wrong.encode(), LOG), NOW)
        assert caught.value.code == "empty_root_bad"


class TestBadLines:
    def test_a_known_witness_that_fails_spoils_the_note(self) -> None:
        policy = simple("a", f"witness a {vkey(X[0])}", f"witness b {vkey(X[1])}")
        good = X[1].line(SEEN, NOW)
        bad = SignatureLine(good.name, good.key_id, good.signature[:-1] + bytes([good.signature[-1] ^ 1]))
        with pytest.raises(Malformed) as caught:
            policy.evaluate(signed_by(X[0]) + bad.encode(), NOW)
        assert caught.value.code == "signature_bad"

    def test_the_clock_of_a_witness_may_be_300_seconds_ahead(self) -> None:
        policy = simple("a", f"witness a {vkey(X[0])}")
        assert policy.evaluate(signed_by(X[0], time=NOW + 300), NOW).quorum_met
        with pytest.raises(Malformed) as caught:
            policy.evaluate(signed_by(X[0], time=NOW + 301), NOW)
        assert caught.value.code == "time_in_future"
