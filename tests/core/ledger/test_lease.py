"""The lease: of two processes one gets it, and nobody takes it over before the last call of a holder is over."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from isthmus.core.errors import LeaseHeldError
from isthmus.core.sync import lease
from isthmus.core.sync.lease import GRACE_SECONDS, LEASE_SECONDS, is_gone, owner_name


def test_a_lease_keeps_others_off_until_it_is_given_back(ledger, open_ledger):
    ledger.acquire("pair", "one", 180)
    ledger.acquire("pair", "one", 180)
    other = open_ledger()
    with pytest.raises(LeaseHeldError, match="'pair' is being worked on by one"):
        other.acquire("pair", "two", 180)
    other.acquire("other", "two", 180)
    other.give_back("pair", "two")
    with pytest.raises(LeaseHeldError):
        other.acquire("pair", "two", 180)
    ledger.give_back("pair", "one")
    other.acquire("pair", "two", 180)


def test_a_take_over_waits_one_time_out_more(ledger, clock):
    ledger.acquire("pair", "one", 180)
    for seconds in (180.0, GRACE_SECONDS - 0.1, 0.1):
        clock.tick(seconds)
        with pytest.raises(LeaseHeldError, match="free at 2026-05-04 12:04:15 UTC"):
            ledger.acquire("pair", "two", 180)
    clock.tick(0.000_001)
    ledger.acquire("pair", "two", 180)
    with pytest.raises(LeaseHeldError, match="by two"):
        ledger.acquire("pair", "one", 180)


def test_a_holder_that_was_only_late_goes_on(ledger, clock):
    ledger.acquire("pair", "one", 180)
    clock.tick(10_000)
    ledger.acquire("pair", "one", 180)
    clock.tick(181)
    ledger.acquire("pair", "two", 180, grace=0)


def test_the_lease_of_a_process_that_is_surely_dead_is_taken_at_once(ledger, open_ledger):
    code = "from isthmus.core.sync.lease import owner_name; print(owner_name())"
    dead = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert is_gone(dead)
    ledger.acquire("pair", dead, 180)
    open_ledger().acquire("pair", "two", 180)
    with pytest.raises(LeaseHeldError, match="by two"):
        ledger.acquire("pair", dead, 180)


def test_only_what_is_certain_counts_as_dead(monkeypatch):
    mine = owner_name()
    host, pid, place, token = mine.split("/")
    assert not is_gone(mine)
    assert is_gone(f"{host}/{pid}/{place}/0000"), "our own number, but of an earlier process"
    assert not is_gone(f"{host}/{os.getppid()}/{place}/{token}")
    for owner in (
        "",
        "one",
        f"{host}/{pid}/elsewhere/{token}",
        f"{host}/x/{place}/{token}",
        f"{host}/{'9' * 30}/{place}/{token}",
    ):
        assert not is_gone(owner)

    def forbidden(pid: int, signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", forbidden)
    assert not is_gone(f"{host}/1/{place}/{token}")
    assert owner_name() != mine


def test_where_the_kernel_tells_nothing_host_and_machine_must_do(monkeypatch, tmp_path):
    lease._place.cache_clear()
    here = lease._place()
    lease._place.cache_clear()
    monkeypatch.setattr(lease, "Path", lambda name: tmp_path / "none")
    assert lease._place() != here
    lease._place.cache_clear()


def test_a_lease_outlasts_a_call():
    from isthmus.core.net.http import ATTEMPTS, LONGEST_WAIT

    connect, read = 10, 60
    assert LONGEST_WAIT + ATTEMPTS * connect + read <= LEASE_SECONDS + GRACE_SECONDS


def test_of_processes_that_ask_at_once_one_gets_it(ledger, url):
    code = (
        "import sys\n"
        "from isthmus.core.errors import LeaseHeldError\n"
        "from isthmus.core.ledger.ledger import Ledger\n"
        "from isthmus.core.sync.lease import owner_name\n"
        "ledger = Ledger(sys.argv[1])\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "try:\n"
        "    ledger.acquire('pair', owner_name(), 180)\n"
        "    print('got', flush=True)\n"
        "except LeaseHeldError:\n"
        "    print('held', flush=True)\n"
        "sys.stdin.readline()\n"
    )
    racers = [
        subprocess.Popen([sys.executable, "-c", code, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [racer.stdout.readline() for racer in racers] == ["ready\n"] * 3
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    assert sorted(racer.stdout.readline() for racer in racers) == ["got\n", "held\n", "held\n"]
    for racer in racers:
        racer.communicate("end\n", timeout=30)
