"""What one connection knows about people, groups and fields: a cache in front of the connector, filled in bulk.

People of different tools are matched by e-mail, then by the link's explicit people table, then by a named fallback; never
by guess. Groups are matched by name, then by the group table. The engine calls :meth:`Directory.meet` with whole pages, so
that single look-ups cost no call.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from ..connector import Connector, FieldInfo
from ..model import ConfigurationItem, Document, Group, Person
from ..records import Dependency


class Directory:
    """People, groups and fields of one connection; implements :class:`~isthmus.core.mapping.transforms.Names`."""

    def __init__(
        self,
        connector: Connector,
        *,
        base_url: str = "",
        people: dict[str, str] | None = None,
        groups: dict[str, str] | None = None,
        fallback: str | None = None,
    ) -> None:
        """Make an empty directory.

        Args:
            connector: whom to ask.
            base_url: where people open the tool.
            people: e-mail of another tool -> e-mail here (the link's people table).
            groups: group name of another tool -> group name here.
            fallback: e-mail of the person who stands in for one whom this tool does not know.
        """
        self._connector = connector
        self.base_url = base_url
        self._table = {theirs.lower(): ours.lower() for theirs, ours in (people or {}).items()}
        self._group_table = groups or {}
        self.account: str | None = None
        """The vendor's id of the account that we use, once it is known."""
        self._fallback = fallback.lower() if fallback else None
        self._by_id: dict[str, Person | None] = {}
        self._by_email: dict[str, Person | None] = {}
        self._items: dict[ConfigurationItem, ConfigurationItem | None] = {}
        self._items_by_id: dict[str, ConfigurationItem] = {}

    # -- learning in bulk

    def meet_ids(self, ids: Iterable[str]) -> None:
        """Look up the people behind ids that are still unknown, in as few calls as the vendor allows."""
        new = sorted({person_id for person_id in ids if person_id and person_id not in self._by_id})
        if not new:
            return
        found = self._connector.people(new)
        for person_id in new:
            self.learn(person_id, found.get(person_id))

    def meet_emails(self, emails: Iterable[str]) -> None:
        """Look up the people behind e-mail addresses of any tool, in as few calls as the vendor allows."""
        stated = {email.lower() for email in emails if email}
        wanted = stated | {self._table[email] for email in stated & self._table.keys()}
        if self._fallback:
            wanted.add(self._fallback)
        new = sorted(wanted - self._by_email.keys())
        if not new:
            return
        found = self._connector.find_people(new)
        for email in new:
            person = found.get(email)
            self._by_email[email] = person
            if person is not None and person.id is not None:
                self._by_id[person.id] = person

    def meet(self, document: Document) -> None:
        """Look up everybody whom a document of any tool names."""
        self.meet_emails(emails_of(document))

    def learn(self, person_id: str, person: Person | None) -> None:
        """Remember a person that came with a page."""
        self._by_id[person_id] = person
        if person is not None and person.email and self._by_email.get(person.email) is None:
            self._by_email[person.email] = person

    # -- Names

    def person(self, person_id: str) -> Person | None:
        """Give the person behind the vendor's id, asking the vendor once."""
        self.meet_ids([person_id])
        return self._by_id.get(person_id)

    def person_id(self, person: Person) -> str | None:
        """Give the id here of a person of any tool, or that of the fallback, or None."""
        known = self.stand_in(person)
        return None if known is None else known.id

    def stand_in(self, person: Person) -> Person | None:
        """Give a person of any tool as this tool knows them, else the fallback."""
        known = self.find(person)
        if known is None and self._fallback:
            self.meet_emails([self._fallback])
            known = self._by_email.get(self._fallback)
        return known

    def find(self, person: Person) -> Person | None:
        """Give a person of any tool as this tool knows them, without the fallback."""
        if not person.email:
            return None
        email = person.email.lower()
        self.meet_emails([email])
        return self._by_email.get(email) or self._by_email.get(self._table.get(email, ""))

    def group(self, group_id: str) -> Group | None:
        """Give the group behind the vendor's id."""
        return self._groups_by_id.get(group_id)

    def group_id(self, group: Group) -> str | None:
        """Give the id here of a group of any tool, by name, then by the group table."""
        if not group.name:
            return None
        return self._group_ids.get(group.name) or self._group_ids.get(self._group_table.get(group.name, ""))

    def item_id(self, item: ConfigurationItem) -> str | None:
        """Give the id here of a configuration item of any tool, asking the vendor once."""
        facts = item.model_copy(update={"id": None})
        if facts not in self._items:
            found = self._items[facts] = self._connector.find_item(facts)
            if found is not None and found.id:
                self._items_by_id[found.id] = found
        known = self._items[facts]
        return None if known is None else known.id

    def item(self, item_id: str) -> ConfigurationItem | None:
        """Give the configuration item behind the vendor's id, if it was found before."""
        return self._items_by_id.get(item_id)

    def field_name(self, field_id: str) -> str | None:
        """Give the name that people see of a custom field."""
        info = self._fields_by_id.get(field_id)
        return None if info is None else info.name

    def field_id(self, field_name: str) -> str | None:
        """Give the id of a writable custom field of this name."""
        return self._field_ids.get(field_name)

    def options(self, field: str) -> frozenset[str] | None:
        """Give the values that a choice field takes."""
        return self._options.get(field)

    def dependency(self, field: str) -> Dependency | None:
        """Give what decides which of its values a choice field takes."""
        info = self._fields_by_id.get(field)
        return None if info is None else info.dependency

    # -- live metadata, read once

    @property
    def default_group(self) -> str | None:
        """The id of the group that stands for none, where no record is without a group."""
        return self._connector.default_group()

    @cached_property
    def fields(self) -> tuple[FieldInfo, ...]:
        """The vendor's live metadata of its fields."""
        return tuple(self._connector.fields())

    @cached_property
    def _groups_by_id(self) -> dict[str, Group]:
        return {group.id: group for group in self._connector.groups() if group.id}

    @cached_property
    def _group_ids(self) -> dict[str, str]:
        return _unshared((group.name, group.id) for group in self._groups_by_id.values())

    @cached_property
    def _fields_by_id(self) -> dict[str, FieldInfo]:
        return {info.id: info for info in self.fields}

    @cached_property
    def _field_ids(self) -> dict[str, str]:
        return _unshared((info.name, info.id) for info in self.fields if info.custom and info.writable)

    @cached_property
    def _options(self) -> dict[str, frozenset[str]]:
        return {info.id: frozenset(value for value, _ in info.options) for info in self.fields if info.options is not None}


def _unshared(pairs: Iterable[tuple[str | None, str | None]]) -> dict[str, str]:
    """Give name -> id; a name that two share is nobody's."""
    found: dict[str, set[str]] = {}
    for name, each in pairs:
        if name and each:
            found.setdefault(name, set()).add(each)
    return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1}


class Unlisted:
    """Names for a record without its tool (``isthmus translate``): ids stay ids."""

    def __init__(self, base_url: str = "") -> None:
        """Make an empty one."""
        self.base_url = base_url
        self.account: str | None = None
        self.default_group: str | None = None

    def person(self, person_id: str) -> Person | None:
        """Nobody is known."""
        return None

    def person_id(self, person: Person) -> str | None:
        """Give the id that the person came with."""
        return person.id

    def group(self, group_id: str) -> Group | None:
        """No group is known."""
        return None

    def group_id(self, group: Group) -> str | None:
        """Give the id that the group came with."""
        return group.id

    def item_id(self, item: ConfigurationItem) -> str | None:
        """Give the id that the item came with."""
        return item.id

    def item(self, item_id: str) -> ConfigurationItem | None:
        """No configuration item is known."""
        return None

    def field_name(self, field_id: str) -> str | None:
        """No field is known by name."""
        return None

    def field_id(self, field_name: str) -> str | None:
        """Give the name itself where it is an id."""
        return field_name if field_name.isdigit() else None

    def options(self, field: str) -> frozenset[str] | None:
        """Nothing is known."""
        return None

    def dependency(self, field: str) -> Dependency | None:
        """Nothing is known."""
        return None


def emails_of(document: Document) -> set[str]:
    """Give every e-mail address of a person whom a document names."""
    people = [document.get("requester"), document.get("assignee"), *(document.get("watchers") or ())]
    people += [comment.get("author") for comment in document.get("comments") or ()]
    return {person["email"] for person in people if person and person.get("email")}
