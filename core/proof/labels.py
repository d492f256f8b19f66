"""Say of each field what becomes of it on its way from one tool to another: lossless, lossy, one-way or absent.

A value is *tried*: predicted at the target and compared with itself. What the mapping declares as a loss gives the words;
a difference that nobody declared is told by its values.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ..errors import MappingError
from ..mapping.directory import Unlisted
from ..mapping.mapping import Mapping
from ..mapping.spec import FieldRule
from ..mapping.transforms import Names, find_transform
from ..mapping.values import same
from ..model import Document, Incident
from ..sync.carry import NOT_CARRIED
from ..traits import FilePlace, Traits

IDENTITY: Final = frozenset({"connection", "id", "key", "url", "version", "marker", "extra", "status_name", "updated_at"})
"""Fields that belong to the record itself and are not carried."""


class Label(StrEnum):
    """What becomes of a field."""

    LOSSLESS = "lossless"
    LOSSY = "lossy"
    ONE_WAY = "one-way"
    """Written when a record is created, never after."""
    ABSENT = "absent"
    """The target has no place for it: carried in text."""


@dataclass(frozen=True, slots=True)
class FieldLabel:
    """The label of one field."""

    field: str
    label: Label
    how: str = ""
    """What gets lost, in words; empty where nothing is."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What becomes of one value at the target."""

    value: Document
    image: Document = field(default_factory=Document)
    losses: tuple[str, ...] = ()
    """What the mapping declares to get lost."""
    error: str | None = None
    """Why the value cannot be written at all."""
    stable: bool = True
    """Writing the image again changes nothing."""

    def changed(self) -> list[str]:
        """Give the fields whose image is another value."""
        return [name for name in self.value if not same({name: self.value[name]}, {name: self.image.get(name)})]


def try_value(value: Document, target: Mapping, names: Names) -> Trial:
    """Predict a value at the target, twice, and tell what gets lost."""
    try:
        image = target.predict(value, names, creating=True)
        again = target.predict(image, names, creating=True)
        losses = tuple(target.losses(value, names))
    except MappingError as error:
        return Trial(value, error=str(error))
    kept = {name: image.get(name) for name in value}
    return Trial(value, image, losses, stable=same(kept, {name: again.get(name) for name in value}))


def declared_values(mapping: Mapping) -> Iterator[Document]:
    """Give each value that a mapping's tables and value lists can tell, once."""
    for runner in mapping.tables:
        seen: list[Document] = []
        for row in runner.exact:
            value = {name: row.incident.get(name) for name in runner.table.incident}
            if value not in seen:
                seen.append(value)
                yield value
    for name, rule in mapping.spec.fields.items():
        if name in Incident.model_fields and name not in IDENTITY:
            for value in dict.fromkeys([*(rule.values or {}).values(), *([rule.unknown] if rule.unknown else [])]):
                yield {name: value}


def label_pair(source: Mapping, target: Mapping) -> tuple[FieldLabel, ...]:
    """Label each field that the source tells, from the two mappings alone: the table for documentation."""
    names = Unlisted()
    trials = [try_value(value, target, names) for value in declared_values(source)]
    return label_fields(source, target, trials, static_losses(source, target))


def label_fields(
    source: Mapping, target: Mapping, trials: list[Trial], losses: MappingABC[str, list[str]]
) -> tuple[FieldLabel, ...]:
    """Label each field that the source tells.

    Args:
        source: mapping of the source.
        target: mapping of the target.
        trials: what became of values of the source.
        losses: field -> what else gets lost, in words.
    """
    labels: list[FieldLabel] = []
    for name in Incident.model_fields:
        if name not in source.readable or name in IDENTITY:
            continue
        if name not in target.creatable:
            carried = "" if name in NOT_CARRIED else "; carried in text"
            labels.append(FieldLabel(name, Label.ABSENT, f"the target has no place for it{carried}"))
            continue
        how = list(dict.fromkeys([*_tried(name, trials), *losses.get(name, ())]))
        if name not in target.writable:
            labels.append(
                FieldLabel(name, Label.ONE_WAY, "; ".join(["written when a record is created, never after", *how]))
            )
        else:
            labels.append(FieldLabel(name, Label.LOSSY if how else Label.LOSSLESS, "; ".join(how)))
    return tuple(labels)


def label_thread(source: Traits, target: Traits) -> tuple[FieldLabel, FieldLabel]:
    """Label comments and files, of which no mapping but what both tools can do tells what becomes."""
    if target.keeps_history:
        how = "a new record keeps who wrote a comment and when; of what is written later its text says so"
        comments = FieldLabel("comments", Label.LOSSY, how)
    else:
        who = "when it was written" if target.comment_author else "who wrote it and when"
        comments = FieldLabel("comments", Label.LOSSY, f"the text of a comment says {who}")
    if source.internal_comments and not target.internal_comments:
        how = f"{comments.how}; a comment cannot be hidden from the requester; internal ones are left out"
        comments = FieldLabel("comments", Label.LOSSY, how)
    how = ""
    hidden = source.internal_files or source.files_on is FilePlace.COMMENT  # as those of an internal comment are
    if hidden and not target.internal_files:
        how = "a file cannot be hidden from the requester; internal ones are left out"
    elif target.internal_files and not source.internal_files:
        how = "a file that the requester did not bring becomes internal"
    return comments, FieldLabel("attachments", Label.LOSSY if how else Label.LOSSLESS, how)


def _tried(name: str, trials: list[Trial]) -> Iterator[str]:
    for trial in trials:
        if trial.error is not None and name in trial.value:
            yield f"{plain(trial.value)} has no image"
        elif trial.error is None and name in trial.value and name in trial.changed():
            words = "; ".join(trial.losses)
            yield words or f"{plain({name: trial.value[name]})} becomes {plain({name: trial.image.get(name)})}"


def plain(value: Document) -> str:
    """Give a value for people: its fields with what they hold, empty ones left out."""
    parts = [f"{name} {_words(item)}" for name, item in value.items() if item not in (None, [], {})]
    return ", ".join(parts) or "none"


def _words(item: object) -> str:
    if isinstance(item, dict):
        return str(item.get("email") or item.get("name") or item.get("id") or item)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return repr(item)


def static_losses(source: Mapping, target: Mapping) -> dict[str, list[str]]:
    """Give for each field what its rule at the target may lose, in words."""
    losses: dict[str, list[str]] = {}
    for name, rule in target.spec.fields.items():
        words = rule_losses(rule, source.spec.fields.get(name))
        losses.setdefault(name.split(".")[0], []).extend(words)
    if target.spec.custom_prefix is not None and target.spec.custom_prefix != source.spec.custom_prefix:
        losses.setdefault("custom", []).append(f"only fields named {target.spec.custom_prefix}... have a place")
    return losses


def rule_losses(rule: FieldRule, origin: FieldRule | None) -> list[str]:
    """Give what one rule may lose on writing, in words.

    Args:
        rule: the target's.
        origin: the source's rule for the same field; what that one cannot tell is not lost.
    """
    words: list[str] = []
    if rule.max is not None and (origin is None or origin.max is None or origin.max > rule.max):
        words.append(f"cut at {rule.max} characters")
    if rule.max_bytes is not None and (origin is None or origin.max_bytes is None or origin.max_bytes > rule.max_bytes):
        words.append(f"cut at {rule.max_bytes} bytes")
    if rule.besides:
        words.append(f"who stands in {' or '.join(rule.besides)} is on this list already")
    if rule.otherwise is not None:
        words.append(f"a value that the target does not have becomes '{rule.otherwise}'")
    elif rule.carried:
        words.append("a value that the target does not have is left out and carried in text")
    if rule.values is not None and origin is not None and origin.values is None:
        words.append(f"only {', '.join(sorted(set(map(str, rule.values.values()))))} can be written")
    loss = _loss(rule)
    if loss is not None and not (origin is not None and _loss(origin) == loss and find_transform(rule.transform).coarse):
        words.append(loss)
    return words


def _loss(rule: FieldRule) -> str | None:
    return None if rule.values is not None else find_transform(rule.transform).loss
