"""A bare loop over recorded pages: ``http.client`` asks for them in order, over one connection, and ``json`` parses them.

It is what nobody can do without. It maps nothing, joins nothing, checks nothing, and holds no page longer than it takes; as
it imports nothing else, its memory is its own. ``python -m benchmarks.loop FOLDER URL [FILE]`` prints what it took as JSON;
with a FILE it also writes each page there again as a line.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit


def _parsed(content: bytes) -> Any:
    """Parse a page; those that travel inside a batch (ServiceNow) are base64 in it."""
    page = json.loads(content)
    if "serviced_requests" in page:
        return [json.loads(base64.b64decode(each["body"])) for each in page["serviced_requests"]]
    return page


def _run(folder: Path, url: str, target: TextIO | None) -> dict[str, float]:
    asked = json.loads((folder / "requests.json").read_text("utf-8"))
    begun, busy = time.perf_counter(), time.process_time()
    wire = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    for method, address, body in asked:
        wire.request(method, address, body or None, {"Accept": "application/json"})
        page = _parsed(wire.getresponse().read())
        if target is not None:
            target.write(json.dumps(page) + "\n")
    wire.close()
    return {"wall": time.perf_counter() - begun, "cpu": time.process_time() - busy}


def main() -> None:
    """Ask for every page once."""
    folder, url, file = Path(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else os.devnull
    with Path(file).open("w", encoding="utf-8") as target:
        took = _run(folder, url, target if len(sys.argv) > 3 else None)
    status = Path("/proc/self/status").read_text("ascii")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    print(json.dumps({**took, "peak": peak / 1024}))


if __name__ == "__main__":
    main()
