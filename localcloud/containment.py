"""Show a process folders of its container's own: /opt, and a /tmp that goes with it.

As root these are mounts in a namespace of its own. Else, or where the machine forbids it, a variable that
names one of them names the folder itself instead. The standard library only: LocalStack's process uses it
too.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_UNSHARE = ("unshare", "--mount", "--propagation", "private", "--")
_MOUNT = """
while [ "$1" != -- ]; do mkdir -p "$2" && mount --rbind "$1" "$2" || exit 125; shift 2; done
shift; cd "$1" && shift && exec "$@"
"""
_TMP = Path("/tmp")  # noqa: S108  the container's own


@dataclass(frozen=True)
class Container:
    """What a process sees: shown maps the path that it uses to the folder that it is.

    cwd: where it starts. visible: further folders of this machine that must not be hidden by the new /tmp.
    """

    shown: Mapping[str, Path]
    cwd: Path
    visible: Sequence[Path] = ()

    def command(self, command: Sequence[str]) -> list[str]:
        """What to run instead of a command, so that it sees the container's folders."""
        if not can_mount():
            return list(command)
        mounts = [str(path) for pair in [*self._kept_visible(), *self._mounted()] for path in pair]
        return [*_UNSHARE, "/bin/sh", "-c", _MOUNT, "sh", *mounts, "--", str(self.cwd), *command]

    def environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return an environment for it in which the container's paths mean what they should."""
        if can_mount():
            return dict(environment)
        return {name: self._real(value) for name, value in environment.items()}

    def _mounted(self) -> list[tuple[Path, Path]]:
        """Folders and where they are seen; /tmp last, since the others may lie in what it hides."""
        pairs = [(folder, Path(path)) for path, folder in self.shown.items()]
        return sorted(pairs, key=lambda pair: pair[1] == _TMP)

    def _kept_visible(self) -> list[tuple[Path, Path]]:
        """What the new /tmp would hide, and where it is to be seen in the folder that becomes /tmp."""
        places = {path.resolve() for path in (self.cwd, *self.visible)}
        hidden = [path for path in places if path.is_relative_to(_TMP)]
        return [(path, self.shown[str(_TMP)] / path.relative_to(_TMP)) for path in sorted(hidden)]

    def _real(self, value: str) -> str:
        return os.pathsep.join(self._real_path(part) for part in value.split(os.pathsep))

    def _real_path(self, path: str) -> str:
        for seen, folder in self.shown.items():
            if f"{path}/".startswith(f"{seen}/"):
                return str(folder) + path.removeprefix(seen)
        return path


@cache
def can_mount() -> bool:
    """Say whether processes can be shown folders of their own here."""
    if os.geteuid() != 0:
        return False
    trial = [*_UNSHARE, "mount", "--bind", "/", "/"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0
