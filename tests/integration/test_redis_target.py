"""Restoring to a live server of Redis or Valkey: beside its keys, and into their place."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import redis

from scims_backup.domain.errors import (
    NothingToWorkOnError,
    SourceError,
    SwapRefusedError,
    TargetError,
    UsageError,
)
from scims_backup.domain.expectations import Expectation
from scims_backup.domain.level import Level
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.questions import Questions
from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.rules.marker import KEY
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
from scims_backup.engines.redis.targets.target import RedisTarget
from tests.fakes import RecordedProgress
from tests.support.redis_archives import archive_of
from tests.support.redis_data import fill, fill_many, has_field_expiries, has_functions, load_function
from tests.support.redis_servers import running
from tests.support.redis_targets import BACKUP, checked, keys_in, notes, restored, target_of

NOW = datetime(2026, 11, 24, 3, 15, tzinfo=UTC)


@pytest.fixture
def source(new_redis):
    """A server with a little of everything in three databases, which a test may change."""
    server = new_redis()
    fill(server, (0, 1, 5))
    return server


@pytest.fixture(scope="module")
def archive():
    """What such a server held, at level full."""
    with running() as server:
        fill(server, (0, 1, 5))
        return archive_of(server)


@pytest.fixture
def live(redis_server):
    """A live server with keys of its own."""
    with redis_server.client() as client:
        client.set("live:1", "as before")
    return redis_server


def test_every_server_takes_back_what_it_had(new_redis, each_redis):
    own = new_redis(each_redis.program.name)
    fill(own, (0, 1, 5))
    archive, target = archive_of(own), target_of(each_redis)
    name = restored(target, archive)
    assert checked(target, archive, name).findings == []
    assert target.swap(name, NOW).aside is None
    assert keys_in(each_redis) == keys_in(own)
    assert checked(target, archive, target.live).findings == []


@pytest.mark.parametrize("level", Level)
def test_a_restore_leaves_the_live_keys_alone(source, live, level):
    archive, target = archive_of(source, level), target_of(live)
    name = restored(target, archive)
    assert checked(target, archive, name).findings == []
    assert keys_in(live)[0] == 1
    assert set(keys_in(live)) == {0, 13, 14, 15}
    with live.client() as client:
        assert client.get("live:1") == b"as before"


def test_what_is_restored_is_found_again_by_another_process_and_proven_by_sums(archive, live):
    name = restored(target_of(live), archive)
    target = target_of(live)
    assert target.has(name)
    found = checked(target, archive, name)
    assert found.findings == []
    assert "which keys differ" in {one.object for one in found.not_checked}


def test_a_key_that_changed_since_the_restore_is_found(archive, live):
    target = target_of(live)
    name = restored(target, archive)
    number = target._server.numbers().of(name)[0].number
    with live.client(number) as client:
        client.set("gained", "1")
    assert [one.kind for one in checked(target, archive, name).findings] == ["key-gained"]


def test_a_swap_exchanges_all_databases_and_undo_brings_them_back(archive, live):
    target = target_of(live)
    name = restored(target, archive)
    checked(target, archive, name)  # a restore proves before it swaps
    swapped = target.swap(name, NOW)
    assert (swapped.live, swapped.aside) == (name, f"{target.live}_before_20261124t031500z")
    assert not target.has(name)
    assert target.has(f"{target.live}_before_20261124t031500z")
    with live.client() as client:
        assert not client.exists("live:1", KEY)
        client.set("session:new", "written after the swap")
    undone = target.undo(NOW + timedelta(minutes=5))
    assert undone.aside == f"{target.live}_undone_20261124t032000z"
    assert undone.written == ["database 0, strings, other names: 7 keys when it went live, 8 now"]
    with live.client() as client:
        assert client.keys() == [b"live:1"]


def test_an_undo_says_when_nothing_was_written(archive, live):
    target = target_of(live)
    name = restored(target, archive)
    checked(target, archive, name)
    target.swap(name, NOW)
    assert target.undo(NOW).written == ["nothing was written since the swap"]


def test_an_undo_sees_a_value_that_changed_though_no_count_did(archive, live):
    target = target_of(live)
    name = restored(target, archive)
    checked(target, archive, name)
    target.swap(name, NOW)
    with live.client(1) as client:
        client.hset("hash:few", "a", "other")
    assert ["changed" in line and "hash" in line for line in target_of(live).undo(NOW).written] == [True]


def test_there_is_nothing_to_undo_without_a_swap(archive, live):
    target = target_of(live)
    restored(target, archive)
    with pytest.raises(NothingToWorkOnError):
        target.undo(NOW)


def test_the_newest_swap_is_undone_first(archive, live):
    target = target_of(live)
    for hour in (1, 2):
        name = restored(target, archive, f"restored-{hour}")
        target.swap(name, NOW + timedelta(hours=hour))
        with live.client() as client:
            client.set("mark", hour)
    target.undo(NOW + timedelta(hours=3))
    with live.client() as client:
        assert client.get("mark") == b"1"


def test_a_restore_to_an_empty_server_puts_nothing_aside(archive, redis_server):
    target = target_of(redis_server)
    swapped = target.swap(restored(target, archive), NOW)
    assert swapped.aside is None
    assert set(keys_in(redis_server)) == {0, 1, 5}
    with pytest.raises(NothingToWorkOnError):
        target.undo(NOW)


def test_an_empty_backup_restores_to_an_empty_database(new_redis, live):
    archive, target = archive_of(new_redis()), target_of(live)
    name = restored(target, archive)
    assert target.has(name)
    assert checked(target, archive, name).findings == []
    assert target.swap(name, NOW).aside
    assert 0 not in keys_in(live)


def test_numbers_may_be_chosen(archive, live):
    target = target_of(live)
    assert restored(target, archive, "8,9,2") == "8,9,2"
    assert set(keys_in(live)) == {0, 2, 8, 9}
    assert checked(target, archive, "8,9,2").findings == []
    assert "redis-cli -n 8 FLUSHDB" in target.how_to_drop("8,9,2")


@pytest.mark.parametrize(
    ("name", "why"),
    [("8", "names 1 databases"), ("3,3,4", "names 2 databases"), ("8,9,7", "database 7 of .* is not empty")],
)
def test_numbers_that_cannot_be_had_are_refused_and_nothing_stays(archive, live, name, why):
    with live.client(7) as client:
        client.set("somebody's", "1")
    target = target_of(live)
    with pytest.raises(TargetError, match=why):
        restored(target, archive, name)
    assert keys_in(live) == {0: 1, 7: 1}


def test_the_number_of_somebody_elses_database_is_no_name(live):
    with pytest.raises(TargetError, match="no restore filled it"):
        target_of(live).has("0")


@pytest.mark.parametrize(
    "name",
    ["", "  ", "a\nb", "x" * 201, "x_restoring_0123abcd", "x_before_20261124t031500z"],
)
def test_names_that_cannot_be_used_are_refused(live, name):
    with pytest.raises(UsageError) as refused:
        target_of(live).check_name(name)
    assert refused.value.cure


def test_a_name_is_given_once(archive, live):
    target = target_of(live)
    restored(target, archive)
    with pytest.raises(TargetError, match="already"):
        restored(target, archive)
    assert len(keys_in(live)) == 4


def test_a_copy_is_equal_and_gone_at_the_end(archive, live):
    target = target_of(live)
    name = restored(target, archive)
    with target.copy(name, RecordedProgress()) as copy:
        found = copy.prove(Level.FULL, RecordedProgress(), archive.proof)
        assert copy.compare(archive.proof, found).findings == []
        assert len(keys_in(live)) == 7
    assert len(keys_in(live)) == 4
    with pytest.raises(SourceError):
        copy.prove(Level.COUNTS, RecordedProgress())


def test_expectations_see_the_databases_as_the_source_had_them(source, live):
    with source.client(1) as client:
        keys = client.dbsize()
    archive, target = archive_of(source), target_of(live)
    name = restored(target, archive)
    asked = [
        Expectation("size", "-n 1 DBSIZE", f"= {keys}"),
        Expectation("other", "-n 1 DBSIZE", f"= {keys + 1}"),
    ]
    found = target.database(name).check(archive.proof, Questions(asked)).findings
    assert ["other" in one.object for one in found] == [True]


def test_the_probe_gets_the_database_that_the_application_uses(archive, live):
    class Looking:
        def run(self, url):
            with redis.Redis.from_url(url) as client:
                self.seen = client.get("string:raw")
            return ProbeOutcome(0, "")

    target, probe = target_of(live), Looking()
    name = restored(target, archive)
    assert target.database(name).probe(probe, None).passed
    assert probe.seen == b"long " * 100


def test_functions_go_live_with_the_swap_if_they_were_asked_for(source, live):
    if not has_functions(source):
        pytest.skip("no functions on this server")
    load_function(source, "greeting", "restored")
    load_function(live, "greeting", "live")
    archive = archive_of(source)

    def answer():
        with live.client() as client:
            return client.fcall("greeting", 0)

    target = target_of(live)
    target.swap(restored(target, archive), NOW)
    assert answer() == b"live"
    target.undo(NOW)
    target = target_of(live, parts=["functions"])
    name = restored(target, archive, "with functions")
    assert answer() == b"live"
    target.swap(name, NOW)
    assert answer() == b"restored"
    target.undo(NOW)
    assert answer() == b"live"


def test_functions_that_somebody_changed_beside_a_marker_never_go_live(source, live):
    if not has_functions(source):
        pytest.skip("no functions on this server")
    load_function(source)
    target = target_of(live, parts=["functions"])
    name = restored(target, archive_of(source))
    number = target._server.numbers().of(name)[0].number
    with live.client(number) as client:
        client.hset(KEY, "functions", client.execute_command("FUNCTION", "DUMP", NEVER_DECODE=True))
    with pytest.raises(SwapRefusedError, match="somebody changed the functions"):
        target.swap(name, NOW)
    assert keys_in(live)[0] == 1


def test_a_celery_queue_is_restored_only_if_it_was_asked_for(source, live):
    with source.client(1) as client:
        client.sadd("_kombu.binding.celery", "celery\x06\x16\x06\x16celery")
        client.rpush("celery", "a task")
    archive = archive_of(source)
    target, progress = target_of(live), RecordedProgress()
    name = restored(target, archive, "without", progress)
    assert [marker.database for marker in target._server.numbers().of(name)] == [0, 5]
    found = checked(target, archive, name)
    assert found.findings == []
    assert ["Celery" in one.reason for one in found.not_checked if one.object == "database 1"] == [True]
    assert any("database 1 is not restored" in note for note in notes(progress))
    target = target_of(live, parts=["queue"])
    name = restored(target, archive, "with")
    assert [marker.database for marker in target._server.numbers().of(name)] == [0, 1, 5]
    assert checked(target, archive, name).findings == []


def test_a_backup_of_nothing_but_a_queue_is_refused_with_the_cure(new_redis, live):
    server = new_redis()
    with server.client() as client:
        client.sadd("_kombu.binding.celery", "celery")
    with pytest.raises(TargetError, match="nothing of the backup") as refused:
        restored(target_of(live), archive_of(server))
    assert "--with queue" in refused.value.cure
    assert keys_in(live) == {0: 1}


def test_what_a_restore_left_on_the_source_is_not_restored(archive, live):
    target = target_of(live)
    target.swap(restored(target, archive), NOW)  # the source itself has databases that were put aside now
    again = archive_of(live)
    name = restored(target, again)
    assert [marker.database for marker in target._server.numbers().of(name)] == [0, 1, 5]
    assert checked(target, again, name).findings == []


def test_expired_keys_are_gone_and_said_to_be(source, live):
    with source.client() as client:
        client.set("session:short", "1", px=200)
        client.set("session:long", "1", px=10**9)
    archive, target = archive_of(source), target_of(live)
    with source.client() as client:
        while client.exists("session:short"):  # the clock is the server's
            pass
    name = restored(target, archive)
    found = checked(target, archive, name)
    assert found.findings == []
    assert any("expired" in one.object for one in found.not_checked)


@contextmanager
def four_clients(server):
    """Let four clients write without pause; yield how often each has, and the errors that they got."""
    over, failed, written = threading.Event(), [], [0] * 4

    def work(number):
        try:
            with server.client() as client:
                while not over.is_set():
                    client.set(f"beat:{number}", written[number])
                    client.incr("beats")
                    written[number] += 1
        except redis.RedisError as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield written, failed
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_clients_lose_nothing_but_what_the_swap_means(archive, new_redis):
    """None gets an error, and all that they wrote is in one of the two databases."""
    live = new_redis()
    with four_clients(live) as (written, failed):
        target = target_of(live)
        name = restored(target, archive)
        assert checked(target, archive, name).findings == []
        swapped = target.swap(name, NOW)
        assert swapped.seconds < 1
        at_swap = sum(written)
        while sum(written) < at_swap + 100:
            pass
        undone = target.undo(NOW + timedelta(minutes=1))
    assert failed == []
    assert any("strings, other names" in line for line in undone.written)
    with live.client() as client:
        after = int(client.get("beats"))
        number = target._server.numbers().of(undone.aside or "")[0].number
    with live.client(number) as client:
        meanwhile = int(client.get("beats"))
    assert after + meanwhile == sum(written)


def test_great_values_are_written_in_parts(source, live, monkeypatch):
    monkeypatch.setattr("scims_backup.engines.redis.targets.writing._GREAT", 100)
    archive, target = archive_of(source), target_of(live)
    name = restored(target, archive)
    assert checked(target, archive, name).findings == []


def test_many_keys_need_several_answers(new_redis, live):
    server = new_redis()
    with server.client() as client:
        fill_many(client, 5_000)
    archive, target = archive_of(server), target_of(live)
    name = restored(target, archive)
    assert checked(target, archive, name).findings == []


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ("redis-7.0", "redis-6.2"),
        ("redis-8.0", "redis-7.0"),
        ("valkey-9.1", "redis-7.4"),
        ("valkey-9.1", "redis-7.0"),
    ],
)
def test_an_older_server_takes_keys_by_their_types_or_refuses_what_that_would_lose(
    redis_of, new_redis, newer, older
):
    source, live = new_redis(newer), redis_of(older)
    live.empty()
    fill(source, (0,))
    losses = [b"stream:groups", b"stream:emptied"] if older == "redis-6.2" else []
    if has_field_expiries(source) and not has_field_expiries(live):
        losses += [b"hash:fields-expire", b"hash:many-fields-expire"]
    target = target_of(live, newer)
    if losses:
        with pytest.raises(TargetError, match="without a loss") as refused:
            restored(target, archive_of(source))
        assert "newer" in refused.value.cure
        assert keys_in(live) == {}
        with source.client() as client:
            client.delete(*losses)
    archive = archive_of(source)
    name = restored(target, archive)
    assert checked(target, archive, name).findings == []


def test_the_names_of_what_is_restored_follow_the_server(live):
    target = target_of(live)
    assert target.live == f"127.0.0.1:{live.port}"
    assert target.restored_name(BACKUP) == f"{target.live}_restored_20261122t020000z"


def test_the_number_of_the_address_is_never_filled_though_it_is_empty(archive, new_redis):
    """The application may begin to use it at any moment."""
    server = new_redis(databases=6)
    address = RedisAddress.parse(f"{server.url}/4")
    target = RedisTarget(address, Sandboxing(server.program.path.parent))
    with pytest.raises(TargetError, match="no empty database left"):
        restored(target, archive)
    assert keys_in(server) == {}
