"""The in-memory tool passes the conformance suite, in several dialects and under each fault profile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from isthmus.core.connector import FilePlace
from isthmus.core.model import Status
from isthmus.testing import Conformance, Dialect, UnderFaults
from isthmus.testing.memory_bench import MemoryBench


class Fine:
    skips = 2

    @pytest.fixture
    def bench(self) -> MemoryBench:
        return MemoryBench(Dialect(notifies=frozenset({"create", "public_comment", "resolve"})))


class TestFine(Fine, Conformance):
    profile = None


class TestFineFlaky(Fine, UnderFaults):
    profile = "flaky"


class TestFineThrottled(Fine, UnderFaults):
    profile = "throttled"


class TestFineLaggy(Fine, UnderFaults):
    profile = "laggy"


class TestFineWithRules(Fine, UnderFaults):
    profile = "rules"


class TestFineInAStorm(Fine, UnderFaults):
    profile = "flaky+throttled+laggy+rules"


class Coarse:
    """Lossy, slow, and strict."""

    skips = 0

    @pytest.fixture
    def bench(self) -> MemoryBench:
        return MemoryBench(
            Dialect(
                statuses=frozenset(Status) - {Status.CANCELED, Status.NEW},
                reasons=False,
                priorities=4,
                impact=True,
                title_length=40,
                plain_text=True,
                precision=timedelta(minutes=1),
                export_lag=timedelta(minutes=1),
                search_lag=timedelta(minutes=2),
                comment_author=True,
                files_on=FilePlace.COMMENT,
                closed_is_final=True,
                required_on_resolve=("code",),
                tells_ids=False,
                chosen_id=True,
            )
        )


class TestCoarse(Coarse, Conformance):
    profile = None


class TestCoarseFlaky(Coarse, UnderFaults):
    profile = "flaky"


class TestBare(Conformance):
    """Reads and writes records, and little else."""

    skips = 19

    @pytest.fixture
    def bench(self) -> MemoryBench:
        return MemoryBench(
            Dialect(
                lacks=frozenset({"history", "deleted", "count", "delete", "fields"}),
                resolution=False,
                version_moves_always=False,
                conditional_write=False,
                keeps_history=False,
                create_carries_comments=False,
                comment_origin=False,
                internal_files=False,
                internal_comments=False,
                empty_files=False,
                tells_sizes=False,
                tombstones=False,
            )
        )
