"""docs/restore-redis.md, run as it is written, against backups that scims-backup took."""

import os
import re
import shlex
import subprocess

import pytest

from tests.fakes import RecordedProgress
from tests.integration.test_redis_target import NOW
from tests.support.cli import PROGRAM, Cli
from tests.support.pages import ROOT, sections
from tests.support.redis_archives import archive_of
from tests.support.redis_data import fill, fill_strings, has_functions
from tests.support.redis_deployments import redis_deployment
from tests.support.redis_programs import DEFAULT_REDIS, redis_program
from tests.support.redis_targets import BACKUP, checked, keys_in, restored, target_of

PAGE = ROOT / "docs" / "restore-redis.md"
SECTIONS = sections(PAGE, "sh")
(USER,) = SECTIONS["A user who restores"]
KEYS, DATABASE, BY_HAND = (
    SECTIONS["Lost keys"],
    SECTIONS["A lost database"],
    SECTIONS["A lost server, by hand"],
)
TO_AWS = SECTIONS["ElastiCache"]
REFUSAL = next(block for block in BY_HAND if "appendonly" in block and "exit 1" in block)


class Reader:
    """Somebody who types blocks of the page, with settings of his own."""

    def __init__(self, server, home, **settings):
        self.server, self.home = server, home
        # the wheel of Valkey has a server alone
        clients = redis_program(DEFAULT_REDIS).path.parent
        self.programs = [PROGRAM.parent, server.program.path.parent, clients]
        self.cli = Cli(redis_deployment(server, home))
        self.settings: dict[str, str] = {"LIVE": server.url, **settings}
        self.keys: dict[int, int] = {}

    def backs_up(self):
        taken = self.cli.run("backup", "--json")
        assert taken.code == 0, taken.err
        return taken.document["id"]

    def types(self, block, code=0):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=self.home,
            env={
                **self.cli.environment,
                "PATH": ":".join([*map(str, self.programs), os.environ["PATH"]]),
                "HOME": str(self.home),
                **self.settings,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"{block}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr


@pytest.fixture
def reader(redis_server, tmp_path):
    """A reader whose server has a backup, and has lost something since."""
    fill(redis_server, (0, 1))
    with redis_server.client() as client:
        client.mset({f"session:{number}": number for number in range(20)} | {"cart:1": "full"})
    reader = Reader(redis_server, tmp_path)
    reader.backs_up()
    return reader


@pytest.mark.parametrize("name", ["redis-6.2", "redis-8.0", "valkey-9.1"])
def test_the_user_who_restores_may_do_all_that_it_takes(redis_of, new_redis, tmp_path, name):
    source, live = new_redis(name), redis_of(name)
    live.empty()
    fill(source, (0, 1))
    with live.client() as client:
        client.set("live", "as before")
    Reader(live, tmp_path, RESTORE_PASSWORD="right").types(USER)
    parts = ["functions"] if has_functions(source) else []
    target = target_of(live, parts=parts, user="scims_restore", password="right")
    archive = archive_of(source)
    restored_as = restored(target, archive)
    assert checked(target, archive, restored_as).findings == []
    with target.copy(restored_as, RecordedProgress()):
        pass
    target.swap(restored_as, NOW)
    target.undo(NOW)
    with target.build_keys(archive.proof, ["string:*"], BACKUP, RecordedProgress()) as building:
        building.write(archive.data)
        building.finish()
        assert building.differences() == []
        assert building.move()["database 0"] > 5
    with live.client() as client:
        assert client.get("live") == b"as before"


def test_lost_keys_are_put_back_and_what_was_restored_is_removed(reader, redis_server):
    before = keys_in(redis_server)
    with redis_server.client() as client:
        client.delete("session:7", "cart:1")
        client.set("session:8", "changed since")
        for block in KEYS:
            reader.types(block)
        assert client.mget("session:7", "cart:1", "session:8") == [b"7", b"full", b"changed since"]
    assert keys_in(redis_server) == before


def test_a_lost_database_is_restored_swapped_and_brought_back(reader, redis_server):
    reader.cli.run("drill")
    before = keys_in(redis_server)
    with redis_server.client() as client:
        client.flushdb()
        client.set("since", "the loss")
        for block in DATABASE[:3]:
            reader.types(block)
        assert {number: keys_in(redis_server)[number] for number in before} == before
        assert "nothing was written since the swap" in reader.types(DATABASE[3])
        assert client.keys() == [b"since"]


@pytest.fixture
def by_hand(new_redis, tmp_path):
    """A reader whose server is lost, with a configuration for a new one."""
    source = new_redis()
    for number in (0, 3):
        with source.client(number) as client:
            fill_strings(client)
    reader = Reader(source, tmp_path)
    stamp = reader.backs_up().removeprefix("scims-redis-")
    data = tmp_path / "data"
    data.mkdir()
    config = tmp_path / "redis.conf"
    config.write_text(f'port {source.port}\nbind 127.0.0.1\ndir {data}\nsave ""\npidfile {data}/pid\n')
    repository = reader.cli.environment["SCIMS_VAULT"].removeprefix("restic:")
    reader.settings |= {
        "SOURCE": "scims-redis",
        "STAMP": stamp,
        "CATALOG": str(tmp_path / "catalog"),
        "RESTIC_REPOSITORY": repository,
        "CONFIG": str(config),
        "DATA": str(data),
    }
    reader.keys.update(keys_in(source))
    source.kill()
    yield reader
    subprocess.run(
        [
            redis_program(source.program.name).path.with_name("redis-cli"),
            "-u",
            source.url,
            "SHUTDOWN",
            "NOSAVE",
        ],
        check=False,
        capture_output=True,
    )


def test_a_lost_server_starts_from_the_archive(by_hand):
    settings, *steps = BY_HAND
    assert set(
        re.findall(r"^export (\w+)=", settings, re.MULTILINE)
    ) <= by_hand.settings.keys() | os.environ.keys() | {"RESTIC_PASSWORD_FILE"}
    said = "\n".join(by_hand.types(block) for block in steps)
    assert "archive: OK" in said
    for number, keys in by_hand.keys.items():
        assert f"db{number}:keys={keys}," in said
    assert re.search(r"^passed ", said, re.MULTILINE) or "equals" in said, said


@pytest.mark.parametrize("line", ["appendonly yes", '  AppendOnly "yes"'])
def test_a_server_that_would_ignore_the_archive_is_refused_with_the_cure(by_hand, line):
    config = by_hand.home / "redis.conf"
    config.write_text(f"{config.read_text()}{line}\n")
    assert "set it to no" in by_hand.types(REFUSAL, code=1)


def test_files_of_an_append_only_file_are_refused_too(by_hand):
    (by_hand.home / "data" / "appendonlydir").mkdir()
    assert "move" in by_hand.types(REFUSAL, code=1)


def test_redis_really_starts_empty_where_the_page_refuses(by_hand):
    """Why the page refuses: without it the keys would be gone, without a word."""
    config = by_hand.home / "redis.conf"
    config.write_text(f"{config.read_text()}appendonly yes\n")
    said = "\n".join(
        by_hand.types(block) for block in BY_HAND[1:] if block is not REFUSAL and "compare" not in block
    )
    assert "db0:keys" not in said


def test_the_commands_to_aws_have_options_that_its_program_knows(tmp_path):
    """Nothing is sent: the program reads its options, and says what it would send."""
    commands = [
        line
        for block in TO_AWS
        for line in block.replace("\\\n", " ").splitlines()
        if line.startswith("aws ")
    ]
    assert len(commands) == 5
    for command in commands:
        words = shlex.split(command.replace("$BUCKET", "bucket").replace("$SUBNETS", "subnets"))
        if words[1] in ("elasticache", "s3api") and "wait" not in words:
            done = subprocess.run(
                [PROGRAM.with_name("aws"), *words[1:], "--generate-cli-skeleton", "output"],
                env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_DEFAULT_REGION": "eu-central-1"},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
