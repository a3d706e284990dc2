"""The keys that an engine declares for its own sources: read, overridden and refused as every other key."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from scims_backup.bootstrap.resolve_settings import resolve as resolve_all
from scims_backup.domain.errors import UsageError
from scims_backup.engines.postgresql.settings import PostgresqlKeys
from scims_backup.ports.settings_keys import Keys, NoKeys, Written, key
from scims_backup.settings.model import Flags, Needs
from scims_backup.settings.resolution import resolve

DOCUMENT = """
catalog = "file:///catalog"
[sources.cache]
url = "valkey://cache.example"
"""


def whole_number(written: Written) -> int:
    try:
        return int(written.value)
    except (TypeError, ValueError):
        raise written.unusable("write a whole number") from None


@dataclass(frozen=True, kw_only=True)
class ValkeyKeys(Keys):
    database: int = key(whole_number, "number of the database", default=0, variable="VALKEY_DATABASE")
    replica: str | None = key(Written.text, "address of a replica")
    only_replica: bool = key(lambda written: bool(written.value), "never the primary", default=False)

    def conflicts(self, table: Written) -> Iterator[UsageError]:
        if self.only_replica and not self.replica:
            yield UsageError(f"{table.at('only_replica')} is set, and no replica", "name a replica")


def keys_of_scheme(url):
    return ValkeyKeys if url.startswith("valkey:") else NoKeys


def own(more="", flags=None, document=DOCUMENT, **environment):
    environment = {"SCIMS_SETTINGS": document + more, **environment}
    return resolve(flags or Flags(), environment, Needs(), lambda _: None, keys_of_scheme).own


def refusal(more, **given):
    with pytest.raises(UsageError) as caught:
        own(more, **given)
    return str(caught.value)


def test_a_key_is_read_from_the_source_s_table():
    assert own("database = 3\nreplica = 'r.example'") == ValkeyKeys(database=3, replica="r.example")
    assert own() == ValkeyKeys()


def test_a_variable_overrides_the_table():
    assert own("database = 3", VALKEY_DATABASE="5") == ValkeyKeys(database=5)


@pytest.mark.parametrize(
    ("more", "environment", "told"),
    [
        ("database = 'x'", {}, "key sources.cache.database in SCIMS_SETTINGS is invalid"),
        ("database = 3", {"VALKEY_DATABASE": "x"}, "VALKEY_DATABASE is invalid"),
        ("databse = 3", {}, "did you mean 'database'?"),
        (
            "only_replica = true",
            {},
            "key sources.cache.only_replica in SCIMS_SETTINGS is set, and no replica",
        ),
    ],
)
def test_what_is_wrong_is_reported_with_its_place(more, environment, told):
    assert told in refusal(more, **environment)


def test_a_key_of_an_engine_is_unknown_to_others():
    document = DOCUMENT.replace("valkey:", "other:")
    assert "database in SCIMS_SETTINGS is not known" in refusal("database = 3", document=document)


@pytest.mark.parametrize("place", ["option", "variable"])
def test_an_address_outside_of_the_document_chooses_the_engine(place):
    document = DOCUMENT.replace('url = "valkey://cache.example"', "")
    given = (
        {"flags": Flags(source_url="valkey://x")} if place == "option" else {"SCIMS_SOURCE_URL": "valkey://x"}
    )
    assert own(document=document, VALKEY_DATABASE="5", **given) == ValkeyKeys(database=5)


def test_without_an_address_the_source_is_postgresql_s():
    environment = {"SCIMS_SOURCE": "db", "SCIMS_CATALOG": "file:///c", "SCIMS_POSTGRESQL_BIN": "/opt/bin"}
    found = resolve_all(Flags(), environment, Needs()).own
    assert isinstance(found, PostgresqlKeys)
    assert str(found.programs) == "/opt/bin"


@pytest.mark.parametrize("url", ["postgresql://[x/y", "postgresql://[", "//[", "[:"])
def test_a_url_that_no_library_can_split_is_wrong_usage(url):
    environment = {"SCIMS_SOURCE": "db", "SCIMS_CATALOG": "file:///c", "SCIMS_SOURCE_URL": url}
    with pytest.raises(UsageError, match="SCIMS_SOURCE_URL"):
        resolve_all(Flags(), environment, Needs(url=True))
