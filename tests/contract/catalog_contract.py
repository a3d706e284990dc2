"""What every catalog must do: the sentences of the port, one by one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from scims_backup.domain.errors import KeyMissingError, KeyTakenError

KEYS = (
    "manifests/a-b/20261122T020000Z.json",
    "manifests/a/20261122T020000Z.json",
    "manifests/a/20261123T020000Z.json",
    "manifests/ab/20261121T020000Z.json",
    "proofs/a/20261122T020000Z.json.zst",
)


class CatalogContract:
    """Derive from it and give the fixture `catalog`: an empty one."""

    def test_an_object_is_returned_as_it_was_stored(self, catalog):
        data = bytes(range(256)) * 4096
        catalog.put_new("proofs/a/x.json.zst", data)
        assert catalog.get("proofs/a/x.json.zst") == data

    def test_an_empty_object_is_an_object(self, catalog):
        catalog.put_new("a/empty", b"")
        assert catalog.get("a/empty") == b""
        assert list(catalog.keys("a/")) == ["a/empty"]

    def test_the_same_bytes_again_are_done_already(self, catalog):
        catalog.put_new("a/x", b"one")
        catalog.put_new("a/x", b"one")
        assert catalog.get("a/x") == b"one"

    @pytest.mark.parametrize("other", [b"two", b"", b"one and more"])
    def test_other_bytes_under_a_taken_key_are_refused_and_nothing_changes(self, catalog, other):
        catalog.put_new("a/x", b"one")
        with pytest.raises(KeyTakenError, match="a/x"):
            catalog.put_new("a/x", other)
        assert catalog.get("a/x") == b"one"

    def test_a_missing_key_is_named(self, catalog):
        with pytest.raises(KeyMissingError, match="a/x"):
            catalog.get("a/x")

    def test_keys_are_those_that_begin_with_the_prefix_in_ascending_order(self, catalog):
        for key in reversed(KEYS):
            catalog.put_new(key, b"x")
        assert list(catalog.keys("")) == sorted(KEYS)
        assert list(catalog.keys("manifests/a/")) == [KEYS[1], KEYS[2]]

    def test_a_prefix_is_a_string_not_a_folder(self, catalog):
        for key in KEYS:
            catalog.put_new(key, b"x")
        assert list(catalog.keys("manifests/a")) == sorted(KEYS[:4])
        assert list(catalog.keys("manifests/a/20261122")) == [KEYS[1]]

    def test_order_is_that_of_the_whole_key_also_around_the_slash(self, catalog):
        for key in ("a/b/c", "a/b-c", "a/b.c", "a/b0"):
            catalog.put_new(key, b"x")
        assert list(catalog.keys("a/")) == ["a/b-c", "a/b.c", "a/b/c", "a/b0"]

    @pytest.mark.parametrize("prefix", ["", "manifests/", "manifests/none/", "no/such/place"])
    def test_no_keys_is_no_error(self, catalog, prefix):
        assert list(catalog.keys(prefix)) == []

    def test_a_key_can_go_on_where_another_ends(self, catalog):
        catalog.put_new("vaults/a.json", b"marker")
        catalog.put_new("vaults/a/b.json", b"note")
        assert list(catalog.keys("vaults/a")) == ["vaults/a.json", "vaults/a/b.json"]

    def test_a_deleted_object_is_gone_and_its_key_free(self, catalog):
        catalog.put_new("a/x", b"one")
        catalog.delete("a/x")
        assert list(catalog.keys("")) == []
        with pytest.raises(KeyMissingError):
            catalog.get("a/x")
        catalog.put_new("a/x", b"two")
        assert catalog.get("a/x") == b"two"

    def test_deleting_what_is_not_there_is_done_already(self, catalog):
        catalog.delete("a/x")
        catalog.put_new("a/x", b"one")
        catalog.delete("a/x")
        catalog.delete("a/x")

    def test_of_many_that_store_at_once_exactly_one_wins(self, catalog):
        def put(number):
            try:
                catalog.put_new("a/x", b"%d" % number)
            except KeyTakenError:
                return None
            return number

        with ThreadPoolExecutor(8) as threads:
            winners = [number for number in threads.map(put, range(40)) if number is not None]
        assert len(winners) == 1
        assert catalog.get("a/x") == b"%d" % winners[0]
