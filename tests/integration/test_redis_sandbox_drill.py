"""A sandbox proves what it loaded; then it works as the application's own: with expiries as they were."""

import os
import signal
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
import redis

from scims_backup.domain.errors import RestoreFailedError, SandboxError, SourceError, TargetError, UsageError
from scims_backup.domain.expectations import Expectation
from scims_backup.domain.level import Level
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.questions import Questions
from scims_backup.engines.redis.proving.key_list import HEADER
from scims_backup.engines.redis.sandbox.local_sandboxes import RedisSandboxes
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
from tests.fakes import RecordedProgress
from tests.support.redis_archives import archive_of
from tests.support.redis_data import fill, fill_many, has_field_expiries
from tests.support.redis_programs import DEFAULT_REDIS
from tests.support.redis_roots import sandbox_root
from tests.support.redis_sandboxes import module_extra, with_header


@pytest.fixture
def root():
    with sandbox_root() as directory:
        yield directory


@contextmanager
def drilled(server, root, archive, *, like=None, piece=1 << 16):
    """Restore an archive as a drill does; yield the sandbox and the database in it."""
    like = like or archive.proof
    progress = RecordedProgress()
    with RedisSandboxes(Sandboxing(server.program.path.parent, root)).open() as sandbox:
        target = sandbox.start(like)
        with target.build(like, len(archive.data), progress) as building:
            for start in range(0, len(archive.data), piece):
                building.write(archive.data[start : start + piece])
            building.finish(progress)
            yield sandbox, target.database(building.name)


def judged(database, expected):
    return database.compare(expected, database.prove(expected.level, RecordedProgress(), expected))


def test_what_was_loaded_is_what_was_proven(each_redis, root):
    fill(each_redis)
    archive = archive_of(each_redis)
    with drilled(each_redis, root, archive) as (_, database):
        found = judged(database, archive.proof)
        assert (found.findings, found.not_checked) == ([], [])


def test_at_level_counts_values_are_not_checked(redis_server, root):
    fill(redis_server)
    archive = archive_of(redis_server, Level.COUNTS)
    with drilled(redis_server, root, archive) as (_, database):
        found = judged(database, archive.proof)
        assert found.findings == []
        assert "values of keys" in {one.object for one in found.not_checked}


def test_an_archive_of_another_moment_is_seen(each_redis, root):
    fill_many(each_redis.client(), 200)
    before = archive_of(each_redis)
    with each_redis.client() as client:
        client.set("session:1", "another", keepttl=True)
    rdb = archive_of(each_redis).data
    rdb, key_list = rdb[: rdb.index(HEADER)], before.data[before.data.index(HEADER) :]
    with drilled(each_redis, root, replace(before, data=rdb + key_list)) as (_, database):
        (finding,) = judged(database, before.proof).findings
        assert "session:" in finding.object


def test_what_modules_keep_beside_the_keys_keeps_no_key_out_and_is_not_checked(each_redis, root):
    fill_many(each_redis.client(), 50)
    archive = archive_of(each_redis)
    at = archive.data.index(b"\xfe\x00\xfb")  # where database 0 begins
    with_module = archive.data[:at] + module_extra("ft_index0") + archive.data[at:]
    end = with_module.index(HEADER)
    unchecked = with_module[: end - 8] + bytes(8) + with_module[end:]
    taken = replace(archive, data=unchecked, proof=replace(archive.proof, beside=["ft_index0"]))
    with drilled(each_redis, root, taken) as (_, database):
        found = judged(database, taken.proof)
        assert found.findings == []
        assert [one.object for one in found.not_checked] == [
            "ft_index0, which a module keeps beside the keys"
        ]


# expiries

_SOON = 3000
"""Milliseconds: a backup on a busy machine has begun by then."""


def test_what_expired_since_the_backup_is_proven_and_then_expires_before_the_application_looks(
    each_redis, root
):
    with each_redis.client() as client:
        client.set("later", "stays", pxat=4_102_444_800_123)
        client.set("always", "stays")
        if has_field_expiries(each_redis):
            client.hset("hash", mapping={"soon": 1, "later": 2, "always": 3})
            client.hpexpireat("hash", 4_102_444_800_456, "later")
            client.hpexpire("hash", _SOON, "soon")
        client.set("soon", "gone", px=_SOON)
    archive = archive_of(each_redis)
    assert archive.proof.counts()["keys"] == (4 if has_field_expiries(each_redis) else 3)
    with each_redis.client() as client:
        while client.exists("soon"):
            time.sleep(0.02)
    with drilled(each_redis, root, archive) as (sandbox, database):
        assert judged(database, archive.proof).findings == []
        assert database.check(archive.proof, Questions()).findings == []
        with sandbox._server.client() as client:
            assert client.get("soon") is None
            assert client.get("always") == b"stays"
            if each_redis.program.version >= (7, 0):
                assert client.pexpiretime("later") == 4_102_444_800_123
            else:
                assert abs(client.pttl("later") + time.time() * 1000 - 4_102_444_800_123) < 2000
            if has_field_expiries(each_redis):
                assert client.hkeys("hash") == [b"later", b"always"]
                assert client.hpexpiretime("hash", "later", "always") == [4_102_444_800_456, -1]


# checks


@pytest.fixture(scope="module")
def checked(redis_of):
    """Ask a restored database something."""
    server = redis_of(DEFAULT_REDIS)
    server.empty()
    with server.client() as client, server.client(1) as other:
        client.rpush("jobs", *range(120))
        client.set("version", "7.1")
        client.set("name", "a secret value")
        client.hset("settings", "theme", "dark blue")
        other.set("elsewhere", 1)
    archive = archive_of(server)
    server.empty()
    with sandbox_root() as place, drilled(server, place, archive) as (_, database):

        def ask(query, condition="= 1", role=None):
            asked = [Expectation("mine", query, condition)] if query else []
            return database.check(archive.proof, Questions(asked, role))

        yield ask


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("LLEN jobs", "= 120"),
        ("llen jobs", ">= 100"),
        ("DBSIZE", "= 4"),
        ("-n 1 DBSIZE", "= 1"),
        (" -n 1  GET elsewhere", "= 1"),
        ("GET version", "> 7"),
        ("GET version", "= 7.1"),
        ("GET name", "= a secret value"),
        ("HGET settings 'theme'", "= dark blue"),
        ('HMGET settings "theme"', "= dark blue"),
        ("GET nothing", "= null"),
        ("EXISTS nothing", "= 0"),
        ("PING", "= PONG"),
        ("TYPE jobs", "= list"),
        ("EVAL_RO 'return redis.call(\"LLEN\", KEYS[1])' 1 jobs", "= 120"),
    ],
)
def test_an_expectation_is_met(checked, query, condition):
    assert checked(query, condition).findings == []


@pytest.mark.parametrize(
    ("query", "condition", "found"),
    [
        ("LLEN jobs", "= 121", "120"),
        ("GET version", "> 8", "7.1"),
        ("GET nothing", "= 1", "null"),
        ("GET name", "= another", "another text of 14 characters"),
        ("LRANGE jobs 0 1", "= 0", "2 values"),
        ("LRANGE nothing 0 1", "= 0", "no answer"),
        ("HGETALL settings", "= 1", "2 values"),
        ("?", "= 1", "the query failed: the server does not know this command"),
        ("LLEN", "= 1", "the query failed: wrong number of arguments for 'llen' command"),
        ("LLEN version", "= 1", "the query failed: WRONGTYPE Operation against a key holding the wrong kind"),
        ("", "= 1", "the query has no command"),
        ("GET 'version", "= 1", "the query has a quote that does not end"),
        ("SET version 8", "= OK", "the query was not asked: its command may change something"),
        ("FLUSHALL", "= OK", "the query was not asked: its command may change something"),
        ("EVAL 'return 1' 0", "= 1", "the query was not asked: its command may change something"),
        ("SHUTDOWN", "= 1", "the query was not asked: its command may change something"),
        ("MULTI", "= OK", "the query was not asked: its command may change something"),
        ("SUBSCRIBE a", "= 1", "the query was not asked: its command may change something"),
        ("BLPOP jobs 0", "= 1", "the query was not asked: its command may change something"),
        ("XREAD BLOCK 0 STREAMS a $", "= 1", "the query was not asked: its command may wait without end"),
        ("-n 99999 DBSIZE", "= 1", "the query failed: DB index is out of range"),
    ],
)
def test_an_expectation_that_is_not_met_says_why_and_shows_no_text(checked, query, condition, found):
    (finding,) = checked(query or " ", condition).findings
    assert finding.kind == "expectation-not-met"
    assert '"mine"' in finding.object
    assert finding.found.startswith(found)
    assert "secret" not in finding.found


def test_a_user_is_not_checked_where_none_can_be(checked):
    (said,) = checked("", role="app").not_checked
    assert "app" in said.object


def test_the_check_of_writing_leaves_no_key(checked):
    checked("")
    assert checked("DBSIZE", "= 4").findings == []


# the application's own probe


class Probe:
    """A probe that looks by a URL."""

    def __init__(self, code=0):
        self.code, self.urls = code, []

    def run(self, url):
        self.urls.append(url)
        with redis.Redis.from_url(url) as client:
            client.set("probe", "wrote")
            return ProbeOutcome(self.code, client.get("probe").decode())


def test_a_probe_gets_a_url_that_works(each_redis, root):
    with each_redis.client() as client:
        client.set("a", "b", px=3_600_000)
    archive, probe = archive_of(each_redis), Probe()
    with drilled(each_redis, root, archive) as (sandbox, database):
        assert database.probe(probe, "app") == ProbeOutcome(0, "wrote")
        assert 0 < sandbox._server.client().pttl("a") <= 3_600_000
    assert probe.urls[0].startswith("redis://:")


def test_a_probe_that_fails_in_a_sandbox_that_is_gone_says_nothing_of_the_backup(redis_server, root):
    archive = archive_of(redis_server)
    with drilled(redis_server, root, archive) as (sandbox, database):
        assert database.probe(Probe(3), None).code == 3

        class Killing(Probe):
            def run(self, _url):
                os.kill(sandbox._server._process.pid, signal.SIGKILL)
                sandbox._server._process.wait()
                return ProbeOutcome(1)

        with pytest.raises(SourceError) as gone:
            database.probe(Killing(), None)
        assert "killed" in str(sandbox.explained(gone.value))


# what goes wrong


def test_the_death_of_the_server_explains_what_follows_it(redis_server, root):
    archive = archive_of(redis_server)
    with drilled(redis_server, root, archive) as (sandbox, database):
        os.kill(sandbox._server._process.pid, signal.SIGKILL)
        with pytest.raises(SourceError) as failed:
            database.prove(Level.FULL, RecordedProgress(), archive.proof)
        explained = sandbox.explained(failed.value)
        assert isinstance(explained, SandboxError)
        assert "killed" in explained.message


def test_a_failure_while_the_server_lives_is_what_it_is(redis_server, root):
    archive = archive_of(redis_server)
    with drilled(redis_server, root, archive) as (sandbox, _):
        error = RestoreFailedError("a", "b")
        assert sandbox.explained(error) is error
        assert isinstance(sandbox.explained(TargetError("a", "b")), SandboxError)


def test_a_value_that_no_server_takes_condemns_the_archive_though_the_server_died_of_it(redis_server, root):
    archive = archive_of(redis_server)
    broken = with_header(archive.data, b"\x10\x01k\x07garbage")
    with RedisSandboxes(Sandboxing(redis_server.program.path.parent, root)).open() as sandbox:
        target = sandbox.start(archive.proof)
        with (  # noqa: PT012
            pytest.raises(RestoreFailedError) as refused,
            target.build(archive.proof, len(broken), RecordedProgress()) as building,
        ):
            building.write(broken)
            building.finish(RecordedProgress())
        assert sandbox.explained(refused.value) is refused.value
    assert "integrity check" in refused.value.message


def test_a_server_that_is_not_here_is_named(redis_server, root):
    archive = archive_of(redis_server)
    like = replace(archive.proof, server=replace(archive.proof.server, version="99.0.0"))
    with RedisSandboxes(Sandboxing(root=root)).open() as sandbox, pytest.raises(SandboxError, match="99"):
        sandbox.start(like)


def test_data_that_does_not_fit_is_refused_before_anything_starts(redis_server, root):
    archive = archive_of(redis_server)
    like = replace(archive.proof, server=replace(archive.proof.server, memory=1 << 50))
    with (
        RedisSandboxes(Sandboxing(root=root)).open() as sandbox,
        pytest.raises(SandboxError, match="MiB are free"),
    ):
        sandbox.start(like)


@pytest.mark.parametrize("kept", [0, 3, 0.5, -1])
def test_a_truncated_archive_is_refused(redis_server, root, kept):
    fill_many(redis_server.client(), 500)
    archive = archive_of(redis_server)
    cut = archive.data[: int(len(archive.data) * kept)] if isinstance(kept, float) else archive.data[:kept]
    with (
        pytest.raises(RestoreFailedError) as refused,
        drilled(redis_server, root, replace(archive, data=cut)) as (_, database),
    ):
        judged(database, archive.proof)
    assert refused.value.cure


def test_other_bytes_are_refused(redis_server, root):
    archive = archive_of(redis_server)
    with (
        pytest.raises(RestoreFailedError),
        drilled(redis_server, root, replace(archive, data=b"no archive " * 1000)),
    ):
        pass


def test_a_sandbox_holds_one_thing_under_one_name(redis_server, root):
    archive = archive_of(redis_server)
    with RedisSandboxes(Sandboxing(redis_server.program.path.parent, root)).open() as sandbox:
        target = sandbox.start(archive.proof)
        assert not target.has(target.live)
        with target.build(archive.proof, 1, RecordedProgress()) as building:
            building.write(archive.data)
            building.finish(RecordedProgress())
            assert target.has(building.name)
            building.keep(building.name)
            with pytest.raises(TargetError):
                building.keep("another")
        target.check_name(target.live)
        with pytest.raises(UsageError):
            target.check_name("another")
        with pytest.raises(TargetError):
            target.copy(target.live, RecordedProgress())
