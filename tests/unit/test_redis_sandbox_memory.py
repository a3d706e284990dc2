"""How much memory a sandbox's server may take: the least of all bounds that hold here."""

import pytest

from scims_backup.domain.errors import SandboxError
from scims_backup.domain.room import MIB
from scims_backup.engines.redis.sandbox.memory import check_room, room_here

UNLIMITED = 9223372036854771712


@pytest.fixture
def machine(tmp_path):
    """A file system with what the kernel says of memory; sizes in MiB."""

    def made(available=1000, **files):
        lay(tmp_path, "proc/meminfo", f"MemTotal: 1 kB\nMemAvailable:  {available * 1024} kB\n")
        for path, text in files.items():
            lay(tmp_path, path.replace("__", "/").replace("_dot_", "."), text)
        return tmp_path

    return made


def room(root, environment=None):
    found = room_here(environment or {}, root)
    assert found is not None
    return found.bytes


def lay(root, path, text):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(str(text))


def lay_group(root, version, path, limit, used, reclaimable=0):
    """Lay a control group; sizes in MiB."""
    if version == 2:
        folder, names = f"sys/fs/cgroup{path}", ("memory.max", "memory.current")
    else:
        folder, names = f"sys/fs/cgroup/memory{path}", ("memory.limit_in_bytes", "memory.usage_in_bytes")
    for name, size in zip(names, (limit, used), strict=True):
        lay(root, f"{folder}/{name}", size if size in ("max", UNLIMITED) else size * MIB)
    key = "inactive_file" if version == 2 else "total_inactive_file"
    lay(root, f"{folder}/memory.stat", f"anon 5\n{key} {reclaimable * MIB}\n")


OWN_GROUP = {1: "4:memory:/task\n0::/\n", 2: "0::/task\n"}


def test_without_a_limit_it_is_what_the_machine_has_left(machine):
    assert room(machine(700)) == 700 * MIB


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("path", ["", "/task"])
def test_a_containers_limit_counts_less_what_is_used_and_not_reclaimable(machine, version, path):
    root = machine(proc__self__cgroup=OWN_GROUP[version])
    lay_group(root, version, path, 500, 300, reclaimable=50)
    assert room(root) == 250 * MIB


@pytest.mark.parametrize("version", [1, 2])
def test_the_tightest_group_counts(machine, version):
    root = machine(proc__self__cgroup=OWN_GROUP[version])
    lay_group(root, version, "", 300, 100)
    lay_group(root, version, "/task", 500, 50)
    assert room(root) == 200 * MIB


@pytest.mark.parametrize(("version", "unlimited"), [(1, UNLIMITED), (2, "max")])
def test_a_group_without_a_limit_counts_for_nothing(machine, version, unlimited):
    root = machine(600, proc__self__cgroup=OWN_GROUP[version])
    lay_group(root, version, "/task", unlimited, 100)
    assert room(root) == 600 * MIB


def test_a_function_has_what_it_was_given_less_what_it_takes_itself(machine):
    root = machine(5000, proc__self__status="VmRSS:   102400 kB\n")
    assert room(root, {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512"}) == 412 * MIB


def test_where_nothing_can_be_read_nothing_is_refused(tmp_path):
    assert room_here({}, tmp_path) is None
    check_room(1 << 60, {}, tmp_path)


def test_what_does_not_fit_is_refused_with_both_figures_and_a_cure(machine):
    root = machine(100)
    check_room(10 * MIB, {}, root)
    with pytest.raises(SandboxError, match=r"needs 163 MiB .* 100 MiB") as refused:
        check_room(100 * MIB, {}, root)
    assert refused.value.cure
