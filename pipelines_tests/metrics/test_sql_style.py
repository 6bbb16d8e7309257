"""One style of SQL in the metrics: keywords in capitals, all else in small letters, four spaces, `<>`.

By sqlglot's tokenizer, because a linter needs whole statements: CONTRIBUTING.md has what was measured.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.tokens import TokenType

from pipelines.project.folder import PROJECT

FILES = sorted((PROJECT / "pipelines" / "metrics").rglob("*.py"))
_BEGINS = re.compile(
    r"\s*(?:WITH|SELECT|CREATE|FROM|INSERT|UPDATE|DELETE|LEFT JOIN|JOIN|CASE|WHERE)\s",
    re.IGNORECASE,
)
#: Words that are nothing else in this SQL.
_KEYWORDS = {
    *(
        "SELECT",
        "FROM",
        "WHERE",
        "JOIN",
        "LEFT",
        "INNER",
        "CROSS",
        "ASOF",
        "ON",
        "USING",
        "AS",
        "AND",
        "OR",
        "NOT",
        "IN",
    ),
    *(
        "IS",
        "NULL",
        "CASE",
        "WHEN",
        "THEN",
        "ELSE",
        "GROUP",
        "BY",
        "ORDER",
        "HAVING",
        "QUALIFY",
        "WITH",
        "OVER",
    ),
    *(
        "PARTITION",
        "BETWEEN",
        "DISTINCT",
        "UNION",
        "INTERVAL",
        "LIMIT",
        "FILTER",
        "ASC",
        "DESC",
        "NULLS",
        "EXISTS",
    ),
    *(
        "CREATE",
        "TABLE",
        "REPLACE",
        "INSERT",
        "INTO",
        "VALUES",
        "LATERAL",
        "PRECEDING",
        "FOLLOWING",
        "EXCEPT",
    ),
}
_SMALL = {"TRUE", "FALSE"}
#: What stands before a bracket and is no function.
_TYPES = {"CAST", "TRY_CAST", "DECIMAL", "STRUCT", "MAP", "VARCHAR", "ROW"}


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """The SQL of a module, by line; what Python puts into one is an empty name."""
    nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
    pieces = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if id(node) in pieces:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(
                part.value if isinstance(part, ast.Constant) else "_" for part in node.values
            )
        else:
            continue
        if _BEGINS.match(text) and ("\n" in text or "SELECT" in text.upper()):
            yield node.lineno, text


def faults(text: str) -> Iterator[str]:
    tokens = DuckDB().tokenize(text)
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        word = token.text
        if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER) or not word.isascii():
            continue
        if word.upper() in _KEYWORDS and not word.isupper():
            yield f"line {token.line}: {word} is a keyword: {word.upper()}"
        if word.upper() in _SMALL and not word.islower():
            yield f"line {token.line}: {word}: {word.lower()}"
        is_call = (
            after is not None
            and after.token_type == TokenType.L_PAREN
            and after.start == token.end + 1
        )
        if is_call and word.isalpha() and word.isupper() and word not in _KEYWORDS | _TYPES:
            yield f"line {token.line}: {word}(: a function in small letters"
        if word == "!=":
            yield f"line {token.line}: !=: <>"
    # The last line is where Python closes the text.
    for number, line in enumerate(text.splitlines()[:-1], start=1):
        if line != line.rstrip() or "\t" in line:
            yield f"line {number}: blanks at the end, or a tab"
        if (
            line.strip()
            and (len(line) - len(line.lstrip())) % 4
            and not line.lstrip().startswith("--")
        ):
            yield f"line {number}: indented by {len(line) - len(line.lstrip())} spaces, no multiple of four"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_sql_has_one_style(file: Path) -> None:
    found = [
        f"{file.name}:{start}, {fault}" for start, text in texts(file) for fault in faults(text)
    ]
    assert not found, "\n".join(found)
