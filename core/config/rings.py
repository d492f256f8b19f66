"""Links must not form a ring: in one, two values can chase each other for ever."""

from __future__ import annotations

from collections.abc import Mapping

from .links import LinkConfig


def find_ring(links: Mapping[str, LinkConfig]) -> list[str]:
    """Give the links that close a ring over connections, or an empty list where they form a forest.

    Links in one direction only are no exception. Where each group flows one way and no member receives it from two links
    (two of them could restore their values at it for ever), a ring of links is a directed cycle; so whatever is not a
    forest is one of the two.
    """
    parent: dict[str, str] = {}
    joined: list[str] = []

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for name, link in links.items():
        roots = [root(member) for member in link.members]
        if len(set(roots)) < len(roots):
            return [*(each for each in joined if set(links[each].members) & set(link.members)), name]
        for each in roots[1:]:
            parent[each] = roots[0]
        joined.append(name)
    return []
