"""Writes the documents anew: ``python -m tests.fixes``. Look at each line of the difference before you commit it."""

from __future__ import annotations

from .documents import DOCUMENTS, EXAMPLES, PAGE, rewritten, rule_examples, with_differences


def main() -> None:
    """Write each document that changes."""
    for document in {*DOCUMENTS.glob("*.md"), DOCUMENTS / EXAMPLES}:
        text = rule_examples() if document.name == EXAMPLES else rewritten(document)
        if not document.exists() or document.read_text(encoding="utf-8") != text:
            document.write_text(text, encoding="utf-8")
            print(f"{document.name} is new")
    PAGE.write_text(with_differences(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
