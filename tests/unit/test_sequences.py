"""Where a sequence can have stood while a dump read it."""

import pytest

from scims_backup.engines.postgresql.proving.sequences import SequenceName, ranges
from scims_backup.engines.postgresql.rules.proof import SequenceRange


@pytest.mark.parametrize(
    ("cycles", "before", "after", "found"),
    [
        (False, 7, 9, SequenceRange(7, 9)),
        (False, 9, 7, SequenceRange(7, 9)),
        (False, 9, 9, SequenceRange(9, 9)),
        (True, 7, 7, SequenceRange(1, 10)),
        (True, 9, 2, SequenceRange(1, 10)),
        (True, 2, 9, SequenceRange(1, 10)),
        (True, 0, 3, SequenceRange(0, 10)),
    ],
    ids=[
        "counts on", "set back", "stands still", "may have cycled and come back", "cycled", "may have cycled",
        "never called before",
    ],
)  # fmt: skip
def test_a_sequence_is_a_range_and_one_that_cycles_may_stand_anywhere(cycles, before, after, found):
    sequence = SequenceName("public", "s", 1, 1, 10, cycles, readable=True)
    assert ranges([sequence], {"public.s": before}, {"public.s": after}) == {"public.s": found}
