"""A Redis server as a source: archive and proof, and whatever goes wrong at a real server."""

import subprocess

import pytest

from scims_backup.domain.errors import (
    DumpFailedError,
    SourceAccessError,
    SourceBusyError,
    SourceChangedError,
    SourceError,
    SourceUnreachableError,
    ToolMissingError,
)
from scims_backup.domain.level import Level
from scims_backup.engines.redis.connect import client as clients
from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.dumping.exported import exported_snapshot
from scims_backup.engines.redis.dumping.source import RedisSource
from scims_backup.engines.redis.proving.key_list import read_key_list
from scims_backup.engines.redis.rdb.reader import RdbReader
from scims_backup.engines.redis.rdb.shifting import BORDER_MS
from scims_backup.engines.redis.rules.proof import RedisProof
from scims_backup.engines.redis.sandbox import sandboxing as sandboxing_module
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
from tests.fakes import RecordedProgress
from tests.support.certificates import Authority
from tests.support.redis_data import fill, fill_large, fill_many
from tests.support.redis_sandboxes import module_extra
from tests.support.redis_streams import altered, flipped, truncated
from tests.support.servers import free_port

MIB = 1 << 20


def sandboxing(server, **options):
    return Sandboxing(programs=server.program.path.parent, **options)


def source(server, url=None, password=None, **options):
    return RedisSource(RedisAddress.parse(url or server.url, password), sandboxing(server, **options))


class Taken:
    """A backup: its bytes, the proof, and what was said."""

    def __init__(self, source, level=Level.FULL):
        self.progress = RecordedProgress()
        with source.snapshot() as snapshot:
            proving = snapshot.prove(level, self.progress)
            self.archive = b"".join(snapshot.archive())
            self.proof = proving.result()
            self.warnings, self.tools, self.taken = snapshot.warnings(), snapshot.tools(), snapshot.taken

    @property
    def notes(self):
        return [text for kind, text in self.progress.told if kind == "note"]

    @property
    def keys(self):
        counts: dict[int, int] = {}
        for one in self.proof.keys:
            counts[one.database] = counts.get(one.database, 0) + one.keys
        return counts


def split(archive):
    reader = RdbReader()
    reader.feed(archive)
    return reader.finish(), reader.rest


def refused(source, error, level=Level.COUNTS):
    with pytest.raises(error) as caught:
        Taken(source, level)
    assert type(caught.value) is error
    assert caught.value.cure
    return caught.value


# what is taken


def test_every_server_is_proven(each_redis):
    keys = fill(each_redis)
    taken = Taken(source(each_redis))
    assert (taken.keys, taken.proof.level, taken.warnings) == (keys, Level.FULL, [])
    frame, rest = split(taken.archive)
    assert list(read_key_list([rest], taken.proof.key_list))
    assert frame.flavour == taken.proof.server.flavour == each_redis.program.flavour
    assert taken.proof.resized == {str(number): count for number, count in keys.items()}
    assert taken.tools.keys() == {"redis", f"{each_redis.program.flavour}-server"}
    with each_redis.client() as client:
        assert abs(client.time()[0] - taken.taken.timestamp()) < 60


def test_counts_need_no_sandbox(each_redis, monkeypatch):
    keys = fill(each_redis)
    monkeypatch.setattr(sandboxing_module, "find_server", None)
    taken = Taken(source(each_redis), Level.COUNTS)
    assert (taken.keys, taken.proof.level, taken.proof.key_list) == (keys, Level.COUNTS, None)
    assert taken.tools.keys() == {"redis"}
    assert split(taken.archive)[1] == b""


def test_both_levels_count_alike(redis_server):
    fill(redis_server)
    with redis_server.client() as client:
        fill_many(client, 2000)
    full, counts = (Taken(source(redis_server), level).proof for level in (Level.FULL, Level.COUNTS))

    def without_digests(proof):
        return [(one.database, one.prefix, one.kind, one.keys, one.expiring) for one in proof.keys]

    assert without_digests(full) == without_digests(counts)
    assert full.prefixes == counts.prefixes


@pytest.mark.parametrize("level", Level)
def test_an_empty_server_has_an_archive_and_a_proof(redis_server, level):
    taken = Taken(source(redis_server), level)
    assert (taken.keys, taken.proof.counts()) == ({}, {"databases": 0, "keys": 0})
    assert split(taken.archive)[0].keys == {}


def test_a_replica_is_backed_up(new_redis):
    primary = new_redis()
    keys = fill(primary)
    replica = new_redis(replicaof=f"127.0.0.1 {primary.port}")
    with primary.client() as client:
        assert client.wait(1, 30_000) == 1
    assert Taken(source(replica)).keys == keys


def test_an_exported_rdb_is_proven_like_any_other(redis_server):
    keys = fill(redis_server)
    archive = Taken(source(redis_server), Level.COUNTS).archive
    pieces = [archive[start : start + 1000] for start in range(0, len(archive), 1000)]

    class Export:
        def snapshot(self):
            return exported_snapshot(
                lambda: iter(pieces), name="s3://b/k", sandboxing=sandboxing(redis_server)
            )

    taken = Taken(Export())
    assert (taken.keys, taken.proof.level) == (keys, Level.FULL)


def test_an_rdb_without_a_checksum_is_taken_with_a_warning(new_redis):
    server = new_redis(rdbchecksum="no")
    fill(server)
    taken = Taken(source(server))
    assert len(taken.warnings) == 1
    assert "rdbchecksum" in taken.warnings[0]


def test_evictions_are_noted_and_the_archive_holds_what_the_fork_had(redis_server):
    with redis_server.client() as client:
        fill_large(client, 32 * MIB)
        with source(redis_server).snapshot() as snapshot:
            progress = RecordedProgress()
            proving = snapshot.prove(Level.COUNTS, progress)
            chunks = snapshot.archive()
            archive = next(chunks)
            client.config_set("maxmemory-policy", "allkeys-lru")
            client.config_set("maxmemory", client.info()["used_memory"] - MIB)
            fill_many(client, 1000)
            archive += b"".join(chunks)
            client.config_set("maxmemory", 0)
            client.config_set("maxmemory-policy", "noeviction")
            assert client.info()["evicted_keys"] > 0
    assert proving.result().counts()["keys"] == split(archive)[0].resized[0][0] == 32 * MIB // 4096
    assert any("evicted" in str(said) for kind, said in progress.told if kind == "note")


def test_writes_beyond_a_replicas_buffer_limit_end_no_backup(each_redis):
    with each_redis.client() as client:
        before = client.config_get("client-output-buffer-limit")["client-output-buffer-limit"]
        client.config_set("client-output-buffer-limit", "replica 1024 1024 1")
        fill_large(client, 24 * MIB)
        with source(each_redis).snapshot() as snapshot:
            chunks = snapshot.archive()
            next(chunks)
            fill_large(client, 8 * MIB)
            assert sum(map(len, chunks)) > 20 * MIB
        client.config_set("client-output-buffer-limit", before)


# what ends a backup


@pytest.fixture
def guarded(new_redis):
    """A server with a password and users that may do less than a backup needs."""
    server = new_redis(requirepass="right")
    with server.client() as client:
        for name, commands in {
            "backup": ["+ping", "+info", "+replconf", "+psync"],
            "writer": ["+@all", "-psync", "-sync"],
            "reader": ["+get", "+ping"],
        }.items():
            client.acl_setuser(name, enabled=True, passwords=["+right"], commands=commands)
    fill(server)
    return server


def as_user(server, name):
    return server.url.replace("//", f"//{name}@")


def test_a_user_with_the_documented_rights_takes_a_full_backup(guarded):
    taken = Taken(source(guarded, as_user(guarded, "backup"), "right"))
    assert (taken.proof.level, taken.warnings) == (Level.FULL, [])


@pytest.mark.parametrize(
    ("user", "password", "cure"),
    [
        ("", "wrong", "password"),
        ("", None, "password"),
        ("nobody", "right", "password"),
        ("writer", "right", "+psync"),
        ("reader", "right", "+info"),
    ],
)
def test_who_may_not_is_told_what_is_missing(guarded, user, password, cure):
    url = as_user(guarded, user) if user else guarded.url
    error = refused(source(guarded, url, password), SourceAccessError)
    assert cure in error.cure
    assert "right" not in error.message


def test_a_password_where_none_is_set_is_said(redis_server):
    assert "password" in refused(source(redis_server, password="some"), SourceAccessError).cure


def test_a_command_that_was_renamed_is_said(new_redis):
    server = new_redis(rename_command='psync ""')
    assert "renamed" in refused(source(server), SourceAccessError).cure


def test_a_node_of_a_cluster_is_refused_in_words(new_redis):
    server = new_redis(cluster_enabled="yes")
    assert "Cluster" in refused(source(server), SourceError).message


def test_sentinel_is_refused_in_words(redis_server, tmp_path):
    settings, port = tmp_path / "sentinel.conf", free_port()
    settings.write_text(f"port {port}\nbind 127.0.0.1\n")
    ready = tmp_path / "log"
    with ready.open("wb") as log:
        sentinel = subprocess.Popen([redis_server.program.path, settings, "--sentinel"], stdout=log)
    try:
        while b"Sentinel ID" not in ready.read_bytes():
            assert sentinel.poll() is None
        error = refused(source(redis_server, f"redis://127.0.0.1:{port}"), SourceError)
    finally:
        sentinel.kill()
        sentinel.wait()
    assert "Sentinel" in error.message


def test_a_server_without_a_place_for_us_is_busy(new_redis):
    server = new_redis(maxclients=10)
    held = [server.client() for _ in range(10)]
    for one in held:
        one.ping()
    error = refused(source(server), SourceBusyError)
    for one in held:
        one.close()
    assert "maxclients" in error.cure


def test_a_replica_without_its_primary_is_busy(new_redis):
    replica = new_redis(replicaof="127.0.0.1 1")
    assert "primary" in refused(source(replica), SourceBusyError).cure


def test_nothing_at_an_address_is_unreachable(redis_server):
    refused(source(redis_server, "redis://127.0.0.1:1"), SourceUnreachableError)
    refused(source(redis_server, "unix:///nowhere/socket"), SourceUnreachableError)


def strike_within(server, strike, level):
    """Strike while the server is still sending."""
    with source(server).snapshot() as snapshot:
        snapshot.prove(level, RecordedProgress())
        chunks = snapshot.archive()
        next(chunks)
        strike()
        for _ in chunks:
            pass


def broken_by(server, strike, error, level=Level.COUNTS):
    """Expect a backup to end so."""
    with pytest.raises(error) as caught:
        strike_within(server, strike, level)
    assert type(caught.value) is error
    assert caught.value.cure
    return caught.value


@pytest.fixture
def large(new_redis):
    """A server whose RDB does not fit into the buffers of a connection."""
    server = new_redis()
    with server.client() as client:
        fill_large(client, 24 * MIB)
    return server


@pytest.mark.parametrize("level", Level)
def test_a_server_that_is_killed_while_it_sends_leaves_no_backup(large, level):
    assert "before the RDB's end" in broken_by(large, large.kill, DumpFailedError, level).message


def test_a_connection_that_is_killed_while_it_sends_leaves_no_backup(large):
    def kill_client():
        with large.client() as client:
            assert client.client_kill_filter(_type="replica") == 1

    assert "CLIENT KILL" in broken_by(large, kill_client, DumpFailedError).cure


def test_a_failover_while_it_sends_is_found(large):
    def demote():
        with large.client() as client:
            client.replicaof("127.0.0.1", 1)

    error = broken_by(large, demote, SourceChangedError)
    assert "primary" in error.message
    assert "replica" in error.message


def test_another_server_under_the_address_is_found(new_redis):
    first = new_redis()
    fill(first)
    with source(first).snapshot() as snapshot:
        chunks = snapshot.archive()
        next(chunks)
        first.stop()
        first.start()
        with pytest.raises(SourceChangedError, match="different server"):
            list(chunks)


def test_a_server_that_is_gone_after_its_whole_rdb_does_not_spoil_it(new_redis):
    server = new_redis()
    keys = fill(server, (0,))
    with source(server).snapshot() as snapshot:
        progress = RecordedProgress()
        proving = snapshot.prove(Level.COUNTS, progress)
        chunks = snapshot.archive()
        next(chunks)
        server.kill()
        for _ in chunks:
            pass
        assert proving.result().counts()["keys"] == keys[0]
    assert any("checked again" in str(said) for kind, said in progress.told if kind == "note")


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("change", [flipped(0.4), truncated(0.6), lambda _: b"*1\r\n$4\r\nPING\r\n" * 9])
def test_a_damaged_stream_is_found_at_each_level(redis_server, change, level):
    fill(redis_server)
    with altered(redis_server, change) as url:
        refused(source(redis_server, url), DumpFailedError, level)


def test_bytes_after_the_rdb_are_an_error(redis_server):
    with altered(redis_server, lambda rdb: rdb + b"more") as url:
        assert "4 bytes follow" in refused(source(redis_server, url), DumpFailedError).message


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("names", [[], ["ft_index0", "scdtype00"]])
def test_the_proof_names_what_modules_keep_beside_the_keys_and_nothing_else(redis_server, level, names):
    fill(redis_server)

    def with_modules(rdb):
        at = rdb.index(b"\xfe\x00\xfb")  # where database 0 begins
        return rdb[:at] + b"".join(map(module_extra, names)) + rdb[at:-8] + bytes(8)

    with altered(redis_server, with_modules) as url:
        proof = Taken(source(redis_server, url), level).proof
    assert (proof.level, proof.beside) == (level, tuple(names))
    assert RedisProof.from_bytes(proof.to_bytes(), "proof") == proof


# what the sandbox lacks


def test_without_a_program_there_is_no_proof_and_no_backup(redis_server, monkeypatch):
    def missing(*_):
        raise ToolMissingError("no server program", "install one")

    monkeypatch.setattr(sandboxing_module, "find_server", missing)
    refused(source(redis_server), ToolMissingError, Level.FULL)


def test_without_memory_the_keys_are_counted_with_a_warning(redis_server):
    keys = fill(redis_server)
    taken = Taken(source(redis_server, environment={"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1"}))
    assert (taken.keys, taken.proof.level) == (keys, Level.COUNTS)
    assert split(taken.archive)[1] == b""
    (warning,) = taken.warnings
    assert "only keys were counted" in warning
    assert "1 MiB" in warning


def test_an_expiry_that_no_proof_can_hold_leaves_counts_with_a_warning(redis_server):
    with redis_server.client() as client:
        client.execute_command("SET", "secret", "value", "PXAT", BORDER_MS + 1)
        client.set("other", "value")
    taken = Taken(source(redis_server))
    assert (taken.keys, taken.proof.level) == ({0: 2}, Level.COUNTS)
    assert "after the year 285,000 (keys with one: 1)" in taken.warnings[0]


class Striking(RecordedProgress):
    """Strikes when the proof begins."""

    def __init__(self, strike):
        super().__init__()
        self._strike = strike

    def phase(self, name, total_bytes=0, total_rows=0):
        super().phase(name, total_bytes, total_rows)
        if name == "prove":
            self._strike()


@pytest.mark.parametrize("at", [1, 20, "prove"])
def test_a_sandbox_that_dies_does_not_end_the_backup(large, at):
    def kill():
        snapshot._load._server._process.kill()

    with source(large).snapshot() as snapshot:
        proving = snapshot.prove(Level.FULL, Striking(kill) if at == "prove" else RecordedProgress())
        for number, _ in enumerate(snapshot.archive(), 1):
            if number == at:
                kill()
        proof = proving.result()
        assert (proof.level, proof.counts()["keys"]) == (Level.COUNTS, 24 * MIB // 4096)
        assert "only keys were counted" in snapshot.warnings()[0]


def test_an_archive_that_is_left_early_leaves_no_server_and_no_fork(large):
    with source(large).snapshot() as snapshot:
        snapshot.prove(Level.FULL, RecordedProgress())
        for _ in range(3):
            next(snapshot.archive())
        process = snapshot._load._server._process
    assert not process.runs()
    with pytest.raises(SourceError, match="not read to its end"):
        snapshot.result()


# TLS


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def tls_server(new_redis, authority, *addresses, clients="no"):
    certificate, key = authority.certificate("server", *addresses)
    return new_redis(
        tls_port=0,
        tls_cert_file=str(certificate),
        tls_key_file=str(key),
        tls_ca_cert_file=str(authority.file),
        tls_auth_clients=clients,
    )


@pytest.fixture
def tls_url(new_redis, authority):
    """Make a server that speaks TLS; return its URL."""

    def make(*addresses, clients="no"):
        server = tls_server(new_redis, authority, *addresses, clients=clients)
        fill(server)
        with server.client() as client:
            client.config_set("port", 0)
            client.config_set("tls-port", server.port)
        return server, f"rediss://127.0.0.1:{server.port}"

    return make


def test_tls_is_verified_by_the_authority_in_the_url(tls_url, authority):
    server, url = tls_url("127.0.0.1")
    taken = Taken(source(server, f"{url}?ssl_ca_certs={authority.file}"))
    assert (taken.proof.level, taken.warnings) == (Level.FULL, [])


@pytest.mark.parametrize(
    ("addresses", "options", "cure"),
    [
        (("127.0.0.1",), "", "ssl_ca_certs"),
        (("127.0.0.2",), "?ssl_ca_certs={ca}", "host name"),
        (("127.0.0.1",), "?ssl_ca_certs=/nowhere.pem", "host, port"),
    ],
)
def test_a_certificate_that_is_not_trusted_is_refused(tls_url, authority, addresses, options, cure):
    server, url = tls_url(*addresses)
    error = refused(source(server, url + options.format(ca=authority.file)), SourceUnreachableError)
    assert cure in error.cure


def test_tls_without_verification_is_a_standing_warning(tls_url):
    server, url = tls_url("127.0.0.2")
    taken = Taken(source(server, f"{url}?ssl_cert_reqs=none"), Level.COUNTS)
    assert "not verified" in taken.warnings[0]


def test_a_client_certificate_is_presented_or_asked_for(tls_url, authority):
    server, url = tls_url("127.0.0.1", clients="yes")
    certificate, key = authority.certificate("client")
    trusted = f"{url}?ssl_ca_certs={authority.file}"
    Taken(source(server, f"{trusted}&ssl_certfile={certificate}&ssl_keyfile={key}"), Level.COUNTS)
    assert "ssl_certfile" in refused(source(server, trusted), SourceUnreachableError).cure


def test_one_without_tls_at_a_port_with_it_is_told_so(tls_url):
    server, url = tls_url("127.0.0.1")
    assert "rediss://" in refused(source(server, url.replace("rediss", "redis")), SourceUnreachableError).cure


def test_tls_at_a_port_without_it_is_told_so(redis_server, monkeypatch):
    monkeypatch.setattr(clients, "CONNECT_SECONDS", 0.3)
    url = redis_server.url.replace("redis", "rediss")
    assert "redis://" in refused(source(redis_server, url), SourceUnreachableError).cure
