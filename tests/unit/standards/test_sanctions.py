"""Lists in the forms in which they are published: what is read of them, and what is refused with its place."""

import re
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad.base.errors import MalformedFile
from sanad.standards.sanctions import dates, formats
from sanad.standards.sanctions.countries import code
from sanad.standards.sanctions.formats import Format
from sanad.standards.sanctions.listed import BirthDate, Identifier, Listed, ListedName, NameKind, Schema
from sanad.standards.sanctions.reading import ListRead

SAMPLES = Path(str(resources.files("sanad.standards.sanctions") / "samples"))
OFAC = tuple(SAMPLES / name for name in ("ofac_sdn.csv", "ofac_alt.csv", "ofac_add.csv"))


def read(*paths: Path) -> dict[str, Listed]:
    return {each.reference: each for each in formats.read(paths)[1].entries}


def refused(*paths: Path, file_format: Format | None = None) -> MalformedFile:
    with pytest.raises(MalformedFile) as caught:
        formats.read(paths, file_format)
    return caught.value


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


# --- what is read -----------------------------------------------------------------------------------------------------


def test_the_united_nations_say_quality_script_father_and_ranges_of_years() -> None:
    entries = read(SAMPLES / "consolidated.xml")
    assert set(entries) == {"XXi.001", "XXi.002", "XXe.001"}
    one = entries["XXi.001"]
    assert one.schema is Schema.PERSON
    assert one.names == (
        ListedName("DAWLAT KHAN NAZARBEG"),
        ListedName("دولت خان نظربیگ", NameKind.ORIGINAL),
        ListedName("Daulat Khan Nazar Baig", NameKind.GOOD),
        ListedName("Dawlat Nazarbeg", NameKind.GOOD),
        ListedName("Munshi", NameKind.LOW),
    )
    assert one.father_names == ("Nazar Beg",)
    assert one.birth_dates == (BirthDate("1968-01-01", "1970-12-31"), BirthDate("1972-01-01", "1974-12-31"))
    assert one.countries == ("AF", "PK")
    assert one.identifiers == (Identifier("passport", "XX000001"),)
    assert entries["XXe.001"].names[2] == ListedName("North Dawn Import Export", NameKind.FORMER)


def test_ofac_joins_its_three_files_and_reads_the_remarks() -> None:
    entries = read(*OFAC)
    person = entries["90001"]
    assert [each.text for each in person.names] == ["MADEUP, Ivan Petrovich", "MADEUP, Vanya", "PETROVICH, Vanya"]
    assert person.wallets == ("1MadeUpAddress1111111111111111111",)
    assert person.birth_dates == (BirthDate("1976-05-12", "1976-05-12"), BirthDate("1974-01-01", "1976-12-31"))
    assert (person.countries, person.identifiers) == (("RU",), (Identifier("passport", "XY7654321"),))
    vessel = entries["90003"]
    assert vessel.schema is Schema.VESSEL
    assert Identifier("imo", "9999993") in vessel.identifiers
    assert read(OFAC[2], OFAC[0], OFAC[1]) == entries, "in any order"


def test_what_did_not_fit_into_ofacs_remarks_goes_on_in_a_fourth_file(tmp_path: Path) -> None:
    cut = OFAC[0].read_bytes().replace(b"1111111111111111111; a.k.a. 'PETROVICH, Vanya'.", b"")
    comments = written(tmp_path, "comments.csv", "90001,\"1111111111111111111; a.k.a. 'PETROVICH, Vanya'.\"\r\n")
    assert read(written(tmp_path, "sdn.csv", cut), comments)["90001"].wallets == read(*OFAC)["90001"].wallets


def test_follow_the_money_gives_papers_to_their_holders_and_counts_what_it_passes_over() -> None:
    found, told = formats.read([SAMPLES / "entities.ftm.json"])
    assert found is Format.FOLLOW_THE_MONEY
    assert told.counts == {"Company": 1, "CryptoWallet": 1, "Person": 1, "passed_over:Address": 1}
    person = next(each for each in told.entries if each.schema is Schema.PERSON)
    assert person.identifiers == (Identifier("passport", "ZZ0000001"),)
    assert person.birth_dates == (BirthDate("1983-02-01", "1983-02-28"),)
    assert ListedName("Ola", NameKind.LOW) in person.names


def test_a_national_list_has_its_columns_by_any_of_their_names() -> None:
    one = read(SAMPLES / "national.csv")["PX-001"]
    assert [each.text for each in one.names] == ["Zarak Sultan Bangash", "زرک سلطان بنگش", "Ustad Zarak"]
    assert one.father_names == ("Mir Sultan Bangash",)
    assert one.identifiers == (Identifier("cnic", "6110100000011"),)


def test_heads_may_be_in_urdu_and_cells_apart_by_semicolons(tmp_path: Path) -> None:
    path = written(
        tmp_path, "list.csv", "\ufeffنام;ولدیت;شناختی کارڈ;ضلع\r\nفرضی شخص;فرضی والد;61101-1234567-1;راولپنڈی\r\n"
    )
    (one,) = read(path).values()
    assert one.father_names == ("فرضی والد",)
    assert one.identifiers == (Identifier("cnic", "6110112345671"),)
    assert one.reference.startswith("row-")


def test_wallets_come_from_tagpacks() -> None:
    entries = read(SAMPLES / "wallets.yaml")
    assert entries["3MadeUpMixerAddress1111111111111111"].wallets == ("3MadeUpMixerAddress1111111111111111",)
    assert entries["0x00000000000000000000000000000000deadbeef"].names == (ListedName("made-up drain ETH"),)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("10 Dec 1948", "1948-12-10", "1948-12-10"),
        ("Dec 1948", "1948-12-01", "1948-12-31"),
        ("circa 1961", "1960-01-01", "1962-12-31"),
        ("1984 to 1986", "1984-01-01", "1986-12-31"),
        ("09/03/1968", "1968-03-09", "1968-03-09"),
        ("1968-02", "1968-02-01", "1968-02-29"),
    ],
)
def test_birth_dates_are_spans_of_days(text: str, first: str, last: str) -> None:
    assert dates.written(text) == BirthDate(first, last)


@pytest.mark.parametrize("text", ["", "31/02/1968", "unknown", "1968-13", "0001", "10 Foo 1948", "5 1948"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert dates.written(text) is None


def test_countries_are_known_as_lists_write_them() -> None:
    names = [
        "Iran (Islamic Republic of)",
        "Korea, North",
        "Türkiye",
        "Cote d Ivoire",
        "pk",
        "پاکستان",
        "Region: Nowhere",
    ]
    assert [code(each) for each in names] == ["IR", "KP", "TR", "CI", "PK", "PK", ""]


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_document_type_ends_the_reading(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    bomb = f'<?xml version="1.0"?>\n{doctype}\n<CONSOLIDATED_LIST>&b;</CONSOLIDATED_LIST>'
    error = refused(written(tmp_path, "bomb.xml", bomb))
    assert (error.findings[0].code, error.findings[0].line) == ("xml.doctype", 2)


def test_an_entity_that_nobody_declared_is_broken_xml(tmp_path: Path) -> None:
    text = (SAMPLES / "consolidated.xml").read_text("utf-8").replace("DAWLAT", "&xxe;")
    assert refused(written(tmp_path, "list.xml", text)).findings[0].code == "xml.broken"


@given(part=st.floats(0.02, 0.98))
def test_a_list_in_xml_that_breaks_off_anywhere_is_refused(
    part: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = (SAMPLES / "consolidated.xml").read_bytes()
    path = written(tmp_path_factory.mktemp("cut"), "cut.xml", data[: int(len(data) * part)])
    error = refused(path)
    assert error.findings[0].line >= 1
    assert "again" in error.findings[0].advice


@pytest.mark.parametrize("keep", [100, 240, 300])
def test_ofac_that_breaks_off_within_a_row_is_refused(keep: int, tmp_path: Path) -> None:
    path = written(tmp_path, "sdn.csv", OFAC[0].read_bytes()[:keep])
    assert refused(path, file_format=Format.OFAC).findings[0].code in ("csv.broken", "ofac.row", "ofac.columns")


def test_ofac_names_of_entries_that_are_gone_show_that_files_do_not_belong_together(tmp_path: Path) -> None:
    shorter = OFAC[0].read_bytes().split(b"\r\n", 1)[1]
    error = refused(written(tmp_path, "sdn.csv", shorter), OFAC[1])
    assert (error.findings[0].code, error.findings[0].excerpt) == ("ofac.unknown", "entry 90001")


def test_json_lines_name_each_line_that_is_broken(tmp_path: Path) -> None:
    lines = (SAMPLES / "entities.ftm.json").read_text("utf-8").splitlines()
    lines[1] = lines[1][:60]
    error = refused(written(tmp_path, "entities.json", "\n".join(lines)))
    assert [(each.line, each.code) for each in error.findings] == [(2, "json.broken")]


def test_a_national_list_tells_all_that_is_wrong_at_once(tmp_path: Path) -> None:
    rows = "name,cnic,date of birth,type\nA Person,123,,\nB Person,,soon,\nC Person,,,robot\nD Person,,\nE Person,,,\n"
    error = refused(written(tmp_path, "list.csv", rows))
    found = [(each.line, each.code) for each in error.findings]
    assert found == [(2, "csv.cnic"), (3, "csv.birth"), (4, "csv.kind"), (5, "csv.columns")]
    assert not any("Person" in each.excerpt for each in error.findings), "an excerpt names nobody"


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("list.csv", "a,b\n1,2\n", "csv.head"),
        ("list.csv", "", "file.empty"),
        ("list.csv", "name\n", "entries.none"),
        ("list.csv", b"name\nA\0B\n", "file.nul"),
        ("list.csv", b"name\nJos\xe9\n", "file.encoding"),
        ("list.csv", "ref,name\n1,A Person\n1,B Person\n", "reference.twice"),
        ("list.csv", "ref,name\n1,\n", "name.missing"),
        ("list.csv", "name\n" + "x" * 1_001 + "\n", "name.bounds"),
        ("list.xml", "<html/>", "un.root"),
        ("list.yaml", "tags:\n- &a\n  address: x\n- *a\n", "yaml.broken"),
        ("list.yaml", "tags:\n- label: y\n", "tagpack.address"),
        ("list.yaml", "no: tags\n", "tagpack.form"),
        ("list.bin", "what is this", "file.format"),
    ],
)
def test_each_fault_has_its_code(name: str, text: str | bytes, code: str, tmp_path: Path) -> None:
    assert refused(written(tmp_path, name, text)).findings[0].code == code


def test_only_ofac_comes_in_several_files() -> None:
    assert refused(SAMPLES / "consolidated.xml", SAMPLES / "national.csv").findings[0].code == "files.count"


# --- the real ones ----------------------------------------------------------------------------------------------------


def test_the_whole_list_of_the_united_nations(test_data: Path) -> None:
    (path,) = (test_data / "sanctions").glob("un_consolidated_*.xml")
    told: ListRead = formats.read([path])[1]
    assert told.counts == {"Organization": 273, "Person": 730}
    assert sum(any(each.kind is NameKind.ORIGINAL for each in entry.names) for entry in told.entries) >= 336
    assert told.published.startswith("2026-02-27")
    assert not [each for each in told.entries if re.search(r"\s\s|\n", each.names[0].text)]


def test_the_whole_list_of_ofac(test_data: Path) -> None:
    paths = [test_data / "sanctions" / f"ofac_{name}_2021-07.csv" for name in ("sdn", "alt", "add")]
    told = formats.read(paths)[1]
    assert len(told.entries) == 8_976
    assert told.counts == {"Organization": 3_673, "Person": 4_620, "Vessel": 683}
    remarks = paths[0].read_text("latin-1")
    addresses = set(re.findall(r"Digital Currency Address - \S+ (\w{20,})", remarks))  # the last one breaks off
    assert {wallet for each in told.entries for wallet in each.wallets} == addresses


def test_real_tagpacks(test_data: Path) -> None:
    entries = read(test_data / "wallets" / "tagpack_ofac.yaml")
    assert len(entries) == 572
