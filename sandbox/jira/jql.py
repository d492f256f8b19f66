"""Evaluation of JQL: a parsed query becomes a test of issues and an order.

Unknown fields and values are refused as the vendor does; a value that only a hidden or absent object has is unknown.
Source: Atlassian support, "JQL fields", "JQL operators", "JQL functions".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from . import times
from .auth import Session
from .jql_dates import moment
from .jql_fields import JqlField, fields_by_clause
from .jql_history import changed, was
from .jql_parse import Call, Clause, Empty, Joined, JqlError, Negated, Operand, Query, Tree, Word, parse
from .records import Issue

if TYPE_CHECKING:
    from .vendor import Jira

Test: TypeAlias = Callable[[Issue], bool]
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
}
_EQUALITY = frozenset({"=", "!=", "IN", "NOT IN", "IS", "IS NOT"})
_NEGATIVE = frozenset({"!=", "NOT IN", "IS NOT", "!~"})
UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."


class Search:
    """One query of one caller."""

    def __init__(self, vendor: Jira, session: Session, text: str, *, bounded: bool = True) -> None:
        """Parse and resolve a query.

        Raises:
            JqlError: it is refused.
        """
        self.vendor = vendor
        self.session = session
        self.query: Query = parse(text)
        if bounded and self.query.where is None:
            raise JqlError(UNBOUNDED)
        self.where: Test = (lambda _: True) if self.query.where is None else self._tree(self.query.where)
        self.orders = [(self._field(name), descending) for name, descending in self.query.orders]

    @cached_property
    def floor(self) -> int:
        """A moment before which no found issue was updated: what AND demands; 0 where it demands nothing."""
        tree = self.query.where
        parts = tree.parts if isinstance(tree, Joined) and tree.every else (tree,)
        found = [0]
        for part in parts:
            if isinstance(part, Clause) and self._field(part.field).name == "updated" and part.operator in (">", ">="):
                assert isinstance(part.operand, Word | Call | Empty)
                found.append(self._moment(part.operand, part.field))
        return max(found)

    # -- resolving

    def _field(self, name: str) -> JqlField:
        field = fields_by_clause(self.vendor).get(name.casefold())
        if field is None:
            raise JqlError(f"Field '{name}' does not exist or you do not have permission to view it.")
        return field

    def _moment(self, operand: Word | Call | Empty, field: str, *, day: bool = False) -> int:
        return moment(operand, field, self.vendor.now(), times.zone("Etc/UTC") if day else self.session.zone)

    def _tree(self, tree: Tree) -> Test:
        if isinstance(tree, Negated):
            inner = self._tree(tree.part)
            return lambda issue: not inner(issue)
        if isinstance(tree, Joined):
            tests = [self._tree(part) for part in tree.parts]
            if tree.every:
                return lambda issue: all(test(issue) for test in tests)
            return lambda issue: any(test(issue) for test in tests)
        return self._clause(tree)

    def _clause(self, clause: Clause) -> Test:
        field = self._field(clause.field)
        operator = clause.operator
        if operator == "CHANGED" or operator.startswith("WAS"):
            return self._history(field, clause)
        assert clause.operand is not None
        supported = operator in _EQUALITY or operator in field.operators
        if not supported or (operator in _EQUALITY and field.kind == "text" and operator not in ("IS", "IS NOT")):
            raise JqlError(f"The operator '{operator.lower()}' is not supported by the '{clause.field}' field.")
        if operator in ("IS", "IS NOT") and not isinstance(clause.operand, Empty):
            raise JqlError(
                f"The operator '{operator.lower()}' only supports the 'EMPTY' operand for field '{clause.field}'."
            )
        if operator in ("~", "!~"):
            test = self._words(field, clause)
        elif operator in _COMPARE:
            test = self._compare(field, clause)
        else:
            test = self._equal(field, clause)
        return (lambda issue: not test(issue)) if operator == "!~" else test

    def _words(self, field: JqlField, clause: Clause) -> Test:
        if not isinstance(clause.operand, Word):
            raise JqlError(f"The operator '~' does not support this operand for field '{clause.field}'.")
        phrase = re.fullmatch(r"\s*\"(.*)\"\s*", clause.operand.text, re.DOTALL)
        if phrase:
            wanted = _split(phrase[1])
            return lambda issue: _holds(_split(" ".join(map(str, field.values(issue)))), wanted)
        words = [_pattern(word) for word in clause.operand.text.split() if _pattern(word) is not None]

        def test(issue: Issue) -> bool:
            there = _split(" ".join(map(str, field.values(issue))))
            return bool(words) and all(any(word.fullmatch(each) for each in there) for word in words if word)

        return test

    def _compare(self, field: JqlField, clause: Clause) -> Test:
        assert isinstance(clause.operand, Word | Call | Empty)
        compare = _COMPARE[clause.operator]
        limit = self._value(field, clause.operand, clause.field)[0]
        return lambda issue: any(compare(field.rank(value), field.rank(limit)) for value in field.values(issue))

    def _equal(self, field: JqlField, clause: Clause) -> Test:
        operands: Iterable[Word | Call | Empty]
        operands = clause.operand if isinstance(clause.operand, tuple) else (clause.operand,)  # type: ignore[assignment]
        wanted: set[Any] = set()
        empty = False
        for operand in operands:
            if isinstance(operand, Empty):
                empty = True
            else:
                wanted.update(self._value(field, operand, clause.field))

        def test(issue: Issue) -> bool:
            values = field.values(issue)
            return (empty and not values) or any(value in wanted for value in values)

        if clause.operator not in _NEGATIVE:
            return test
        # a negative comparison does not find issues whose field is empty, unless EMPTY itself is excluded
        return lambda issue: not test(issue) and (empty or bool(field.values(issue)))

    def _value(self, field: JqlField, operand: Word | Call | Empty, name: str) -> list[Any]:
        if field.kind in ("date", "day"):
            return [self._moment(operand, name, day=field.kind == "day")]
        if isinstance(operand, Call):
            return self._function(field, operand)
        if isinstance(operand, Empty):
            raise JqlError(f"The operand 'EMPTY' is not supported by this operator for field '{name}'.")
        found = field.resolve(operand.text)
        if not found:
            raise JqlError(field.unknown(operand.text, name))
        return found

    def _function(self, field: JqlField, call: Call) -> list[Any]:
        state, name = self.vendor.state, call.name.lower()
        match name:
            case "currentuser" if field.kind == "user":
                return [self.session.account_id]
            case "membersof" if field.kind == "user" and len(call.args) == 1:
                return [user.account_id for user in state.users.values() if call.args[0] in user.groups]
            case "linkedissues" if field.name == "id" and call.args:
                issue = state.issue_named(call.args[0])
                return [] if issue is None else self._linked(issue, call.args[1:])
            case "standardissuetypes" | "subtaskissuetypes" if field.name == "issuetype":
                sign = name == "subtaskissuetypes"
                return [kind.id for kind in state.types.values() if (kind.more["hierarchyLevel"] < 0) == sign]
            case "updatedby" if field.name == "id" and call.args:
                return [
                    issue.id
                    for issue in state.living()
                    if any(history.author == call.args[0] for history in issue.histories)
                ]
            case _:
                raise JqlError(f"Unable to find JQL function '{call.name}({', '.join(call.args)})'.")

    def _linked(self, issue: Issue, words: tuple[str, ...]) -> list[int]:
        state = self.vendor.state
        found: list[int] = []
        for number in issue.links:
            link = state.links[number]
            outward = link.inward == issue.id
            said = state.link_types[link.type_id].more["outward" if outward else "inward"]
            if not words or said in words:
                found.append(link.outward if outward else link.inward)
        return found

    def _history(self, field: JqlField, clause: Clause) -> Test:
        if not field.history:
            raise JqlError(f"The operator '{clause.operator.lower()}' is not supported by the '{clause.field}' field.")
        predicates = {name: self._predicate(field, name, operand) for name, operand in clause.predicates}
        if clause.operator == "CHANGED":
            return lambda issue: changed(field, issue, predicates)
        operands = clause.operand if isinstance(clause.operand, tuple) else (clause.operand,)
        wanted: set[Any] = set()
        for operand in operands:
            if isinstance(operand, Empty):
                wanted.add(None)
            elif operand is not None:
                assert isinstance(operand, Word | Call)
                wanted.update(self._value(field, operand, clause.field))
        test: Test = lambda issue: was(field, issue, wanted, predicates)  # noqa: E731 - a test like the others
        return (lambda issue: not test(issue)) if "NOT" in clause.operator else test

    def _predicate(self, field: JqlField, name: str, operand: Operand) -> tuple[Any, ...]:
        parts = operand if isinstance(operand, tuple) else (operand,)
        if name in ("after", "before", "on", "during"):
            return tuple(self._moment(part, name) for part in parts)
        if name == "by":
            people = fields_by_clause(self.vendor)["assignee"]
            return tuple(found for part in parts for found in self._value(people, part, "by"))
        return tuple(
            found for part in parts for found in ([None] if isinstance(part, Empty) else self._value(field, part, name))
        )


def _split(text: str) -> list[str]:
    return re.findall(r"[\w@.]+", text.casefold())


def _holds(words: list[str], phrase: list[str]) -> bool:
    if not phrase:
        return False
    return any(words[at : at + len(phrase)] == phrase for at in range(len(words) - len(phrase) + 1))


def _pattern(word: str) -> re.Pattern[str] | None:
    """Give what a word of a text search stands for: ``*`` and ``?`` are wildcards, other signs part words."""
    parts = re.findall(r"[\w@.*?]+", word.casefold())
    text = "".join(parts)
    if not text.strip("*?"):
        return None
    return re.compile("".join(".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in text))
