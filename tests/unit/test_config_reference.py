"""The pages say what the schemas and the registry of measures say."""

from pathlib import Path

import pytest

from selectivity.config_reference import pages

PAGES = pages(Path(__file__).resolve().parents[2])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_a_reference_table_is_made_from_its_source(page):
    assert page.read_text(encoding="utf-8") == PAGES[page], "run `make reference`"
