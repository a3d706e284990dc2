"""The records of an RDB, between its header and its end mark (rdbLoadRioWithLoadingCtx in rdb.c)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from scims_backup.engines.redis.rdb import layout
from scims_backup.engines.redis.rdb.expiries import NO_EXPIRY, key_expiry, key_expiry_in_seconds
from scims_backup.engines.redis.rdb.frame import Tally
from scims_backup.engines.redis.rdb.modules import metadata_name, module_name, skip_module_value
from scims_backup.engines.redis.rdb.rdb_error import RdbError, Reason
from scims_backup.engines.redis.rdb.shifting import is_ambiguous
from scims_backup.engines.redis.rdb.strings import count, length, skip_strings, string
from scims_backup.engines.redis.rdb.usual_keys import OnKeys, UsualKeys
from scims_backup.engines.redis.rdb.values import VALUES, Value
from scims_backup.engines.redis.rdb.window import Steps, Window
from scims_backup.engines.redis.rules.kinds import Kind
from scims_backup.engines.redis.rules.prefixes import beginning

T = TypeVar("T")
OnKey = Callable[[int, Kind, bytes, int | None], None]
"""Called for each key: database, type, name, its expiry in the source (Unix time in milliseconds)."""
_SCRIPTS: Final = "lua"
"""Redis up to 6.2 writes the text of each script as an aux field: it belongs to the users."""
_LAST_TYPE: Final = 127
"""Types are numbered from below, opcodes from above."""
_APPEND_ONLY: Final = {"aof-preamble", "aof-base"}
"""Aux fields that are 1 in the first part of an append-only file (4.0 and 7.0)."""


class Parser:
    """Counts into a tally what passes through a window.

    magic: REDIS or VALKEY; some numbers mean different things.
    by: milliseconds by which every expiry is shifted; for 0 all bytes pass as they are.
    """

    def __init__(
        self,
        window: Window,
        tally: Tally,
        magic: bytes,
        version: int,
        by: int,
        on_key: OnKey | None,
        on_keys: OnKeys | None,
    ) -> None:
        self._window = window
        self._tally = tally
        self._version = version
        self._by = by
        self._on_key, self._on_keys = on_key, on_keys
        self._usual_keys = UsualKeys(window, tally, by, on_keys)
        self._are_names_read = on_key is not None or on_keys is not None
        self._expiry = NO_EXPIRY
        self._templates: dict[int, int] = {}  # number → how many fields it has
        self._handlers = self._known(self._opcodes(magic))
        self._values = self._known(self._types(magic))

    def records(self) -> Steps[None]:
        """Read up to the end mark. Raise RdbError if a record is unknown or damaged."""
        while True:
            if self._on_key is None and self._expiry == NO_EXPIRY:  # else the next key's was read already
                self._usual_keys.read()
            number = yield from self._window.byte()
            if number == layout.END:
                self._usual_keys.count()
                return
            handler = self._handlers.get(number)
            if handler:
                yield from handler()
            else:
                yield from self._key(number)

    def _opcodes(self, magic: bytes) -> dict[int, Callable[[], Steps[None]]]:
        common = {
            layout.SLOT_INFO: self._slot_info,
            layout.FUNCTION: self._function,
            layout.MODULE_AUX: self._module_aux,
            layout.IDLE: self._idle,
            layout.FREQUENCY: self._frequency,
            layout.AUX: self._aux,
            layout.RESIZE_DB: self._resize,
            layout.EXPIRY_MS: self._milliseconds,
            layout.EXPIRY_SECONDS: self._seconds,
            layout.SELECT_DB: self._select,
        }
        if magic == layout.VALKEY:
            return {**common, layout.SLOT_IMPORT: self._slot_import}
        return {**common, layout.KEY_META: self._key_metadata, layout.HASH_TEMPLATE: self._template}

    def _types(self, magic: bytes) -> dict[int, Value]:
        common: dict[int, Value] = {**VALUES[magic], layout.MODULE_2: self._module}
        if magic == layout.VALKEY:
            return common
        return {**common, layout.HASH_TEMPLATE_ARRAY_REF: self._values_of_template}

    def _known(self, numbered: dict[int, T]) -> dict[int, T]:
        """Return what the version of the format has."""
        since, version = layout.SINCE, self._version
        return {number: one for number, one in numbered.items() if since.get(number, 0) <= version}

    def _key(self, number: int) -> Steps[None]:
        if number not in self._values:
            raise self._unknown(number)
        name = b""
        if self._are_names_read:
            name = yield from string(self._window)
        else:
            yield from skip_strings(self._window, 1)
        yield from self._values[number](self._window, self._by)
        self._count(number, name)

    def _count(self, number: int, name: bytes) -> None:
        tally, expiry = self._tally, None if self._expiry == NO_EXPIRY else self._expiry
        tally.counts[number] += 1
        if expiry is not None:
            tally.expiring[tally.database] += 1
            tally.ambiguous += is_ambiguous(self._expiry)
        if self._on_key is not None:
            self._on_key(tally.database, layout.KINDS[number], name, expiry)
        if self._on_keys is not None:
            self._on_keys(tally.database, layout.KINDS[number], beginning(name), 1, int(expiry is not None))
        self._expiry = NO_EXPIRY

    def _unknown(self, number: int) -> RdbError:
        what = f"type {number}" if number <= _LAST_TYPE else f"opcode {number}"
        if number in {layout.MODULE_PRE_GA, layout.FUNCTION_PRE_GA}:
            cure = "it is of a release candidate, and no released server loads it"
        else:
            cure = "update scims-backup, unless the RDB is damaged"
        at = self._window.position - 1
        return RdbError(
            Reason.RECORD_UNKNOWN, f"RDB version {self._version}: {what} unknown at byte {at}: {cure}"
        )

    def _milliseconds(self) -> Steps[None]:
        self._expiry = yield from key_expiry(self._window, self._by)

    def _seconds(self) -> Steps[None]:
        self._expiry = yield from key_expiry_in_seconds(self._window, self._by)

    def _idle(self) -> Steps[None]:
        yield from length(self._window)

    def _frequency(self) -> Steps[None]:
        yield from self._window.skip(1)

    def _select(self) -> Steps[None]:
        number = yield from count(self._window)
        self._usual_keys.count()
        self._tally.select(number)

    def _resize(self) -> Steps[None]:
        keys = yield from length(self._window)
        self._tally.resized[self._tally.database] = keys, (yield from length(self._window))

    def _slot_info(self) -> Steps[None]:
        """Of a cluster: the slot, its keys, those with an expiry."""
        for _ in range(3):
            yield from length(self._window)

    def _slot_import(self) -> Steps[None]:
        """Of a cluster: the job's name, ranges of slots."""
        yield from skip_strings(self._window, 1)
        for _ in range(2 * (yield from count(self._window))):
            yield from length(self._window)

    def _function(self) -> Steps[None]:
        yield from skip_strings(self._window, 1)
        self._tally.functions += 1

    def _aux(self) -> Steps[None]:
        name = (yield from string(self._window)).decode(errors="replace")
        if name == _SCRIPTS:
            yield from skip_strings(self._window, 1)
            return
        value = (yield from string(self._window)).decode(errors="replace")
        if name in _APPEND_ONLY and value != "0":
            raise RdbError(
                Reason.NOT_AN_RDB,
                "this is not an RDB: it is the first part of an append-only file (AOF), without the later "
                "writes: take the server's RDB (dump.rdb)",
            )
        self._tally.aux[name] = value

    def _template(self) -> Steps[None]:
        """Its number, and the names of the fields."""
        number = yield from length(self._window)
        fields = yield from count(self._window)
        self._templates[number] = fields
        yield from skip_strings(self._window, fields)

    def _values_of_template(self, window: Window, _by: int) -> Steps[None]:
        """The template's number, and a value for each of its fields."""
        number = yield from length(window)
        if number not in self._templates:
            raise RdbError(Reason.DAMAGED, f"the RDB is damaged: there is no template {number} for a hash")
        yield from skip_strings(window, self._templates[number])

    def _module(self, window: Window, _by: int) -> Steps[None]:
        self._tally.modules.add(module_name((yield from length(window))))
        yield from skip_module_value(window)

    def _module_aux(self) -> Steps[None]:
        """The module, when it wants to read that (a number after its kind), and a value.

        It is not passed on to a sandbox, which has no modules and would refuse all keys for it: RediSearch
        writes some even where nothing was ever indexed.
        """
        if self._by:
            self._window.drop(1)
        self._tally.beside.add(module_name((yield from length(self._window))))
        yield from length(self._window)
        yield from length(self._window)
        yield from skip_module_value(self._window)
        self._window.keep()

    def _key_metadata(self) -> Steps[None]:
        """What modules keep beside the next key: of each the class, then a value."""
        for _ in range((yield from count(self._window))):
            spec = yield from self._window.exactly(4)
            self._tally.modules.add(metadata_name(int.from_bytes(spec, "little")))
            yield from skip_module_value(self._window)
