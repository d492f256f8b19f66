"""Sandboxes in processes of their own, so that the hub's time and memory are not mixed with theirs."""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import requests
from isthmus.sandbox import start


def _serve(pipe: Connection, vendor: str, tickets: int, seed: int) -> None:
    """Serve until told to stop; every other message asks for the seconds of processor time used so far."""
    with start(vendor, tickets=tickets, seed=seed) as running:
        pipe.send((running.base_url, running.credentials))
        while pipe.recv() != "stop":
            pipe.send(time.process_time())


@dataclass(slots=True)
class Sandbox:
    """A sandbox that serves in a process of its own."""

    vendor: str
    url: str
    credentials: dict[str, Any]
    _pipe: Connection
    _process: BaseProcess

    def cpu(self) -> float:
        """Give the seconds of processor time that it used so far."""
        self._pipe.send("cpu")
        return self._pipe.recv()

    def control(self, path: str, body: Any = None) -> Any:
        """Call a control endpoint: GET without a body, POST with one."""
        url = f"{self.url}/_sandbox/{path}"
        reply = requests.get(url, timeout=120) if body is None else requests.post(url, json=body, timeout=120)
        reply.raise_for_status()
        return reply.json()

    def stop(self) -> None:
        """End the process."""
        self._pipe.send("stop")
        self._process.join(20)
        if self._process.is_alive():
            self._process.kill()


def open_sandbox(vendor: str, *, tickets: int = 0, seed: int = 1) -> Sandbox:
    """Start a sandbox with its limits off; it serves when this returns."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, vendor, tickets, seed))
    process.start()
    theirs.close()
    url, credentials = ours.recv()
    return Sandbox(vendor, url, credentials, ours, process)
