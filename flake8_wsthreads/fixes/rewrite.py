"""Changes a tree of libcst: drops statements, replaces nodes, puts statements into a new block. No comment is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import libcst as cst

from flake8_wsthreads.fixes.comments import comment_lines, lines_with_comments
from flake8_wsthreads.fixes.imports import without_unused
from flake8_wsthreads.fixes.parsed import Block, Parsed, code_of
from flake8_wsthreads.fixes.with_items import merged

Item = cst.BaseStatement | cst.EmptyLine
"""A statement, or a line with a comment that waits for the next statement."""


@dataclass(frozen=True)
class NewBlock:
    """Statements of one list, from ``first`` to ``last``, that move into a new ``with`` block."""

    first: cst.BaseStatement
    last: cst.BaseStatement
    item: Callable[[], cst.WithItem]
    """What the block enters. Asked for when all that is replaced is known."""
    opens: bool
    """``first`` is the opening itself: it becomes the ``with`` line, and what follows moves."""


class Rewrite(cst.CSTTransformer):
    """One change of one file. Nodes are those of the tree that ``Parsed`` holds."""

    def __init__(self, parsed: Parsed) -> None:
        super().__init__()
        self._parsed = parsed
        self._dropped: set[cst.CSTNode] = set()
        self._taken: set[cst.CSTNode] = set()
        self._unwrapped: set[cst.CSTNode] = set()
        self._replaced: dict[cst.CSTNode, Callable[[cst.CSTNode], cst.CSTNode]] = {}
        self._blocks: dict[Block, list[NewBlock]] = {}
        self._before: dict[cst.CSTNode, list[cst.BaseStatement]] = {}
        self._appended: dict[cst.CSTNode, list[cst.BaseStatement]] = {}
        self._results: dict[cst.CSTNode, list[Item]] = {}
        self._made: set[int] = set()
        self._on_the_way: set[cst.CSTNode] = set()
        self._updated: dict[cst.CSTNode, cst.CSTNode] = {}

    def drop(self, nodes: Iterable[cst.CSTNode]) -> None:
        """Drop statements, whole or of a line with several; what they leave empty goes with them."""
        self._dropped.update(nodes)

    def take_away(self, statement: cst.BaseStatement) -> None:
        """Drop a statement with its comments: it is put somewhere else."""
        self._dropped.add(statement)
        self._taken.add(statement)

    def unwrap(self, statements: Iterable[cst.With]) -> None:
        """Put the body of these statements in their place."""
        self._unwrapped.update(statements)

    def replace(self, node: cst.CSTNode, change: Callable[[cst.CSTNode], cst.CSTNode]) -> None:
        """Put what ``change`` makes of a node in its place."""
        self._replaced[node] = change

    def insert_before(self, statement: cst.BaseStatement, new: Iterable[cst.BaseStatement]) -> None:
        """Put new statements in front of one of a list."""
        self._before.setdefault(statement, []).extend(new)

    def new_block(self, block: Block, new: NewBlock) -> None:
        """Move statements of a list into a new block."""
        self._blocks.setdefault(block, []).append(new)

    def append(self, holder: cst.FunctionDef | cst.ClassDef, new: Iterable[cst.BaseStatement]) -> None:
        """Put new statements at the end of a function or a class."""
        self._appended.setdefault(holder.body, []).extend(new)

    def text(self, finish: Callable[[cst.Module], cst.Module] | None = None) -> str:
        """The text of the file after the change, and after what ``finish`` does to all of it."""
        self._on_the_way = self._nodes_on_the_way()
        changed = self._parsed.module.visit(self)
        if finish is not None:
            changed = finish(changed)
        return self._parsed.code(without_unused(changed, self._parsed.module.code))

    def updated(self, node: cst.CSTNode) -> cst.CSTNode:
        """What has become of a node that was left already."""
        return self._updated.get(node, node)

    def _nodes_on_the_way(self) -> set[cst.CSTNode]:
        """The nodes that change, and all that are around them."""
        found: set[cst.CSTNode] = set()
        changing = (self._dropped, self._unwrapped, self._replaced, self._blocks, self._before, self._appended)
        for node in (node for nodes in changing for node in nodes):
            for outer in (node, *self._parsed.around(node)):
                if outer in found:
                    break
                found.add(outer)
        return found

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Called by libcst before the parts of a node: most of a file has nothing to do with a fix."""
        return node in self._on_the_way

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode:
        """Called by libcst with each node when all its parts are done."""
        original, updated = original_node, updated_node
        if original not in self._on_the_way:
            if isinstance(original, cst.BaseStatement):
                self._results[original] = [original]
            return updated
        change = self._replaced.get(original)
        if change is not None:
            updated = change(updated)
        if isinstance(original, Block):
            updated = self._with_new_list(original, updated)
        elif not isinstance(updated, cst.Finally):
            updated = _with_pass(updated)
        if isinstance(original, cst.BaseStatement):
            self._results[original] = self._items(original, updated)
        elif isinstance(original, cst.SimpleStatementSuite):
            updated = self._suite(original, updated)
        self._updated[original] = updated
        return updated

    def _items(self, original: cst.BaseStatement, updated: cst.CSTNode) -> list[Item]:
        assert isinstance(updated, cst.BaseStatement)
        if original in self._dropped:
            return [*comment_lines(original)] if original not in self._taken else []
        if isinstance(original, cst.SimpleStatementLine) and isinstance(updated, cst.SimpleStatementLine):
            kept = self._kept(original.body, updated.body)
            if not kept:
                return [*comment_lines(original)]
            if len(kept) < len(original.body):
                kept[-1] = kept[-1].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
                return [updated.with_changes(body=kept)]
        if isinstance(original, (cst.Try, cst.TryStar)) and isinstance(updated, (cst.Try, cst.TryStar)):
            return self._try(original, updated)
        if isinstance(updated, cst.With):
            if original in self._unwrapped:
                return _body_of(updated)
            updated = self._with_inner_items(updated, self._parsed.location(original).column)
        return [updated]

    def _kept(
        self, original: Sequence[cst.BaseSmallStatement], updated: Sequence[cst.BaseSmallStatement]
    ) -> list[cst.BaseSmallStatement]:
        return [new for old, new in zip(original, updated, strict=True) if old not in self._dropped]

    def _suite(self, original: cst.SimpleStatementSuite, updated: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(updated, cst.SimpleStatementSuite)
        if self._dropped.isdisjoint(original.body):
            return updated
        kept = self._kept(original.body, updated.body) or [cst.Pass()]
        kept[-1] = kept[-1].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
        return updated.with_changes(body=kept)

    def _with_new_list(self, original: Block, updated: cst.CSTNode) -> cst.CSTNode:
        """The block with what its statements have become."""
        items: list[Item] = []
        pending = list(self._blocks.get(original, ()))
        inside: list[Item] = []
        current: NewBlock | None = None
        for statement in original.body:
            before, results = self._before.get(statement, ()), self._results[statement]
            if current is None:
                items += before
                current = next((new for new in pending if new.first is statement), None)
                inside = []
            else:
                inside += before
            if current is None:
                items += results
                continue
            inside += results
            if statement is current.last:
                items.append(self._entered(current, inside, isinstance(original, cst.Module)))
                current = None
        statements, left = _joined(items)
        assert isinstance(updated, (cst.Module, cst.IndentedBlock))
        added = self._appended.get(original, [])
        if added:
            # a comment at the end of a method stays in front of what comes after it
            return updated.with_changes(body=[*statements, *added], footer=[*left, *updated.footer])
        return updated.with_changes(body=statements, footer=[*left, *updated.footer])

    def _entered(self, new: NewBlock, inside: list[Item], at_top: bool) -> cst.With:
        """The new ``with`` statement around what was inside of the range, ``at_top`` of the module or further in."""
        leading: Sequence[cst.EmptyLine] = ()
        header = cst.TrailingWhitespace()
        if new.opens:
            position = next(at for at, item in enumerate(inside) if isinstance(item, cst.SimpleStatementLine))
            before = inside[:position]
            opening = inside[position]
            assert isinstance(opening, cst.SimpleStatementLine)
            header = opening.trailing_whitespace
            leading = [*(item for item in before if isinstance(item, cst.EmptyLine)), *opening.leading_lines]
            inside = inside[position + 1 :]
        statements, footer = _joined(inside)
        if at_top:
            statements = [_without_indented_blanks(statement) for statement in statements]
        if not statements:
            statements = [cst.SimpleStatementLine([cst.Pass()])]
        first = statements[0]
        if isinstance(first, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            lines = list(first.leading_lines)
            if not new.opens:
                blank = next((at for at, line in enumerate(lines) if line.comment is not None), len(lines))
                leading, lines = lines[:blank], lines[blank:]
            while lines and lines[0].comment is None:
                del lines[0]
            statements[0] = first.with_changes(leading_lines=lines)
        made = cst.With(
            items=[new.item()],
            body=cst.IndentedBlock(body=statements, header=header, footer=footer),
            leading_lines=leading,
        )
        inner = statements[0]
        if len(statements) == 1 and isinstance(inner, cst.With) and _enters_alike(made, inner):
            made = merged(made, inner, self._parsed.location(new.first).column) or made
        self._made.add(id(made))
        return made

    def _with_inner_items(self, updated: cst.With, column: int) -> cst.With:
        """``with a:`` around nothing but a new ``with b:`` becomes ``with a, b:``."""
        inner = updated.body.body
        made = inner[0] if len(inner) == 1 and id(inner[0]) in self._made else None
        return merged(updated, made, column) or updated if isinstance(made, cst.With) else updated

    def _try(self, original: cst.Try | cst.TryStar, updated: cst.Try | cst.TryStar) -> list[Item]:
        """A ``try`` without what has become empty in it; its body alone, where nothing else is left."""
        after: list[Item] = []
        final = updated.finalbody
        if final is not None and not final.body.body:
            after += comment_lines(final)
            final = None
        handlers: list[cst.ExceptHandler | cst.ExceptStarHandler] = list(updated.handlers)
        only_raises = len(handlers) == 1 and _only_raises(handlers[0]) and not _only_raises(original.handlers[0])
        # ``except*`` raises a group where a single exception came in
        if isinstance(original, cst.Try) and only_raises and updated.orelse is None and final is None:
            after = [*comment_lines(handlers[0]), *after]
            handlers = []
        if handlers or final is not None:
            return [updated.with_changes(finalbody=final), *after]
        return [*_body_of(updated), *after]


def _enters_alike(left: cst.With, right: cst.With) -> bool:
    """Whether two blocks enter what the same callable gives: two connections belong on one line."""
    called = [
        code_of(item.item.func) if isinstance(item.item, cst.Call) else ""
        for item in (*left.items, *right.items)
    ]
    return bool(called[0]) and len(set(called)) == 1


def _body_of(statement: cst.With | cst.Try | cst.TryStar) -> list[Item]:
    """The statements of the first block alone."""
    body = statement.body
    lines: list[Item] = [*statement.leading_lines]
    if isinstance(body, cst.IndentedBlock):
        return [*lines, *comment_lines(body.header), *body.body, *lines_with_comments(body.footer)]
    assert isinstance(body, cst.SimpleStatementSuite)
    return [*lines, cst.SimpleStatementLine(body.body, trailing_whitespace=body.trailing_whitespace)]


def _joined(items: Iterable[Item]) -> tuple[list[cst.BaseStatement], list[cst.EmptyLine]]:
    """The statements, each with the lines that wait for it, and the lines that are left."""
    statements: list[cst.BaseStatement] = []
    waiting: list[cst.EmptyLine] = []
    for item in items:
        if isinstance(item, cst.EmptyLine):
            waiting.append(item)
            continue
        if waiting:
            assert isinstance(item, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
            item = item.with_changes(leading_lines=[*waiting, *item.leading_lines])
            waiting = []
        statements.append(item)
    return statements, waiting


def _without_indented_blanks(statement: cst.BaseStatement) -> cst.BaseStatement:
    """An empty line in front of a statement of the module stays empty further in."""
    assert isinstance(statement, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
    lines = [line if line.comment is not None else line.with_changes(indent=False) for line in statement.leading_lines]
    return statement.with_changes(leading_lines=lines)


def _with_pass(node: cst.CSTNode) -> cst.CSTNode:
    """A statement whose block has become empty has ``pass`` in it."""
    body = getattr(node, "body", None)
    if isinstance(body, cst.IndentedBlock) and not body.body:
        return node.with_changes(body=body.with_changes(body=[cst.SimpleStatementLine([cst.Pass()])]))
    return node


def _only_raises(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> bool:
    statements = handler.body.body
    line = statements[0] if len(statements) == 1 else None
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else line
    return isinstance(small, cst.Raise) and small.exc is None
