"""Tiles: names, what exists at each size, growing, and reading proofs back out of files alone."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad.base.errors import Fault, Malformed, Unavailable
from sanad.log import checkpoint, tiles, tree
from sanad.log.note import VerifierKey
from sanad.log.tiles import TilePath, TileReader

TESSERA = Path(__file__).parent / "data" / "tessera_log"
TESSERA_KEY = VerifierKey.decode(b"example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
TESSERA_ENTRIES = b"one two three four five six seven eit nain ten ileven twelf threeten fourten fivten".split()

LEAVES = [tree.leaf_hash(b"%d" % number) for number in range(1500)]

tile_paths = st.builds(
    TilePath, st.one_of(st.none(), st.integers(0, 63)), st.integers(0, 2**63 - 1), st.integers(1, 256)
)


def nothing(path: str) -> bytes | None:
    """The files of a log that has none yet."""
    return None


def grown(*sizes: int) -> dict[str, bytes]:
    """The files of a log that had these sizes, one after the other."""
    files: dict[str, bytes] = {}
    size = 0
    for new_size in sizes:
        for path, data in tiles.grow_tiles(size, LEAVES[size:new_size], files.get):
            assert files.setdefault(path, data) == data, "other bytes under an old name"
        size = new_size
    return files


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "spelling"),
        [
            (TilePath(0, 5), "tile/0/005"),
            (TilePath(0, 0, 1), "tile/0/000.p/1"),
            (TilePath(1, 1000), "tile/1/x001/000"),
            (TilePath(0, 1234067, 255), "tile/0/x001/x234/067.p/255"),
            (TilePath(None, 273, 112), "tile/entries/273.p/112"),
            (TilePath(63, 2**63 - 1), "tile/63/x009/x223/x372/x036/x854/x775/807"),
        ],
    )
    def test_spellings(self, path: TilePath, spelling: str) -> None:
        assert path.encode() == spelling
        assert TilePath.decode(spelling) == path

    @given(tile_paths)
    def test_each_tile_has_one_name(self, path: TilePath) -> None:
        assert TilePath.decode(path.encode()) == path

    @pytest.mark.parametrize(
        "spelling",
        [
            "",
            "checkpoint",
            "/tile/0/000",
            "tile/0/000/",
            "tile/0/000\n",
            "tile/0/0",
            "tile/0/0000",
            "tile/0/000.p/0",
            "tile/0/000.p/01",
            "tile/0/000.p/256",
            "tile/0/x000/001",
            "tile/0/001/000",
            "tile/0/x001/x000",
            "tile/00/000",
            "tile/64/000",
            "tile/-1/000",
            "tile/8/0/000",
            "tile/data/000",
            "tile/0/x009/x223/x372/x036/x854/x775/808",
            "tile/0/x001/x009/x223/x372/x036/x854/x775/807",
            "tile/0/٠٠٠",
        ],
    )
    def test_other_spellings_are_refused(self, spelling: str) -> None:
        with pytest.raises(Malformed):
            TilePath.decode(spelling)


class TestWhichTilesExist:
    def test_70000_leaves(self) -> None:
        paths = [path.encode() for path in tiles.tile_paths(70_000)]
        assert paths[:273] == [TilePath(0, index).encode() for index in range(273)]
        assert paths[273:] == ["tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]

    def test_256_leaves(self) -> None:
        assert [path.encode() for path in tiles.tile_paths(256)] == ["tile/0/000", "tile/1/000.p/1"]
        assert [path.encode() for path in tiles.bundle_paths(256)] == ["tile/entries/000"]

    def test_nothing_for_nothing(self) -> None:
        assert list(tiles.tile_paths(0)) == []
        assert list(tiles.bundle_paths(0)) == []

    @given(st.integers(0, 200_000))
    def test_a_tile_that_exists_is_within_and_the_next_is_not(self, size: int) -> None:
        for path in (*tiles.tile_paths(size), *tiles.bundle_paths(size)):
            assert tiles.is_within(path, size)
            assert path.width == tiles.tile_width(path.level, path.index, size)
            if not path.is_full:
                assert not tiles.is_within(TilePath(path.level, path.index, path.width + 1), size)
            assert not tiles.is_within(TilePath(path.level, path.index + 1 + size // 256, 1), size)

    def test_beyond_the_top_level_there_is_nothing(self) -> None:
        assert not tiles.is_within(TilePath(63, 0, 1), 2**63 - 1)
        assert tiles.is_within(TilePath(7, 0, 127), 2**63 - 1)


class TestGrowing:
    @settings(max_examples=60)
    @given(st.lists(st.integers(0, len(LEAVES)), min_size=1, max_size=4).map(sorted))
    def test_whatever_the_steps_the_files_are_those_of_the_tree(self, sizes: list[int]) -> None:
        files = grown(*sizes)
        node = tree.node_source(LEAVES[: sizes[-1]])
        expected: dict[str, bytes] = {}
        for size in sizes:
            expected |= {path.encode(): tiles.tile_from_nodes(path, node) for path in tiles.tile_paths(size)}
        assert files == expected

    @given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 2))
    def test_a_partial_tile_is_a_prefix_of_later_ones(self, size: int, more: int, level: int) -> None:
        files = grown(size, size + more)
        now = {path for path in tiles.tile_paths(size) if path.level == level}
        for path in now:
            width = tiles.tile_width(path.level, path.index, size + more)
            later = files[TilePath(path.level, path.index, width).encode()]
            assert later.startswith(files[path.encode()])

    @given(st.integers(0, 600), st.integers(0, 600))
    def test_new_names_are_those_that_the_old_size_did_not_have(self, size: int, more: int) -> None:
        new = {path.encode() for path in tiles.tile_paths(size + more, size)}
        both = {path.encode() for path in tiles.tile_paths(size + more)}
        old = {path.encode() for path in tiles.tile_paths(size)}
        assert new == both - old
        assert {name for name, _ in tiles.grow_tiles(size, LEAVES[size : size + more], grown(size).get)} == new

    def test_entries_come_before_tiles(self) -> None:
        names = [name for name, _ in tiles.grow(0, [b"a"] * 257, nothing)]
        assert names == [
            "tile/entries/000",
            "tile/entries/001.p/1",
            "tile/0/000",
            "tile/0/001.p/1",
            "tile/1/000.p/1",
        ]

    def test_the_right_edge_must_be_there(self) -> None:
        with pytest.raises(Unavailable):
            tiles.grow_tiles(3, LEAVES[3:4], nothing)
        with pytest.raises(Malformed):
            tiles.grow_tiles(3, LEAVES[3:4], {"tile/0/000.p/3": bytes(95)}.get)


class TestBundles:
    @given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
    def test_entries_come_back(self, entries: list[bytes]) -> None:
        assert tiles.decode_bundle(tiles.encode_bundle(entries), len(entries)) == entries

    @given(st.lists(st.binary(max_size=30), min_size=1, max_size=20))
    def test_another_number_of_entries_is_refused(self, entries: list[bytes]) -> None:
        data = tiles.encode_bundle(entries)
        for width in (len(entries) - 1, len(entries) + 1):
            with pytest.raises(Malformed):
                tiles.decode_bundle(data, width)
        with pytest.raises(Malformed):
            tiles.decode_bundle(data[:-1], len(entries))

    def test_an_entry_has_at_most_65535_bytes(self) -> None:
        assert len(tiles.encode_bundle([bytes(65_535)])) == 65_537
        with pytest.raises(Fault):
            tiles.encode_bundle([bytes(65_536)])

    @given(st.integers(0, 520), st.integers(0, 520))
    def test_they_grow_like_tiles(self, size: int, more: int) -> None:
        entries = [b"%d" % number for number in range(size + more)]
        files = dict(tiles.grow_bundles(0, entries[:size], nothing))
        files |= tiles.grow_bundles(size, entries[size:], files.get)
        for path in (*tiles.bundle_paths(size), *tiles.bundle_paths(size + more)):
            start = path.index * 256
            assert tiles.decode_bundle(files[path.encode()], path.width) == entries[start : start + path.width]


class TestReading:
    @settings(max_examples=60)
    @given(st.integers(1, len(LEAVES)), st.data())
    def test_all_proofs_come_out_of_the_files(self, size: int, data: st.DataObject) -> None:
        files = grown(size)
        node = TileReader(size, files.get)
        index = data.draw(st.integers(0, size - 1))
        old_size = data.draw(st.integers(1, size))
        root = tree.root(LEAVES[:size])
        assert tree.root_from_nodes(size, node) == root
        assert tree.inclusion_path_from_nodes(index, size, node) == tree.inclusion_path(LEAVES[:size], index)
        path = tree.consistency_path_from_nodes(old_size, size, node)
        tree.check_consistency(old_size, size, path, tree.root(LEAVES[:old_size]), root)
        assert tree.Peaks.from_nodes(size, node).root() == root

    def test_a_partial_that_is_gone_is_read_from_the_full_one(self) -> None:
        files = grown(700, 1024)
        gone = {name: data for name, data in files.items() if ".p/188" not in name}
        assert len(gone) == len(files) - 1
        assert tree.root_from_nodes(700, TileReader(700, gone.get)) == tree.root(LEAVES[:700])

    def test_so_is_a_partial_bundle(self) -> None:
        full = tiles.encode_bundle([b"%d" % number for number in range(256)])
        resources = tiles.grow_bundles(3, [b"3"], {"tile/entries/000": full}.get)
        assert resources == [("tile/entries/000.p/4", full[:12])]

    def test_a_missing_tile_is_said(self) -> None:
        with pytest.raises(Unavailable, match=r"tile/0/000\.p/5"):
            TileReader(5, nothing)(0, 0)

    def test_a_node_outside_the_tree_is_our_own_fault(self) -> None:
        with pytest.raises(Fault):
            TileReader(5, grown(5).get)(1, 2)

    def test_it_keeps_a_bounded_number_of_tiles(self) -> None:
        size = 256 * 70
        files = {path.encode(): bytes(32 * path.width) for path in tiles.tile_paths(size)}
        reader = TileReader(size, files.get)
        for index in range(70):
            reader(0, index * 256)
        assert len(reader._kept) <= TileReader.TILES_KEPT_MAX


class TestTesseraLog:
    """The test log of another implementation, sizes 0 to 15."""

    @pytest.mark.parametrize("size", range(16))
    def test_its_checkpoint_is_the_root_of_its_tiles(self, size: int) -> None:
        signed = (TESSERA / f"checkpoint.{size}").read_bytes()
        seen = checkpoint.verify(signed, TESSERA_KEY)
        assert seen.size == size
        assert seen.root == tree.root_from_nodes(size, TileReader(size, read_tessera))

    def test_we_write_the_same_files(self) -> None:
        files: dict[str, bytes] = {}
        for size, entry in enumerate(TESSERA_ENTRIES):
            files |= tiles.grow(size, [entry], files.get)
        published = {
            str(file.relative_to(TESSERA)): file.read_bytes()
            for file in (TESSERA / "tile").rglob("*")
            if file.is_file()
        }
        assert len(published) == 30
        assert files == published


def read_tessera(path: str) -> bytes | None:
    file = TESSERA / path
    return file.read_bytes() if file.is_file() else None
