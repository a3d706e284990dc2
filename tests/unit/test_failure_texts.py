"""PostgreSQL's messages, without the row values that they can carry."""

import psycopg
import pytest
from psycopg import errors

from scims_backup.domain.errors import (
    DumpFailedError,
    SourceAccessError,
    SourceBusyError,
    SourceChangedError,
    SourceError,
    SourceUnreachableError,
)
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.postgres_errors import reason, scrubbed, translated, translating
from scims_backup.engines.postgresql.dumping.pg_dump import _failure

SECRET = "4111-1111"

DUPLICATE = f"""pg_restore: error: query failed: ERROR:  could not create unique index "users_email_key"
DETAIL:  Key (email)=({SECRET}
line two {SECRET}
ERROR: a row's line that looks like a message {SECRET}) is duplicated.
Command was: ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email) -- {SECRET};
pg_restore: warning: errors ignored on restore: 1"""
COPY = f"""pg_restore: error: COPY failed for "i": ERROR:  invalid input syntax for type integer: "{SECRET}
ERROR: {SECRET}"
CONTEXT:  COPY items, line 1, column price: "{SECRET}"
pg_restore: error: one more"""
ENUM = f'pg_restore: error: COPY failed for table "t": ERROR:  invalid input value for enum mood: "{SECRET}"'
RANGE = f'ERROR:  value "{SECRET}" is out of range for type integer'
DATE = f'ERROR:  date/time field value out of range: "{SECRET}"'
ARRAY = f'ERROR:  malformed array literal: "{SECRET}"'
JSON = f"""ERROR:  invalid input syntax for type json
DETAIL:  Token "{SECRET}" is invalid.
CONTEXT:  JSON data, line 1: {{"card": {SECRET}...
\tunnamed portal parameter $1 {SECRET}"""
DUMP_15 = f"""pg_dump: error: query failed: ERROR:  permission denied for table payroll
pg_dump: detail: Query was: LOCK TABLE public."payroll" IN ACCESS SHARE MODE -- {SECRET}"""
DUMP_14 = f"""pg_dump: error: Dumping the contents of table "t" failed: PQgetResult() failed.
pg_dump: error: Error message from server: ERROR:  missing chunk number 0 for toast value 1
DETAIL:  {SECRET}
pg_dump: error: The command was: COPY public.t (a) TO stdout;"""
COPY_15 = f"""pg_dump: error: Dumping the contents of table "t" failed: PQgetCopyData() failed.
pg_dump: detail: Error message from server: FATAL:  terminating connection due to administrator command
CONTEXT:  {SECRET}
pg_dump: detail: Command was: COPY public.t (a) TO stdout; -- {SECRET}"""
CHECK = f"""ERROR:  new row for relation "t" violates check constraint "c"
DETAIL:  Failing row contains (1, {SECRET}, two
lines: ERROR: {SECRET})."""
HINT = f"FATAL:  out of it\nHINT:  {SECRET}\nSTATEMENT:  SELECT '{SECRET}'\nQUERY:  {SECRET}"


TEXTS = [DUPLICATE, COPY, ENUM, RANGE, DATE, ARRAY, JSON, DUMP_15, DUMP_14, COPY_15, CHECK, HINT]


@pytest.mark.parametrize("text", TEXTS, ids=str.strip)
def test_no_row_value_survives(text):
    assert SECRET not in scrubbed(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (DUPLICATE, 'could not create unique index "users_email_key"'),
        (DUPLICATE, "pg_restore: warning: errors ignored on restore: 1"),
        (COPY, 'COPY failed for "i": ERROR:  invalid input syntax for type integer'),
        (COPY, "pg_restore: error: one more"),
        (ENUM, "invalid input value for enum mood"),
        (RANGE, "is out of range for type integer"),
        (DUMP_15, "permission denied for table payroll"),
        (DUMP_14, "missing chunk number 0 for toast value 1"),
        (COPY_15, "terminating connection due to administrator command"),
        (CHECK, 'new row for relation "t" violates check constraint "c"'),
        (HINT, "out of it"),
    ],
)
def test_what_happened_and_to_which_thing_is_kept(text, kept):
    assert kept in scrubbed(text)


def test_every_message_of_a_plain_text_is_kept():
    text = "pg_dump: error: one\npg_dump: error: two"
    assert scrubbed(text) == text


def test_a_message_without_text_still_says_something():
    assert reason(psycopg.OperationalError()) == "OperationalError"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.InsufficientPrivilege("x"), SourceAccessError),
        (errors.InvalidPassword("x"), SourceAccessError),
        (psycopg.OperationalError('FATAL:  password authentication failed for user "a"'), SourceAccessError),
        (psycopg.OperationalError("fe_sendauth: no password supplied"), SourceAccessError),
        (errors.UndefinedTable("x"), SourceChangedError),
        (errors.UndefinedColumn("x"), SourceChangedError),
        (errors.LockNotAvailable("x"), SourceBusyError),
        (errors.QueryCanceled("x"), SourceBusyError),
        (errors.SerializationFailure("x"), SourceBusyError),
        (errors.OutOfMemory("out of shared memory"), SourceBusyError),
        (psycopg.OperationalError("could not translate host name"), SourceUnreachableError),
        (errors.AdminShutdown("x"), SourceUnreachableError),
        (psycopg.InternalError("x"), SourceError),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_a_failure_of_the_driver_becomes_the_domain_s(error, kind):
    told = translated(error, "reading table public.items of scims-db")
    assert type(told) is kind
    assert told.message.startswith("reading table public.items of scims-db: ")


@pytest.mark.parametrize(
    ("error", "cure"),
    [
        (
            psycopg.OperationalError('FATAL:  too many connections for role "r"'),
            "ALTER ROLE … CONNECTION LIMIT",
        ),
        (
            psycopg.OperationalError('FATAL:  too many connections for database "d"'),
            "ALTER DATABASE … CONNECTION",
        ),
        (psycopg.OperationalError("FATAL:  sorry, too many clients already"), "raise max_connections"),
        (
            psycopg.OperationalError("FATAL:  remaining connection slots are reserved"),
            "raise max_connections",
        ),
        (errors.TooManyConnections("zu viele Verbindungen"), "raise max_connections"),
        (
            errors.SerializationFailure("canceling statement due to conflict with recovery"),
            "hot_standby_feedback",
        ),
        (
            errors.AdminShutdown("terminating connection due to conflict with recovery"),
            "hot_standby_feedback",
        ),
        (errors.ProgramLimitExceeded("invalid memory alloc request size 1200000003"), "over 1 GB as text"),
        (errors.OutOfMemory("cannot enlarge string buffer"), "over 1 GB as text"),
        (
            errors.UntranslatableCharacter("has no equivalent in encoding"),
            "a character that is not in Unicode",
        ),
        (errors.CharacterNotInRepertoire("invalid byte sequence"), "a character that is not in Unicode"),
    ],
    ids=str,
)
def test_a_limit_that_was_met_has_a_cure_of_its_own(error, cure):
    assert cure in translated(error, "reading").cure


@pytest.mark.parametrize(
    ("text", "kind", "cure"),
    [
        ('FATAL:  too many connections for role "r"', SourceBusyError, "ALTER ROLE … CONNECTION LIMIT"),
        ('FATAL:  too many connections for database "d"', SourceBusyError, "ALTER DATABASE … CONNECTION"),
        ("FATAL:  sorry, too many clients already", SourceBusyError, "max_connections"),
        (
            "ERROR:  canceling statement due to conflict with recovery",
            SourceBusyError,
            "hot_standby_feedback",
        ),
        ("ERROR:  invalid memory alloc request size 1200000003", DumpFailedError, "over 1 GB as text"),
        (
            "ERROR:  out of memory\nDETAIL:  Cannot enlarge string buffer",
            DumpFailedError,
            "over 1 GB as text",
        ),
        ("ERROR:  permission denied for table t", SourceAccessError, "pg_read_all_data"),
    ],
)
def test_what_ended_pg_dump_is_read_from_its_text(text, kind, cure):
    told = _failure(
        1, f"pg_dump: error: connection to server failed: {text}", Address.parse("postgresql:///d")
    )
    assert type(told) is kind
    assert cure in told.cure


def test_a_value_in_a_failure_s_own_message_is_dropped():
    error = errors.InvalidTextRepresentation(f'invalid input syntax for type integer: "{SECRET}\n{SECRET}"')
    assert SECRET not in str(translated(error, "expectation stock"))


def test_the_driver_s_failure_is_not_chained_with_its_row_values():
    with pytest.raises(SourceError) as caught, translating("reading"):
        raise errors.UniqueViolation(f"duplicate key\nDETAIL:  Key (a)=({SECRET})")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert SECRET not in str(caught.value)
