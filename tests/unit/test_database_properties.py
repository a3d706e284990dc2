"""What an archive says of its database, for one of another name; and the statement that creates that."""

import pytest
from psycopg import errors

from scims_backup.domain.errors import TargetError
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.rules.proof import Facets, Server
from scims_backup.engines.postgresql.targets.contents import Head
from scims_backup.engines.postgresql.targets.creating import creation
from scims_backup.engines.postgresql.targets.properties import property_statements
from scims_backup.engines.postgresql.targets.restore_session import restore_session
from scims_backup.engines.postgresql.targets.role_statements import grant_role
from scims_backup.engines.postgresql.targets.target_errors import target_error

SCRIPT = r"""
--
-- PostgreSQL database dump; ALTER DATABASE nobody OWNER TO nobody;
--
\restrict a'b;c
SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);
-- Name: shop; Type: DATABASE; Schema: -; Owner: owner
CREATE DATABASE shop WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc;


ALTER DATABASE shop OWNER TO "DATABASE shop";

\unrestrict a'b;c
\connect shop
\restrict a'b;c
COMMENT ON DATABASE shop IS 'DATABASE shop; it''s ALTER DATABASE shop RENAME TO x; "shop"
-- and no comment
\connect neither';
ALTER DATABASE shop CONNECTION LIMIT = 50;
ALTER DATABASE shop SET "app.key" TO E'a\\''b\';GRANT ALL ON DATABASE shop TO public; --';
ALTER DATABASE shop SET search_path TO 'shop', '$user', 'a "b"';
ALTER ROLE shop IN DATABASE shop SET work_mem TO '7MB';
ALTER ROLE database IN DATABASE shop SET work_mem TO '8MB';
REVOKE CONNECT,TEMPORARY ON DATABASE shop FROM PUBLIC;
GRANT CONNECT ON DATABASE shop TO database;
SET SESSION AUTHORIZATION "GRANT";
GRANT TEMPORARY ON DATABASE shop TO shop;
RESET SESSION AUTHORIZATION;
SECURITY LABEL FOR selinux ON DATABASE shop IS 'shop';
ALTER DATABASE shop IS_TEMPLATE = true;
UPDATE pg_catalog.pg_database SET datistemplate = false WHERE datname = 'shop';
-- PostgreSQL database dump complete
"""
EXPECTED = r"""
ALTER DATABASE "new" OWNER TO "DATABASE shop"
COMMENT ON DATABASE "new" IS 'DATABASE shop; it''s ALTER DATABASE shop RENAME TO x; "shop"
-- and no comment
\connect neither'
ALTER DATABASE "new" CONNECTION LIMIT = 50
ALTER DATABASE "new" SET "app.key" TO E'a\\''b\';GRANT ALL ON DATABASE shop TO public; --'
ALTER DATABASE "new" SET search_path TO 'shop', '$user', 'a "b"'
ALTER ROLE shop IN DATABASE "new" SET work_mem TO '7MB'
ALTER ROLE database IN DATABASE "new" SET work_mem TO '8MB'
REVOKE CONNECT,TEMPORARY ON DATABASE "new" FROM PUBLIC
GRANT CONNECT ON DATABASE "new" TO database
GRANT TEMPORARY ON DATABASE "new" TO shop
SECURITY LABEL FOR selinux ON DATABASE "new" IS 'shop'
ALTER DATABASE "new" IS_TEMPLATE = true
"""


def test_only_the_database_s_name_is_replaced_and_only_statements_about_it_are_left():
    assert "\n".join(property_statements(SCRIPT, "new")).strip() == EXPECTED.strip()


@pytest.mark.parametrize("old", ["shop", '"Shop"', '"a ""b"" DATABASE c; --\'"', "$", "größe"])
@pytest.mark.parametrize("new", ["new", 'a "b"', "100% DATABASE x; --", "Süd"])
def test_a_database_of_any_name_is_renamed_to_any(old, new):
    if old == "$":
        old = '"$"'
    quoted = '"' + new.replace('"', '""') + '"'
    script = f"ALTER DATABASE {old} SET x.y TO '1';\nCOMMENT ON DATABASE {old} IS 'b';"
    assert list(property_statements(script, new)) == [
        f"ALTER DATABASE {quoted} SET x.y TO '1'",
        f"COMMENT ON DATABASE {quoted} IS 'b'",
    ]


# --- creating it ----------------------------------------------------------------------------------


def _creation(major, **facts):
    return creation(
        "new", Server(f"{major}.1", major * 10000, "shop", "UTF8", "postgres", facts), major
    ).as_string()


BASE = """CREATE DATABASE "new" TEMPLATE template0 ENCODING 'UTF8'"""
LIBC = "LC_COLLATE 'C.UTF-8' LC_CTYPE 'de_DE.UTF-8'"
FACTS = {"lc_collate": "C.UTF-8", "lc_ctype": "de_DE.UTF-8"}


def test_a_server_before_15_knows_no_providers():
    assert _creation(14, **FACTS) == f"{BASE} {LIBC}"


@pytest.mark.parametrize("major", [15, 16, 17, 18])
def test_a_locale_of_the_system_is_asked_for_by_name(major):
    assert _creation(major, **FACTS, locale_provider="c") == f"{BASE} LOCALE_PROVIDER libc {LIBC}"


def test_a_locale_of_a_source_before_15_is_the_system_s():
    assert (
        "LOCALE_PROVIDER libc"
        in creation("new", Server("14.1", 140001, "x", "UTF8", "p", FACTS), 18).as_string()
    )


@pytest.mark.parametrize("major", [15, 16, 17, 18])
def test_a_locale_of_icu_is_asked_for_with_its_rules(major):
    icu = {"locale_provider": "i", "locale": "de"}
    assert _creation(major, **FACTS, **icu) == f"{BASE} LOCALE_PROVIDER icu ICU_LOCALE 'de' {LIBC}"
    with_rules = _creation(major, **FACTS, **icu, icu_rules="&a < g")
    assert f"ICU_LOCALE 'de' ICU_RULES '&a < g' {LIBC}" in with_rules


@pytest.mark.parametrize("major", [17, 18])
def test_a_built_in_locale_is_asked_for(major):
    built_in = _creation(major, **FACTS, locale_provider="b", locale="C.UTF-8")
    assert built_in == f"{BASE} LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' {LIBC}"


def test_names_are_quoted_in_the_statement():
    like = Server("15.1", 150001, "x", "UTF8", "p", {"lc_collate": "it's"})
    assert creation('a "b"', like, 15).as_string().startswith('CREATE DATABASE "a ""b""" TEMPLATE')
    assert "LC_COLLATE 'it''s'" in creation("x", like, 15).as_string()


def test_a_grant_without_grantor_is_whoever_s_restores():
    facets: Facets = {
        "role": "a",
        "member": "b",
        "admin": True,
        "inherit": None,
        "set": None,
        "grantor": None,
    }
    assert grant_role(facets, 15).as_string() == 'GRANT "a" TO "b" WITH ADMIN OPTION'


@pytest.mark.parametrize(
    ("major", "silent"), [(16, "session_replication_role=replica"), (17, "event_triggers=off")]
)
def test_only_a_superuser_s_restore_silences_triggers_and_asks_for_english(major, silent):
    given, others = restore_session(major), restore_session(major, superuser=False)
    assert f"-c {silent}" in given
    assert "-c lc_messages=C" in given
    assert silent not in others
    assert "lc_messages" not in others
    assert "-c idle_session_timeout=0" in others


# --- what the server refuses ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "cure"),
    [
        (errors.InsufficientPrivilege("permission denied"), "CREATEDB"),
        (errors.DiskFull("could not extend file"), "make room"),
        (errors.WrongObjectType('invalid locale name: "xx"'), "locale-gen"),
        (errors.InvalidParameterValue("ICU locale is not supported"), "locale-gen"),
        (errors.InvalidParameterValue('invalid value for parameter "work_mem"'), "does not support"),
        (errors.UndefinedObject('unrecognized configuration parameter "x"'), "does not support"),
        (errors.InvalidPassword("password authentication failed"), "PGPASSFILE"),
    ],
)
def test_a_refusal_of_the_server_has_a_cure_that_is_about_the_server(error, cure):
    told = target_error(error, "doing")
    assert type(told) is TargetError
    assert told.message == f"doing: {error}"
    assert cure in told.cure


def test_a_thing_that_is_not_there_is_not_called_a_migration():
    assert target_error(errors.UndefinedTable("gone"), "doing").cure == ""


# --- keeping an archive's beginning ---------------------------------------------------------------


def test_a_beginning_that_cannot_be_kept_is_told_with_what_to_do(tmp_path):
    with pytest.raises(TargetError, match=r"beginning cannot be stored in .*No such file") as full:
        Head(tmp_path / "nowhere" / "head", ClientPrograms(tmp_path, "15.19"))
    assert "TMPDIR" in full.value.cure
