"""A sandbox's server holds what the archive holds, on no disk; it is nobody else's, and gone afterwards."""

import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from scims_backup.domain.errors import OperationFailedError, RestoreFailedError, SandboxError
from scims_backup.engines.redis.programs import Program
from scims_backup.engines.redis.sandbox import server as server_module
from scims_backup.engines.redis.sandbox.primary import Primary
from scims_backup.engines.redis.sandbox.server import sandbox_server
from tests.support.redis_data import fill, has_functions
from tests.support.redis_programs import DEFAULT_REDIS, redis_program
from tests.support.redis_roots import sandbox_root
from tests.support.redis_sandboxes import (
    load,
    loaded,
    module_extra,
    module_key,
    ours,
    program_for,
    rdb_of,
    with_header,
)
from tests.support.sandboxes import is_running

DEFAULT = redis_program(DEFAULT_REDIS)


@pytest.fixture
def root():
    with sandbox_root() as directory:
        yield directory


def pid_of(server):
    return server._process.pid


def kill(server):
    """Kill a server, and wait for its end."""
    os.kill(pid_of(server), signal.SIGKILL)
    server._process.wait()


@pytest.fixture(scope="module")
def small_rdb(redis_of):
    """An RDB with one key, of the default server."""
    server = redis_of(DEFAULT_REDIS)
    server.empty()
    with server.client() as client:
        client.set("a", "b" * 100)
    yield rdb_of(server)
    server.empty()


# what is loaded


def test_every_kind_of_key_is_loaded_on_each_server(each_redis, root):
    keys = fill(each_redis)
    with loaded(each_redis.program, root, rdb_of(each_redis)) as server:
        assert server.keys() == keys
        assert server.program.version.startswith(".".join(map(str, each_redis.program.version)))
        with server.client(15) as copy, each_redis.client(15) as source:
            assert copy.lrange("list:long", 0, -1) == source.lrange("list:long", 0, -1)
            assert copy.xpending("stream:groups", "readers") == source.xpending("stream:groups", "readers")
            assert (copy.role()[0], copy.get(b"")) == (b"master", b"value of ")
            if has_functions(each_redis):
                assert len(copy.function_list()) == 1


@pytest.mark.parametrize("piece", [1, 1 << 24])
def test_pieces_of_any_size_are_taken(root, small_rdb, piece):
    with ours(DEFAULT, root) as server:
        load(server, small_rdb, piece)
        assert server.keys() == {0: 1}


def test_an_empty_rdb_is_loaded(root, small_rdb):
    with loaded(DEFAULT, root, with_header(small_rdb)) as server:
        assert server.keys() == {}


def test_nothing_of_the_data_is_on_a_disk(new_redis, root):
    source = new_redis()
    with source.client() as client:
        for number in range(8):
            client.set(f"large:{number}", os.urandom(1 << 20))
    with loaded(source.program, root, rdb_of(source)) as server:
        files = [path for path in root.rglob("*") if path.is_file()]
        assert sum(path.stat().st_size for path in files) < 16_384
        opened = [link.readlink() for link in Path(f"/proc/{pid_of(server)}/fd").iterdir()]
        assert [path for path in opened if "deleted" in str(path) or ".rdb" in str(path)] == []
        limits = Path(f"/proc/{pid_of(server)}/limits").read_text()
        assert [line.split()[4] for line in limits.splitlines() if line.startswith("Max core")] == ["0"]


# what is refused


@pytest.mark.parametrize("kept", [0, 9, 0.5, -1])
def test_a_truncated_archive_is_refused(each_redis, root, kept):
    with each_redis.client() as client:
        client.mset({f"key:{number}": "value" * 10 for number in range(200)})
    rdb = rdb_of(each_redis)
    cut = rdb[: int(len(rdb) * kept)] if isinstance(kept, float) else rdb[:kept]
    with pytest.raises(RestoreFailedError) as refused, loaded(each_redis.program, root, cut):
        pass
    assert refused.value.cure


@pytest.mark.parametrize("at", [0.3, 0.7])
def test_a_flipped_byte_is_refused(each_redis, root, at):
    with each_redis.client() as client:
        client.mset({f"secret-key-{number}": "value" * 10 for number in range(200)})
    rdb = bytearray(rdb_of(each_redis))
    rdb[int(len(rdb) * at)] ^= 0x40
    with pytest.raises(RestoreFailedError) as refused, loaded(each_redis.program, root, bytes(rdb)):
        pass
    assert "secret-key" not in str(refused.value)


def test_other_bytes_are_refused(each_redis, root):
    with pytest.raises(RestoreFailedError), loaded(each_redis.program, root, b"no archive " * 1000):
        pass


@pytest.mark.parametrize(
    ("body", "named"),
    [
        pytest.param(module_key("scims-tst"), "scims-tst", id="module"),
        pytest.param(module_extra("scims-tst"), "scims-tst", id="module beside the keys"),
        pytest.param(b"\xfe\x60\x00\x00\x01k\x01v", "4096", id="database"),
    ],
)
def test_what_the_sandbox_has_not_is_named_and_does_not_condemn_the_archive(each_redis, root, body, named):
    body = b"\xfe\x80\x00\x00\x20\x00\x00\x01k\x01v" if named == "4096" else body
    rdb = with_header(rdb_of(each_redis), body)
    with pytest.raises(SandboxError, match=named) as lacks, loaded(each_redis.program, root, rdb):
        pass
    assert lacks.value.cure


def test_what_the_server_has_dropped_before_the_end_is_named_too(each_redis, root):
    rdb = with_header(rdb_of(each_redis), module_key("scims-tst"))
    with (  # noqa: PT012
        ours(each_redis.program, root) as server,
        pytest.raises(SandboxError, match="scims-tst"),
        server.loading() as loading,
    ):
        loading.write(rdb)
        server._process.wait(1)  # it ends at what it refuses, or drops the link
        loading.finish()


def test_an_rdb_of_a_newer_version_does_not_condemn_the_archive(each_redis, root):
    rdb = rdb_of(each_redis)
    newer = rdb[:6] + b"998" + rdb[9:]
    with pytest.raises(SandboxError, match="998") as lacks, loaded(each_redis.program, root, newer):
        pass
    assert lacks.value.cure


# memory


def test_a_server_that_would_not_fit_is_not_started(root):
    with pytest.raises(SandboxError, match="MiB are free"), ours(DEFAULT, root, 1 << 50):
        pass


def test_memory_that_runs_out_meanwhile_is_the_sandboxes_fault(each_redis, root):
    source = each_redis
    with source.client() as client:
        for number in range(40):
            client.set(f"large:{number}", os.urandom(1 << 20))
    tight = root / "bin"
    tight.mkdir()
    program = program_for(source.program)
    (tight / "server").write_text(f'#!/bin/sh\nulimit -v 90000\nexec {program.path} "$@"\n')
    (tight / "server").chmod(0o755)
    little = Program(tight / "server", program.flavour, program.version)
    with (
        pytest.raises(SandboxError, match=r"allocate|ran out of memory") as refused,
        sandbox_server(little, root, 1) as server,
    ):
        load(server, rdb_of(source))
    assert "memory" in refused.value.cure
    shutil.rmtree(tight)


# what dies


@pytest.mark.parametrize("phase", ["started", "asked", "half", "written"])
def test_a_server_that_is_killed_is_the_sandboxes_fault(root, small_rdb, phase):
    with (  # noqa: PT012
        pytest.raises(SandboxError, match=r"killed|ended|begin the replication") as died,
        ours(DEFAULT, root) as server,
    ):

        def kill_in(now):
            if now == phase:
                kill(server)

        kill_in("started")
        with server.loading() as loading:
            kill_in("asked")
            loading.write(small_rdb[:50])
            kill_in("half")
            loading.write(small_rdb[50:])
            kill_in("written")
            loading.finish()
    assert died.value.cure


def test_a_server_that_died_after_the_load_says_so(root, small_rdb):
    with loaded(DEFAULT, root, small_rdb) as server:
        assert server.death() is None
        kill(server)
        assert "killed" in str(server.death())


def test_a_server_that_was_not_given_all_does_not_live_on(root, small_rdb):
    with ours(DEFAULT, root) as server:
        with server.loading() as loading:
            loading.write(small_rdb[:50])
        assert not is_running(pid_of(server))
        assert server.death() is None


_PROGRAM = """
import signal, sys
from pathlib import Path
from urllib.parse import urlsplit
from tests.support.redis_programs import redis_program
from tests.support.redis_roots import sandbox_root
from tests.support.redis_sandboxes import ours

def stop(number, frame):
    raise SystemExit(9)

signal.signal(signal.SIGTERM, stop)
rdb = Path(sys.argv[3]).read_bytes()
with ours(redis_program(sys.argv[2]), Path(sys.argv[1])) as server:
    print(server._process.pid, flush=True)
    if sys.argv[4] != "started":
        with server.loading() as loading:
            loading.write(rdb[:50])
            if sys.argv[4] == "half":
                print(flush=True)
                sys.stdin.read()
            loading.write(rdb[50:])
            loading.finish()
    print(flush=True)
    sys.stdin.read()
"""


@contextmanager
def process_with_server(root, folder, rdb, state):
    """Run a process that has a sandbox's server; yield it, and what is readable once the server has ended."""
    (folder / "rdb").write_bytes(rdb)
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(root), DEFAULT_REDIS, str(folder / "rdb"), state],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        server = os.pidfd_open(int(process.stdout.readline()))
        process.stdout.readline()
        try:
            yield process, server
        finally:
            process.kill()
            os.close(server)


@pytest.mark.parametrize("state", ["started", "half", "loaded"])
def test_the_server_dies_with_us_and_the_next_sandbox_removes_what_is_left(root, small_rdb, tmp_path, state):
    with process_with_server(root, tmp_path, small_rdb, state) as (process, server):
        process.kill()
        process.wait()
        assert select.select([server], [], [], 10)[0]
    assert len(list(root.iterdir())) == 1
    with ours(DEFAULT, root):
        assert len(list(root.iterdir())) == 1


@pytest.mark.parametrize("state", ["started", "half", "loaded"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 9), (signal.SIGINT, -signal.SIGINT)])
def test_a_signal_takes_server_and_directory_away(root, small_rdb, tmp_path, state, number, code):
    with process_with_server(root, tmp_path, small_rdb, state) as (process, server):
        process.send_signal(number)
        assert process.wait() == code
        assert select.select([server], [], [], 0)[0]
        assert list(root.iterdir()) == []


def test_the_sandbox_of_a_process_that_lives_is_left_alone(root, small_rdb, tmp_path):
    with process_with_server(root, tmp_path, small_rdb, "loaded") as (process, server):
        with ours(DEFAULT, root):
            assert len(list(root.iterdir())) == 2
        assert not select.select([server], [], [], 0)[0]
        process.communicate("")


# who gets in


def test_the_server_is_unprivileged_and_on_a_socket_of_its_own_that_needs_a_password(root):
    with ours(DEFAULT, root) as server:
        process = Path(f"/proc/{pid_of(server)}")
        assert process.stat().st_uid != 0
        assert server.socket.parent.stat().st_mode & 0o777 == 0o700
        listening = (process / "net/tcp").read_text().splitlines()
        sockets = {str(link.readlink()) for link in (process / "fd").iterdir()}
        assert [line for line in listening if f"socket:[{line.split()[9]}]" in sockets] == []
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(str(server.socket))
            stranger.sendall(b"PING\r\n")
            assert stranger.recv(100).startswith(b"-NOAUTH")


def test_the_port_for_the_application_is_on_loopback_alone_and_needs_the_password(each_redis, root):
    with ours(each_redis.program, root) as server:
        url = urlsplit(server.url_for_others(3))
        assert (url.hostname, url.path) == ("127.0.0.1", "/3")
        listening = {
            line.split()[1] for line in Path(f"/proc/{pid_of(server)}/net/tcp").read_text().splitlines()
        }
        assert [place for place in listening if place.endswith(f":{url.port:04X}")] == [
            f"0100007F:{url.port:04X}"
        ]
        six = Path(f"/proc/{pid_of(server)}/net/tcp6")
        assert f":{url.port:04X}" not in (six.read_text() if six.exists() else "")
        with socket.create_connection((url.hostname, url.port)) as stranger:
            stranger.sendall(b"PING\r\n")
            assert stranger.recv(100).startswith(b"-NOAUTH")


def test_passwords_are_in_no_list_of_processes_no_file_and_no_environment(root, small_rdb, monkeypatch):
    monkeypatch.setenv("REDISCLI_AUTH", "geheim")
    with ours(DEFAULT, root) as server, server.loading() as loading:
        with server.client() as client:
            secrets = [server._password, client.config_get("masterauth")["masterauth"], "geheim"]
        process = Path(f"/proc/{pid_of(server)}")
        seen = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        seen += b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
        assert [secret for secret in secrets if secret.encode() in seen] == []
        loading.write(small_rdb)
        loading.finish()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"PING\r\n",
        b"*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n",
        b"*3\r\n$4\r\nAUTH\r\n$1\r\na\r\n$1\r\nb\r\n*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n",
        b"*2\r\n$4\r\nAUTH\r\n$1\r\na\r\n",
        b"*1\r\n$999999\r\n" + b"x" * 20_000,
        bytes(range(256)),
    ],
    ids=["nothing", "inline", "no password", "wrong password", "one word", "endless", "noise"],
)
def test_a_stranger_gets_nothing_and_does_not_keep_the_replica_out(root, small_rdb, monkeypatch, sent):
    strangers = []

    class Visited(Primary):
        def __init__(self):
            super().__init__()
            strangers.append(socket.create_connection((self.host, self.port)))
            strangers[0].sendall(sent)

    monkeypatch.setattr(server_module, "Primary", Visited)
    with loaded(DEFAULT, root, small_rdb) as server:
        assert server.keys() == {0: 1}
    try:
        answer = strangers[0].recv(1000)
    except ConnectionResetError:
        answer = b""
    strangers[0].close()
    assert b"FULLRESYNC" not in answer
    assert b"REDIS" not in answer


def test_nobody_else_can_answer_a_replica_that_asks_again(root, small_rdb):
    with ours(DEFAULT, root) as server:
        with pytest.raises(OperationFailedError), server.loading() as loading:  # noqa: PT012
            with server.client() as client:
                port = int(client.config_get("replicaof")["replicaof"].split()[1])
            loading.write(small_rdb[:50])
            loading._link.shutdown(socket.SHUT_RDWR)
            with pytest.raises(OSError, match="in use"):
                socket.create_server(("127.0.0.1", port))
            loading.finish()
        assert not is_running(pid_of(server))


def test_our_own_limits_are_as_before(root):
    before = resource.getrlimit(resource.RLIMIT_CORE)
    with ours(DEFAULT, root):
        assert resource.getrlimit(resource.RLIMIT_CORE) == before
