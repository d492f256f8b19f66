"""What a link's configuration says: members, scope, policies, people, and the brakes."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ..connector import Scope
from ..mapping.spec import Overlay
from ..model import GROUPS, Frozen
from ..suggest import did_you_mean
from ..sync.reconcile import Rule

THREAD = "comments"
"""Stands among the groups of ``fields`` for comments and files, which can flow from one member only."""
POLICIES = ("newest", "highest", "union", "ask")


class FieldPolicy(Frozen):
    """How one group of fields is kept in agreement."""

    policy: str | None = None
    """``newest``, ``highest``, ``union``, ``ask`` or a member's name."""
    source: str | None = Field(default=None, alias="from")
    """The only member whose value counts."""
    on_drift: Literal["keep", "restore"] = "keep"
    accept_shorter: bool = False


class Declassify(Frozen):
    """Lets one member's internal comments and files become public at the others."""

    declassify: Literal["comments and files"]
    because: str = Field(min_length=10)
    """Why this is right, in a sentence: it stands in every plan and in the trail."""


class Brakes(Frozen):
    """Limits beyond which a run stops before its first write."""

    max_changes_percent: float = 50.0
    """Most incidents of the link that one run may change, in percent; counts from 20 incidents on."""
    max_changes: int = 5000
    max_deletes: int = 10
    canary: dict[str, str] = Field(default_factory=dict)
    """Member -> id of a record that must be readable before anything is written."""


class LinkConfig(Frozen):
    """One link."""

    name: str = ""
    """Filled from its key in the file."""
    members: tuple[str, ...] = Field(min_length=2)
    scope: dict[str, Scope] = Field(default_factory=dict)
    create: tuple[str, ...] = ()
    """Members at which a missing twin is created."""
    backfill: Literal["none", "open", "all"] = "open"
    """What a new link takes from the past."""
    initial: str = "newest"
    """How records that existed before first agree: a member, ``newest`` or ``ask``."""
    fields: dict[str, FieldPolicy] = Field(default_factory=dict)
    people: dict[str, str] = Field(default_factory=dict)
    """E-mail at one tool -> e-mail at another."""
    groups: dict[str, str] = Field(default_factory=dict)
    """Group name at one tool -> group name at another."""
    fallback: dict[str, str] = Field(default_factory=dict)
    """Member -> e-mail of the person who stands in for one whom it does not know."""
    visibility: dict[str, Declassify] = Field(default_factory=dict)
    """Member -> what of it may become public elsewhere."""
    on_delete: Literal["ignore", "note", "close", "delete"] = "note"
    mapping: dict[str, Overlay] = Field(default_factory=dict)
    """Member -> changes of its shipped mapping."""
    brakes: Brakes = Brakes()

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        if len(set(self.members)) < len(self.members):
            raise ValueError("members: each connection once")
        places = {
            "scope": self.scope,
            "create": self.create,
            "fallback": self.fallback,
            "visibility": self.visibility,
            "mapping": self.mapping,
            "brakes.canary": self.brakes.canary,
        }
        for place, names in places.items():
            for name in names:
                if name not in self.members:
                    raise ValueError(f"{place}: '{name}' is not a member of this link")
        if self.initial not in (*self.members, "newest", "ask"):
            raise ValueError(f"initial: '{self.initial}' is neither a member nor newest nor ask")
        for group, policy in self.fields.items():
            self._check_policy(group, policy)
        return self

    def _check_policy(self, group: str, policy: FieldPolicy) -> None:
        if group not in (*GROUPS, THREAD):
            raise ValueError(f"fields: '{group}' is not a group{did_you_mean(group, (*GROUPS, THREAD))}")
        if group == THREAD and policy.source is None:
            raise ValueError(f"fields.{THREAD}: comments and files take 'from', and no policy")
        if policy.policy is not None and policy.policy not in (*self.members, *POLICIES):
            raise ValueError(f"fields.{group}: '{policy.policy}' is neither a member nor one of {', '.join(POLICIES)}")
        if policy.source is not None and policy.source not in self.members:
            raise ValueError(f"fields.{group}: from: '{policy.source}' is not a member of this link")
        if policy.policy is not None and policy.source is not None:
            raise ValueError(
                f"fields.{group}: 'policy' decides between members, 'from' names the only one; write one of them"
            )
        if policy.policy == "highest" and group != "priority":
            raise ValueError(f"fields.{group}: 'highest' compares priorities; it is for the group 'priority' only")

    def rule(self, group: str, *, first: bool) -> Rule:
        """Give the rule for a group; ``first`` at its first meeting."""
        policy = self.fields.get(group, FieldPolicy())
        chosen = self.initial if first else policy.policy or "newest"
        return Rule(chosen, policy.source, policy.on_drift, policy.accept_shorter)

    def declassifies(self, connection: str) -> bool:
        """Tell whether a member's internal comments and files may become public elsewhere."""
        return connection in self.visibility

    def flows(self, origin: str, target: str) -> bool:
        """Tell whether comments and files of one member go to another."""
        policy = self.fields.get(THREAD)
        return policy is None or policy.source in (None, origin) or target == origin


def migration_link(source: str, target: str) -> LinkConfig:
    """Give the link of a migration that no configured link covers: everything flows one way."""
    return LinkConfig(
        name=f"{source}>{target}",
        members=(source, target),
        create=(target,),
        backfill="all",
        initial=source,
        fields={group: FieldPolicy.model_validate({"from": source}) for group in GROUPS},
        on_delete="ignore",
    )
