"""Parsing of JQL: text into a tree of clauses, with the vendor's messages for what it does not understand.

Source: Atlassian support, "JQL: the most flexible way to search"; developer.atlassian.com, "Parse JQL query".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

_TOKEN = re.compile(
    r"\s*(?:(?P<quoted>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    r"|(?P<sign>!~|!=|>=|<=|&&|\|\||[=~<>(),!])"
    r"|(?P<word>cf\[\d+\]|(?:[^\s\"'=~<>(),!&|\[\]\\]|\\.)+))"
)
_WORDS = """
    abort access add after alias all alter and any are as asc at audit avg before begin between boolean break by
    byte char character check collate column commit connect continue count create current date decimal declare
    decrement default defaults delete delimiter desc difference distinct divide do double drop else empty encoding
    end equals escape exclusive exec execute exists explain false fetch file field first float for from function go
    goto grant greater group having if in index initial inner input insert int integer intersect into is isempty
    isnull join last left less like limit lock long max min minus mode modify modulo more multiply next noaudit not
    notin nowait null number object of on option or order outer output power previous prior privileges public raise
    raw remainder rename resource return returns revoke right row rowid rownum rows select session set share size
    sqrt start strict string subtract sum synonym table then to trans transaction trigger true uid union unique
    update user validate values view when whenever where while with
"""
_RESERVED = frozenset(_WORDS.split())
_PREDICATES = ("after", "before", "on", "during", "by", "from", "to")
MOST_ORDERS = 7


class JqlError(Exception):
    """A query is refused; the message is for the client."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function as operand."""

    name: str
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A value as operand."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Empty:
    """The operand EMPTY or NULL."""


Operand: TypeAlias = "Call | Word | Empty | tuple[Call | Word | Empty, ...]"


@dataclass(frozen=True, slots=True)
class Clause:
    """A comparison."""

    field: str
    operator: str
    """In capitals: =, NOT IN, WAS, CHANGED, ..."""
    operand: Operand | None
    predicates: tuple[tuple[str, Operand], ...] = ()


@dataclass(frozen=True, slots=True)
class Joined:
    """Clauses joined by AND or OR."""

    every: bool
    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """The opposite of a tree."""

    part: Tree


Tree: TypeAlias = "Clause | Joined | Negated"


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query."""

    where: Tree | None
    orders: tuple[tuple[str, bool], ...]
    """(field, descending)."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int

    def says(self, *words: str) -> bool:
        return self.kind == "word" and self.text.lower() in words


def parse(text: str) -> Query:
    """Parse a query.

    Raises:
        JqlError: it is not understood.
    """
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.at = 0

    # -- walking

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.next
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def took(self, *words: str) -> bool:
        found = self.next.says(*words) or (self.next.kind == "sign" and self.next.text in words)
        if found:
            self.take()
        return found

    def fail(self, wanted: str) -> JqlError:
        token = self.next
        if token.kind == "end":
            return JqlError(f"Error in the JQL Query: Expecting {wanted} before the end of the query.")
        place = _place(self.text, token.at)
        return JqlError(f"Error in the JQL Query: Expecting {wanted} but got '{token.text}'. {place}")

    # -- grammar

    def query(self) -> Query:
        where = None if self.next.kind == "end" or self.next.says("order") else self.either()
        orders: list[tuple[str, bool]] = []
        if self.took("order"):
            if not self.took("by"):
                raise self.fail("'BY'")
            orders.append(self.order())
            while self.took(","):
                orders.append(self.order())
        if self.next.kind != "end":
            raise self.fail("either 'OR' or 'AND'")
        if len(orders) > MOST_ORDERS:
            raise JqlError(f"The maximum number of 'order by' fields is {MOST_ORDERS}.")
        return Query(where, tuple(orders))

    def order(self) -> tuple[str, bool]:
        field = self.field()
        if self.took("desc"):
            return field, True
        self.took("asc")
        return field, False

    def either(self) -> Tree:
        parts = [self.both()]
        while self.took("or", "||"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Joined(every=False, parts=tuple(parts))

    def both(self) -> Tree:
        parts = [self.one()]
        while self.took("and", "&&"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else Joined(every=True, parts=tuple(parts))

    def one(self) -> Tree:
        if self.took("not", "!"):
            return Negated(self.one())
        if self.took("("):
            inner = self.either()
            if not self.took(")"):
                raise self.fail("')'")
            return inner
        return self.clause()

    def field(self) -> str:
        token = self.next
        if token.kind not in ("word", "quoted"):
            raise self.fail("a field name")
        self._reserved(token)
        return self.take().text

    def _reserved(self, token: _Token) -> None:
        if token.kind == "word" and token.text.lower() in _RESERVED:
            raise JqlError(
                f"Error in the JQL Query: '{token.text}' is a reserved JQL word. You must surround it in quotation marks to"
                f" use it in a query. {_place(self.text, token.at)}"
            )

    def clause(self) -> Tree:
        start = self.at
        field = self.field()
        operator = self.operator()
        if operator is None:
            if self.next.kind == "end" or self.next.says("and", "or", "order") or self.next.text == ")":
                self.at = start
                return Clause("text", "~", Word(self.take().text, quoted=True))
            raise self.fail("operator")
        if operator == "CHANGED":
            return Clause(field, operator, None, self.predicates())
        operand = self.operand()
        is_list = isinstance(operand, tuple)
        if operator in ("IN", "NOT IN", "WAS IN", "WAS NOT IN") and not is_list and not isinstance(operand, Call):
            raise JqlError(
                f"Operator '{operator.lower()}' does not support the non-list value '{_text(operand)}' for field '{field}'."
            )
        if is_list and "IN" not in operator.split():
            raise JqlError(f"Operator '{operator}' does not support list values for field '{field}'.")
        return Clause(field, operator, operand, self.predicates() if operator.startswith("WAS") else ())

    def operator(self) -> str | None:
        if self.next.kind == "sign" and self.next.text in ("=", "!=", "~", "!~", ">", ">=", "<", "<="):
            return self.take().text
        if self.took("in"):
            return "IN"
        if self.took("changed"):
            return "CHANGED"
        if self.took("is"):
            return "IS NOT" if self.took("not") else "IS"
        if self.took("was"):
            negated = "WAS NOT" if self.took("not") else "WAS"
            return f"{negated} IN" if self.took("in") else negated
        if self.next.says("not") and self.tokens[self.at + 1].says("in"):
            self.take()
            self.take()
            return "NOT IN"
        return None

    def predicates(self) -> tuple[tuple[str, Operand], ...]:
        found: list[tuple[str, Operand]] = []
        while self.next.says(*_PREDICATES):
            name = self.take().text.lower()
            found.append((name, self.operand()))
        return tuple(found)

    def operand(self) -> Operand:
        if self.took("("):
            items = [self.single()]
            while self.took(","):
                items.append(self.single())
            if not self.took(")"):
                raise self.fail("')' or ','")
            return tuple(items)
        return self.single()

    def single(self) -> Call | Word | Empty:
        token = self.next
        if token.kind not in ("word", "quoted"):
            raise self.fail("either a value, list or function")
        if token.says("empty", "null"):
            self.take()
            return Empty()
        self.take()
        if token.kind == "word" and self.next.text == "(" and self.next.kind == "sign":
            return Call(token.text, self.arguments())
        self._reserved(token)
        return Word(token.text, quoted=token.kind == "quoted")

    def arguments(self) -> tuple[str, ...]:
        self.take()
        args: list[str] = []
        while not self.took(")"):
            if self.next.kind not in ("word", "quoted"):
                raise self.fail("either a value or ')'")
            args.append(self.take().text)
            self.took(",")
        return tuple(args)


def _text(operand: Operand) -> str:
    return operand.text if isinstance(operand, Word) else "EMPTY"


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"(line {line}, character {at - (text.rfind(chr(10), 0, at) + 1) + 1})"


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            sign = text[at:].lstrip()[:1]
            place = _place(text, at + len(text[at:]) - len(text[at:].lstrip()))
            if sign in "\"'":
                raise JqlError(f"Error in the JQL Query: The quoted string '{text[at:].strip()[1:]}' has no end. {place}")
            raise JqlError(f"Error in the JQL Query: The character '{sign}' is a reserved JQL character. {place}")
        start = found.start(found.lastgroup or 0)
        if found["quoted"] is not None:
            tokens.append(_Token("quoted", _unescaped(found["quoted"][1:-1]), start))
        elif found["sign"] is not None:
            tokens.append(_Token("sign", found["sign"], start))
        else:
            tokens.append(_Token("word", _unescaped(found["word"]), start))
        at = found.end()
    tokens.append(_Token("end", "", end))
    return tokens


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def _unescaped(text: str) -> str:
    def replace(found: re.Match[str]) -> str:
        if found[1] is not None:
            return chr(int(found[1], 16))
        return _ESCAPES.get(found[2], found[2])

    return re.sub(r"\\(?:u([0-9a-fA-F]{4})|(.))", replace, text, flags=re.DOTALL)
