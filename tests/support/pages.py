"""The documentation's pages, as tests read them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

_BLOCK = re.compile(r"^ *```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, *languages: str) -> list[str]:
    """Return a page's code blocks of some languages, in order."""
    found = _BLOCK.finditer(page.read_text())
    return [block["text"] for block in found if block["language"] in languages]


def sections(page: Path, *languages: str) -> dict[str, list[str]]:
    """Return the code blocks of some languages by the title of their section, of sections that have some."""
    found: dict[str, list[str]] = {}
    for part in re.split(r"^## ", page.read_text(), flags=re.MULTILINE):
        title, _, body = part.partition("\n")
        of_section = [block["text"] for block in _BLOCK.finditer(body) if block["language"] in languages]
        if of_section:
            found[title] = of_section
    return found


@dataclass(frozen=True)
class Part:
    """A part of a page that a program writes, between `<!-- NAME -->` and `<!-- end of NAME -->`."""

    page: Path
    name: str

    def read(self) -> str:
        """Return the part as it is written there."""
        found = self._between.search(self.page.read_text())
        assert found, f"{self.page} has no {self.name}"
        return found[1]

    def replace(self, text: str) -> None:
        """Write the part."""
        begin, end = self._marks
        self.page.write_text(self._between.sub(lambda _: begin + text + end, self.page.read_text()))

    @property
    def _marks(self) -> tuple[str, str]:
        return f"<!-- {self.name} -->\n", f"<!-- end of {self.name} -->\n"

    @property
    def _between(self) -> re.Pattern[str]:
        begin, end = map(re.escape, self._marks)
        return re.compile(f"{begin}(.*?){end}", re.DOTALL)
