"""Check an evidence pack or a trail of Isthmus, offline: ``python3 verify.py PUBLIC_KEY FILE [NUMBER:HASH]``.

PUBLIC_KEY is your own copy of the auditor's public key (PEM), never one that came with the file. NUMBER:HASH is a head of
the trail that you noted earlier. It needs Python 3.11 and the library `cryptography`, nothing else. Take this program from
where you trust it: whoever can change a pack can change the copy of this program in it.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, TypeAlias
from zipfile import ZipFile

Json: TypeAlias = dict[str, Any]
Head: TypeAlias = tuple[int, str]
START = "0" * 64
ENTRY = {"seq": int, "at": str, "body": str, "hash": str}
SEAL, LONGEST, CHUNK = 390, 1 << 26, 1 << 20
TIMES = {"mtta": "acknowledged_at", "first_response": "first_response_at", "resolve": "resolved_at", "close": "closed_at"}
SPLITS = {"tool": "connection", "priority": "priority", "service": "service", "category": "category", "group": "team"}


class Broken(Exception):  # noqa: N818 - it tells a finding, no defect
    """What is wrong first, and where. ``entry`` is the number of the trail's entry, where it is one."""

    def __init__(self, words: str, entry: int | None = None) -> None:
        super().__init__(words)
        self.entry = entry


def read_key(path: Path) -> Any:
    """Read a public key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - only for signatures
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    key = load_pem_public_key(path.read_bytes())
    if isinstance(key, Ed25519PublicKey):
        return key
    raise ValueError("it is no Ed25519 key")


def read_head(text: str) -> Head:
    """Read a head of the trail as it is noted, NUMBER:HASH."""
    found = re.fullmatch("([0-9]{1,18}):([0-9a-fA-F]{64})", text.strip())
    if not found or (found[1] == "0" and found[2] != START):
        raise ValueError(f"'{text}' is no head; write it as 'isthmus audit head' prints it, NUMBER:HASH")
    return int(found[1]), found[2].lower()


def signed(key: Any, told: Json) -> bool:
    """Tell whether the key signed a statement: all of it but the signature, as canonical JSON. It names the key."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415

    signature = str(told.get("signature"))
    if told.get("public_key") != key.public_bytes_raw().hex() or not re.fullmatch("[0-9a-f]{128}", signature):
        return False
    try:
        key.verify(bytes.fromhex(signature), canonical({name: told[name] for name in told if name != "signature"}))
    except InvalidSignature:
        return False
    return True


def canonical(value: Any) -> bytes:
    """Give JSON as it is signed: sorted keys, no blanks, UTF-8. Halves of surrogate pairs have bytes, too."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(errors="surrogatepass")


def parsed(text: str | bytes) -> Json:
    """Give the JSON object that a text holds; an empty one where it holds none."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def digest(file: IO[bytes], most: int) -> str:
    """Give the SHA-256 of a file, or of its begin."""
    found = hashlib.sha256()
    while most > 0 and (data := file.read(min(most, CHUNK))):
        found.update(data)
        most -= len(data)
    return found.hexdigest()


# -- the trail: each entry's hash covers the entry and the hash before; a checkpoint is an entry that signs the one before


def follow(entries: Iterable[Json], key: Any = None, head: Head | None = None, after: Head = (0, START)) -> Json:
    """Follow a trail; give number and hash of the last entry, and how far checkpoints of the key cover it."""
    number, previous = after
    covered = 0
    for entry in entries:
        number += 1
        if entry["seq"] != number:
            raise Broken(f"trail entry {number} was dropped or reordered: entry {entry['seq']} stands in its place", number)
        text = f"{previous}\n{number}\n{entry['at']}\n{entry['body']}"
        if entry["hash"] != hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest():
            raise Broken(f"trail entry {number} was altered, or one before it was dropped", number)
        told = parsed(entry["body"]) if key and '"kind":"checkpoint"' in entry["body"] else {}
        if told and told.get("public_key") == key.public_bytes_raw().hex():  # checkpoints of other keys say nothing
            meant = {"kind": "checkpoint", "at": entry["at"], "seq": number - 1, "hash": previous}
            if told | meant != told or len(told) != len(meant) + 2 or not signed(key, told):
                raise Broken(f"trail entry {number}: its signature does not cover the entries before it", number)
            covered = number
        previous = entry["hash"]
        if head and head[0] == number and head[1] != previous:
            raise Broken(f"trail entry {number} is not the one of the known head: the trail was written anew", number)
    if head and head[0] > number:
        raise Broken(f"the trail ends with entry {number}, its known head is {head[0]}: its end was cut off", number + 1)
    return {"entries": number, "hash": previous, "signed": covered}


def check_trail(lines: Iterable[bytes], key: Any, head: Head | None = None) -> Json:
    """Check an exported trail: whole, and signed to its end. Each entry is a line, spelled in exactly one way."""

    def entries() -> Iterator[Json]:
        for number, line in enumerate(lines, 1):
            entry = parsed(line)
            if {name: type(value) for name, value in entry.items()} != ENTRY or canonical(entry) + b"\n" != line:
                raise Broken(f"trail entry {number} (line {number}) was altered: Isthmus writes no such entry", number)
            yield entry

    found = follow(entries(), key, head)
    if found["signed"] != found["entries"] or not found["entries"]:
        first = found["signed"] + 1
        raise Broken(f"from trail entry {first} on, nothing is signed by this key: cut, added, or signed by another", first)
    return found


# -- the pack: a zip with a manifest of its files; the seal at its end signs the manifest and every byte before the seal


def check_pack(path: Path, key: Any, head: Head | None = None) -> Json:
    """Check a pack: its seal, its files, the trail in it, its counts and figures."""
    with path.open("rb") as file:
        whole = digest(file, path.stat().st_size - SEAL)
        seal = parsed(last := file.read())
    if not signed(key, seal) or seal.get("kind") != "pack" or canonical(seal) != last:
        raise Broken("the seal at the end of the pack was altered, or signed by another key, or the end was cut off")
    try:
        pack = ZipFile(path)
    except Exception as error:
        raise Broken(f"the directory of the zip was altered ({type(error).__name__})") from error
    with pack:
        manifest = check_files(pack, seal["manifest"])
        if whole != seal["pack"]:
            raise Broken("bytes between the files were altered or added: the headers or the directory of the zip")
        with pack.open("trail.jsonl") as lines:
            found = check_trail(lines, key, head)
        if [found["entries"], found["hash"]] != manifest["trail"]:
            raise Broken("trail.jsonl does not end with the head that the manifest names")
        return {**found, **check_counts(pack, manifest), "figures": check_figures(pack)}


def check_files(pack: ZipFile, manifest_digest: str) -> Json:
    """Compare each file of a pack with the manifest, and give the manifest."""
    if digest_of(pack, "manifest.json", LONGEST) != manifest_digest:
        raise Broken("manifest.json was altered")
    manifest: Json = json.loads(pack.read("manifest.json"))
    there, listed = Counter(pack.namelist()), {"manifest.json", *manifest["files"]}
    for name in {**there, **manifest["files"]}:
        if name not in listed or there[name] > 1:
            raise Broken(f"{name} was added to the pack")
        if not there[name]:
            raise Broken(f"{name} is missing from the pack")
    for name, told in manifest["files"].items():
        if digest_of(pack, name, told["size"] + 1) != told["sha256"]:
            raise Broken(f"{name} was altered")
    return manifest


def digest_of(pack: ZipFile, name: str, most: int) -> str:
    """Give the digest of a file of a pack."""
    try:
        with pack.open(name) as file:
            return digest(file, most)
    except Exception as error:
        raise Broken(f"{name} cannot be read: it was altered ({type(error).__name__})") from error


def check_counts(pack: ZipFile, manifest: Json) -> Json:
    """Count what is in the pack, and check the sum that proves that nothing was left out of it."""
    packed: Counter[str] = Counter()
    for name in (name for name in manifest["files"] if name.endswith(".jsonl")):
        lines = 0
        with pack.open(name) as file:
            for line in file:
                lines += 1
                packed.update([json.loads(line)["connection"]] if name == "incidents.jsonl" else [])
        if lines != manifest["files"][name]["lines"]:
            raise Broken(f"{name} holds {lines} lines, and not as many as the manifest says")
    rows = json.loads(pack.read("completeness.json"))["connections"]
    for row in rows:
        parts = sum(row[part] for part in ("in_pack", "copies", "opened_later", "opened_unknown", "over_before"))
        if row["in_pack"] != packed[row["connection"]] or row["incidents"] != parts:
            raise Broken(f"completeness.json: the incidents of {row['connection']} do not add up")
    if strangers := sorted(packed.keys() - {row["connection"] for row in rows}):
        raise Broken(f"completeness.json: it does not tell of {strangers[0]}, whose incidents are in the pack")
    return {"incidents": packed.total(), "not_proven_complete": [row["connection"] for row in rows if not row["complete"]]}


# -- the figures: business time from the open hours of calendars, less pauses; then each figure from its incidents


def micros(text: str) -> int:
    """Give a moment in microseconds."""
    return (datetime.fromisoformat(text) - datetime.fromisoformat("1970-01-01T00:00:00Z")) // timedelta(microseconds=1)


def read_hours(lines: Iterable[bytes]) -> dict[str, tuple[list[int], list[int], list[int]]]:
    """Give the open spans of each calendar: where they begin, where they end, and the open time before each."""
    hours: dict[str, tuple[list[int], list[int], list[int]]] = defaultdict(lambda: ([], [], []))
    for row in map(json.loads, lines):
        opens, closes, totals = hours[row["calendar"]]
        totals.append(totals[-1] + closes[-1] - opens[-1] if opens else 0)
        opens.append(micros(row["opens"]))
        closes.append(micros(row["closes"]))
    return hours


def check_times(fact: Json, hours: tuple[list[int], list[int], list[int]], until: int) -> None:
    """Compute the times of an incident from its moments, the calendar and the pauses."""
    opens, closes, totals = hours

    def open_time(moment: int) -> int:
        place = bisect_right(opens, moment) - 1
        return totals[place] + max(0, min(moment, closes[place]) - opens[place])

    moments = {name: micros(fact[name]) for name in ("opened_at", *TIMES.values()) if fact[name]}
    opened, resolved = moments["opened_at"], moments.get("resolved_at", until if fact["open"] else None)
    stops = {name: moments.get(moment) for name, moment in TIMES.items()}
    answered = [moment for moment in (moments.get("first_response_at"), resolved) if moment is not None]
    stops |= {"resolve_spent": resolved, "response_spent": min(answered, default=None)}
    pauses = [(open_time(micros(each["starts"])), open_time(micros(each["ends"]))) for each in fact["pauses"]]
    for name, stop in stops.items():
        if stop is None or stop < opened:
            spent = None
        else:
            begin, end = open_time(opened), open_time(stop)
            spent = (end - begin - sum(max(0, min(last, end) - max(first, begin)) for first, last in pauses)) / 1e6
        if differ(fact[name], spent):
            raise Broken(
                f"facts.jsonl: {name} of {fact['connection']}/{fact['incident']} is {fact[name]}, computed: {spent}"
            )


def check_figures(pack: ZipFile) -> int:
    """Compute every figure of the report from the incidents that it counts; give how many there are."""
    report = json.loads(pack.read("report.json"))
    kpis = {kpi["id"]: kpi for kpi in json.loads(pack.read("definitions.json"))}
    until = min(micros(report["last"]), micros(report["as_of"]))
    values: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    with pack.open("calendar_hours.jsonl") as lines:
        hours = read_hours(lines)
    with pack.open("facts.jsonl") as lines:
        for fact in map(json.loads, lines):
            check_times(fact, hours[fact["calendar"]], until)
            splits = [("", ""), *((name, str(fact[column] or "")) for name, column in SPLITS.items())]
            for each in fact["counted"]:
                kpi, value, period = each["kpi"], each["value"], each["period"]
                if not period and differ(value, fact.get(kpis[kpi]["measure"], value)):
                    raise Broken(f"facts.jsonl: {kpi} of {fact['connection']}/{fact['incident']} is not its measure")
                for name, part in [("period", period)] if period else splits:
                    values[kpi, name, part].append(value)
    for figure in report["figures"]:
        key = (figure["kpi"], figure["dimension"] or "", figure["value_of"] or "")
        check_figure(figure, sorted(values[key]), kpis[key[0]]["unit"])
    return len(report["figures"])


def check_figure(figure: Json, found: Sequence[float], unit: str) -> None:
    """Compute a figure from the values of its incidents, in order."""
    mean = sum(round(value * 1e6) for value in found) / 1e6 / len(found) if found else None
    spread = {"median": quantile(found, 0.5), "p90": quantile(found, 0.9)} if unit == "seconds" else {}
    computed = {"count": len(found), "value": len(found) if unit == "count" else mean, **spread}
    for name, value in computed.items():
        if differ(figure[name], value):
            where = " ".join(filter(None, (figure["kpi"], figure["dimension"], figure["value_of"])))
            raise Broken(f"report.json: {name} of {where} is {figure[name]}, computed from its incidents: {value}")


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """Give the value below which a share of the values lies, between two of them in proportion."""
    if not ordered:
        return None
    place, part = divmod((len(ordered) - 1) * share, 1)
    low = int(place)
    return ordered[low] + (ordered[min(low + 1, len(ordered) - 1)] - ordered[low]) * part


def differ(one: float | None, other: float | None) -> bool:
    """Tell whether two numbers are not the same, but for the last digits of a floating-point number."""
    if one is None or other is None:
        return one is not other
    return abs(one - other) > 2e-6 + 1e-9 * abs(one)


def check(path: Path, key: Any, head: Head | None = None) -> Json:
    """Check a file; give what was found, or raise Broken."""
    with path.open("rb") as file:
        begin = file.read(3)
        file.seek(0)
        try:
            if sum(one == other for one, other in zip(begin, b"PK\3", strict=False)) > 1:  # one of them may be altered
                return check_pack(path, key, head)
            return check_trail(iter(lambda: file.readline(LONGEST), b""), key, head)
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise Broken(f"the file is not what Isthmus writes ({type(error).__name__}: {error})") from error


def main(arguments: list[str]) -> int:
    """Check the file that the command line names."""
    if len(arguments) not in (2, 3):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    try:
        head = read_head(arguments[2]) if len(arguments) == 3 else None
        key = read_key(Path(arguments[0]))
        found = check(Path(arguments[1]), key, head)
    except (ImportError, OSError, ValueError) as error:
        sys.stderr.write(f"cannot check: {error}\n")
        return 2
    except Broken as error:
        sys.stdout.write(f"BROKEN: {error}\n")
        return 1
    sys.stdout.write("".join(f"{name}: {value}\n" for name, value in found.items()) + "Everything holds.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
