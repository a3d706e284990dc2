"""Labels of a backup: which there can be, and how they are written in options, variables and documents."""

import pytest

from scims_backup.domain.errors import UsageError
from scims_backup.domain.labels import checked_labels, labels_listed, labels_typed


@pytest.mark.parametrize(
    ("pairs", "labels"),
    [
        ([], {}),
        (["git_commit=4b825dc"], {"git_commit": "4b825dc"}),
        (["a.b-c_0=x", "note=with = and, comma"], {"a.b-c_0": "x", "note": "with = and, comma"}),
        (["empty="], {"empty": ""}),
        (["city=Köln ✓"], {"city": "Köln ✓"}),
        ([f"{'k' * 63}={'v' * 255}"], {"k" * 63: "v" * 255}),
        ([f"k{n}=v" for n in range(32)], {f"k{n}": "v" for n in range(32)}),
    ],
    ids=["none", "one", "signs", "empty value", "letters", "longest", "most"],
)
def test_labels_are_read_as_they_are_typed(pairs, labels):
    assert labels_typed(pairs) == labels


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        (["git_commit"], "label 'git_commit' has no value"),
        (["=x"], "label '' has no usable key"),
        (["Commit=x"], "label 'Commit' has no usable key"),
        (["a b=x"], "label 'a b' has no usable key"),
        (["ä=x"], "label 'ä' has no usable key"),
        (["a\n=x"], r"label 'a\\n' has no usable key"),
        ([f"{'k' * 64}=x"], f"label '{'k' * 64}' has no usable key"),
        (["a=1", "a=2"], "label a is given twice"),
        ([f"a={'v' * 256}"], "the value of label a is not usable"),
        (["a=two\nlines"], "the value of label a is not usable"),
        (["a=\x1b[31m"], "the value of label a is not usable"),
        (["a=\ud800"], "the value of label a is not usable"),
        ([f"k{n}=v" for n in range(33)], "33 labels are too many"),
    ],
)
def test_a_label_that_cannot_be_is_refused(pairs, why):
    with pytest.raises(UsageError, match=f"^{why}"):
        labels_typed(pairs)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a=1,b=2", {"a": "1", "b": "2"}),
        (" a=1 , b=x y ,", {"a": "1", "b": "x y"}),
    ],
)
def test_a_variable_lists_labels(text, labels):
    assert labels_listed(text) == labels


@pytest.mark.parametrize("value", [None, True, 7, 1.5, [], {}], ids=repr)
def test_a_value_of_a_document_is_text(value):
    with pytest.raises(UsageError, match="the value of label a is not text"):
        checked_labels({"a": value})
