"""Whose fault a failed restore is, by what pg_restore wrote and what the sandbox's server logged."""

import re
from dataclasses import replace
from typing import Any

import pytest

from scims_backup.domain.errors import RestoreFailedError, SandboxError, TargetError
from scims_backup.engines.postgresql.targets.refusal_table import CONDEMNING, LACKING, Row
from scims_backup.engines.postgresql.targets.restore_refusals import MANAGED, SANDBOX, TARGET, refusal

QUERY = "pg_restore: error: could not execute query: ERROR:  "
COPY = 'pg_restore: error: COPY failed for table "t": ERROR:  '

# what pg_restore wrote, the SQLSTATE in the server's log, and a word of the cure
LACKED = [
    (f'{QUERY}extension "timescaledb" is not available', "0A000", "install that extension"),
    (f'{QUERY}could not open extension control file "/usr/x.control": No such', "58P01", "extension"),
    (
        f'{QUERY}extension "x" has no installation script nor update path for version "9"',
        "22023",
        "extension",
    ),
    (f"{QUERY}pg_cron can only be loaded via shared_preload_libraries", "55000", "preload"),
    (f'{QUERY}extension "timescaledb" must be preloaded', "55000", "preload"),
    (f"{QUERY}pgaudit must be loaded via shared_preload_libraries", "55000", "preload"),
    (
        (
            f'{QUERY}unrecognized configuration parameter "cron.database_name"\n'
            "Command was: CREATE EXTENSION IF NOT EXISTS pg_cron WITH SCHEMA pg_catalog;"
        ),
        "42704",
        "preload",
    ),
    (f"{QUERY}can only create extension in database d", "P0001", "cron.database_name"),
    (f'{QUERY}could not access file "$libdir/postgis-3": No such file or directory', "58P01", "library"),
    (f'{QUERY}could not load library "/usr/lib/plpython3.so": libpython3.11.so.1.0', "58P01", "library"),
    (f'{QUERY}could not open dictionary file "/usr/share/hb.dict": No such file', "F0000", "copy"),
    (f'{QUERY}could not open stop-word file "/usr/share/x.stop": No such file', "F0000", "copy"),
    (f'{QUERY}could not open thesaurus file "/usr/share/x.ths": No such file', "F0000", "copy"),
    (f'{QUERY}could not open affix file "/usr/share/x.affix": No such file', "F0000", "copy"),
    (f'{QUERY}could not open synonym file "/usr/share/x.syn": No such file', "F0000", "copy"),
    (f'{QUERY}invalid locale name: "de_DE.UTF-8"', "42809", "locale-gen"),
    (f'{QUERY}invalid LC_COLLATE locale name: "de_DE.UTF-8"', "42809", "locale-gen"),
    (f'{QUERY}collation "de_DE" for encoding "UTF8" does not exist', "42704", "locale-gen"),
    (f'{QUERY}invalid value for parameter "lc_monetary": "de_DE.UTF-8"', "22023", "locale-gen"),
    (f'{QUERY}could not create locale "de_DE": No such file or directory', "22023", "locale-gen"),
    (f"{QUERY}ICU is not supported in this build", "0A000", "locale-gen"),
    (f'{QUERY}time zone "Mars/Base" not recognized', "22023", "tzdata"),
    (f"{QUERY}compression method lz4 not supported by this build", "0A000", "built with"),
    (f"{QUERY}unsupported XML feature", "0A000", "built with"),
    ("pg_restore: error: unsupported version (1.17) in file header", None, "at least as new"),
    (f'{QUERY}could not extend file "base/5/1": No space left on device', "53100", "room"),
    (f"{COPY}could not write file: Disk quota exceeded", "53100", "room"),
    (f"{QUERY}out of shared memory", "53200", "larger machine"),
    (f"{QUERY}too many connections for role", "53300", "larger machine"),
    (f"{QUERY}deadlock detected", "40P01", "drill again"),
    (f"{QUERY}canceling statement due to lock timeout", "55P03", "drill again"),
    ("pg_restore: error: could not execute query: server closed the connection unexpectedly", None, "again"),
    ('pg_restore: error: connection to server on socket "/x" failed: No such file', None, "again"),
    (f'{QUERY}could not connect to server "remote"', "08001", "reachable"),
    (f'{QUERY}tablespace "fast" does not exist', "42704", "default tablespace"),
]
ONLY_BY_STATE = [
    (f"{QUERY}Platte voll", "53100", "room"),
    (f"{QUERY}kein Speicher", "53200", "larger machine"),
    (f"{QUERY}canceling statement due to user request", "57014", "drill again"),
    (f"{QUERY}a word that no row has", "F0000", "server files"),
    (f'{COPY}could not read block 3 in file "base/5/1"', "58030", "check the disk"),
]
CONDEMNED = [
    (f'{QUERY}insert or update on table "c" violates foreign key constraint "f"', "23503", "referenced row"),
    (f'{QUERY}could not create unique index "users_email_key"', "23505", "duplicate keys"),
    (f'{QUERY}column "x" of relation "t" contains null values', "23502", "own constraint"),
    (f'{COPY}new row for relation "t" violates check constraint "c"', "23514", "reads other tables"),
    (f'{QUERY}check constraint "c" of relation "t" violates check constraint', "23514", "own constraint"),
    (f'{QUERY}could not create exclusion constraint "x"', "23P01", "own constraint"),
    (f'{QUERY}role "16601" does not exist', "42704", "pg_init_privs"),
    (f'{QUERY}role "app" does not exist', "42704", "not in the proof"),
    (
        f'{COPY}role "16389" does not exist\nCONTEXT:  COPY t, line 1, column acl: "{{16389=r/postgres}}"',
        "42704",
        "aclitem",
    ),
    (f'{COPY}role "gone" does not exist', "42704", "regrole"),
    (f"{COPY}cannot accept a value of type pg_node_tree", "0A000", "cannot read back"),
    (f"{COPY}pattern_in is not implemented", "0A000", "cannot read back"),
    (
        f'{QUERY}relation "documents" does not exist\nCommand was: REFRESH MATERIALIZED VIEW public.words;',
        "42P01",
        "the view relies on the search_path",
    ),
    (
        (
            f'{QUERY}materialized view "z" has not been populated\n'
            "CONTEXT:  PL/pgSQL function public.through() line 1 at RETURN QUERY\n"
            "Command was: REFRESH MATERIALIZED VIEW public.a_over;"
        ),
        "55000",
        "through a function",
    ),
    (f'{COPY}column "own" of relation "spatial_ref_sys" does not exist', "42703", "belongs to an extension"),
    (f'{COPY}relation "public.t_i" does not exist\nCONTEXT:  COPY t, line 1', "42P01", "regclass"),
    (f'{COPY}function "f" does not exist', "42883", "regclass"),
    (
        (
            f"{QUERY}function helper() does not exist\nHINT:  No function matches\n"
            "CONTEXT:  PL/pgSQL function public.f(integer) line 1 at RETURN\nCommand was: CREATE INDEX by_f"
        ),
        "42883",
        "search_path",
    ),
    (
        f'{COPY}relation "t" does not exist\nCONTEXT:  SQL function "ok" during inlining',
        "42P01",
        "search_path",
    ),
    ("pg_restore: error: could not read from input file: end of file", None, "to its end"),
    ("pg_restore: error: did not find magic string in file header", None, "to its end"),
]
UNKNOWN = [
    f'{QUERY}syntax error at or near "x"',
    f'{QUERY}relation "x" does not exist',
    f"{COPY}invalid input syntax for type money",
    f"{COPY}extra data after last expected column",
    f'{COPY}invalid byte sequence for encoding "UTF8": 0xdf',
    f"{QUERY}corrupted item pointer",
    f'{QUERY}unrecognized configuration parameter "app.tenant"\nCommand was: REFRESH MATERIALIZED VIEW m',
    "pg_restore: error: could not execute query: FEHLER:  Relation »t« existiert nicht\n",
    "pg_restore: error: could not execute query: FEHLER:  Erweiterung »x« ist nicht verfügbar\n",
    "",
]


def refused(error: str, state: str | None, receiver: Any = SANDBOX):
    return refusal(error, 1, 15, receiver, lambda _: state)


@pytest.mark.parametrize(("error", "state", "cure"), LACKED)
@pytest.mark.parametrize("known", [True, False])
def test_what_the_machine_lacks_is_the_sandboxes_fault_and_has_a_cure(error, state, cure, known):
    failure = refused(error, state if known else None)
    assert isinstance(failure, SandboxError)
    assert cure in failure.cure
    assert "{" not in failure.cure


@pytest.mark.parametrize(("error", "state", "cure"), ONLY_BY_STATE)
def test_what_only_the_state_tells_is_understood_by_it(error, state, cure):
    failure = refused(error, state)
    assert isinstance(failure, SandboxError)
    assert cure in failure.cure


@pytest.mark.parametrize(("error", "state", "cure"), CONDEMNED)
@pytest.mark.parametrize("known", [True, False])
def test_what_the_source_did_is_the_backups_fault_and_has_its_cure(error, state, cure, known):
    failure = refused(error, state if known else None)
    assert isinstance(failure, RestoreFailedError)
    assert cure in failure.cure


@pytest.mark.parametrize("error", UNKNOWN)
@pytest.mark.parametrize("receiver", [SANDBOX, TARGET])
def test_what_no_row_knows_fails_in_the_servers_own_words_without_a_guessed_cure(error, receiver):
    failure = refused(error, None, receiver)
    assert isinstance(failure, RestoreFailedError)
    assert failure.cure == ""


def test_every_row_of_the_table_has_a_case():
    def knows_one(row: Row) -> bool:
        told = [case[2] for case in (*LACKED, *ONLY_BY_STATE, *CONDEMNED)]
        cure = row.cure.format(major=15, **vars(SANDBOX))
        return any(word in cure for word in told)

    assert [row for row in (*LACKING, *CONDEMNING) if not knows_one(row)] == []


def test_a_state_that_is_another_kinds_is_believed_before_the_words():
    error = f'{QUERY}role "16601" does not exist'
    assert refused(error, "P0001").cure == ""


def test_a_pg_restore_that_was_killed_says_nothing_about_the_backup():
    assert isinstance(refusal("", -9, 15), SandboxError)


@pytest.mark.parametrize(
    "text",
    [
        "permission denied for schema s",
        'must be owner of table "t"',
        'must be member of role "rdsadmin"',
        'must be able to SET ROLE "rdsadmin"',
        "must be superuser to create a base type",
        "only superuser can define a leakproof function",
        "password_required=false is superuser-only",
    ],
)
def test_what_a_role_may_not_do_is_no_fault_of_the_backup(text):
    failure = refused(f"{QUERY}{text}", None, replace(TARGET, rights="restore as a superuser"))
    assert isinstance(failure, TargetError)
    assert failure.cure == "restore as a superuser"


def test_a_server_of_rds_that_is_full_is_no_fault_of_the_backup():
    failure = refused(f"{QUERY}could not extend file: No space left on device", None, MANAGED)
    assert isinstance(failure, SandboxError)
    assert "three times the archive" in failure.cure


def test_a_target_that_lacks_something_is_told_where_to_install_it():
    failure = refused(f'{QUERY}extension "x" is not available', None, TARGET)
    assert isinstance(failure, TargetError)
    assert "on the target server's machine" in failure.cure


def test_neither_row_values_nor_the_command_are_told_but_its_object_is():
    failure = refusal(
        f'{QUERY}insert or update on table "c" violates foreign key constraint "c_fk"\n'
        'DETAIL:  Key (id)=(4711) is not present in table "p".\n'
        'Command was: ALTER TABLE ONLY "my schema"."c"\n    ADD CONSTRAINT c_fk CHECK (id <> \'geheim\');\n\n'
        "pg_restore: error: a worker process died unexpectedly\n",
        1,
        15,
    )
    assert failure.message == (
        'the archive cannot be restored: ALTER TABLE ONLY "my schema"."c":'
        ' insert or update on table "c" violates foreign key constraint "c_fk"'
    )


def test_a_command_that_begins_on_the_next_line_has_its_object_told():
    error = f'{QUERY}trigger "t" for table "p" does not exist\nCommand was: \nALTER TABLE public.p ENABLE;\n'
    assert "ALTER TABLE public.p: trigger" in refusal(error, 1, 15).message


@pytest.mark.parametrize(
    "command",
    [
        "CREATE SUBSCRIPTION feed CONNECTION 'password=geheim'",
        "ALTER DATABASE shop SET app.token TO 'geheim'",
        "CREATE USER MAPPING FOR app SERVER s OPTIONS (password 'geheim')",
        "COMMENT ON TABLE t IS 'geheim'",
    ],
)
def test_no_secret_of_a_command_is_told(command):
    assert "geheim" not in str(refusal(f"{QUERY}no\nCommand was: {command};\n", 1, 15))


def test_the_first_error_decides():
    errors = f'{QUERY}relation "x" does not exist\npg_restore: error: could not write to file\n'
    assert isinstance(refusal(errors, 1, 15), RestoreFailedError)


def test_the_state_is_asked_for_the_primary_message_alone():
    asked: list[str] = []
    refusal(f'{COPY}invalid input syntax for type money: "1,5"', 1, 15, SANDBOX, asked.append)
    assert [re.sub(r"\s+", " ", one) for one in asked] == ["invalid input syntax for type money"]
