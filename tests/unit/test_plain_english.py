"""What people read is plain English: no text of the program has the words that made it stiff."""

import ast
import re

import pytest

from tests.support.pages import ROOT

FOLDERS = ("layers/core/scims_backup", "functions", "demo", "image")
STIFF = {
    r"tells?|told|telling": "a program shows, reports or sends; only people tell",
    r"whoever|whosoever": "name the one who acts: the run, the subscriber, the operator",
    r"so many|so much|so long as|for so long|such as this": "give the number, or 'this many'",
    r"anew": "'again', or 'start over'",
    r"by name": "'is named', or name the thing",
    r"what is so": "say what it is",
    r"(?:give|gives|gave|given) (?:\w+ )?back": "'release', 'return', or 'restore'",
    r"(?:bring|brings|brought) (?:\w+ ){0,3}back": "'restore' or 'recover'",
    r"brings the database before": "'the previous database'",
    r"lets? (?:\w+ )?go": "'release'",
    r"goes on|went on|go on with": "'continues'",
    r"at work": "'is running'",
    r"cannot be had|had of": "'cannot get'",
    r"look(?:s|ed|ing)? (?:why|into|at)": "'check'",
    r"(?:is|are|was|were) to (?:be|have|get|do)": "'will', 'should' or 'must'",
    r"mend|mends|mended": "'fix'",
    r"are (?:allowed|usual)": "'limit', 'usually'",
    r"(?<!there )(?<!and )\b(?:is|are) no (?!longer|more|bigger|larger|older|newer)\w+": "'is not a …'",
    r"does not suffice|suffices": "'is not enough', 'is enough'",
    r"hence|thereof|whereof|wherein|therein|aught|lest": "these are the words of contracts",
    r"be looked|was looked|not looked": "'checked'",
    r"lies in|lies elsewhere": "'is in', 'is stored'",
    r"should be known|be known that": "say it",
}
"""Words of an earlier language of this program → what a colleague would write."""

BEFORE = [
    "Look why runs failed or did not happen: earlier mails, the dump function's log, its schedule.",
    "If it was swapped and that was a mistake, the second command brings the database before back.",
    "Whoever subscribed must follow the link in the mail",
    "the newest is scims-db-20261122T020000Z, 26 hours are allowed",
    "The next drill tells whether the backup restores.",
    "The backup cannot be restored, or does not give back what was in the source.",
    "another prune of scims-db is at work, or was killed",
    "AWS's credentials for restic cannot be had",
    "the secret scims is no access key",
    "mend what kept the drill from looking, and drill again",
    "Something that was to be removed is still there",
    "drill failed: found by name",
    "To begin anew use a new catalog",
    "the quota could not be looked at",
]


def _stiff(text):
    return [
        (match[0], cure)
        for word, cure in STIFF.items()
        for match in re.finditer(rf"(?i)\b(?:{word})\b", text)
    ]


def _is_read_by_people(text):
    """Sentences, not identifiers, keys, regular expressions or SQL."""
    words = text.split()
    return len(words) > 2 and not re.search(r"\b(?:SELECT|WHERE|JOIN|GROUP BY)\b|\(\?|\\[swdb.(]|\|", text)


def _texts(tree):
    """Yield line and text of each literal; docstrings are for developers."""
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    for node in ast.walk(tree):
        if id(node) in silent or id(node) in parts:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(_shown(part) for part in node.values)


def _shown(part):
    return str(part.value) if isinstance(part, ast.Constant) else "…"


MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def test_texts_for_people_are_plain_english():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {word!r} in {text!r}: {cure}"
        for path in MODULES
        for line, text in _texts(ast.parse(path.read_text()))
        if _is_read_by_people(text)
        for word, cure in _stiff(text)
    ]
    assert found == []


@pytest.mark.parametrize("text", BEFORE)
def test_a_text_of_before_is_refused(text):
    assert _stiff(text)


@pytest.mark.parametrize("text", ["there is no backup yet", "it is no longer renewed", "Fix the cause."])
def test_a_plain_text_is_not_refused(text):
    assert _stiff(text) == []


def test_literals_are_seen_in_messages_and_templates_but_not_in_docstrings():
    code = '"""whoever"""\ndef f(x):\n    """anew"""\n    raise ValueError(f"tells {x}" " by name")\n'
    assert [text for _, text in _texts(ast.parse(code))] == ["tells … by name"]
