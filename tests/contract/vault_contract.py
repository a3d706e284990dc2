"""What every vault must do: the sentences of the port, one by one."""

import itertools
import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.errors import (
    ArchiveDamagedError,
    ArchiveMissingError,
    DeleteRefusedError,
    VaultError,
    VaultGoneError,
)

SOURCE = "scims-db"
_FIRST = datetime(2026, 11, 22, 2, tzinfo=UTC)
_numbers = itertools.count()


def new_backup(source: str = SOURCE) -> BackupId:
    """An id that no other test uses."""
    return BackupId(source, stamp_of(_FIRST + timedelta(seconds=next(_numbers))))


def some_bytes(count: int, seed: int = 1) -> bytes:
    """Bytes that neither compress nor repeat."""
    return random.Random(seed).randbytes(count)  # noqa: S311


def put(vault, backup, data, chunk=1 << 20):
    """Store an archive."""
    with vault.store(backup) as writer:
        for start in range(0, len(data), chunk):
            writer.write(data[start : start + chunk])
        return writer.commit()


def fetched(vault, ref):
    """Read an archive whole."""
    with vault.read(ref) as chunks:
        return b"".join(chunks)


class StopTestError(Exception):
    """Something went wrong while an archive was being stored."""


class VaultContract:
    """Derive from it and give the fixtures `vault`, prepared for SOURCE, and `neighbour`, for another source.

    Both may be shared by the tests of a class: every test uses backups of its own.
    """

    @pytest.mark.parametrize("size", [1, (1 << 20) + 1, 9_000_000])
    def test_an_archive_is_read_back_as_it_was_stored(self, vault, size):
        data = some_bytes(size, seed=size)
        assert fetched(vault, put(vault, new_backup(), data).ref) == data

    def test_chunks_of_any_size_make_one_archive(self, vault):
        data = some_bytes(300_000)
        with vault.store(new_backup()) as writer:
            for start, end in itertools.pairwise([0, 1, 1, 4096, 200_000, 300_000]):
                writer.write(data[start:end])
            stored = writer.commit()
        assert fetched(vault, stored.ref) == data

    def test_no_chunk_that_is_read_is_empty(self, vault):
        ref = put(vault, new_backup(), some_bytes(5_000_000)).ref
        with vault.read(ref) as chunks:
            sizes = [len(chunk) for chunk in chunks]
        assert sum(sizes) == 5_000_000
        assert min(sizes) > 0

    def test_stored_bytes_are_about_those_of_data_that_does_not_compress(self, vault):
        stored = put(vault, new_backup(), some_bytes(4_000_000, seed=new_backup().moment.second))
        assert 4_000_000 <= stored.stored_bytes < 4_040_000

    def test_a_stored_archive_is_listed_with_its_backup_and_ref(self, vault):
        backup = new_backup()
        before = datetime.now(UTC) - timedelta(minutes=1)
        stored = put(vault, backup, b"abc")
        (archive,) = [archive for archive in vault.archives() if archive.backup == backup]
        assert archive.ref == stored.ref
        assert archive.stored_at.tzinfo is not None
        assert self.clockless or before < archive.stored_at < datetime.now(UTC) + timedelta(minutes=1)

    clockless = False
    """Whether the vault's time is made up."""

    def test_archives_are_listed_oldest_first(self, vault):
        later, earlier = new_backup(), new_backup()
        put(vault, earlier, b"abc")
        put(vault, later, b"abd")
        listed = [archive.backup for archive in vault.archives()]
        assert listed.index(earlier) < listed.index(later)

    def test_archives_are_of_this_source_only(self, vault, neighbour):
        mine, other = new_backup(), new_backup("scims-db-2")
        put(vault, mine, b"abc")
        put(neighbour, other, b"abc")
        assert mine in {archive.backup for archive in vault.archives()}
        assert {archive.backup.source for archive in vault.archives()} == {SOURCE}
        assert {archive.backup.source for archive in neighbour.archives()} == {"scims-db-2"}

    def test_leaving_without_commit_leaves_no_archive(self, vault):
        backup = new_backup()
        with vault.store(backup) as writer:
            writer.write(some_bytes(100_000))
        assert backup not in {archive.backup for archive in vault.archives()}

    def test_leaving_before_the_first_byte_leaves_no_archive(self, vault):
        backup = new_backup()
        with vault.store(backup):
            pass
        assert backup not in {archive.backup for archive in vault.archives()}

    @pytest.mark.parametrize("error", [StopTestError, KeyboardInterrupt, SystemExit])
    def test_leaving_by_an_exception_leaves_no_archive_and_passes_it_on(self, vault, error):
        backup = new_backup()
        with pytest.raises(error), vault.store(backup) as writer:  # noqa: PT012
            writer.write(some_bytes(100_000))
            raise error
        assert backup not in {archive.backup for archive in vault.archives()}

    def test_an_exception_after_commit_leaves_the_archive(self, vault):
        backup = new_backup()
        with pytest.raises(StopTestError), vault.store(backup) as writer:  # noqa: PT012
            writer.write(b"abc")
            writer.commit()
            raise StopTestError
        assert backup in {archive.backup for archive in vault.archives()}

    def test_reading_may_stop_early_and_the_archive_can_be_read_again(self, vault):
        data = some_bytes(5_000_000, seed=3)
        ref = put(vault, new_backup(), data).ref
        with vault.read(ref) as chunks:
            assert data.startswith(next(chunks))
        assert fetched(vault, ref) == data

    @pytest.mark.parametrize("ref", ["0" * 64, "latest", "--help", ""])
    def test_an_archive_that_is_not_there_is_missing(self, vault, ref):
        with pytest.raises(ArchiveMissingError):
            fetched(vault, ref)

    def test_a_deleted_archive_is_gone_and_the_others_stay(self, vault):
        gone, kept = new_backup(), new_backup()
        ref, other = put(vault, gone, b"abc").ref, put(vault, kept, b"abd").ref
        vault.delete(ref)
        listed = {archive.backup for archive in vault.archives()}
        assert gone not in listed
        assert kept in listed
        with pytest.raises(ArchiveMissingError):
            fetched(vault, ref)
        assert fetched(vault, other) == b"abd"

    def test_deleting_twice_is_done_already(self, vault):
        ref = put(vault, new_backup(), b"abc").ref
        vault.delete(ref)
        vault.delete(ref)

    @pytest.mark.parametrize("ref", ["0" * 64, "latest", "--prune", ""])
    def test_deleting_what_is_not_there_removes_nothing(self, vault, ref):
        put(vault, new_backup(), b"abc")
        before = vault.archives()
        vault.delete(ref)
        assert vault.archives() == before

    def test_an_archive_of_another_source_is_not_removed(self, vault, neighbour):
        ref = put(neighbour, new_backup("scims-db-2"), b"theirs").ref
        with suppress(DeleteRefusedError):
            vault.delete(ref)
        assert fetched(neighbour, ref) == b"theirs"

    def test_usage_grows_by_what_is_stored(self, vault):
        before = vault.usage()
        put(vault, new_backup(), some_bytes(2_000_000, seed=before.place_bytes))
        after = vault.usage()
        assert after.place == before.place
        for grown in (after.source_bytes - before.source_bytes, after.place_bytes - before.place_bytes):
            assert 2_000_000 <= grown < 2_040_000
        assert 0 <= after.noncurrent_bytes <= after.place_bytes

    def test_usage_of_a_source_is_without_that_of_another_in_the_same_place(self, vault, neighbour):
        before = vault.usage().source_bytes
        put(neighbour, new_backup("scims-db-2"), some_bytes(500_000, seed=before))
        assert vault.usage().source_bytes == before

    def test_reclaiming_and_discarding_harm_nothing_that_is_stored(self, vault):
        ref = put(vault, new_backup(), b"abc").ref
        vault.discard_unfinished(datetime.now(UTC) + timedelta(days=1))
        vault.reclaim()
        assert fetched(vault, ref) == b"abc"

    def test_preparing_again_keeps_what_is_there(self, vault):
        ref = put(vault, new_backup(), b"abc").ref
        vault.prepare()
        assert fetched(vault, ref) == b"abc"

    def test_kind_and_tools_are_named(self, vault):
        assert vault.kind.isalnum()
        assert vault.kind == vault.kind.lower()
        assert all(name and version for name, version in vault.tools().items())

    def test_two_archives_may_be_stored_at_once(self, vault):
        one, two = new_backup(), new_backup()
        with vault.store(one) as first, vault.store(two) as second:
            first.write(b"first")
            second.write(b"second")
            refs = second.commit().ref, first.commit().ref
        assert [fetched(vault, ref) for ref in refs] == [b"second", b"first"]


class VaultFaultContract:
    """Derive from it and give the fixture `place` with the methods that are used here: a vault of its own.

    vault(): another object for the same place, not prepared. catalog: what it was given. remove(): lose
    the vault. flip_byte(), cut(): harm the archives that it holds. forget_markers():
    let time pass until nobody is thought to be initialising.
    """

    def test_an_empty_place_is_initialised(self, place):
        vault = place.vault()
        vault.prepare()
        assert vault.archives() == []

    def test_a_vault_that_is_gone_is_initialised_anew_while_no_backup_is_known(self, place):
        place.vault().prepare()
        place.remove()
        place.forget_markers()
        place.vault().prepare()
        assert place.vault().archives() == []

    def test_a_vault_that_is_gone_though_the_catalog_knows_backups_is_never_made_anew(self, place):
        place.vault().prepare()
        place.catalog.put_new(keys.manifest(new_backup()), b"{}")
        place.remove()
        with pytest.raises(VaultGoneError, match=r"1 backup.*scims-db"):
            place.vault().prepare()
        with pytest.raises(VaultError):
            place.vault().archives()

    @pytest.mark.parametrize("harm", ["flip_byte", pytest.param("cut", marks=pytest.mark.slow)])
    def test_an_archive_with_harmed_bytes_is_damaged(self, place, harm):
        vault = place.vault()
        vault.prepare()
        ref = put(vault, new_backup(), some_bytes(3_000_000)).ref
        getattr(place, harm)()
        with pytest.raises(ArchiveDamagedError, match=ref):
            fetched(vault, ref)
