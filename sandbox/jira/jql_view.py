"""A parsed query as JSON: what ``POST /jql/parse`` answers."""

from __future__ import annotations

from .jql_parse import Call, Clause, Empty, Joined, Negated, Operand, Query, Tree, Word
from .jsons import Json


def structure(query: Query) -> Json:
    """Give the structure of a query."""
    shown: Json = {}
    if query.where is not None:
        shown["where"] = _tree(query.where)
    if query.orders:
        fields = [
            {"field": {"name": name}, "direction": "desc" if descending else "asc"} for name, descending in query.orders
        ]
        shown["orderBy"] = {"fields": fields}
    return shown


def _tree(tree: Tree) -> Json:
    match tree:
        case Negated(part=part):
            return {"operator": "not", "clauses": [_tree(part)]}
        case Joined(every=every, parts=parts):
            return {"operator": "and" if every else "or", "clauses": [_tree(part) for part in parts]}
        case Clause():
            shown: Json = {"field": {"name": tree.field}, "operator": tree.operator.lower()}
            if tree.operand is not None:
                shown["operand"] = _operand(tree.operand)
            if tree.operator == "CHANGED" or tree.operator.startswith("WAS"):
                pairs = [{"operator": name, "operand": _operand(operand)} for name, operand in tree.predicates]
                shown["predicates"] = pairs
            return shown


def _operand(operand: Operand) -> Json:
    match operand:
        case Word(text=text):
            return {"value": text}
        case Empty():
            return {"keyword": "empty"}
        case Call(name=name, args=args):
            return {"function": name, "arguments": list(args)}
        case _:
            return {"values": [_operand(part) for part in operand]}
