"""A resource that a function provides is answered whatever happens: CloudFormation would wait else."""

import json
import threading
from email.message import Message
from types import SimpleNamespace
from urllib.error import HTTPError, URLError

import pytest

from scims_backup.domain.errors import InterruptedOperationError, OperationFailedError, UsageError
from scims_backup.handling import stack_resources
from scims_backup.handling.function_run import UntoldError

ADDRESS = "https://cloudformation.example/answer?signature=x"
STACK = "arn:aws:cloudformation:eu-central-1:123456789012:stack/scims-backup/0f"
SECRET = "correct horse battery staple"


def event(kind="Create"):
    return {
        "RequestType": kind,
        "ResponseURL": ADDRESS,
        "StackId": STACK,
        "RequestId": "7",
        "ResourceType": "Custom::Thing",
        "LogicalResourceId": "Thing",
        "ResourceProperties": {"Name": "n", "Empty": "", "List": []},
    }


def context(milliseconds=60_000):
    return SimpleNamespace(aws_request_id="7f", get_remaining_time_in_millis=lambda: milliseconds)


@pytest.fixture
def puts(monkeypatch):
    """What is put, in order. failures: what the next attempts to put raise."""
    put = SimpleNamespace(requests=[], timeouts=[], failures=[])

    def urlopen(request, timeout):
        put.timeouts.append(timeout)
        if put.failures:
            raise put.failures.pop(0)
        put.requests.append(request)
        return SimpleNamespace(close=lambda: None)

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    return put


@pytest.fixture
def provide(puts):
    """Provides a resource, and returns the one answer that CloudFormation got."""

    def provide(work, kind="Create", milliseconds=60_000, excuse=None):
        stack_resources.provide(event(kind), context(milliseconds), work, excuse)
        (request,) = puts.requests
        return json.loads(request.data)

    return provide


def failing(error):
    def work():
        raise error

    return work


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_what_was_done_is_answered_with_its_attributes(provide, kind):
    assert provide(lambda: {"Uri": "image"}, kind) == {
        "Status": "SUCCESS",
        "Data": {"Uri": "image"},
        "StackId": STACK,
        "RequestId": "7",
        "LogicalResourceId": "Thing",
        "PhysicalResourceId": f"{STACK}/Thing",
    }


def test_nothing_is_done_for_a_deletion(provide):
    answer = provide(failing(AssertionError("it was called")), "Delete")
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {})


@pytest.mark.parametrize("kind", ["Create", "Update"])
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (UntoldError("UsageError: no such image"), "UsageError: no such image"),
        (UsageError("no such image", "name another"), "no such image (name another)"),
        (OperationFailedError("no answer", "try again"), "no answer (try again)"),
        (InterruptedOperationError("interrupted"), "interrupted"),
        (KeyError(SECRET), "KeyError"),
        (TimeoutError(SECRET), "TimeoutError"),
        (SystemExit(SECRET), "SystemExit"),
        (KeyboardInterrupt(SECRET), "KeyboardInterrupt"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_kind_of_failure_is_answered_and_only_texts_that_were_meant_to_be_shown(
    provide, kind, error, reason
):
    answer = provide(failing(error), kind)
    assert (answer["Status"], answer["Reason"]) == ("FAILED", reason)
    assert answer["PhysicalResourceId"] == f"{STACK}/Thing"
    assert "Data" not in answer


def test_work_that_does_not_end_is_answered_while_the_function_has_time(provide):
    released = threading.Event()
    try:
        answer = provide(lambda: {"Late": str(released.wait())}, milliseconds=20_000)
    finally:
        released.set()
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("no result after 0 s")


@pytest.mark.parametrize("milliseconds", [20_000, 19_000, 0])
def test_a_failure_that_is_excused_fails_no_deployment(provide, milliseconds):
    released = threading.Event()
    try:
        answer = provide(
            lambda: {"Late": str(released.wait())},
            milliseconds=milliseconds,
            excuse=lambda reason: {"Outcome": f"failed: {reason}"},
        )
    finally:
        released.set()
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Outcome"].startswith("failed: no result after 0 s")


def test_success_needs_no_excuse(provide):
    answer = provide(lambda: {"Uri": "image"}, excuse=lambda reason: {"Outcome": reason})
    assert answer["Data"] == {"Uri": "image"}


@pytest.mark.parametrize("letter", ["x", "é", "…", "😀"])
@pytest.mark.parametrize("fails", [True, False])
def test_an_answer_is_as_short_as_cloudformation_takes_it(puts, provide, letter, fails):
    long = letter * 5000
    provide(failing(UsageError(long)) if fails else lambda: {"Outcome": long})
    assert len(puts.requests[0].data) <= 4096


def test_an_answer_is_put_without_a_content_type_as_it_was_signed(puts, provide):
    provide(dict)
    (request,) = puts.requests
    assert (request.get_method(), request.full_url) == ("PUT", ADDRESS)
    assert request.get_header("Content-type") == ""


FAILURES = {
    "no answer": TimeoutError("timed out"),
    "no way": URLError("no route to host"),
    "broken off": ConnectionResetError(),
    "not now": HTTPError(ADDRESS, 503, "Slow Down", Message(), None),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("times", [1, 2])
def test_an_answer_that_is_not_taken_at_once_is_put_again(puts, provide, failure, times):
    puts.failures = [FAILURES[failure]] * times
    assert provide(lambda: {"Uri": "image"})["Status"] == "SUCCESS"


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("outcome", [dict, failing(UsageError("no"))], ids=["success", "failure"])
def test_an_answer_that_is_never_taken_fails_the_function_so_that_lambda_calls_it_again(
    puts, failure, outcome
):
    puts.failures = [FAILURES[failure]] * 3
    with pytest.raises(type(FAILURES[failure])):
        stack_resources.provide(event(), context(), outcome)
    assert puts.requests == []


def test_all_attempts_to_put_an_answer_fit_into_the_time_that_is_kept_for_them(puts):
    puts.failures = [TimeoutError()] * 9
    with pytest.raises(TimeoutError):
        stack_resources.provide(event(), context(), dict)
    assert sum(puts.timeouts) < 20


@pytest.mark.parametrize("name", ["Missing", "Empty", "List"])
def test_a_property_that_the_template_does_not_set_is_named(name):
    with pytest.raises(UsageError, match=f"Thing has no {name}"):
        stack_resources.property_of(event(), name)


def test_a_property_is_returned():
    assert stack_resources.property_of(event(), "Name") == "n"
