"""The registry knows engines before it loads them, and says of each what the engine says itself."""

from dataclasses import replace

import pytest

from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.domain.engine_names import MadeBy
from scims_backup.domain.errors import UnknownEngineError, UsageError
from scims_backup.engines.registry import DEFAULT, ENGINES, Entry, Registry
from scims_backup.runtime.logs import Redactor
from scims_backup.settings.model import Flags, Needs
from tests.engines.sqlite.engine import SqliteEngine
from tests.fakes import RecordedProgress, a_manifest

ALL = ENGINES.with_engine(SqliteEngine())


def broken():
    raise ImportError("its driver is not installed")


WITH_BROKEN = Registry({**ENGINES._entries, "broken": Entry("dump", ("broken",), broken)})


@pytest.mark.parametrize("engine", ALL.all(), ids=lambda engine: engine.name)
def test_an_entry_says_what_the_engine_says(engine):
    assert ALL.formats()[engine.name] == engine.format
    assert engine.name in engine.schemes, "the settings' `engine` stands for an address"
    for scheme in engine.schemes:
        assert ALL.of_address(f"{scheme}://there/it") is engine


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("", DEFAULT),
        ("host=db dbname=scims", DEFAULT),
        ("mysql://u@h/d", DEFAULT),
        ("SQLITE:///x", "sqlite"),
        ("sqlite-late:///x", "sqlite"),
    ],
)
def test_the_scheme_says_the_engine_and_what_none_knows_is_the_default_ones(url, name):
    assert ALL.of_address(url).name == name


def test_an_engine_that_cannot_be_loaded_is_in_nobody_else_s_way():
    assert WITH_BROKEN.of_address("postgresql://h/d").name == DEFAULT
    assert WITH_BROKEN.of(a_manifest()).name == DEFAULT
    assert WITH_BROKEN.formats()["broken"] == "dump"
    with pytest.raises(ImportError, match="driver"):
        WITH_BROKEN.of_address("broken://x")


def test_a_backup_of_an_engine_that_is_not_there_is_refused():
    with pytest.raises(UnknownEngineError, match="engine 'sqlite', which this version does not have"):
        ENGINES.of(replace(a_manifest(), made_by=MadeBy("sqlite", "tar")))


def test_the_settings_may_name_the_engine_where_the_address_is_in_a_secret(tmp_path):
    text = f"""
        catalog = "file://{tmp_path}"
        [sources.shop]
        engine = "sqlite"
        vault = "restic:{tmp_path}/vault"
    """
    settings = resolve(Flags(), {"SCIMS_SETTINGS": text, "RESTIC_PASSWORD": "x"}, Needs(vault=True), ALL)
    application = Application(settings, {}, RecordedProgress(), Redactor(), engines=ALL)
    assert application._of_source.engine.name == "sqlite"
    assert application._retention == SqliteEngine.retention
    settings = replace(settings, engine="mongodb")
    with pytest.raises(UsageError, match="engine 'mongodb' is unknown"):
        Application(settings, {}, RecordedProgress(), Redactor(), engines=ALL).take_backup()
