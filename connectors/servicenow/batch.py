"""The batch API: many small calls in one.

Vendor facts (ServiceNow documentation, REST batch API): ``POST /api/now/v1/batch``; item bodies are base64 both ways; items
run one after another, without a transaction; the outer status is 200 even when every item failed. One item's request takes
5 MB, its reply 10 MB, the whole batch 30 seconds: what was not reached is named in ``unserviced_requests`` and has to be
sent again. No number of items is documented.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from ...core.connector import Json
from ...core.errors import ConnectorError, Facts, FatalError, RateLimitedError, UnavailableError, UnexpectedReplyError
from ...core.shapes import as_object
from .calls import Calls
from .replies import error_in, item_error

MOST_ITEMS = 50
"""Items of one call, so that it ends well within the vendor's 30 seconds."""
MOST_BYTES = 4 * 1024 * 1024
"""Bytes of the bodies of one call; a body alone over it travels outside of batches."""
ROUNDS = 6
"""Times that an item is sent while the vendor serves nothing."""
PATH = "/api/now/v1/batch"
HEADERS = [{"name": "Content-Type", "value": "application/json"}, {"name": "Accept", "value": "application/json"}]


@dataclass(frozen=True, slots=True)
class Item:
    """One call of a batch."""

    method: str
    url: str
    """Path and query, relative to the instance."""
    operation: str
    """For messages: method and path template."""
    body: Json | None = None
    repeatable: bool = True

    @property
    def is_write(self) -> bool:
        """Tell whether the call changes something."""
        return self.method != "GET"

    @property
    def payload(self) -> bytes:
        """The body's bytes."""
        return b"" if self.body is None else orjson.dumps(self.body)


@dataclass(frozen=True, slots=True)
class ItemReply:
    """A good reply to one item."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    data: Any


class Batch:
    """Sends items through the batch API."""

    def __init__(self, calls: Calls) -> None:
        """Make a sender."""
        self._calls = calls
        self._connection = calls.connection

    def send(self, items: Sequence[Item]) -> Iterator[tuple[int, ItemReply | ConnectorError]]:
        """Send items in order, and give the index and the reply or error of each as soon as it is known.

        Raises:
            FatalError: the batch itself is refused; nothing of the call in hand was served.
        """
        waiting = list(range(len(items)))
        idle, most = 0, MOST_ITEMS
        while waiting:
            chunk = self._chunk(items, waiting, most)
            again: list[int] = []
            for index, answer, final in self._call([(index, items[index]) for index in chunk]):
                if not final and idle < ROUNDS and _worth_repeating(items[index], answer):
                    again.append(index)
                else:
                    yield index, answer
            waiting = again + waiting[len(chunk) :]
            if len(again) < len(chunk):
                idle = 0
                continue
            most = max(len(chunk) // 2, 1)
            self._calls.session.budget.sleep(min(2.0**idle, 30.0))
            idle += 1

    def _chunk(self, items: Sequence[Item], waiting: Sequence[int], most: int) -> list[int]:
        chunk: list[int] = []
        size = 0
        for index in waiting[:most]:
            size += len(items[index].payload)
            if chunk and size > MOST_BYTES:
                break
            chunk.append(index)
        return chunk

    def _call(self, chunk: Sequence[tuple[int, Item]]) -> Iterator[tuple[int, ItemReply | ConnectorError, bool]]:
        """Make one call, and give index, answer and whether that is final, as it is where the call itself failed.

        An item that the vendor did not reach comes back as rate limited: it was not carried out.
        """
        request = {"batch_request_id": "1", "rest_requests": [_request(index, item) for index, item in chunk]}
        try:
            reply = self._calls.write("POST", PATH, json=request, repeatable=all(item.repeatable for _, item in chunk))
        except FatalError:
            raise
        except ConnectorError as error:
            for index, _ in chunk:
                yield index, error, True
            return
        data = as_object(reply.data)
        answers = data.get("serviced_requests")
        if not isinstance(answers, list):
            raise UnexpectedReplyError("a batch reply without serviced_requests", connection=self._connection)
        served = {str(each.get("id")): each for each in cast("list[Json]", answers)}
        unserved = {str(each) for each in data.get("unserviced_requests") or ()}
        for index, item in chunk:
            facts = Facts(connection=self._connection, operation=item.operation)
            if str(index) in served:
                yield index, self._answer(item, served[str(index)]), False
            elif str(index) in unserved:
                yield index, RateLimitedError("not reached in time", **facts), False
            else:
                yield index, UnavailableError("no word of it in the batch", maybe_applied=item.is_write, **facts), False

    def _answer(self, item: Item, answer: Json) -> ItemReply | ConnectorError:
        status = int(answer.get("status_code") or 0)
        try:
            content = base64.b64decode(answer.get("body") or "", validate=True)
            data = orjson.loads(content) if content.strip() else None
        except ValueError:
            data, status = None, status if status >= 400 else 502
        if status >= 300 or status in (0, 202):
            return item_error(
                status or 502, data, connection=self._connection, operation=item.operation, write=item.is_write
            )
        said = error_in(data) if item.is_write else None
        if said is not None:
            return item_error(502, data, connection=self._connection, operation=item.operation, write=True)
        headers = {str(each.get("name", "")).lower(): str(each.get("value", "")) for each in answer.get("headers") or ()}
        return ItemReply(status, headers, data)


def _worth_repeating(item: Item, answer: ItemReply | ConnectorError) -> bool:
    return isinstance(answer, RateLimitedError) or (item.repeatable and isinstance(answer, UnavailableError))


def _request(index: int, item: Item) -> Json:
    request: Json = {"id": str(index), "method": item.method, "url": item.url, "headers": HEADERS}
    if item.body is not None:
        request["body"] = base64.b64encode(item.payload).decode()
        request["exclude_response_headers"] = True
    return request
