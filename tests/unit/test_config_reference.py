"""The page of keys says what the schemas say."""

from pathlib import Path

from selectivity.config_reference import updated

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_keys_is_made_from_the_schemas():
    page = (ROOT / "config" / "README.md").read_text()
    assert page == updated(page, ROOT / "workflow" / "schemas"), "run `make reference`"
