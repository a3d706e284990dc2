"""`scims-backup storage`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from scims_backup.cli.answer import Answer
from scims_backup.cli.exits import Exit
from scims_backup.cli.request import Request
from scims_backup.cli.writing import a_table, write_problems
from scims_backup.domain.errors import CatalogError, ScimsBackupError, SecretError, VaultError
from scims_backup.ports import Usage
from scims_backup.runtime.progress import text
from scims_backup.settings.flags import Needs
from scims_backup.usecases.stored.storage import SourceStorage, Storage

if TYPE_CHECKING:
    from scims_backup.cli.session import Session


def storage() -> Request:
    """Read the options of `storage`."""
    return Request(_run, Needs(vault=True))


def _run(session: Session) -> Answer:
    """Measure the source that was named, or every source of the settings document.

    One that cannot be measured is reported, and makes the exit code 1; raise its error if there is no other.
    """
    measured, unmeasured = list[SourceStorage](), dict[str, ScimsBackupError]()
    for one in session.per_source():
        with one.application() as application:
            try:
                measured.append(application.storage())
            except (VaultError, CatalogError, SecretError) as error:
                unmeasured[one.settings.source] = error
    if unmeasured and not measured:
        raise next(iter(unmeasured.values()))
    why = {source: str(error) for source, error in unmeasured.items()}
    stored = Storage(tuple(measured), session.quota_in_all, why)
    code = Exit.FAILED if stored.problems else Exit.DONE
    return Answer(_result(stored), partial(write_storage, storage=stored), code)


def _result(storage: Storage) -> dict[str, Any]:
    return {
        "sources": [_source_result(one) for one in storage.sources],
        "places": [
            {
                "place": place,
                "bytes": usage.place_bytes,
                "current_bytes": usage.current_bytes,
                "noncurrent_bytes": usage.noncurrent_bytes,
            }
            for place, usage in storage.places.items()
        ],
        "bytes": storage.bytes,
        "quota_bytes": storage.quota,
        "over_quota": storage.is_over_quota,
        "problems": storage.problems,
    }


def _source_result(one: SourceStorage) -> dict[str, Any]:
    return {
        "source": one.source,
        "place": one.usage.place,
        "backups": one.backups,
        "bytes": one.usage.source_bytes,
        "quota_bytes": one.quota,
        "over_quota": one.is_over_quota,
    }


def write_storage(console: Console, storage: Storage) -> None:
    """Write what each source takes, what each place takes, and the total."""
    table = a_table("SOURCE", "BACKUPS", "ARCHIVES", "QUOTA", long="PLACE")
    for one in storage.sources:
        size = Text(text.size(one.usage.source_bytes), "bold red" if one.is_over_quota else "")
        table.add_row(one.source, str(one.backups), size, _quota(one.quota), one.usage.place)
    console.print(table)
    for place, usage in storage.places.items():
        console.print(Text(f"{place}: {text.size(usage.place_bytes)}{_parts(usage)}"))
    write_problems(console, storage.problems)
    total = Text(f"total {text.size(storage.bytes)}", "bold red" if storage.is_over_quota else "bold")
    console.print(Text.assemble(total, f", quota {_quota(storage.quota)}"))


def _parts(usage: Usage) -> str:
    if not usage.noncurrent_bytes:
        return ""
    current, older = text.size(usage.current_bytes), text.size(usage.noncurrent_bytes)
    return f" ({current} current, {older} in older versions and unfinished uploads)"


def _quota(quota: int | None) -> str:
    return "none" if quota is None else text.size(quota)
