"""Choosing each setting: options over variables over the settings document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path

from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.vaults.restic.program import PASSWORDS
from scims_backup.domain.after_restore import AfterRestore
from scims_backup.domain.backup import BackupId, checked_source_name
from scims_backup.domain.errors import UsageError
from scims_backup.domain.labels import checked_labels
from scims_backup.domain.problems import Problems, nearest
from scims_backup.ports.settings_keys import Keys, KeysOf, Written, keys_of, values_of
from scims_backup.settings.after_restore import AfterRestoreChoice
from scims_backup.settings.chosen_document import chosen_document, no_keys
from scims_backup.settings.copying import CopySettings, refuse_same_place
from scims_backup.settings.document import Document
from scims_backup.settings.labels import LabelKeys, Labels
from scims_backup.settings.model import Flags, Needs, Settings, no_copy
from scims_backup.settings.outside import MachineKeys, Outside, StartKeys
from scims_backup.settings.places import read_catalog, read_vault, refuse_password
from scims_backup.settings.source_keys import SourceKeys, SourceTable, address_for

_SELECTORS = {"newest", "newest-proven"}


CheckAddress = Callable[[str], None]


def resolve(
    flags: Flags,
    environment: Mapping[str, str],
    needs: Needs,
    check_address: CheckAddress,
    engine_keys: KeysOf = no_keys,
) -> Settings:
    """Return what a command needs. Raise UsageError with everything that is missing or wrong.

    check_address: raises UsageError for a URL that no engine takes, or that has a secret in it
    engine_keys: returns the keys of the engine that an address is of
    """
    outside = Outside(flags, environment, Problems())
    document = chosen_document(outside.over(StartKeys()), outside.problems, engine_keys)
    return _Resolution(outside, needs, check_address, engine_keys, document).checked()


def resolve_each(
    flags: Flags,
    environment: Mapping[str, str],
    needs: Needs,
    check_address: CheckAddress,
    engine_keys: KeysOf = no_keys,
) -> dict[str, Settings | UsageError]:
    """Return what a command needs of each source of the settings document, or what is wrong with that.

    The document is read once. With a source that was named, only of that one; without any source nothing.
    Raise UsageError with everything that is wrong in the document itself.
    """
    outside = Outside(flags, environment, Problems())
    start = outside.over(StartKeys())
    document = chosen_document(start, outside.problems, engine_keys)
    outside.problems.raise_any()
    names = [start.source.text()] if start.source else list(document.sources)

    def one(name: str) -> Settings | UsageError:
        of_source = Outside(replace(flags, source=name), environment, Problems())
        try:
            return _Resolution(of_source, needs, check_address, engine_keys, document).checked()
        except UsageError as error:
            return error

    return {name: one(name) for name in names}


def place_of_catalog(flags: Flags, environment: Mapping[str, str]) -> Path | S3Place:
    """Return where the catalog of all sources is. Raise UsageError if that is missing or wrong."""
    outside = Outside(flags, environment, Problems())
    document = outside.over(chosen_document(outside.over(StartKeys()), outside.problems))
    if document.catalog is None:
        raise UsageError(*_missing(Document, "catalog", "catalog"))
    return read_catalog(document.catalog)


def source_names(flags: Flags, environment: Mapping[str, str]) -> list[str | None]:
    """Return the sources that were not chosen among: the named one, or all of the settings document."""
    outside = Outside(flags, environment, Problems())
    start = outside.over(StartKeys())
    document = chosen_document(start, outside.problems)
    named = start.source.text() if start.source else None
    return [named] if named or not document.sources else list(document.sources)


def quota_in_all(flags: Flags, environment: Mapping[str, str]) -> int | None:
    """Return the bytes that all sources together may take, None for any number."""
    outside = Outside(flags, environment, Problems())
    return chosen_document(outside.over(StartKeys()), outside.problems).quota


class _Resolution:
    """Looks every setting up; what is missing or wrong goes to problems."""

    def __init__(
        self,
        outside: Outside,
        needs: Needs,
        check_address: CheckAddress,
        engine_keys: KeysOf,
        document: Document,
    ) -> None:
        self._outside = outside
        self._problems = outside.problems
        self._needs = needs
        self._start = outside.over(StartKeys())
        self._check_address, self._engine_keys = check_address, engine_keys
        self._document = outside.over(document)
        self._include_problems()

    def checked(self) -> Settings:
        """The settings. Raise UsageError with everything that is missing or wrong."""
        settings = self.settings()
        self._problems.raise_any()
        return settings

    def _include_problems(self) -> None:
        """Report what is wrong with the named source: a mistake in another one must not stop its backups.

        Without a named source that the document has, report what is wrong with any.
        """
        wrong, named = self._document.wrong, self._start.source
        for name in [named.text()] if named and named.text() in wrong else wrong:
            self._problems.include(wrong[name])

    def settings(self) -> Settings:
        chosen, needs = self._chosen, self._needs
        after_restore = AfterRestoreChoice.of(chosen.after_restore, chosen.after_restore_sql)
        settings = Settings(
            **{**values_of(SourceKeys, chosen), "ping": chosen.ping.over(self._document.ping)},
            **values_of(MachineKeys, self._outside.over(MachineKeys())),
            source=self._name,
            own=chosen.own,
            catalog=self._catalog(),
            selector=self._selector_of_copy() if needs.copy else self._selector,
            url=self._url(),
            vault=self._vault() if needs.vault or (needs.vault_if_named and chosen.vault) else None,
            target_url=self._target() if needs.target else "",
            application_role=chosen.application_role,
            expectations=chosen.read_expectations(self._problems) if needs.expectations else (),
            probe=chosen.probe if chosen.probe and chosen.probe.strip() else None,
            after_restore=after_restore.read(self._problems) if needs.after_restore else AfterRestore(),
            has_after_restore=after_restore.is_there,
            labels=self._labels(),
            receivers=self._document.receivers,
        )
        if needs.copy:
            self._check_copy(settings)
        return settings

    def _labels(self) -> Labels:
        """Return the labels of all places together; the nearer to the command wins."""
        outside = self._outside.over(LabelKeys())
        labels = {**self._document.labels, **self._chosen.labels, **outside.listed, **outside.typed}
        return self._problems.attempt(partial(checked_labels, labels), {})

    @cached_property
    def _name(self) -> str:
        name = self._start.source.text() if self._start.source else self._only_source()
        if not name:
            self._missing(StartKeys, "source", "[sources.NAME]")
            return ""
        return self._problems.attempt(partial(self._checked_source, name), name)

    @cached_property
    def _chosen(self) -> SourceTable:
        """The source's table, with what options and variables set in place of it."""
        source = self._outside.over(self._document.sources.get(self._name, SourceTable()))
        url = source.url.text() if source.url else ""
        kind = self._engine_keys(address_for(source.engine, url))
        own = source.own if isinstance(source.own, kind) else kind()
        return replace(source, own=self._outside.over(own))

    def _only_source(self) -> str | None:
        names = list(self._document.sources)
        if self._selector not in _SELECTORS:
            return self._problems.attempt(lambda: BackupId.parse(self._selector).source, "unknown")
        if len(names) > 1:
            listed = ", ".join(sorted(names))
            self._problems.add(
                f"{self._document.path} has {len(names)} sources: {listed}", "choose one with --source NAME"
            )
        return names[0] if names else None

    def _checked_source(self, name: str) -> str:
        checked_source_name(name)
        known = self._document.sources
        if known and name not in known:
            raise UsageError(f"source {name!r} is not in {self._document.path}", nearest(name, known))
        return name

    @property
    def _selector(self) -> str:
        return self._outside.flags.selector or "newest"

    def _selector_of_copy(self) -> str:
        copy = self._chosen.copy
        return self._outside.flags.selector or (copy.which if copy else "newest")

    def _check_copy(self, settings: Settings) -> None:
        copy, at = settings.copy, f"key sources.{settings.source}.copy in {self._document.path}"
        if copy is None:
            self._problems.add(*no_copy(settings.source))
            return
        if isinstance(copy.vault, str):
            self._check_password(copy)
        vault = settings.vault or ""
        self._problems.attempt(lambda: refuse_same_place(copy, settings.catalog, vault, at), None)

    def _url(self) -> str:
        """The source's address; a password in it is refused even where no address is needed.

        A secret in Secrets Manager may hold the address too: whether it does is seen when it is read.
        """
        chosen, needs = self._chosen, self._needs
        if chosen.url:
            return self._problems.attempt(partial(self._address, chosen.url), "")
        needed = needs.url or (needs.restore and not chosen.restore_secret)
        if needed and not (chosen.secret and chosen.secret.is_remote):
            self._missing(SourceTable, "url", self._key("url"))
        return ""

    def _target(self) -> str:
        target = self._start.target
        return self._problems.attempt(partial(self._address, target), "") if target else ""

    def _address(self, written: Written) -> str:
        try:
            self._check_address(written.text())
        except UsageError as error:
            raise UsageError(f"{error.message} ({written})", error.cure) from None
        return written.text()

    def _catalog(self) -> Path | S3Place:
        written = self._document.catalog
        if written is None:
            self._missing(Document, "catalog", "catalog")
            return Path()
        otherwise: Path | S3Place = Path()
        return self._problems.attempt(partial(read_catalog, written), otherwise)

    def _vault(self) -> str | S3Place:
        written = self._chosen.vault
        if written is None:
            self._missing(SourceTable, "vault", self._key("vault"))
            self._check_password(self._chosen)
            return ""
        if not written.text().startswith("s3://"):
            self._check_password(self._chosen)
        if written.is_option:
            self._problems.attempt(lambda: refuse_password(written.text(), str(written)), None)
        otherwise: str | S3Place = ""
        return self._problems.attempt(partial(read_vault, written), otherwise)

    def _check_password(self, side: SourceTable | CopySettings) -> None:
        if side.vault_secret or any(self._outside.environment.get(variable) for variable in PASSWORDS):
            return
        self._problems.add(
            "the vault's password is not set",
            f"set {PASSWORDS[0]} or, better, {PASSWORDS[1]} in the environment, or set vault_secret in a "
            "settings document",
        )

    def _key(self, name: str) -> str:
        return f"sources.{self._name or 'NAME'}.{name}"

    def _missing(self, table: type[Keys], field: str, place: str) -> None:
        """Note that a key is missing. place: where it may stand in a settings document."""
        self._problems.add(*_missing(table, field, place))


def _missing(table: type[Keys], field: str, place: str) -> tuple[str, str]:
    """Say that a key is missing, and the cure."""
    key = next(key for key in keys_of(table) if key.field == field)
    return (
        f"{key.title} is missing",
        f"give {key.option}, or {key.variable}, or {place} in a settings document",
    )
