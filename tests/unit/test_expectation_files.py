"""Files of expectations: TOML and YAML, and what is wrong with them by name."""

import pytest

from scims_backup.domain.errors import UsageError
from scims_backup.settings.expectations import read_expectations

TOML = """
[[expectations]]
name = "at least one admin"
query = "SELECT count(*) FROM public.users WHERE is_admin"
condition = ">= 1"

[[expectations]]
name = "no negative stock"
query = "SELECT count(*) FROM public.item_stocks WHERE quantity < 0"
expected = 0
"""
YAML = """
- name: at least one admin
  query: SELECT count(*) FROM public.users WHERE is_admin
  condition: '>= 1'
- name: no negative stock
  query: SELECT count(*) FROM public.item_stocks WHERE quantity < 0
  expected: 0
"""


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def test_toml_and_yaml_say_the_same(write):
    read = read_expectations(write("e.toml", TOML))
    assert read == read_expectations(write("e.yaml", YAML)) == read_expectations(write("e.yml", YAML))
    assert [one.condition for one in read] == [">= 1", "= 0"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("e.json", "[]", "unknown file type"),
        ("e.toml", "expectations = ", "are not valid TOML"),
        ("e.toml", "", "contains no list"),
        ("e.toml", "[[expectation]]\nname = 'x'", "unknown key 'expectation'"),
        ("e.yaml", "a: [", "are not valid YAML"),
        ("e.yaml", "name: x", "contains no list"),
        ("e.yaml", "- x", "contains no list"),
        ("e.yaml", "- {name: x, query: SELECT 1}", "entry 1: exactly one of"),
        (
            "e.yaml",
            "- {name: x, query: q, expected: 1}\n- {name: x, query: q, expected: 1}",
            "two expectations called 'x'",
        ),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_name(write, name, text, told):
    path = write(name, text)
    with pytest.raises(UsageError, match=told) as caught:
        read_expectations(path)
    assert name in str(caught.value)


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_expectations(tmp_path / "none.toml")
