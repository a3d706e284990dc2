"""What every place that keeps versions must do, whoever keeps them.

A subject has the place, `put(key, data)` (None removes), and `current()`: what is there.
"""

import pytest


class VersionedPlaceContract:
    """The suite; whoever runs it gives the fixture `subject`, with nothing in it."""

    def of(self, subject, key):
        return [version for version in subject.place.versions() if version.key == key]

    def test_versions_and_markers_are_listed_newest_first_and_one_is_current(self, subject):
        for data in (b"one", b"second", None, b"third one", None):
            subject.put("a/x", data)
        subject.put("a/y", b"y")
        found = self.of(subject, "a/x")
        assert [one.bytes for one in found if not one.is_marker] == [9, 6, 3]
        assert sum(one.is_marker for one in found) == 2
        assert [one.is_current for one in found if one.is_marker] == [True, False]
        assert len({one.id for one in found}) == 5
        assert [one.is_current for one in self.of(subject, "a/y")] == [True]

    def test_without_its_markers_an_object_is_there_as_the_same_version(self, subject):
        for data in (b"one", None, None):
            subject.put("x", data)
        version, *markers = self.of(subject, "x")
        subject.place.remove_markers("x", tuple(one.id for one in markers))
        assert subject.current() == {"x": b"one"}
        assert [one.id for one in self.of(subject, "x")] == [version.id]

    def test_an_older_version_put_on_top_is_current_and_no_version_is_lost(self, subject):
        subject.put("x", b"of then")
        (then,) = self.of(subject, "x")
        subject.put("x", b"garbage")
        subject.place.put_on_top(then)
        assert subject.current() == {"x": b"of then"}
        assert len(self.of(subject, "x")) == 3

    def test_an_older_version_comes_on_top_of_a_marker_too(self, subject):
        subject.put("x", b"of then")
        (then,) = self.of(subject, "x")
        subject.put("x", None)
        subject.place.put_on_top(then)
        assert subject.current() == {"x": b"of then"}

    def test_what_is_put_aside_is_not_there_and_no_version_is_lost(self, subject):
        subject.put("x", b"since")
        subject.place.put_aside("x")
        assert subject.current() == {}
        assert len(self.of(subject, "x")) == 2

    @pytest.mark.parametrize(("other", "same"), [(b"of then", True), (b"garbage", False)])
    def test_contents_are_compared_by_their_bytes(self, subject, other, same):
        subject.put("x", b"of then")
        subject.put("x", other)
        assert subject.place.same_bytes(*self.of(subject, "x")) is same

    def test_a_place_that_keeps_versions_is_taken(self, subject):
        subject.place.require_versions()
