"""Prove a mapping before the first write: everything that the source uses has a legal, stable image at the target.

A proof looks at values: those that the mappings list, those that the source's live metadata offers, and, after a census of
values, those that incidents really use. A *problem* means that some incident would land wrong or be refused: the mapping is
incomplete and cannot be applied. A *notice* is a loss that is carried in text or that only some incidents meet, told before
it happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..connector import FieldInfo
from ..mapping.fields import is_option, option_key, root
from ..mapping.mapping import Mapping
from ..mapping.spec import Direction, FieldRule
from ..mapping.transforms import Names, plain_text
from ..mapping.values import key
from ..model import Document, Group, Person
from ..sync.side import Side
from .labels import FieldLabel, Trial, declared_values, label_fields, label_thread, plain, static_losses, try_value
from .used import UsedValues

MATCHED = frozenset({"person", "requester", "people", "people_commas", "group", "configuration_items", "named"})
"""Transforms whose values the target must know: one that it does not know is left out and carried in text."""

MOST_NAMED = 20
"""Most people whom one notice names."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the proof found."""

    field: str
    value: str
    fix: str

    def __str__(self) -> str:
        return f"{self.field}: {self.value}; {self.fix}"


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether incidents of one side can be written to another, and what becomes of each field."""

    source: str
    target: str
    problems: tuple[Finding, ...]
    notices: tuple[Finding, ...]
    fields: tuple[FieldLabel, ...]
    values: int
    """How many values were tried."""

    @property
    def complete(self) -> bool:
        """Tell whether the mapping may be applied."""
        return not self.problems

    def report(self) -> dict[str, Any]:
        """Give the proof as JSON values."""

        def listed(findings: tuple[Finding, ...]) -> list[dict[str, str]]:
            return [{"field": each.field, "value": each.value, "fix": each.fix} for each in findings]

        return {
            "source": self.source,
            "target": self.target,
            "complete": self.complete,
            "values": self.values,
            "problems": listed(self.problems),
            "notices": listed(self.notices),
            "fields": [{"field": each.field, "label": each.label.value, "how": each.how} for each in self.fields],
        }


def prove(source: Side, target: Side, used: UsedValues | None = None) -> Proof:
    """Prove the way from one side to another.

    Args:
        source: where incidents come from.
        target: where they are written.
        used: the values that incidents of the source really use; without it, those that the mapping can tell.
    """
    if used is not None:
        target.directory.meet({"watchers": [each.value["requester"] for each in used.people.values()]})
    declared = [try_value(value, target.mapping, target.directory) for value in declared_values(source.mapping)]
    in_use = [try_value(value, target.mapping, target.directory) for value in _values_in_use(used)]
    checked = declared if used is None else in_use
    problems = [
        *contradictions(source.mapping),
        *contradictions(target.mapping),
        *_unread_options(source),
        *_impossible([*declared, *in_use]),
        *_illegal(checked, target),
        *_custom_values(used, target),
        *_unwritable(target),
        *_unfilled(source, target, used),
    ]
    losses = static_losses(source.mapping, target.mapping)
    notices = dict.fromkeys([*_unmatched(used, target), *_too_long(used, target), *_empty_at_end(used, target)])
    fields = (
        *label_fields(source.mapping, target.mapping, [*declared, *in_use], losses),
        *label_thread(source.connector.traits, target.connector.traits),
    )
    return Proof(
        source=source.name,
        target=target.name,
        problems=tuple(dict.fromkeys(problems)),
        notices=tuple(replace(each, fix=_without_notes(each.fix, target)) for each in notices),
        fields=tuple(replace(each, how=_without_notes(each.how, target)) for each in fields),
        values=len(declared) + len(in_use),
    )


def _without_notes(words: str, target: Side) -> str:
    """Say that what others carry in a note gets lost, where the tool can hide no note from the requester."""
    if target.connector.traits.internal_comments:
        return words
    return words.replace("carried in text", "lost").replace("carried in a note", "lost")


def _values_in_use(used: UsedValues | None) -> Iterator[Document]:
    for counts in (used.groups if used else {}).values():
        for each in counts.values():
            yield each.value


# -- what the mappings say


def contradictions(mapping: Mapping) -> Iterator[Finding]:
    """Give each row of a table that claims to be exact, and does not read back as it was written."""
    for runner in mapping.tables:
        for row in runner.exact:
            if row.read_only:
                continue
            value = {name: row.incident.get(name) for name in runner.table.incident}
            body: dict[str, Any] = {}
            read: Document = {}
            runner.write(value, body)
            runner.read(body, read)
            if any(read.get(name) != item for name, item in value.items()):
                yield Finding(
                    runner.name,
                    f"{plain(value)} is read back as {plain({name: read.get(name) for name in value})}",
                    f"mark the row of the mapping of {mapping.spec.connector} with a 'loss' or as 'read_only'",
                )


def _unread_options(source: Side) -> Iterator[Finding]:
    """Give each value that the source's live metadata offers and no row of the source's tables knows."""
    infos = {info.id: info for info in source.directory.fields if info.options}
    for runner in source.mapping.tables:
        for path in runner.table.record:
            info = infos.get(option_key(path))
            known = {str(row.record[path]) for row in runner.exact if path in row.record}
            if info is None or any(path not in row.record for row in runner.exact):
                continue
            aliases = source.mapping.spec.aliases.get(path, {})
            for value, label in info.options or ():
                if aliases.get(value, value) not in known and not runner.reads_apart(path, value):
                    yield Finding(
                        path,
                        f"{source.name} offers '{value}' ({label}), which the mapping cannot read",
                        f"add a row to the table '{runner.name}'",
                    )


# -- what the target makes of values


def _impossible(trials: list[Trial]) -> Iterator[Finding]:
    for trial in trials:
        place = ", ".join(trial.value)
        if trial.error is not None:
            yield Finding(place, f"{plain(trial.value)} has no image", trial.error)
        elif not trial.stable:
            yield Finding(
                place,
                f"{plain(trial.value)} becomes {plain({name: trial.image.get(name) for name in trial.value})}, "
                "which is not stable",
                "let what is read of the written value be written as the same value",
            )


def _illegal(trials: list[Trial], target: Side) -> Iterator[Finding]:
    """Give each value whose image the target does not take: a raw value that is no option, or nothing at all."""
    names = target.directory
    for trial in trials:
        if trial.error is not None:
            continue
        for runner in target.mapping.tables:
            row = runner.row_for(trial.value, names) if runner.concerns(trial.value) else None
            for path, raw in row.record.items() if row else ():
                if not is_option(raw, names.options(option_key(path))):
                    yield _not_an_option(path, raw, trial.value, target)
        for name, item in trial.value.items():
            rule = target.mapping.spec.fields.get(name)
            if rule is not None and item not in (None, "", []) and _loses(rule, name, item, target):
                yield Finding(
                    name,
                    f"{plain({name: item})} has no image at {target.name}",
                    f"add it to the values of '{name}', or say 'otherwise' or 'carried'",
                )


def _loses(rule: FieldRule, name: str, item: Any, target: Side) -> bool:
    """Tell whether a rule that writes single values writes nothing for this one, and does not say so."""
    declared = rule.otherwise is not None or rule.carried or (rule.values is None and rule.transform in MATCHED)
    if rule.direction is Direction.READ or declared:
        return False
    body = target.mapping.write({name: item}, target.directory, creating=True)
    return root(rule.field) not in body and rule.field not in body


def _not_an_option(path: str, raw: Any, value: Document, target: Side) -> Finding:
    allowed = ", ".join(sorted(target.directory.options(option_key(path)) or ()))
    return Finding(
        path,
        f"{plain(value)} would be written as '{raw}', which {target.name} does not offer",
        f"use one of {allowed}",
    )


def _custom_values(used: UsedValues | None, target: Side) -> Iterator[Finding]:
    for name, counts in (used.custom if used else {}).items():
        field_id = target.directory.field_id(name)
        allowed = target.directory.options(field_id) if field_id else None
        for each in counts.values() if allowed is not None else ():
            item = each.value["custom"][name]
            for raw in item if isinstance(item, list) else [item]:  # pyright: ignore[reportUnknownVariableType]
                if not is_option(raw, allowed):
                    yield Finding(
                        f"custom.{name}",
                        f"'{plain_text(raw)}' is no option at {target.name}",
                        f"add the option there, or give 'custom.{name}' a rule with 'values'",
                    )


# -- what the target demands


def _infos(target: Side) -> dict[str, FieldInfo]:
    return {info.id: info for info in target.directory.fields}


def _unwritable(target: Side) -> Iterator[Finding]:
    """Give each field that the mapping writes and the account may not, or the tool does not have."""
    infos = _infos(target)
    prefix = target.mapping.spec.custom_prefix
    for name, rule in target.mapping.spec.fields.items():
        info = infos.get(option_key(rule.field))
        if rule.direction is not Direction.BOTH:
            continue
        if info is not None and not info.writable:
            yield Finding(
                name, f"'{rule.field}' is read-only at {target.name}", "give the account the right, or read it only"
            )
        custom = rule.field.endswith("]") or (prefix is not None and rule.field.startswith(prefix))
        if infos and info is None and custom:
            yield Finding(name, f"{target.name} has no field '{rule.field}'", "correct the field of the rule")


def _unfilled(source: Side, target: Side, used: UsedValues | None) -> Iterator[Finding]:
    """Give each field that the target demands and nothing fills."""
    defaults = _defaults(target.mapping, always=True)
    for info in target.directory.fields:
        if not info.required or info.id in defaults:
            continue
        names = _filled_by(info.id, target.mapping) & source.mapping.readable
        if not names:
            if info.writable:
                yield _demanded(info.id, info.name, "no field of the source fills it", target)
        elif used is not None and all(used.empty.get(name, 0) for name in names):
            count = min(used.empty[name] for name in names)
            yield _demanded(
                info.id, info.name, f"{count} of {used.incidents} incidents have no {' or '.join(sorted(names))}", target
            )
    late = _defaults(target.mapping, always=False) | defaults
    for field in target.connector.traits.required_on_resolve:
        if field not in late and not _filled_by(field, target.mapping) & source.mapping.readable:
            yield _demanded(field, field, "nothing fills it when an incident is resolved", target)


def _demanded(field: str, label: str, why: str, target: Side) -> Finding:
    return Finding(field, f"{target.name} demands '{label}': {why}", "add a rule for it under 'required' in the mapping")


def _defaults(mapping: Mapping, *, always: bool) -> frozenset[str]:
    rules = [rule for rule in mapping.spec.required if bool(rule.when or rule.unless) is not always]
    return frozenset(field for rule in rules for field in rule.set)


def _filled_by(field: str, mapping: Mapping) -> set[str]:
    """Give the incident fields that are written to a record field."""
    rules = mapping.spec.fields.items()
    names = {
        name.split(".")[0]
        for name, rule in rules
        if rule.direction is not Direction.READ and field in (rule.field, root(rule.field), option_key(rule.field))
    }
    for runner in mapping.tables:
        if any(field in (path, option_key(path)) for path in runner.table.record):
            names.update(runner.table.incident)
    return names


# -- what is lost on the way


def _unmatched(used: UsedValues | None, target: Side) -> Iterator[Finding]:
    """Give the people, groups and custom fields in use that the target does not know."""
    if used is None:
        return
    names: Names = target.directory
    people = (each.value["requester"] for each in used.people.values())
    unknown = sorted(
        plain({"": person}).strip() for person in people if names.person_id(Person.model_validate(person)) is None
    )
    if unknown:
        more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
        yield Finding(
            "people",
            f"{len(unknown)} unknown at {target.name}: {', '.join(unknown[:MOST_NAMED])}{more}",
            "add them there or to the link's 'people', or name a 'fallback'; else they are carried in text",
        )
    if "group" in target.mapping.creatable:
        for each in used.groups.get("group", {}).values():
            if names.group_id(Group.model_validate(each.value["group"])) is None:
                yield Finding(
                    "group",
                    f"{plain(each.value)} is unknown at {target.name}",
                    "add it there or to the link's 'groups'; else it is carried in text",
                )
    if "custom" in target.mapping.creatable:
        for name, counts in used.custom.items():
            if names.options(names.field_id(name) or name) is not None:
                continue  # each of its values is checked by itself
            value: Document = {"custom": {name: next(iter(counts.values())).value["custom"][name]}}
            image = target.mapping.predict(value, names, creating=True)
            if key({"custom": image.get("custom")}) != key(value):
                yield Finding(
                    "custom", f"'{name}' has no place at {target.name}", "add the field there; else it is carried in text"
                )


def _too_long(used: UsedValues | None, target: Side) -> Iterator[Finding]:
    """Give the texts that the target has to shorten."""
    infos = _infos(target)
    for name, longest in (used.longest if used else {}).items():
        rule = target.mapping.spec.fields.get(name)
        if rule is None or rule.direction is Direction.READ:
            continue
        info = infos.get(option_key(rule.field))
        told = info.max_length if info else None
        limits = [limit for limit in (rule.max, rule.max_bytes, told) if limit is not None]
        if limits and longest > min(limits):
            fix = "the whole text is carried in a note"
            if not (rule.max or rule.max_bytes) or (told and told < (rule.max or rule.max_bytes or told)):
                fix = f"set 'max: {min(limits)}' on the rule, or {target.name} will refuse or cut it"
            yield Finding(name, f"the longest text has {longest} characters, {target.name} takes {min(limits)}", fix)


def _empty_at_end(used: UsedValues | None, target: Side) -> Iterator[Finding]:
    """Give what the target demands of a resolved incident and some resolved incidents lack."""
    defaults = _defaults(target.mapping, always=False) | _defaults(target.mapping, always=True)
    for field in target.connector.traits.required_on_resolve if used else ():
        for name in sorted(_filled_by(field, target.mapping) - {"status", "status_reason"}):
            count = used.empty_at_end.get(name, 0) if used else 0
            if count and field not in defaults:
                yield Finding(
                    name,
                    f"{count} resolved or closed incidents have none, and {target.name} demands '{field}'",
                    "those are refused and go to quarantine, unless 'required' in the mapping fills it",
                )
