"""Choosing each setting: flags over environment over the settings document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scims_backup.adapters.s3.place import Place
from scims_backup.adapters.vaults.restic.program import PASSWORDS
from scims_backup.domain.after_restore import AfterRestore
from scims_backup.domain.backup import LONGEST_RUN, BackupId, checked_source_name
from scims_backup.domain.errors import UsageError
from scims_backup.domain.expectations import Expectation
from scims_backup.settings.after_restore import AfterRestoreChoice
from scims_backup.settings.copying import refuse_same_place
from scims_backup.settings.document import document_in, read_document
from scims_backup.settings.expectations import read_expectations
from scims_backup.settings.model import (
    CopySettings,
    Document,
    Flags,
    Needs,
    Settings,
    SourceSettings,
    no_copy,
)
from scims_backup.settings.places import catalog_place, refuse_password, vault_place
from scims_backup.settings.problems import Problems, nearest

_AS_TEXT = "SCIMS_SETTINGS"
_SELECTORS = {"newest", "newest-proven"}


CheckAddress = Callable[[str], None]
"""Raises UsageError for a URL that no engine takes, or that has a secret in it."""


def resolve(
    flags: Flags, environment: Mapping[str, str], needs: Needs, check_address: CheckAddress
) -> Settings:
    """Return what a command needs. Raise UsageError that reports everything missing or wrong at once."""
    problems = Problems()
    document = _document(flags, environment, problems)
    resolution = _Resolution(flags, environment, problems, document, check_address)
    settings = resolution.settings(needs)
    problems.raise_any()
    return settings


def source_names(flags: Flags, environment: Mapping[str, str]) -> list[str | None]:
    """Return the sources that were not chosen among: the named one, or all of the settings document."""
    named = flags.source or environment.get("SCIMS_SOURCE")
    document = _document(flags, environment, Problems())
    return [named] if named or not document.sources else list(document.sources)


def quota_in_all(flags: Flags, environment: Mapping[str, str]) -> int | None:
    """Return the bytes that all sources together may take, None for any number."""
    return _document(flags, environment, Problems()).quota


def _document(flags: Flags, environment: Mapping[str, str], problems: Problems) -> Document:
    if flags.config:
        return read_document(Path(flags.config), problems)
    path, text = environment.get("SCIMS_CONFIG"), environment.get(_AS_TEXT)
    if path and text:
        raise UsageError(
            f"both SCIMS_CONFIG and {_AS_TEXT} are set",
            f"give the settings document once, as a file or, in {_AS_TEXT}, as text",
        )
    if text:
        return document_in(text, _AS_TEXT, problems)
    return read_document(Path(path), problems) if path else Document()


@dataclass(frozen=True)
class _Value:
    """A setting and where it was set, for messages."""

    text: str
    named: str
    typed: bool = False


class _Resolution:
    """Looks every setting up; what is missing or wrong goes to problems."""

    def __init__(
        self,
        flags: Flags,
        environment: Mapping[str, str],
        problems: Problems,
        document: Document,
        check_address: CheckAddress,
    ) -> None:
        self._flags = flags
        self._environment = environment
        self._problems = problems
        self._document = document
        self._check_address = check_address

    def settings(self, needs: Needs) -> Settings:
        name = self._source_name()
        chosen = self._document.sources.get(name, SourceSettings())
        after_restore = AfterRestoreChoice.of(self._flags.after_restore, self._environment, chosen)
        settings = Settings(
            source=name,
            catalog=self._catalog(),
            selector=self._selector_of_copy(chosen) if needs.copy else self._selector(),
            url=self._url(chosen, name, needed=needs.url or (needs.restore and not chosen.restore_secret)),
            secret=chosen.secret,
            vault=self._vault(chosen, name) if self._needs_vault(needs, chosen, name) else None,
            vault_secret=chosen.vault_secret,
            escrow_secret=chosen.escrow_secret,
            escrow_by=self._environment.get("SCIMS_ESCROW_BY", ""),
            restore_secret=chosen.restore_secret,
            encryption_key=chosen.encryption_key,
            object_lock=chosen.object_lock,
            target_url=self._target() if needs.target else "",
            application_role=chosen.application_role,
            expectations=self._expectations(chosen) if needs.expectations else (),
            probe=self._probe(chosen),
            retention=chosen.retention,
            quota=chosen.quota,
            longest_run=chosen.longest_run or LONGEST_RUN,
            objectives=chosen.objectives,
            sandbox_dir=self._path("SCIMS_SANDBOX_DIR"),
            stack=self._flags.stack or self._environment.get("SCIMS_STACK") or None,
            after_restore=after_restore.read(self._problems) if needs.after_restore else AfterRestore(),
            has_after_restore=after_restore.is_there,
            copy=chosen.copy,
        )
        if needs.copy:
            self._check_copy(settings)
        return settings

    def _source_name(self) -> str:
        name = self._flags.source or self._environment.get("SCIMS_SOURCE") or self._only_source()
        if not name:
            self._missing("the source's name", "--source NAME", "SCIMS_SOURCE", "[sources.NAME]")
            return ""
        return self._problems.attempt(lambda: self._checked_source(name), name)

    def _only_source(self) -> str | None:
        names = list(self._document.sources)
        selector = self._selector()
        if selector not in _SELECTORS:
            return self._problems.attempt(lambda: BackupId.parse(selector).source, "unknown")
        if len(names) > 1:
            listed = ", ".join(sorted(names))
            self._problems.add(
                f"{self._document.path} has {len(names)} sources: {listed}", "choose one by --source NAME"
            )
        return names[0] if names else None

    def _checked_source(self, name: str) -> str:
        checked_source_name(name)
        known = self._document.sources
        if known and name not in known:
            raise UsageError(f"source {name!r} is not in {self._document.path}", nearest(name, known))
        return name

    def _selector(self) -> str:
        return self._flags.selector or "newest"

    def _selector_of_copy(self, chosen: SourceSettings) -> str:
        return self._flags.selector or (chosen.copy.which if chosen.copy else "newest")

    def _check_copy(self, settings: Settings) -> None:
        copy, at = settings.copy, f"key sources.{settings.source}.copy in {self._document.path}"
        if copy is None:
            self._problems.add(*no_copy(settings.source))
            return
        if isinstance(copy.vault, str):
            self._check_password(copy)
        vault = settings.vault or ""
        self._problems.attempt(lambda: refuse_same_place(copy, settings.catalog, vault, at), None)

    def _url(self, chosen: SourceSettings, name: str, *, needed: bool) -> str:
        """The source's address; a password in it is refused even where no address is needed.

        A secret in Secrets Manager may hold the address too: whether it does is seen when it is read.
        """
        value = self._value(self._flags.source_url, "SCIMS_SOURCE_URL", chosen.url, f"sources.{name}.url")
        if value is None:
            if not needed or (chosen.secret and chosen.secret.is_remote):
                return ""
            what = "the database's address"
            self._missing(what, "--source-url URL", "SCIMS_SOURCE_URL", f"sources.{name or 'NAME'}.url")
            return ""
        return self._checked_url(value)

    def _target(self) -> str:
        return self._checked_url(_Value(self._flags.target_url or "", "--target-url"))

    def _checked_url(self, value: _Value) -> str:
        try:
            self._check_address(value.text)
        except UsageError as error:
            self._problems.add(f"{error.message} ({value.named})", error.cure)
        return value.text

    def _catalog(self) -> Path | Place:
        value = self._value(self._flags.catalog, "SCIMS_CATALOG", self._document.catalog, "catalog")
        if value is None:
            self._missing(
                "the catalog", "--catalog file:///DIR or s3://BUCKET/PREFIX", "SCIMS_CATALOG", "catalog"
            )
            return Path()
        otherwise: Path | Place = Path()
        return self._problems.attempt(lambda: catalog_place(value.text, value.named), otherwise)

    def _needs_vault(self, needs: Needs, chosen: SourceSettings, name: str) -> bool:
        return needs.vault or (needs.vault_if_named and self._named_vault(chosen, name) is not None)

    def _named_vault(self, chosen: SourceSettings, name: str) -> _Value | None:
        return self._value(self._flags.vault, "SCIMS_VAULT", chosen.vault, f"sources.{name}.vault")

    def _vault(self, chosen: SourceSettings, name: str) -> str | Place:
        value = self._named_vault(chosen, name)
        if value is None:
            where = f"sources.{name or 'NAME'}.vault"
            self._missing(
                "the vault", "--vault restic:REPOSITORY or s3://BUCKET/PREFIX", "SCIMS_VAULT", where
            )
            self._check_password(chosen)
            return ""
        if not value.text.startswith("s3://"):
            self._check_password(chosen)
        if value.typed:
            self._problems.attempt(lambda: refuse_password(value.text, value.named), None)
        otherwise: str | Place = ""
        return self._problems.attempt(lambda: vault_place(value.text, value.named), otherwise)

    def _check_password(self, chosen: SourceSettings | CopySettings) -> None:
        if chosen.vault_secret or any(self._environment.get(variable) for variable in PASSWORDS):
            return
        self._problems.add(
            "the vault's password is not set",
            f"set {PASSWORDS[0]}, or better {PASSWORDS[1]}, in the environment, "
            "or name a vault_secret in a settings document",
        )

    def _expectations(self, chosen: SourceSettings) -> tuple[Expectation, ...]:
        path = Path(self._flags.expect) if self._flags.expect else chosen.expectations_file
        if path is None:
            return chosen.expectations
        return self._problems.attempt(lambda: read_expectations(path), ())

    def _probe(self, chosen: SourceSettings) -> str | None:
        """The first that is set, though it be empty: that switches off what is set behind it."""
        for value in (self._flags.probe, self._environment.get("SCIMS_PROBE"), chosen.probe):
            if value is not None:
                return value if value.strip() else None
        return None

    def _value(self, flag: str | None, variable: str, written: str | None, key: str) -> _Value | None:
        if flag:
            return _Value(flag, f"--{variable.removeprefix('SCIMS_').lower().replace('_', '-')}", typed=True)
        if self._environment.get(variable):
            return _Value(self._environment[variable], variable)
        return _Value(written, f"key {key} in {self._document.path}") if written else None

    def _missing(self, what: str, flag: str, variable: str, key: str) -> None:
        self._problems.add(
            f"{what} is missing", f"give {flag}, or {variable}, or {key} in a settings document"
        )

    def _path(self, variable: str) -> Path | None:
        text = self._environment.get(variable)
        return Path(text) if text else None
