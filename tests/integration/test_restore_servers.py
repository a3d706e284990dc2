"""What a restore makes of other servers: of other majors, without the source's roles, by other roles."""

from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest

from scims_backup.domain.errors import TargetError
from scims_backup.domain.verdict import Verdict
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.targets.target import PostgresTarget
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.restores.restore_backup import RestoreRequest
from scims_backup.usecases.stored.proofs import load_proof
from tests.support.backups import Workbench
from tests.support.databases import Database
from tests.support.restores import Restoring, names_on
from tests.support.rich import rich
from tests.support.servers import PostgresServer

ROLES = ["Rich Reader", "rich_app", "rich_owner"]


@pytest.fixture(scope="module")
def rich_backup(request, server_of):
    """Give a backup of a database with about everything in it, its major, and what it proves."""
    server = server_of(request.param)
    with rich(server) as both:
        workbench = Workbench(both.source)
        yield Restoring(workbench, both.source)


def _on(server, source, name="rich_source"):
    """The same backup, to another server."""
    made = object.__new__(Restoring)
    made.__dict__.update(source.__dict__)
    made.live, made.programs = Database(server, name), None
    return made


@pytest.mark.slow
@pytest.mark.parametrize(("rich_backup", "to"), [(15, 15), (15, 18), (18, 18)], indirect=["rich_backup"])
def test_everything_is_restored_to_a_server_that_knows_none_of_its_roles(rich_backup, to):
    with PostgresServer(to, superuser="admin") as server:
        there = _on(server, rich_backup)
        restored = there.restoring().run(there.manifest, RestoreRequest(swap=True))
        assert restored.report.findings == ()
        assert (restored.report.verdict, restored.swapped) == (Verdict.PASSED, True)
        assert {*ROLES, "postgres"} <= set(restored.roles_created)
        assert "roles were created without passwords: " in there.notes()
        assert names_on(server) == ["rich_source"]
        # what has a subscription in it can be dropped all the same: here by a restore that fails
        with pytest.raises(TargetError, match="out of disk"):
            there.restoring(target=_Failing(there)).run(there.manifest, RestoreRequest())
        assert names_on(server) == ["rich_source"]


class _Failing(PostgresTarget):
    """A target whose databases cannot be kept."""

    def __init__(self, restoring):
        super().__init__(Address.parse(restoring.live.url), restoring.programs)

    @contextmanager
    def build(self, like, archive_bytes, progress):
        with super().build(like, archive_bytes, progress) as building:
            yield _Unkept(building)


class _Unkept:
    """A building that cannot be kept."""

    def __init__(self, building):
        self._building = building

    def __getattr__(self, name):
        return getattr(self._building, name)

    def keep(self, _name):
        raise TargetError("out of disk")


@pytest.fixture
def plain(server, new_database):
    """Give a maker of backups of a database with these statements run in it, and of that."""

    def make(statements, of_database="", options=""):
        database = new_database(server)
        if options:
            server.drop_database(database.name)
            server.create_database(database.name, options=options)
        database.execute(statements.replace("{name}", database.name))
        if of_database:
            server.execute(of_database.format(name=database.name))
        made.append(Restoring(Workbench(database), database))
        return made[-1]

    made = []
    before = names_on(server)
    yield make
    for name in names_on(server):
        if name not in before:
            server.execute(f'ALTER DATABASE "{name}" IS_TEMPLATE false')
            server.drop_database(name)


def _restored(restoring):
    return Database(
        restoring.live.server, restoring.restoring().run(restoring.manifest, RestoreRequest()).database
    )


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_texts_of_a_database_in_another_encoding_stay_what_they_are(plain, encoding):
    made = plain(
        """
        SET client_encoding = 'UTF8';
        CREATE TABLE t AS SELECT 'é' AS id;
        COMMENT ON DATABASE {name} IS 'Lager Süd';
        ALTER DATABASE {name} SET app.key = 'é \\ ''x'';';
        """,
        options=f"TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'",
    )
    restored = made.restoring().run(made.manifest, RestoreRequest("Süd"))
    assert restored.report.findings == ()
    of_it = "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'Süd'"
    assert Database(made.live.server, "postgres").value(of_it) == encoding


def test_a_database_that_is_a_template_is_restored_swapped_and_proven_again(plain):
    made = plain("CREATE TABLE t AS SELECT 7 AS id", "ALTER DATABASE {name} IS_TEMPLATE true")
    first = _restored(made)
    again = made.restoring().run(made.manifest, RestoreRequest(swap=True))
    assert "already exists" in made.notes()
    assert again.swapped
    assert first.name not in names_on(made.live.server)
    with pytest.raises(TargetError, match="out of disk"):
        made.restoring(target=_Failing(made)).run(made.manifest, RestoreRequest())
    assert made.at_work() == []


@pytest.mark.parametrize("name", ["postgres", "template1"])
def test_a_server_s_own_databases_can_be_the_live_one(name):
    with PostgresServer() as server:
        live = Database(server, name)
        live.execute("CREATE TABLE t AS SELECT 7 AS id")
        made = Restoring(Workbench(live), live)
        live.execute("UPDATE t SET id = 8")
        if name == "postgres":
            server.execute("ALTER DATABASE postgres ALLOW_CONNECTIONS false", "template1")
        restored = made.restoring().run(made.manifest, RestoreRequest(swap=True))
        assert (restored.report.findings, restored.swapped) == ((), True)
        assert live.value("SELECT id FROM t") == 7


def test_a_standby_is_refused_before_anything_is_done(plain):
    made = plain("CREATE TABLE t (id int)")
    with PostgresServer() as server:
        server.stop("fast")
        (server.data / "standby.signal").touch()
        server.start_again()
        at = Address.parse(server.url("shop"))
        lines = {
            line.what: line.suffices for line in made.restoring(at).survey(made.manifest, RestoreRequest())
        }
        assert lines["server"] is False
        with pytest.raises(TargetError, match="is a standby"):
            made.restoring(at).run(made.manifest, RestoreRequest())


def test_settings_that_a_url_asks_for_do_not_govern_the_restore(plain):
    made = plain("CREATE TABLE t AS SELECT n AS id FROM generate_series(1, 9) AS n")
    options = "-c default_transaction_read_only=on -c search_path=nowhere"
    at = Address.parse(made.live.url).with_parameters(options=options)
    restored = made.restoring(at).run(made.manifest, RestoreRequest(swap=True))
    assert (restored.report.findings, restored.swapped) == ((), True)


def test_a_stranger_s_connection_to_a_database_at_work_does_not_cost_the_restore(plain):
    made = plain("CREATE TABLE t AS SELECT 7 AS id")
    strangers = []

    def connect():
        (name,) = made.at_work()
        strangers.append(made.live.server.connect(name))

    progress = _Told(made.progress, "gathering", connect)
    restored = made.restoring(progress=progress).run(made.manifest, RestoreRequest())
    assert restored.report.verdict is Verdict.PASSED
    assert len(strangers) == 1
    with pytest.raises(psycopg.OperationalError):
        strangers[0].execute("SELECT 1")
    strangers[0].close()


class _Told:
    """A Progress; something happens at a note."""

    def __init__(self, progress, note, happens):
        self._progress, self._note, self._happens = progress, note, happens

    def __getattr__(self, name):
        return getattr(self._progress, name)

    def note(self, message):
        self._progress.note(message)
        if self._note in message:
            self._happens()


# --- a role that is not a superuser ---------------------------------------------------------------


@pytest.fixture
def member(server):
    """Give a role that may create databases, and an owner of things that it is a member of."""
    server.execute("CREATE ROLE holder; CREATE ROLE member LOGIN CREATEDB; GRANT holder TO member")
    yield "member"
    server.execute("DROP OWNED BY holder, member; DROP ROLE member, holder")


OWNED = """
CREATE SCHEMA app AUTHORIZATION holder; SET ROLE holder;
CREATE TABLE app.items (id int PRIMARY KEY); INSERT INTO app.items VALUES (7);
"""


def _as(made, user):
    return Address.parse(made.live.server.url(made.live.name, user))


@pytest.mark.usefixtures("member")
def test_a_role_with_createdb_restores_and_swaps_what_it_is_a_member_of(plain):
    made = plain(OWNED, "ALTER DATABASE {name} OWNER TO holder; GRANT CREATE ON DATABASE {name} TO member")
    lines = made.restoring(_as(made, "member")).survey(made.manifest, RestoreRequest())
    assert {line.what: line.suffices for line in lines}["rights"] is True
    assert {line.what: line.suffices for line in lines}["space"] is None
    with made.live.connect(user="member") as client:
        restored = made.restoring(_as(made, "member")).run(made.manifest, RestoreRequest(swap=True))
        assert (restored.report.findings, restored.swapped) == ((), True)
        with pytest.raises(psycopg.OperationalError):
            client.execute("SELECT 1")


@pytest.mark.usefixtures("member")
def test_a_role_that_is_no_member_of_an_owner_is_told_so_beforehand_and_by_the_restore(plain, server):
    made = plain(OWNED, "ALTER DATABASE {name} OWNER TO holder")
    server.execute("CREATE ROLE other LOGIN CREATEDB")
    try:
        lines = made.restoring(_as(made, "other")).survey(made.manifest, RestoreRequest())
        (rights,) = [line for line in lines if line.what == "rights"]
        assert rights.suffices is False
        assert "holder" in rights.found
        with pytest.raises(TargetError, match=r"refuses the role: .*holder") as refused:
            made.restoring(_as(made, "other")).run(made.manifest, RestoreRequest())
        assert "member of every role" in refused.value.cure
        assert made.at_work() == []
    finally:
        server.execute("DROP ROLE other")


@pytest.mark.usefixtures("member")
def test_a_subscription_s_password_is_in_no_message(plain):
    made = plain(
        """
        CREATE SUBSCRIPTION feed CONNECTION 'host=/nowhere dbname=x password=hunter2' PUBLICATION p
          WITH (connect = false);
        """,
    )
    try:
        with pytest.raises(TargetError, match=r"SUBSCRIPTION feed: must be superuser") as refused:
            made.restoring(_as(made, "member")).run(made.manifest, RestoreRequest())
        assert "hunter2" not in str(refused.value) + made.notes() + str(made.workbench.catalog.objects)
        assert made.at_work() == []
    finally:
        made.live.execute("ALTER SUBSCRIPTION feed SET (slot_name = NONE)")
        made.live.execute("DROP SUBSCRIPTION feed")


# --- a dry run's lines ----------------------------------------------------------------------------


def _surveyed(made, server=None, **changes):
    """Survey for a backup of a database that was otherwise."""
    proof = load_proof(made.workbench.catalog, made.manifest, ENGINES)
    proof = replace(proof, server=replace(proof.server, **changes))
    at = Address.parse(server.url("shop") if server else made.live.url)
    lines = PostgresTarget(at).survey(proof, 10**15, "shop_restored")
    return {line.what: (line.suffices, line.found) for line in lines}


def test_a_dry_run_names_what_the_server_lacks(plain, server_of):
    made = plain("CREATE TABLE t (id int)")
    facts = {"extension nowhere": "1", "lc_collate": "xx_XX", "locale_provider": "i", "locale": "de"}
    lines = _surveyed(made, version_num=180000, facts=facts)
    assert lines["version"] == (False, "PostgreSQL 15 here, 18 in the backup")
    assert lines["extensions"] == (False, "missing here: nowhere")
    assert lines["encoding and locale"] == (False, "encoding UTF8, xx_XX, de of ICU, which this server lacks")
    assert lines["space"][0] is False
    assert "required, " in lines["space"][1]
    elsewhere = _surveyed(made, server_of(18), facts={"lc_collate": "xx_XX"})
    assert elsewhere["version"] == (True, "PostgreSQL 18 here, 15 in the backup")
    assert elsewhere["live database shop"] == (True, "does not exist: a swap will only rename")
    assert elsewhere["encoding and locale"][0] is None


def test_a_restore_to_an_older_server_is_refused_before_anything_is_made(plain, server_of):
    made = plain("CREATE TABLE t (id int)")
    there = Address.parse(server_of(14).url("shop"))
    before = names_on(server_of(14))
    with pytest.raises(TargetError, match="is PostgreSQL 14, but the backup is of PostgreSQL 15") as refused:
        made.restoring(there).run(made.manifest, RestoreRequest())
    assert "15 or newer" in refused.value.cure
    assert names_on(server_of(14)) == before
