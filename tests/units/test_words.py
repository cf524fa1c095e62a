"""What the text of a file tells before anybody looks at its tree."""

from __future__ import annotations

import io

import pytest

from flake8_wsthreads.source.budget import Budget
from flake8_wsthreads.source.words import WordIndex


def words_of(text: str) -> WordIndex:
    return WordIndex(io.StringIO(text).readlines(), Budget())


@pytest.mark.parametrize(
    "text",
    [
        "import trio\n",
        "import os, trio.socket\n",
        "from trio import from_thread\n",
        "def f():\n    import asyncio; import trio\n",
        "import os, \\\n    trio\n",
        "trio = importlib.import_module(\n    'trio'\n)\n",
        "trio = __import__(  # when it is needed\n    'trio'\n)\n",
        "from app.libraries import (\n    asyncio,\n    trio,\n)\n",
        "import ｔｒｉｏ\n",
    ],
)
def test_a_package_is_found_where_something_imports_it(text: str) -> None:
    assert words_of(f"'''Some text.'''\n{text}").may_import("trio")


@pytest.mark.parametrize(
    "text",
    ["", "import asyncio\n", "import asyncio\ntrio = 1\n", "# trio is\n# not important\n", "trio = 1\nimport os"],
)
def test_a_package_that_is_named_elsewhere_only_is_not_imported(text: str) -> None:
    assert not words_of(text).may_import("trio")


@pytest.mark.parametrize(
    "text, lines", [("ws.close()\nclose_ws()\nаws = ws\n", [1, 3]), ("ws\nws, ws\n", [1, 2]), ("ｗｓ = 1\n", [1])]
)
def test_a_word_stands_on_the_lines_that_have_it_as_a_whole(text: str, lines: list[int]) -> None:
    assert words_of(text).lines_of("ws") == lines
