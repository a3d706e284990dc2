"""Messages of Redis, its clients and probes: no name of a key and no value stays in them."""

import pytest
import redis
from redis import exceptions

from scims_backup.domain.errors import SourceAccessError, SourceBusyError, SourceError, SourceUnreachableError
from scims_backup.engines.redis.connect.redis_errors import translated
from scims_backup.engines.redis.connect.scrubbing import without_values

SECRET = "tok3n"
QUOTING = (
    f"ERR unknown command 'FOO', with args beginning with: '{SECRET}' 'x' ",
    f"ERR unknown command 'FOO', with args beginning with: '{SECRET}",
    f"ERR unknown command `FOO`, with args beginning with: `{SECRET}`, ",
    f"NOGROUP No such key '{SECRET}' or consumer group '{SECRET}'",
    f"NOGROUP No such key 'it's {SECRET}' or consumer group 'g'",
    f"Command # 1 (SET session:{SECRET} value) of pipeline caused error: OOM command not allowed",
    f"Command # 2 (SET a(b) {SECRET}) of pipeline caused error: x",
    f"Command # 2 (SET a \n {SECRET}) of pipeline caused error: x",
    f'Bad data for key "{SECRET}"',
    f"key 'first line\n{SECRET} second line' is odd",
    f"key 'never closed {SECRET}\n{SECRET}",
    f"This user has no permissions to access the '{SECRET}' key",
    f'1) "{SECRET}"\n2) "{SECRET}"',
    f"""redis.exceptions.ResponseError: WRONGTYPE "{SECRET}" '{SECRET}'""",
    f"{{'user': '{SECRET}'}}",
    f"'{SECRET}",
    f"«'{SECRET}'» command",
)
KEPT = {
    "NOPERM User backup has no permissions to run the 'psync' command": "run the 'psync' command",
    "this user has no permissions to run the 'config|get' command": "'config|get' command",
    "Can't SYNC while not connected with my master": "Can't SYNC while not connected with my master",
    "NOGROUP No such key 'a' or consumer group 'b'": "NOGROUP No such key",
    "wrong number of arguments for 'get' command": "for 'get' command",
    "a 'value\ngoes on' here\nand the next line stays": "and the next line stays",
}


@pytest.mark.parametrize("text", QUOTING)
def test_what_a_message_quotes_is_dropped(text):
    assert SECRET not in without_values(text)


@pytest.mark.parametrize(("text", "kept"), KEPT.items())
def test_what_a_reader_needs_stays(text, kept):
    assert kept in without_values(text)


MEANINGS = {
    "WRONGPASS invalid username-password pair or user is disabled.": (SourceAccessError, "password"),
    "NOAUTH Authentication required.": (SourceAccessError, "password"),
    "ERR invalid password": (SourceAccessError, "password"),
    "ERR AUTH <password> called without any password configured for the default user.": (
        SourceAccessError,
        "remove the password",
    ),
    "NOPERM this user has no permissions to run the 'psync' command": (SourceAccessError, "+psync"),
    "NOPERM No permissions to access a key": (SourceAccessError, "ACL SETUSER"),
    "DENIED Redis is running in protected mode because protected mode is enabled": (
        SourceAccessError,
        "requirepass",
    ),
    "ERR unknown command 'PSYNC', with args beginning with: '?' '-1' ": (SourceAccessError, "renamed"),
    "LOADING Redis is loading the dataset in memory": (SourceBusyError, "try again"),
    "NOMASTERLINK Can't SYNC while not connected with my master": (SourceBusyError, "primary"),
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.": (
        SourceBusyError,
        "primary",
    ),
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.": (
        SourceBusyError,
        "try again",
    ),
    "OOM command not allowed when used memory > 'maxmemory'.": (SourceBusyError, "maxmemory"),
    "ERR max number of clients reached": (SourceBusyError, "maxclients"),
    "MOVED 3999 127.0.0.1:6381": (SourceError, "Cluster"),
    "CLUSTERDOWN Hash slot not served": (SourceError, "Cluster"),
    "ERR something else": (SourceError, ""),
}


@pytest.mark.parametrize(("said", "meaning"), MEANINGS.items())
def test_an_error_of_the_server_is_translated_with_its_cure(said, meaning):
    parser = redis.connection.DefaultParser
    error = translated(parser.parse_error(said), "reading cache")
    kind, cure = meaning
    assert type(error) is kind
    assert cure in error.cure
    assert error.message.startswith("reading cache: ")


@pytest.mark.parametrize(
    ("error", "cure"),
    [
        (
            exceptions.ConnectionError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
            "ssl_ca_certs",
        ),
        (exceptions.ConnectionError("[SSL: WRONG_VERSION_NUMBER] wrong version number"), "redis://"),
        (exceptions.ConnectionError("[SSL] tlsv13 alert certificate required"), "ssl_certfile"),
        (exceptions.ConnectionError("Error 111 connecting to c:6379. Connection refused."), "host, port"),
        (exceptions.TimeoutError("Timeout reading from socket"), "host, port"),
        (exceptions.InvalidResponse('Protocol error, got "H" as reply type byte'), "no Redis answers"),
        (ConnectionResetError(104, "Connection reset by peer"), "ssl_certfile"),
        (BrokenPipeError(32, "Broken pipe"), "ssl_certfile"),
        (exceptions.ConnectionError("Connection closed by server."), "rediss://"),
    ],
)
def test_a_failure_of_the_way_is_translated_with_its_cure(error, cure):
    found = translated(error, "reading cache")
    assert type(found) is SourceUnreachableError
    assert cure in found.cure
