"""Settings: flags over environment over document, and everything wrong told at once."""

import tomllib
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scims_backup.adapters.s3.place import S3Place
from scims_backup.bootstrap.resolve_settings import resolve, resolve_each
from scims_backup.domain.errors import UsageError
from scims_backup.domain.object_lock import ObjectLock
from scims_backup.domain.retention import Age, Policy
from scims_backup.settings.model import Flags, Needs, Secret, Settings
from scims_backup.settings.places import catalog_place
from scims_backup.settings.resolution import place_of_catalog, quota_in_all, source_names

ENVIRONMENT = {
    "SCIMS_SOURCE": "scims-db",
    "SCIMS_SOURCE_URL": "postgresql://backup@db.example/scims",
    "SCIMS_CATALOG": "file:///backups/catalog",
    "SCIMS_VAULT": "restic:/backups/vault",
    "RESTIC_PASSWORD": "correct horse",
}
WITH_SQL = Needs(after_restore=True)
ALL = Needs(url=True, vault=True, expectations=True)
DOCUMENT = """
catalog = "file:///from/document"
[sources.scims-db]
url = "postgresql://doc@db/scims"
secret = "file:secrets/db"
vault = "restic:s3:https://s3.example/scims"
retention = { daily = 7, weekly = 4, monthly = 3, within = "36h" }
objectives = { rpo_hours = 26, proof_age_days = 8, rto_minutes = 30.5 }
application_role = "scims_app"
expectations = "expect.yaml"
"""
SECOND = """
[sources.other]
url = "postgresql://doc@db/other"
vault = "restic:/other"
expectations = [{ name = "admins", query = "SELECT count(*) FROM users", condition = ">= 1" }]
"""


@pytest.fixture
def document(tmp_path):
    def write(text):
        path = tmp_path / "settings.toml"
        path.write_text(text)
        (tmp_path / "expect.yaml").write_text("- {name: users, query: SELECT 1, expected: 1}\n")
        return {"SCIMS_CONFIG": str(path), "RESTIC_PASSWORD": "correct horse"}

    return write


def _refusal(flags, environment, needs=ALL):
    with pytest.raises(UsageError) as caught:
        resolve(flags, environment, needs)
    return str(caught.value)


def test_the_environment_is_enough():
    settings = resolve(Flags(), ENVIRONMENT, ALL)
    assert settings.source == "scims-db"
    assert settings.url == "postgresql://backup@db.example/scims"
    assert settings.catalog == Path("/backups/catalog")
    assert settings.vault == "/backups/vault"
    assert settings.selector == "newest"


def test_flags_win_over_environment_and_environment_over_document(document):
    environment = document(DOCUMENT) | {
        "SCIMS_CATALOG": "file:///from/environment",
        "SCIMS_VAULT": "restic:/env",
    }
    settings = resolve(Flags(catalog="file:///from/flag"), environment, ALL)
    assert settings.catalog == Path("/from/flag")
    assert settings.vault == "/env"
    assert settings.url == "postgresql://doc@db/scims"


def test_the_only_source_of_a_document_is_the_default(document, tmp_path):
    settings = resolve(Flags(), document(DOCUMENT), ALL)
    assert settings.source == "scims-db"
    assert settings.secret == Secret("file", str(tmp_path / "secrets/db"))
    assert settings.retention is not None
    assert (settings.retention.daily, str(settings.retention.within)) == (7, "36h")
    assert settings.objectives.rto_minutes == 30.5
    assert settings.application_role == "scims_app"
    assert [one.name for one in settings.expectations] == ["users"]


def test_a_probe_s_option_wins_over_its_variable_which_wins_over_the_document(document):
    environment = document(DOCUMENT + 'probe = "scims check"\n')
    assert resolve(Flags(), environment, ALL).probe == "scims check"
    environment |= {"SCIMS_PROBE": "from the variable"}
    assert resolve(Flags(), environment, ALL).probe == "from the variable"
    assert resolve(Flags(probe="from the option"), environment, ALL).probe == "from the option"
    assert resolve(Flags(), ENVIRONMENT, ALL).probe is None


@pytest.mark.parametrize(
    ("option", "variable", "probe"),
    [
        ("", None, None),
        (" ", "from the variable", None),
        (None, "", None),
        ("from the option", "", "from the option"),
        (None, None, "scims check"),
    ],
)
def test_an_empty_probe_switches_off_what_is_set_behind_it(document, option, variable, probe):
    environment = document(DOCUMENT + 'probe = "scims check"\n')
    if variable is not None:
        environment = {**environment, "SCIMS_PROBE": variable}
    assert resolve(Flags(probe=option), environment, ALL).probe == probe


AFTER = Needs(after_restore=True)


def test_an_after_restore_s_option_wins_over_its_variables_which_win_over_the_document(document, tmp_path):
    for name in ("written", "set", "typed"):
        (tmp_path / f"{name}.sql").write_text(f"  SELECT '{name}';\n")
    environment = document(DOCUMENT + 'after_restore = "written.sql"\n')

    def script(**flags):
        return resolve(Flags(**flags), environment, AFTER).after_restore.script

    assert script() == "SELECT 'written';"
    environment |= {"SCIMS_AFTER_RESTORE_SQL": " SELECT 1;\r\nSELECT 2; "}
    assert script() == "SELECT 1;\nSELECT 2;"
    environment |= {"SCIMS_AFTER_RESTORE": str(tmp_path / "set.sql")}
    assert script() == "SELECT 'set';"
    assert script(after_restore=str(tmp_path / "typed.sql")) == "SELECT 'typed';"


def test_an_after_restore_may_stand_in_the_document(document):
    environment = document(DOCUMENT + "after_restore_sql = '''\nSELECT 'it''s \"x\"';'''\n")
    settings = resolve(Flags(), environment, AFTER)
    assert settings.after_restore.script == "SELECT 'it''s \"x\"';"
    assert settings.has_after_restore


def test_an_after_restore_is_read_only_where_it_is_needed(document):
    environment = document(DOCUMENT + 'after_restore = "missing.sql"\n')
    settings = resolve(Flags(), environment, ALL)
    assert (settings.after_restore.sha256, settings.has_after_restore) == (None, True)
    with pytest.raises(UsageError, match=r"after_restore .*missing\.sql cannot be read"):
        resolve(Flags(), environment, AFTER)


def test_an_empty_after_restore_is_refused(document, tmp_path):
    (tmp_path / "empty.sql").write_text(" \n")
    with pytest.raises(UsageError, match="is empty"):
        resolve(Flags(), document(DOCUMENT + 'after_restore = "empty.sql"\n'), AFTER)


def test_an_after_restore_is_given_once(document):
    text = DOCUMENT + 'after_restore = "x.sql"\nafter_restore_sql = "SELECT 1"\n'
    assert "keep one of them" in _refusal(Flags(), document(text))


def test_a_mistake_in_the_table_of_another_source_does_not_stop_the_named_one(document):
    wrong = document(DOCUMENT + "[sources.broken]\nvalut = 'restic:/x'\nretention = 7")
    assert resolve(Flags(source="scims-db"), wrong | ENVIRONMENT, Needs()).source == "scims-db"
    text = _refusal(Flags(source="broken"), wrong | ENVIRONMENT)
    assert "did you mean 'vault'?" in text
    assert "key sources.broken.retention" in text


def test_several_sources_need_a_choice(document):
    text = _refusal(Flags(), document(DOCUMENT + SECOND))
    assert "has 2 sources: other, scims-db" in text
    assert "--source" in text


def test_a_source_is_chosen_by_name(document):
    settings = resolve(Flags(source="other"), document(DOCUMENT + SECOND), ALL)
    assert settings.vault == "/other"
    assert settings.expectations[0].condition == ">= 1"


def test_a_backup_id_chooses_its_source(document):
    settings = resolve(Flags(selector="other-20261122T020000Z"), document(DOCUMENT + SECOND), ALL)
    assert settings.source == "other"


def test_a_source_that_the_document_does_not_have_is_refused_with_the_nearest(document):
    text = _refusal(Flags(source="scims-bd"), document(DOCUMENT))
    assert "'scims-bd' is not in" in text
    assert "did you mean 'scims-db'?" in text


def test_everything_missing_is_told_at_once_by_flag_variable_and_key():
    text = _refusal(Flags(), {})
    for name in (
        "--source NAME", "SCIMS_SOURCE", "--source-url URL", "SCIMS_SOURCE_URL", "sources.NAME.url",
        "--catalog file:///DIR", "SCIMS_CATALOG",
        "--vault restic:REPOSITORY", "SCIMS_VAULT", "RESTIC_PASSWORD",
    ):  # fmt: skip
        assert name in text


def test_only_what_a_command_needs_is_asked_for():
    environment = {"SCIMS_SOURCE": "scims-db", "SCIMS_CATALOG": "file:///c"}
    assert resolve(Flags(), environment, Needs()).vault is None
    assert resolve(Flags(), environment, Needs(vault_if_named=True)).vault is None


def test_a_vault_that_is_needed_only_if_it_is_named_is_read_where_it_is():
    assert resolve(Flags(), ENVIRONMENT, Needs(vault_if_named=True)).vault is not None


def test_an_empty_variable_counts_as_not_set():
    assert "the catalog is missing" in _refusal(Flags(), ENVIRONMENT | {"SCIMS_CATALOG": ""})


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter2@db/scims",
        "postgresql://u@db/scims?password=hunter2",
        "host=db password=hunter2",
    ],
)
def test_a_password_in_the_url_is_refused_with_the_cure_and_not_repeated(url):
    text = _refusal(Flags(source_url=url), ENVIRONMENT)
    assert "--source-url" in text
    for cure in ("PGPASSFILE", "PGPASSWORD", "secret"):
        assert cure in text
    assert "hunter2" not in text


def test_a_password_in_the_url_is_refused_even_where_no_url_is_needed():
    text = _refusal(Flags(source_url="postgresql://u:hunter2@db/scims"), ENVIRONMENT, Needs())
    assert "--source-url" in text
    assert "hunter2" not in text


def test_a_password_in_a_vault_that_was_typed_is_refused():
    text = _refusal(Flags(vault="restic:rest:https://u:hunter2@host/repo"), ENVIRONMENT)
    assert "SCIMS_VAULT" in text
    assert "hunter2" not in text


def test_a_password_in_a_vault_from_the_environment_is_let_through():
    environment = ENVIRONMENT | {"SCIMS_VAULT": "restic:rest:https://u:hunter2@host/repo"}
    assert resolve(Flags(), environment, ALL).vault == "rest:https://u:hunter2@host/repo"


@pytest.mark.parametrize(
    "password", ["se/cret", "se#cret", "se?cret", "se cret", "se%cret", "sécret", "[secret"]
)
def test_an_address_that_restic_would_misread_is_refused_and_not_repeated(password):
    vault = f"restic:rest:https://user:{password}@host:8000/"
    with pytest.raises(UsageError, match="cannot be parsed") as refusal:
        resolve(Flags(), {**ENVIRONMENT, "SCIMS_VAULT": vault}, ALL)
    assert "cret" not in str(refusal.value)


@pytest.mark.parametrize(
    "repository",
    [
        "/backups/a:b@c",
        "sftp:user@host:/srv/restic",
        "sftp://user@[::1]:2222//srv",
        "s3:https://h:9000/b/a@b",
        "rest:https://user:p%2Fw@host:8000/",
        "rest:http+unix:///run/rest.sock:/x/",
        "b2:bucket:path",
    ],
)
def test_addresses_of_all_kinds_are_let_through(repository):
    settings = resolve(Flags(), {**ENVIRONMENT, "SCIMS_VAULT": f"restic:{repository}"}, ALL)
    assert settings.vault == repository


@pytest.mark.parametrize(
    "catalog", ["s4://bucket/x", "/plain/path", "file://host/x", "file:relative", "file:///x?y"]
)
def test_a_catalog_that_is_no_folder_is_refused(catalog):
    assert "write file:///DIR" in _refusal(Flags(catalog=catalog), ENVIRONMENT)


def test_a_catalog_s_path_may_hold_spaces():
    assert catalog_place("file:///a%20b/%C3%BC", "--catalog") == Path("/a b/ü")


@pytest.mark.parametrize("vault", ["s3:bucket", "restic:", "/path"])
def test_a_vault_that_is_not_restic_s_is_refused(vault):
    assert "write restic:REPOSITORY" in _refusal(Flags(vault=vault), ENVIRONMENT)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ('catalgo = "file:///x"', "key catalgo in"),
        ('[sources.scims-db]\nvalut = "restic:/x"', "did you mean 'vault'?"),
        ("[sources.scims-db]\nretention = { dayly = 7 }", "did you mean 'daily'?"),
        ("[sources.scims-db]\nretention = { daily = -1 }", "key sources.scims-db.retention.daily"),
        ("[sources.scims-db]\nretention = { daily = true }", "key sources.scims-db.retention.daily"),
        ("[sources.scims-db]\nretention = { within = 'soon' }", "key sources.scims-db.retention.within"),
        ("[sources.scims-db]\nretention = { within = 3 }", "key sources.scims-db.retention.within"),
        ("[sources.scims-db]\nretention = { time_zone = 'Mars/Base' }", "retention.time_zone"),
        ("[sources.scims-db]\nretention = { time_zone = '../etc/passwd' }", "retention.time_zone"),
        ("[sources.scims-db]\nretention = { time_zone = '' }", "retention.time_zone"),
        ("[sources.scims-db]\nretention = { time_zone = 1 }", "retention.time_zone"),
        ("[sources.scims-db]\nretention = 7", "key sources.scims-db.retention"),
        ("quota = 'much'", "key quota in"),
        ("quota = 5", "key quota in"),
        ("[sources.scims-db]\nquota = '5 XB'", "key sources.scims-db.quota"),
        ("[sources.scims-db]\nlongest_run_hours = 0", "key sources.scims-db.longest_run_hours"),
        ("[sources.scims-db]\nlongest_run_hours = '6'", "key sources.scims-db.longest_run_hours"),
        ("[sources.scims-db]\nobject_lock = { mode = 'soft', days = 3 }", "object_lock.mode"),
        ("[sources.scims-db]\nobject_lock = { mode = 'governance', days = 0 }", "object_lock.mode"),
        ("[sources.scims-db]\nobject_lock = { mode = ['governance'], days = 1 }", "object_lock.mode"),
        ("[sources.scims-db]\nobject_lock = { moode = 'governance' }", "did you mean 'mode'?"),
        (
            "[sources.scims-db]\nvault = 'restic:/b'\nobject_lock = { mode = 'governance', days = 7 }",
            "applies to vaults in S3",
        ),
        (
            "[sources.a]\nvault = 'restic:rest:https://s/b'\nobject_lock = { mode = 'governance', days = 7 }",
            "applies to vaults in S3",
        ),
        ("[sources.scims-db]\nobjectives = { rpo_hours = 0 }", "key sources.scims-db.objectives.rpo_hours"),
        ("[sources.scims-db]\nobjectives = 3", "key sources.scims-db.objectives"),
        ("[sources.scims-db]\nurl = 3", "key sources.scims-db.url"),
        ("[sources.scims-db]\nsecret = 'hunter2'", "write env:NAME, file:PATH or aws:NAME-OR-ARN"),
        ("[sources.scims-db]\nsecret = 'aws:hunter2 with spaces'", "key sources.scims-db.secret"),
        ("[sources.scims-db]\nsecret = 'aws:'", "key sources.scims-db.secret"),
        ("[sources.scims-db]\nsecret = 'aws:${Secret}'", "key sources.scims-db.secret"),
        ("[sources.scims-db]\nvault_secret = 'hunter2'", "key sources.scims-db.vault_secret"),
        ("[sources.scims-db]\nescrow_secret = 7", "key sources.scims-db.escrow_secret"),
        ("[sources.scims-db]\nrestore_secret = 'hunter2'", "key sources.scims-db.restore_secret"),
        (
            "[sources.scims-db]\nvault = 's3://bucket'\nvault_secret = 'env:X'",
            "key sources.scims-db.vault_secret",
        ),
        (
            "[sources.scims-db]\nvault = 's3://bucket'\nescrow_secret = 'env:X'",
            "key sources.scims-db.escrow_secret",
        ),
        (
            "[sources.scims-db]\nvault_secret = 'aws:x'\nescrow_secret = 'aws:x'",
            "key sources.scims-db.escrow_secret",
        ),
        ("[sources.Scims]\n", "source name 'Scims' is invalid"),
        ("[sources.scims-db]\nexpectations = [{ name = 'x' }]", "entry 1: no 'query'"),
        ("sources = 3", "key sources in"),
    ],
)
def test_a_wrong_key_of_a_document_is_named(document, change, told):
    text = _refusal(Flags(), document(change) | ENVIRONMENT)
    assert told in text
    assert "hunter2" not in text


def test_a_document_that_is_not_toml_is_refused_by_name(document):
    text = _refusal(Flags(), document("catalog = ") | ENVIRONMENT)
    assert "settings.toml is not valid TOML" in text


def test_a_document_that_is_not_there_is_refused_by_name():
    assert "/no/such.toml cannot be read: No such file" in _refusal(
        Flags(config="/no/such.toml"), ENVIRONMENT
    )


def test_several_wrong_things_are_told_together(document):
    text = _refusal(Flags(catalog="s4://x"), document("[sources.scims-db]\nurll = 'x'"))
    for told in ("settings are missing or invalid", "s4://x", "urll", "the vault is missing"):
        assert told in text


def test_a_secret_is_read_when_asked_for(tmp_path):
    (tmp_path / "password").write_text("correct horse\n")
    assert Secret("file", str(tmp_path / "password")).read({}) == "correct horse"
    assert Secret("env", "DB_PASSWORD").read({"DB_PASSWORD": "battery"}) == "battery"


ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds!db-7f1c-AbCdEf"
IN_AWS = f"""
catalog = "s3://catalog"
[sources.scims-db]
secret = "aws:{ARN}"
vault = "restic:s3:https://s3.example/scims"
vault_secret = "aws:scims/vault-password"
escrow_secret = "env:ESCROW"
"""


def test_an_address_and_a_vault_s_password_may_be_in_secrets_manager():
    settings = resolve(Flags(), {"SCIMS_SETTINGS": IN_AWS}, ALL)
    assert (settings.source, settings.url) == ("scims-db", "")
    assert settings.secret == Secret("aws", ARN)
    assert settings.vault_secret == Secret("aws", "scims/vault-password")
    assert settings.escrow_secret == Secret("env", "ESCROW")
    assert settings.catalog == S3Place("catalog")


def test_an_address_beside_a_secret_in_secrets_manager_is_still_checked():
    text = _refusal(Flags(source_url="postgresql://u:hunter2@db/scims"), {"SCIMS_SETTINGS": IN_AWS})
    assert "contains a password" in text
    assert "hunter2" not in text


def test_a_secret_elsewhere_holds_no_address():
    text = _refusal(Flags(), {"SCIMS_SETTINGS": IN_AWS.replace(f"aws:{ARN}", "env:PASSWORD")})
    assert "the database's address is missing" in text


def test_a_secret_for_restores_may_hold_the_address_wherever_it_is():
    text = IN_AWS.replace(f'secret = "aws:{ARN}"', 'restore_secret = "file:/secrets/administrator"')
    settings = resolve(Flags(), {"SCIMS_SETTINGS": text}, Needs(restore=True))
    assert (settings.restore_secret, settings.url) == (Secret("file", "/secrets/administrator"), "")


def test_without_a_secret_for_restores_they_need_the_source_s_address():
    with pytest.raises(UsageError, match="the database's address is missing"):
        resolve(Flags(), {**ENVIRONMENT, "SCIMS_SOURCE_URL": ""}, Needs(restore=True))
    assert resolve(Flags(), {"SCIMS_SETTINGS": IN_AWS}, Needs(restore=True)).restore_secret is None


def test_a_document_may_be_given_as_text_and_is_named_by_its_variable():
    text = _refusal(Flags(), {"SCIMS_SETTINGS": IN_AWS + "valut = 'x'\n"})
    assert "key sources.scims-db.valut in SCIMS_SETTINGS is not known" in text
    assert "settings document SCIMS_SETTINGS is not valid TOML" in _refusal(
        Flags(), {"SCIMS_SETTINGS": "x = "}
    )
    assert source_names(Flags(), {"SCIMS_SETTINGS": IN_AWS}) == ["scims-db"]
    assert quota_in_all(Flags(), {"SCIMS_SETTINGS": "quota = '5B'"}) == 5


def test_a_document_may_not_be_given_twice(document):
    both = {**document(DOCUMENT), "SCIMS_SETTINGS": IN_AWS}
    text = _refusal(Flags(), both)
    assert "both SCIMS_CONFIG and SCIMS_SETTINGS are set" in text


def test_a_document_that_was_typed_wins_over_both_variables(document):
    path = document(DOCUMENT)["SCIMS_CONFIG"]
    environment = {"SCIMS_CONFIG": "/no/such", "SCIMS_SETTINGS": IN_AWS, "RESTIC_PASSWORD": "x"}
    assert resolve(Flags(config=path), environment, ALL).url == "postgresql://doc@db/scims"


@pytest.mark.parametrize("key", ["secret = 'file:secrets/db'", "expectations = 'expect.toml'"])
def test_a_relative_path_in_a_document_that_is_no_file_is_refused(key):
    text = _refusal(Flags(), ENVIRONMENT | {"SCIMS_SETTINGS": f"[sources.scims-db]\n{key}"})
    assert f"key sources.scims-db.{key.split()[0]} in SCIMS_SETTINGS is a relative path" in text


def test_a_whole_path_in_a_document_that_is_no_file_is_taken():
    text = "[sources.scims-db]\nsecret = 'file:/secrets/db'\nexpectations = '/expect.toml'"
    settings = resolve(Flags(), ENVIRONMENT | {"SCIMS_SETTINGS": text}, Needs())
    assert settings.secret == Secret("file", "/secrets/db")


@pytest.mark.parametrize("secret", [Secret("env", "DB_PASSWORD"), Secret("file", "/no/such")])
def test_a_secret_that_is_not_there_is_named(secret):
    with pytest.raises(UsageError, match=str(secret)):
        secret.read({})


def test_the_example_of_the_documentation_is_usable(tmp_path):
    text = Path("docs/cli.md").read_text().split("```toml\n")[1].split("```")[0]
    tomllib.loads(text)
    (tmp_path / "settings.toml").write_text(text)
    flags = Flags(config=str(tmp_path / "settings.toml"), source="scims-db")
    settings = resolve(flags, {"RESTIC_PASSWORD": "x"}, Needs(url=True, vault=True))
    assert settings.retention is not None
    assert settings.retention.daily == 7


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("s3://scims-catalog", S3Place("scims-catalog")),
        ("s3://scims-catalog/", S3Place("scims-catalog")),
        ("s3://scims.catalog/production/eu_1/", S3Place("scims.catalog", "production/eu_1")),
    ],
)
def test_places_in_s3_are_read(text, place):
    settings = resolve(Flags(catalog=text, vault=text), ENVIRONMENT, ALL)
    assert (settings.catalog, settings.vault) == (place, place)


@pytest.mark.parametrize(
    "text",
    ["s3://", "s3:///x", "s3://B/x", "s3://user:hunter2@bucket/x", "s3://bucket/a//b", "s3://bucket/../x"],
)
@pytest.mark.parametrize("what", ["catalog", "vault"])
def test_what_is_no_place_in_s3_is_refused_without_being_repeated(what, text):
    refused = _refusal(Flags(), {**ENVIRONMENT, f"SCIMS_{what.upper()}": text})
    assert "write s3://BUCKET/PREFIX" in refused
    assert "hunter2" not in refused


def test_a_vault_in_s3_needs_no_password_of_restic_s():
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "RESTIC_PASSWORD"}
    assert resolve(Flags(vault="s3://bucket"), environment, ALL).vault == S3Place("bucket")


KEEPING = """
quota = "1.5 TB"
[sources.scims-db]
retention = { last = 3, within = "1y6m", time_zone = "Europe/Berlin" }
quota = "200GiB"
longest_run_hours = 0.25
encryption_key = "alias/scims"
object_lock = { mode = "compliance", days = 35 }
"""


def test_what_is_kept_how_long_and_how_is_read(document):
    environment = document(KEEPING)
    settings = resolve(Flags(), environment | ENVIRONMENT, ALL)
    assert settings.retention == Policy(last=3, within=Age(1, 6), zone=ZoneInfo("Europe/Berlin"))
    assert (settings.quota, settings.longest_run) == (200 << 30, timedelta(minutes=15))
    assert (settings.encryption_key, settings.object_lock) == ("alias/scims", ObjectLock("COMPLIANCE", 35))
    assert quota_in_all(Flags(), environment) == 1_500_000_000_000


def test_a_day_is_the_longest_run_unless_the_settings_say_otherwise():
    assert resolve(Flags(), ENVIRONMENT, ALL).longest_run == timedelta(hours=24)


def test_all_sources_of_a_document_are_meant_where_none_is_named(document):
    environment = document(DOCUMENT + SECOND)
    assert source_names(Flags(), environment) == ["scims-db", "other"]
    assert source_names(Flags(source="other"), environment) == ["other"]
    assert source_names(Flags(), {**environment, "SCIMS_SOURCE": "other"}) == ["other"]
    assert source_names(Flags(), ENVIRONMENT) == ["scims-db"]
    assert source_names(Flags(), {}) == [None]


def test_each_source_has_its_settings_and_one_that_is_wrong_keeps_its_problem_to_itself(document):
    found = resolve_each(Flags(), document(DOCUMENT + '[sources.other]\nafter_restore = "/no"\n'), WITH_SQL)
    assert list(found) == ["scims-db", "other"]
    whole, wrong = found.values()
    assert isinstance(whole, Settings)
    assert whole == resolve(Flags(source="scims-db"), document(DOCUMENT), WITH_SQL)
    assert isinstance(wrong, UsageError)
    assert "/no" in wrong.message


def test_of_a_named_source_alone_there_are_settings(document):
    found = resolve_each(Flags(source="other"), document(DOCUMENT + SECOND), Needs())
    assert list(found) == ["other"]
    assert not resolve_each(Flags(), {"SCIMS_CATALOG": "file:///backups/catalog"}, Needs())


def test_a_mistake_in_the_table_of_one_source_is_of_that_source_alone(document):
    found = resolve_each(Flags(), document(DOCUMENT + "[sources.other]\nunknwon = 1\n"), Needs())
    assert isinstance(found["scims-db"], Settings)
    assert isinstance(found["other"], UsageError)
    assert "unknwon" in found["other"].message


def test_a_document_that_is_wrong_outside_its_sources_is_refused_as_a_whole(document):
    with pytest.raises(UsageError, match="unknwon"):
        resolve_each(Flags(), document("unknwon = 1\n" + DOCUMENT), Needs())


def test_the_document_is_read_once_however_many_sources_it_has(document, monkeypatch):
    read, opened = Path.read_text, []

    def counted(path, *more, **options):
        opened.append(path.name)
        return read(path, *more, **options)

    many = "".join(f"[sources.s{number}]\n" for number in range(20))
    environment = document(f'catalog = "file:///x"\n{many}')
    monkeypatch.setattr(Path, "read_text", counted)
    assert len(resolve_each(Flags(), environment, Needs())) == 20
    assert opened == ["settings.toml"]


def test_the_catalog_of_all_sources_needs_no_source(document):
    assert place_of_catalog(Flags(), document(DOCUMENT + SECOND)) == Path("/from/document")
    with pytest.raises(UsageError, match="the catalog is missing"):
        place_of_catalog(Flags(), {})
