"""What the oldest supported Python refuses, and the one that runs the tests takes."""

import dataclasses
import importlib
import pkgutil
from types import MappingProxyType

import scims_backup

MODULES = [one.name for one in pkgutil.walk_packages(scims_backup.__path__, "scims_backup.")]


def _defaults():
    for name in MODULES:
        for kind in vars(importlib.import_module(name)).values():
            if isinstance(kind, type) and kind.__module__ == name and dataclasses.is_dataclass(kind):
                yield from (
                    (f"{name}.{kind.__name__}.{one.name}", one.default) for one in dataclasses.fields(kind)
                )


def test_no_default_of_a_dataclass_is_a_mapping_which_python_3_11_takes_for_mutable():
    defaults = dict(_defaults())
    assert len(defaults) > 500
    assert [name for name, default in defaults.items() if isinstance(default, MappingProxyType)] == []
