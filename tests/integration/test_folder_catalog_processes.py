"""Processes that store under one key at once."""

import subprocess
import sys

from scims_backup.adapters.catalogs.folder import FolderCatalog

PUT = """
import sys
from pathlib import Path
from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.domain.errors import KeyTakenError
catalog = FolderCatalog(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
won = 0
for number in range(100):
    try:
        catalog.put_new(f"a/{number}", sys.argv[2].encode())
        won += 1
    except KeyTakenError:
        pass
print(won)
"""


def test_every_key_is_won_by_exactly_one_process(tmp_path):
    commands = [[sys.executable, "-c", PUT, str(tmp_path), name] for name in "abcd"]
    pipe = subprocess.PIPE
    writers = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for command in commands]
    for writer in writers:
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert sum(int(writer.communicate()[0]) for writer in writers) == 100
    assert len(list(FolderCatalog(tmp_path).keys(""))) == 100
