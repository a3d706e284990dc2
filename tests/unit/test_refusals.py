"""Whose fault a failed restore is, by what pg_restore wrote."""

import pytest

from scims_backup.adapters.postgres.restore_refusals import refusal
from scims_backup.domain.errors import RestoreFailedError, SandboxError

QUERY = "pg_restore: error: could not execute query: ERROR:  "


@pytest.mark.parametrize(
    "error",
    [
        f'{QUERY}extension "timescaledb" is not available',
        f'{QUERY}could not open extension control file "/usr/share/x.control": No such file or directory',
        f'{QUERY}could not access file "$libdir/postgis-3": No such file or directory',
        f'{QUERY}invalid locale name: "de_DE.UTF-8"',
        f'{QUERY}invalid LC_COLLATE locale name: "de_DE.UTF-8"',
        f'{QUERY}collation "de_DE" for encoding "UTF8" does not exist',
        f'{QUERY}invalid value for parameter "lc_monetary": "de_DE.UTF-8"',
        f'{QUERY}could not create locale "de_DE": No such file or directory',
        f"{QUERY}ICU is not supported in this build",
        f"{QUERY}compression method lz4 not supported by this build",
        f'{QUERY}could not extend file "base/5/1": No space left on device',
        f"{QUERY}out of shared memory",
        'pg_restore: error: COPY failed for table "t": ERROR:  could not write file: Disk quota exceeded',
        "pg_restore: error: could not execute query: server closed the connection unexpectedly",
        'pg_restore: error: connection to server on socket "/x" failed: No such file or directory',
        f'{QUERY}could not connect to server "remote"',
        f'{QUERY}tablespace "fast" does not exist',
    ],
)
def test_what_the_machine_lacks_is_the_sandboxes_fault_and_has_a_cure(error):
    failure = refusal(error, 1, 15)
    assert isinstance(failure, SandboxError)
    assert failure.cure
    assert "{" not in failure.cure


@pytest.mark.parametrize(
    "error",
    [
        f'{QUERY}role "app" does not exist',
        f'{QUERY}could not create unique index "users_email_key"',
        f'{QUERY}column "x" of relation "t" contains null values',
        f'{QUERY}syntax error at or near "x"',
        "pg_restore: error: could not read from input file: end of file",
        "pg_restore: error: did not find magic string in file header",
        "pg_restore: error: unsupported version (9.15) in file header",
        "",
    ],
)
def test_everything_else_is_the_backups_fault_and_has_a_cure(error):
    failure = refusal(error, 1, 15)
    assert isinstance(failure, RestoreFailedError)
    assert failure.cure


def test_a_pg_restore_that_was_killed_says_nothing_about_the_backup():
    assert isinstance(refusal("", -9, 15), SandboxError)


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
