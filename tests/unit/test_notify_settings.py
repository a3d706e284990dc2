"""`[notify.NAME]` and `[ping]` of a settings document: what is read, and what is refused, without its URL."""

import pytest

from scims_backup.domain.errors import UsageError
from scims_backup.domain.events import Kind, Severity
from scims_backup.settings.flags import Flags, Needs
from scims_backup.settings.notifying import PlainUrl, Receiver
from scims_backup.settings.places import Secret
from scims_backup.settings.resolution import resolve

SOURCES = '[sources.scims-db]\nurl = "postgresql://h/d"\n[sources.scims-cache]\nurl = "redis://h"\n'
BOTH = '[ping]\nbackup = "https://ping.example.org/{source}"\ndrill = "env:DRILL_PING"\n'


def _settings(document, source="scims-db"):
    environment = {"SCIMS_SETTINGS": f'catalog = "file:///c"\n{document}', "SCIMS_SOURCE": source}
    return resolve(Flags(), environment, Needs(), lambda _: None)


def test_a_receiver_has_its_filters():
    document = (
        '[notify.ops]\nurl = "env:OPS"\nseverities = ["error", "critical"]\n'
        'sources = ["scims-db"]\nkinds = ["DrillFailed"]\n' + SOURCES
    )
    receivers = _settings(document).receivers
    assert receivers == {
        "ops": Receiver(
            Secret("env", "OPS"), (Severity.ERROR, Severity.CRITICAL), ("scims-db",), (Kind.DRILL_FAILED,)
        )
    }


def test_there_are_no_receivers_and_no_pings_by_default():
    settings = _settings("")
    assert (settings.receivers, [settings.ping.of(one) for one in ("backup", "drill", "prune")]) == (
        {},
        [None] * 3,
    )


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("[notify.ops]\n", "notify.ops.url in SCIMS_SETTINGS is missing"),
        ('[notify.ops]\nurl = "slack://a-token"\n', "key notify.ops.url in SCIMS_SETTINGS cannot be parsed"),
        ('[notify.Ops]\nurl = "env:OPS"\n', "receiver name 'Ops' is invalid"),
        ('[notify."a/b"]\nurl = "env:OPS"\n', "receiver name 'a/b' is invalid"),
        ('[notify.ops]\nurl = "env:OPS"\nseverity = ["error"]\n', "did you mean 'severities'?"),
        ('[notify.ops]\nurl = "env:OPS"\nseverities = ["fatal"]\n', "contains 'fatal', which is not known"),
        ('[notify.ops]\nurl = "env:OPS"\nseverities = "error"\n', "write a list of texts"),
        ('[notify.ops]\nurl = "env:OPS"\nkinds = []\n', "write a list of texts"),
        ('[notify.ops]\nurl = "env:OPS"\nkinds = ["DrillFaild"]\n', "did you mean 'DrillFailed'?"),
        ('[notify.ops]\nurl = "env:OPS"\nsources = ["A B"]\n', "source name 'A B' is invalid"),
        ('[notify.ops]\nurl = "env:OPS"\nsources = ["scims-bd"]\n', "did you mean 'scims-db'?"),
        ('notify = "env:OPS"\n', "key notify in SCIMS_SETTINGS is invalid"),
        ('[notify]\nurl = "env:OPS"\n', "key notify.url in SCIMS_SETTINGS is invalid"),
        ('[ping]\nbackup = "a-token"\n', "key ping.backup in SCIMS_SETTINGS is not a URL that can be pinged"),
        ('[ping]\nrestore = "https://a-token"\n', "key ping.restore in SCIMS_SETTINGS is not known"),
        ('[ping]\nbackup = "env:"\n', "key ping.backup in SCIMS_SETTINGS cannot be parsed"),
    ],
)
def test_what_is_wrong_is_named_without_the_url(entry, problem):
    with pytest.raises(UsageError) as refused:
        _settings(entry + SOURCES)
    assert problem in str(refused.value)
    assert "token" not in str(refused.value)


def test_a_source_pings_its_own_urls_and_those_of_all():
    document = f'{BOTH}{SOURCES}[sources.scims-cache.ping]\nbackup = "https://own.example.org"\n'
    general, own = (_settings(document, source).ping for source in ("scims-db", "scims-cache"))
    assert general.backup == PlainUrl("https://ping.example.org/{source}")
    assert own.backup == PlainUrl("https://own.example.org")
    assert general.drill == own.drill == Secret("env", "DRILL_PING")
    assert general.prune is own.prune is None


@pytest.mark.parametrize(
    ("command", "pings"), [("backup", True), ("drill", True), ("prune", False), ("copy", False)]
)
def test_only_commands_that_have_a_url_ping(command, pings):
    assert (_settings(BOTH).ping.of(command) is not None) is pings


def test_a_url_of_the_document_is_not_shown_where_settings_are():
    assert "ping.example.org" not in repr(_settings(BOTH))
