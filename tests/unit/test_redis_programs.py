"""Which server stands for another: an RDB loads in the same or a newer release."""

import pytest

from scims_backup.engines.redis.programs.choice import chosen, release_of

AT_HAND = ("redis 6.2.5", "redis 7.0.15", "redis 7.4.0", "redis 8.0.2", "valkey 8.1.1", "valkey 9.1.2")


def choice(wanted, at_hand=AT_HAND):
    return chosen(release_of(*wanted.split()), {name: release_of(*name.split()) for name in at_hand})


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        ("redis 6.2.5", "redis 6.2.5"),
        ("redis 6.2.14", "redis 6.2.5"),
        ("redis 6.0", "redis 6.2.5"),
        ("redis 7.0.15", "redis 7.0.15"),
        ("redis 7.2.4", "redis 7.4.0"),
        ("redis 7.4.9", "redis 7.4.0"),
        ("valkey 8.0.0", "valkey 8.1.1"),
        ("valkey 9.0.0", "valkey 9.1.2"),
    ],
)
def test_the_nearest_release_of_the_same_major_that_is_not_older_is_taken_without_a_word(wanted, taken):
    assert (choice(wanted).of, choice(wanted).warning) == (taken, "")


@pytest.mark.parametrize(
    ("wanted", "at_hand", "taken"),
    [
        ("redis 5.0.3", AT_HAND, "redis 6.2.5"),
        ("redis 7.4.0", ("redis 7.0.15", "redis 8.0.2", "redis 9.0.0"), "redis 8.0.2"),
        ("redis 8.6.0", AT_HAND, "redis 8.0.2"),
        ("redis 8.6.0", ("redis 8.0.2", "redis 8.4.0"), "redis 8.4.0"),
        ("valkey 7.2.5", AT_HAND, "valkey 8.1.1"),
        ("redis 7.2.4", ("valkey 9.1.2", "valkey 8.1.1"), "valkey 8.1.1"),
        ("redis 6.2.5", ("valkey 9.1.2",), "valkey 9.1.2"),
    ],
)
def test_what_is_no_equal_is_taken_with_a_warning_that_names_both(wanted, at_hand, taken):
    made = choice(wanted, at_hand)
    assert made.of == taken
    assert str(release_of(*wanted.split())) in made.warning
    assert str(release_of(*taken.split())) in made.warning


@pytest.mark.parametrize(
    ("wanted", "at_hand"),
    [
        ("redis 9.0.0", AT_HAND),
        ("valkey 10.0.0", AT_HAND),
        ("redis 7.4.0", ("valkey 9.1.2",)),
        ("valkey 8.1.1", ("redis 8.0.2",)),
        ("redis 7.0.0", ()),
        ("redis 6.0.0", ("redis 6.0.16",)),
    ],
)
def test_nothing_stands_for_a_newer_major_or_for_what_another_flavour_does_not_read(wanted, at_hand):
    assert choice(wanted, at_hand) is None


def test_of_equals_the_newest_patch_is_taken():
    assert choice("redis 7.0.1", ("redis 7.0.3", "redis 7.0.15")).of == "redis 7.0.15"


@pytest.mark.parametrize("version", ["", "x", "unstable"])
def test_what_is_no_version_is_refused(version):
    with pytest.raises(ValueError, match=f"^{version}$"):
        release_of("redis", version)
