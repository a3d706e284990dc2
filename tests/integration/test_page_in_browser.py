"""The status page in a browser: nothing that axe objects to, at the width of a phone as on a desk.

SCIMS_PAGE_PICTURES=DIR keeps a picture of each, to be looked at.
"""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scims_backup.adapters.pages.folder import FolderPages
from scims_backup.adapters.pages.html import HtmlPages
from scims_backup.domain.page import Year, index_page, source_page
from scims_backup.domain.status import SourceStatus
from scims_backup.ports.pages import INDEX, name_of
from tests.support.browser import chromium, opened, violations
from tests.support.status_pages import NOW, page_of

WIDTHS, SCHEMES = (360, 768, 1280), ("light", "dark")


def written(folder):
    """Write a page in each state, and that of all sources; return them by what they show."""
    pages, html, fine = FolderPages(folder), HtmlPages(), page_of()
    late = page_of(proven=None, quota_day=(NOW + timedelta(days=5)).date())
    first = source_page(SourceStatus("scims-new", NOW), [], Year(NOW))
    states = {"fine": fine, "critical": late, "first": first}
    for name, page in states.items():
        pages.put(name_of(name), html.source(page))
    statuses = [replace(page.status, source=name) for name, page in states.items()]
    pages.put(INDEX, html.index(index_page(statuses, [("scims-gone", "access denied")], NOW)))
    return {name: folder / name_of(name) for name in states} | {"index": folder / INDEX}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return written(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


def keep_picture(page, name):
    if folder := os.environ.get("SCIMS_PAGE_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["critical", "first", "index"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(browser, pages, name, width, scheme):
    with opened(browser, pages[name], width, scheme) as page:
        page.evaluate("for (const one of document.querySelectorAll('section > details')) one.open = true")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        keep_picture(page, f"{name}-{width}-{scheme}")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_in_the_tables_beside_charts(browser, pages, scheme):
    with opened(browser, pages["fine"], 360, scheme) as page:
        page.evaluate(
            "for (const one of document.querySelectorAll('tbody')) while (one.rows[9]) one.rows[9].remove()"
        )
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_axe_would_find_a_fault(browser, pages, tmp_path):
    """Such as text that can hardly be read."""
    html = pages["fine"].read_text().replace("--quiet: #525c69", "--quiet: #d0d0d0")
    (tmp_path / "pale.html").write_text(html)
    with opened(browser, tmp_path / "pale.html", 1280, "light") as page:
        assert any("color-contrast" in one for one in violations(page))


def test_without_scripts_the_numbers_are_there_and_nothing_is_loaded(browser, pages):
    with opened(browser, pages["fine"], 1280, "light", scripts=False) as page:
        assert page.locator("h1").inner_text() == "scims-db"
        assert page.locator("td.p").count() > 50
        page.locator("summary", has_text="Size of backups as a table").click()
        assert (
            page.get_by_role("table", name="Size of backups, newest first").get_by_role("row").count() > 380
        )


def test_each_source_is_one_click_from_the_page_of_all_and_back(browser, pages):
    with opened(browser, pages["index"], 360, "light") as page:
        page.get_by_role("link", name="critical").click()
        assert page.get_by_role("heading", level=1).inner_text() == "scims-db"
        page.get_by_role("link", name="All sources").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Backups"


def test_a_table_that_is_stacked_on_a_phone_is_a_table_still(browser, pages):
    """Stacking by CSS takes the roles from a table, where they are not written down."""
    with opened(browser, pages["index"], 360, "light") as page:
        table = page.get_by_role("table", name="The worst first")
        assert table.get_by_role("rowheader").count() == 4
        assert table.get_by_role("columnheader").count() == 7


def test_printed_the_page_is_light_and_complete(browser, pages):
    with opened(browser, pages["fine"], 1280, "dark") as page:
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(21, 26, 33)"
        assert page.locator(".months").is_visible()
