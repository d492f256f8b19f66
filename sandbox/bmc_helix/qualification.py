"""The qualification language of AR System: parser.

::

    expr  := term ((AND|OR) term)* ; NOT term ; ( expr )
    term  := value op value          op := = != < <= > >= LIKE
    value := "text" | number | 'Field Name' | 'field id' | $NULL$ | $TIMESTAMP$ | $USER$ | value + value

Arithmetic is ``+ - * /``. A double quote in a text is doubled, and so is a single quote in a field's name. AND binds
tighter than OR; ``&&``, ``||`` and ``!`` are the short forms (docs.bmc.com, building qualifications). What does not
fit is an error, never a full list.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">=", "LIKE"]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"]|"")*")
    | (?P<field>'(?:[^']|'')*')
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<keyword>\$[A-Z]+\$)
    | (?P<word>[A-Za-z]+)
    | (?P<sign><=|>=|!=|&&|\|\||[=<>()!+\-*/])
    )""",
    re.VERBOSE,
)
_COMPARISONS: dict[str, Operator] = {"=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "LIKE": "LIKE"}
_SHORT = {"&&": "AND", "||": "OR", "!": "NOT"}
_DEEPEST = 100
"""Levels of brackets, and terms of a sum."""
_DIGITS = 18


class QualificationError(ValueError):
    """A qualification does not fit the grammar; the text says what and where."""


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field, by name or id."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text."""

    value: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Keyword:
    """``$NULL$``, ``$TIMESTAMP$`` or ``$USER$``."""

    name: str


@dataclass(frozen=True, slots=True)
class Sum:
    """Two values joined by arithmetic."""

    sign: str
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two values."""

    operator: Operator
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Join:
    """Conditions of which all (``AND``) or one (``OR``) have to hold."""

    word: Literal["AND", "OR"]
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """A condition not to hold."""

    inner: Expression


Value: TypeAlias = "FieldRef | Text | Number | Keyword | Sum"
Expression: TypeAlias = "Compare | Join | Not"


def parse(text: str) -> Expression:
    """Read a qualification.

    Raises:
        QualificationError: it does not fit the grammar.
    """
    return _Parser(text).whole()


class _Parser:
    """Reads one qualification from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0

    def whole(self) -> Expression:
        found = self._either()
        if self.at < len(self.tokens):
            raise self._unexpected()
        return found

    def _either(self) -> Expression:
        parts = [self._both()]
        while self._accept("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Join("OR", tuple(parts))

    def _both(self) -> Expression:
        parts = [self._negation()]
        while self._accept("AND"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else Join("AND", tuple(parts))

    @contextmanager
    def _deeper(self) -> Generator[None]:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise QualificationError("nested too deep")
        yield
        self.depth -= 1

    def _negation(self) -> Expression:
        with self._deeper():
            if self._accept("NOT"):
                return Not(self._negation())
            start, depth = self.at, self.depth
            if not self._accept("("):
                return self._comparison()
            try:
                return self._in_brackets()
            except QualificationError:
                self.at, self.depth = start, depth
                return self._comparison()  # the bracket may be that of a value: ('A' + 1) > 2

    def _in_brackets(self) -> Expression:
        inner = self._either()
        if self._accept(")"):
            return inner
        raise self._unexpected()

    def _comparison(self) -> Compare:
        left = self._value()
        kind, word = self._peek()
        operator = _COMPARISONS.get(word.upper()) if kind in {"sign", "word"} else None
        if operator is None:
            raise self._unexpected()
        self.at += 1
        return Compare(operator, left, self._value())

    def _value(self) -> Value:
        left, terms = self._product(), 1
        while (sign := self._peek()[1]) in {"+", "-"} and terms < _DEEPEST:
            self.at, terms = self.at + 1, terms + 1
            left = Sum(sign, left, self._product())
        return left

    def _product(self) -> Value:
        left, terms = self._primary(), 1
        while (sign := self._peek()[1]) in {"*", "/"} and terms < _DEEPEST:
            self.at, terms = self.at + 1, terms + 1
            left = Sum(sign, left, self._primary())
        return left

    def _primary(self) -> Value:
        kind, word = self._peek()
        self.at += 1
        match kind:
            case "text":
                return Text(word[1:-1].replace('""', '"'))
            case "field":
                return FieldRef(word[1:-1].replace("''", "'"))
            case "number" if len(word) <= _DIGITS:
                return Number(float(word))
            case "keyword":
                return Keyword(word)
            case _:
                pass
        with self._deeper():
            if word == "-":
                return Sum("-", Number(0.0), self._primary())
            if word == "(":
                inner = self._value()
                if self._accept(")"):
                    return inner
                raise self._unexpected()
        self.at -= 1
        raise self._unexpected()

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def _accept(self, wanted: str) -> bool:
        kind, word = self._peek()
        if kind in {"sign", "word"} and _SHORT.get(word, word.upper()) == wanted:
            self.at += 1
            return True
        return False

    def _unexpected(self) -> QualificationError:
        kind, word = self._peek()
        return QualificationError("unexpected end" if kind == "end" else f"at {word}")


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise QualificationError(f"at {text[at : at + 20].strip()}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found
