"""The escrow password: a second one opens the repository, it is added once, and it is seen nowhere."""

import json
import shutil
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.adapters.vaults.restic.escrow import EscrowPassword
from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.domain.errors import (
    CatalogUnreachableError,
    SecretError,
    UsageError,
    VaultAccessError,
    VaultError,
    VaultGoneError,
)
from scims_backup.runtime.logs import Redactor
from scims_backup.settings.model import Flags, Needs
from tests.contract.vault_contract import fetched, new_backup, put
from tests.fakes import RecordedProgress
from tests.support.arguments import Watch
from tests.support.cli import Cli
from tests.support.restic import ResticPlayground

ESCROW = "hunter2 in the envelope"


class Envelope:
    """The place where the escrow password is; counts how often it is read."""

    def __init__(self, password=ESCROW, name="aws:scims/escrow"):
        self.opened = 0
        self.password = EscrowPassword(name, self._read)
        self._value = password

    def _read(self):
        self.opened += 1
        if isinstance(self._value, Exception):
            raise self._value
        return self._value


@pytest.fixture
def empty(tmp_path, monkeypatch):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    return ResticPlayground(tmp_path)


@pytest.fixture
def place(empty, prepared_repository):
    shutil.copytree(prepared_repository, empty.repository)
    return empty


@pytest.fixture
def envelope():
    return Envelope()


def keys_of(place):
    return [key["userName"] for key in json.loads(place.restic("key", "list", "--json", "--no-lock"))]


def opens(place, password):
    environment = {**place.environment, "RESTIC_PASSWORD": password}
    place.vault(environment=environment).archives()


def markers(place):
    return [key for key in place.catalog.keys("vaults/") if "escrow" in key]


def left_over(place):
    return list((place.repository.parent / "tmp").iterdir())


def test_both_passwords_open_the_repository_and_read_its_archives(place, envelope):
    vault = place.vault(escrow=envelope.password)
    vault.prepare()
    ref = put(vault, new_backup(), b"archive").ref
    for password in (place.environment["RESTIC_PASSWORD"], ESCROW):
        other = place.vault(environment={**place.environment, "RESTIC_PASSWORD": password})
        assert fetched(other, ref) == b"archive"
    assert max(keys_of(place)) == "scims-backup-escrow"
    with pytest.raises(VaultAccessError):
        opens(place, "another")


def test_the_password_is_not_read_again_once_it_is_in(place, envelope):
    for _ in range(2):
        place.vault(escrow=envelope.password).prepare()
    assert envelope.opened == 1
    assert len(keys_of(place)) == 2
    (marker,) = markers(place)
    assert json.loads(place.catalog.get(marker)) == {
        "version": 1,
        "source": "scims-db",
        "secret": "aws:scims/escrow",
    }


def test_a_repository_that_is_made_only_now_gets_it_too(empty, envelope):
    empty.vault(escrow=envelope.password).prepare()
    opens(empty, ESCROW)


def test_another_secret_is_added_to_the_first(place, envelope):
    place.vault(escrow=envelope.password).prepare()
    place.vault(escrow=Envelope("second envelope", "aws:other").password).prepare()
    for password in (ESCROW, "second envelope"):
        opens(place, password)


def test_a_repository_that_was_made_anew_gets_it_again(place, envelope):
    place.vault(escrow=envelope.password).prepare()
    place.remove()
    later = datetime.now(UTC) + timedelta(hours=1)
    place.vault(escrow=envelope.password, clock=lambda: later).prepare()
    opens(place, ESCROW)
    assert envelope.opened == 2


def test_sources_that_share_a_repository_share_the_key_of_one_secret(place, envelope):
    for source in ("scims-db", "scims-db-2"):
        place.vault(source, escrow=envelope.password).prepare()
    assert len(keys_of(place)) == 2


def test_a_run_that_died_before_it_was_marked_does_no_harm(place, envelope, monkeypatch):
    put_new = place.catalog.put_new

    def die(key, data):
        if "escrow" in key:
            raise CatalogUnreachableError("the catalog went away")
        put_new(key, data)

    monkeypatch.setattr(place.catalog, "put_new", die)
    with pytest.raises(CatalogUnreachableError):
        place.vault(escrow=envelope.password).prepare()
    monkeypatch.undo()
    opens(place, ESCROW)
    place.vault(escrow=envelope.password).prepare()
    assert (len(keys_of(place)), len(markers(place))) == (2, 1)


def test_two_that_add_it_at_once_do_no_harm(place, envelope):
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: place.vault(escrow=envelope.password).prepare(), range(2)))
    opens(place, ESCROW)
    assert len(markers(place)) == 1


def test_the_password_is_in_a_private_file_for_a_moment_and_in_no_argument(place, envelope):
    real, seen = shutil.which("restic"), place.bin / "seen"
    place.program(
        "restic",
        f'echo "$@" >> {seen}\nfor file; do :; done\n'
        f'case "$*" in *"key add"*) stat -c "%a %n" "$file" "$(dirname "$file")" >> {seen};; esac\n'
        f'exec {real} "$@"',
    )
    with Watch() as watch:
        place.vault(escrow=envelope.password).prepare()
    told = seen.read_text()
    assert "--new-password-file" in told
    assert [line[:4] for line in told.splitlines() if line[0].isdigit()] == ["600 ", "700 "]
    assert ESCROW not in told
    assert ESCROW.encode() not in b"".join(watch.arguments).replace(b"\0", b" ")
    assert left_over(place) == []


@pytest.mark.parametrize("password", ["", "  ", " in front", "behind ", "\t"])
def test_a_password_that_restic_would_cut_is_refused_and_no_key_is_made_of_it(place, password):
    with pytest.raises(UsageError, match="aws:scims/escrow is empty, or starts or ends with white space"):
        place.vault(escrow=Envelope(password).password).prepare()
    assert len(keys_of(place)) == 1
    assert markers(place) == []


def test_a_password_that_does_not_open_what_it_was_added_to_is_refused(place, envelope):
    real = shutil.which("restic")
    place.program("restic", f'case "$*" in *"key add"*) exit 0;; esac; exec {real} "$@"')
    with pytest.raises(VaultError, match="was added, yet does not open"):
        place.vault(escrow=envelope.password).prepare()
    assert markers(place) == []


@pytest.mark.parametrize("says", ["no space left on device", "what nobody foresaw"])
def test_a_key_that_cannot_be_added_is_an_error_with_its_cure_and_leaves_no_file(place, envelope, says):
    real = shutil.which("restic")
    place.program("restic", f'case "$*" in *"key add"*) echo {says} >&2; exit 1;; esac; exec {real} "$@"')
    with pytest.raises(
        VaultError, match=f"cannot add the escrow password of aws:scims/escrow.*{says}"
    ) as caught:
        place.vault(escrow=envelope.password).prepare()
    assert "if escrow_secret is removed" in caught.value.cure
    assert ESCROW not in "".join(traceback.format_exception(caught.value))
    assert markers(place) == []
    assert left_over(place) == []


def test_a_secret_that_cannot_be_read_is_an_error_before_anything_is_stored(place):
    missing = SecretError("the secret aws:scims/escrow cannot be read", "allow it")
    with pytest.raises(SecretError):
        place.vault(escrow=Envelope(missing).password).prepare()
    assert place.snapshots() == []
    assert markers(place) == []


def test_a_vault_that_is_gone_is_told_as_ever(place, envelope):
    place.vault(escrow=envelope.password).prepare()
    place.catalog.put_new("manifests/scims-db/20261122T020000Z.json", b"{}")
    place.remove()
    with pytest.raises(VaultGoneError):
        place.vault(escrow=envelope.password).prepare()


@pytest.fixture
def environment(place):
    """Give the environment of a deployment whose vault has two passwords."""
    document = f"""
catalog = "file://{place.repository.parent}/catalog"
[sources.scims-db]
vault = "restic:{place.repository}"
vault_secret = "env:VAULT_PASSWORD"
escrow_secret = "env:VAULT_ESCROW"
"""
    others = {name: value for name, value in place.environment.items() if name != "RESTIC_PASSWORD"}
    passwords = {"VAULT_PASSWORD": place.environment["RESTIC_PASSWORD"], "VAULT_ESCROW": ESCROW}
    return {**others, "SCIMS_SETTINGS": document, **passwords}


def test_an_application_adds_the_escrow_password_and_lets_the_redactor_know_it(place, environment):
    redactor = Redactor()
    settings = resolve(Flags(), environment, Needs(vault=True))
    Application(settings, environment, RecordedProgress(), redactor).vault.prepare()
    opens(place, ESCROW)
    assert redactor.redact(ESCROW) == "***"


def test_a_backup_fails_by_name_and_shows_nothing_when_the_escrow_password_cannot_be_added(
    place, environment, database
):
    real = shutil.which("restic")
    place.program("restic", f'case "$*" in *"key add"*) cat "$8" >&2; exit 1;; esac; exec {real} "$@"')
    cli = Cli({**environment, "SCIMS_SOURCE_URL": database.url})
    ended = cli.run("backup", "--debug")
    assert ended.code == 1
    assert "cannot add the escrow password of env:VAULT_ESCROW" in ended.err
    assert ESCROW not in ended.out + ended.err
    (event,) = place.catalog.keys("events/")
    assert "BackupFailed" in event
    assert ESCROW.encode() not in place.catalog.get(event)
    assert not list(place.catalog.keys("manifests/"))
