"""Labels of a backup: which there can be, and how they are written in options, variables and documents."""

import pytest

from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.domain.errors import UsageError
from scims_backup.domain.labels import checked_labels, labels_listed, labels_typed
from scims_backup.settings.model import Flags, Needs


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
        ([f"a={'v' * 256}"], "the value of label a is invalid"),
        (["a=two\nlines"], "the value of label a is invalid"),
        (["a=\x1b[31m"], "the value of label a is invalid"),
        (["a=\ud800"], "the value of label a is invalid"),
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


DOCUMENT = """
catalog = "file:///catalog"
labels = { of = "document", a = "1", b = "1", c = "1" }
[sources.scims-db]
labels = { of = "source", b = "2", c = "2" }
"""


def _resolved(document=DOCUMENT, label=(), listed=None):
    variables = {"SCIMS_SETTINGS": document, **({} if listed is None else {"SCIMS_LABELS": listed})}
    return resolve(Flags(label=tuple(label)), variables, Needs()).labels


@pytest.mark.parametrize(
    ("label", "listed", "labels"),
    [
        ([], None, {"of": "source", "a": "1", "b": "2", "c": "2"}),
        ([], "", {"of": "source", "a": "1", "b": "2", "c": "2"}),
        ([], "c=3,d=3", {"of": "source", "a": "1", "b": "2", "c": "3", "d": "3"}),
        (["d=4", "of=option"], "c=3,d=3", {"of": "option", "a": "1", "b": "2", "c": "3", "d": "4"}),
    ],
    ids=["document", "empty variable", "variable", "option"],
)
def test_labels_of_all_places_are_joined_and_the_nearest_wins(label, listed, labels):
    assert _resolved(label=label, listed=listed) == labels


def test_without_any_there_are_none():
    assert _resolved('catalog = "file:///catalog"\n[sources.scims-db]\n') == {}


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"label": ["Commit=x"]}, "--label"),
        ({"listed": "Commit=x"}, "SCIMS_LABELS"),
        ({"document": DOCUMENT.replace("a =", '"A b" =')}, "key labels in SCIMS_SETTINGS"),
        ({"document": DOCUMENT.replace('"2"', "2", 1)}, "key sources.scims-db.labels in SCIMS_SETTINGS"),
        ({"document": DOCUMENT.replace("labels", "labels = 7 #", 1)}, "key labels in SCIMS_SETTINGS"),
        ({"label": [f"k{n}=v" for n in range(30)]}, "34 labels are too many"),
    ],
    ids=["option", "variable", "document", "source", "no table", "too many together"],
)
def test_a_wrong_label_is_refused_with_the_place_where_it_was_set(options, where):
    with pytest.raises(UsageError) as caught:
        _resolved(**options)
    assert where in caught.value.message
