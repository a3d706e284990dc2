"""Sizes as people write them."""

import pytest

from scims_backup.domain.errors import UsageError
from scims_backup.settings.sizes import size_of


@pytest.mark.parametrize(
    ("text", "size"),
    [("0B", 0), ("12 B", 12), ("1kB", 1000), ("1KiB", 1024), ("1.5GB", 1_500_000_000), ("2 TiB", 2 << 40)],
)
def test_a_size_is_a_number_with_a_unit(text, size):
    assert size_of(text, "key quota") == size


@pytest.mark.parametrize("text", ["", "5", "GB", "5 gb", "-1GB", "1,5GB", "5GBit", "1e3B"])
def test_what_is_no_size_is_refused_by_its_key(text):
    with pytest.raises(UsageError, match="key quota"):
        size_of(text, "key quota")
