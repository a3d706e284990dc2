"""The status page as HTML: it escapes what it shows, loads nothing, and says the judgement first."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from scims_backup.adapters.pages.folder import FolderPages
from scims_backup.adapters.pages.html import HtmlPages
from scims_backup.domain.checklist.lines import Evidence, Topic
from scims_backup.domain.errors import PageError
from scims_backup.domain.page import Mark, Year, index_page, source_page
from scims_backup.domain.page.commands import pieces
from scims_backup.domain.page.source_page import Lists
from scims_backup.domain.run_record import RunResult
from scims_backup.domain.status import OpenAlert, SourceStatus, Standing
from scims_backup.domain.verdict import Finding, Report, Verdict
from scims_backup.ports.pages import INDEX, name_of
from tests.support.status_pages import NOW, backup, drill, page_of, status_of, year_of_runs

HOSTILE = '<script>alert("x")</script>'
TWO_NIGHTS = [backup(NOW - timedelta(days=ago)) for ago in (1, 0)]


class Elements(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.texts = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def renderer():
    return HtmlPages()


def hostile_page():
    """A page into which everything that others write brings a script."""
    failed = drill(TWO_NIGHTS[0], NOW - timedelta(hours=5), RunResult.FAILED, findings=1)
    stopped = drill(TWO_NIGHTS[1], NOW, RunResult.INCONCLUSIVE, reason=HOSTILE, seconds={})
    run = backup(NOW - timedelta(days=3), backup=None, result=RunResult.FAILED, reason=HOSTILE)
    records = [run, *TWO_NIGHTS, failed, stopped]
    found = Finding(HOSTILE, f'table "{HOSTILE}"', HOSTILE, HOSTILE)
    reports = {(failed.backup or "", "20261129T110500Z"): Report(Verdict.FAILED, (found,))}
    line = Topic(HOSTILE, HOSTILE).no(HOSTILE, Evidence(HOSTILE, HOSTILE))
    lists: Lists = {HOSTILE: (line,)}
    alerts = (OpenAlert(HOSTILE, NOW),)
    status = SourceStatus(
        "scims-db",
        NOW,
        nights=tuple(TWO_NIGHTS),
        alerts=alerts,
        verdict=failed,
        last_failure=run,
        unit=HOSTILE,
    )
    return source_page(status, records, Year(NOW), None, reports, lists, [HOSTILE])


def test_nothing_that_a_page_shows_becomes_markup(renderer):
    html = renderer.source(hostile_page())
    assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;") in html
    assert "script" not in Elements(html).tags
    assert f'table "{HOSTILE}"' in Elements(html).text, "it is shown as it is called"


def test_nothing_that_the_page_of_all_sources_shows_becomes_markup(renderer):
    page = index_page([replace(hostile_page().status)], [(HOSTILE, HOSTILE)], NOW)
    elements = Elements(renderer.index(page))
    assert "script" not in elements.tags
    assert HOSTILE in elements.text


def test_control_characters_are_not_written(renderer):
    page = replace(page_of(), problems=("a\0b\u202ec\x1b[31m",))
    html = renderer.source(page)
    assert not re.search("[\0\u202e\x1b]", html)
    assert "a b c [31m" in html


def test_a_page_loads_nothing_and_runs_no_script(renderer):
    for html in (
        renderer.source(page_of()),
        renderer.index(index_page([status_of(TWO_NIGHTS_DRILLED)], [], NOW)),
    ):
        elements = Elements(html)
        assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(elements.tags)
        assert not [
            name for name, _ in elements.attributes if name in {"src", "srcset"} or name.startswith("on")
        ]
        assert "url(" not in html
        assert "@import" not in html
        assert "default-src 'none'" in html


TWO_NIGHTS_DRILLED = [*TWO_NIGHTS, drill(TWO_NIGHTS[0], NOW - timedelta(hours=2))]


def test_the_judgement_is_the_first_thing_and_has_its_command(renderer):
    page = page_of(proven=None)
    text = Elements(renderer.source(page)).text
    critical = page.wrong[0]
    assert page.standing is critical.standing is Standing.CRITICAL
    assert text.index(critical.message) < text.index("Newest backup") < text.index("Nights of a year")
    assert "<code>scims-backup drill</code>" in renderer.source(page)


def test_before_the_first_backup_the_page_says_what_comes_next(renderer):
    html = renderer.source(source_page(SourceStatus("scims-db", NOW), [], Year(NOW)))
    text = Elements(html).text
    assert "There is no backup yet" in text
    assert "<code>scims-backup backup</code>" in html
    assert "The calendar begins with the first backup." in text


def test_a_drill_shows_what_it_found_and_how_much_more_there_is(renderer):
    text = Elements(renderer.source(page_of())).text
    assert 'table "public"."item_stocks": 160000 rows expected, 159212 found (rows-differ)' in text
    assert "and 12 more differences: scims-backup show scims-db-20260712T020000Z" in text


def test_every_chart_has_a_title_a_description_and_its_values_as_a_table(renderer):
    page = page_of()
    html = renderer.source(page)
    assert [chart.id for chart in page.charts] == ["sizes", "durations", "restore-time", "counts"]
    for chart in page.charts:
        assert f'aria-labelledby="{chart.id}-title {chart.id}-text"' in html
        assert f'<desc id="{chart.id}-text">{chart.summary}</desc>' in html
        assert f"<caption>{chart.title}, newest first</caption>" in html


def test_a_page_of_a_year_is_small(renderer):
    assert len(renderer.source(page_of())) < 300_000


def test_the_calendar_shows_the_time_zone_of_the_policy(renderer):
    html = renderer.source(page_of())
    assert "A night is a day in the time zone UTC" in Elements(html).text


def test_sources_stand_in_the_order_of_their_judgement():
    fine = status_of(TWO_NIGHTS_DRILLED)
    late = replace(fine, source="b-late", proven=None, proofs_since=NOW - timedelta(days=30))
    page = index_page([fine, replace(fine, source="a-fine"), late], [("broken", "access denied")], NOW)
    assert [row.source for row in page.rows] == ["b-late", "broken", "a-fine", "scims-db"]
    assert page.standing is Standing.CRITICAL
    assert page.standings[Standing.CRITICAL] == 2


def test_a_source_that_cannot_be_read_has_no_link(renderer):
    html = renderer.index(index_page([], [("broken", "access denied")], NOW))
    assert "access denied" in Elements(html).text
    assert name_of("broken") not in html


@pytest.mark.parametrize(
    ("sentence", "commands"),
    [
        ("take the first one: scims-backup backup", ["scims-backup backup"]),
        ("scims-backup drill", ["scims-backup drill"]),
        (
            "see it (scims-backup show x), then: scims-backup drill",
            ["scims-backup show x", "scims-backup drill"],
        ),
        ("do what their mails say; scims-backup ack silences the reminders", []),
        ("raise the quota", []),
    ],
)
def test_commands_are_set_apart_and_no_word_is_lost(sentence, commands):
    found = list(pieces(sentence))
    assert [one.text for one in found if one.is_command] == commands
    assert "".join(one.text for one in found) == sentence


def test_no_source_can_have_the_name_of_the_page_of_all():
    assert name_of("index") != INDEX
    assert name_of("index.html") != INDEX


def test_a_page_takes_the_place_of_the_previous_one(tmp_path):
    pages = FolderPages(tmp_path / "new")
    for html in ("one", "two"):
        pages.put(name_of("scims-db"), html)
    assert [path.name for path in (tmp_path / "new" / "sources").iterdir()] == ["scims-db.html"]
    assert (tmp_path / "new" / "sources" / "scims-db.html").read_text() == "two"


def test_a_page_that_cannot_be_written_says_which(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PageError, match=r"index\.html cannot be written: File exists"):
        FolderPages(tmp_path / "file").put(INDEX, "")


def test_the_year_of_the_example_is_what_the_pictures_show():
    marks = page_of(year_of_runs()).marks
    assert (marks[Mark.FAILED], marks[Mark.MISSING]) == (4, 3)
