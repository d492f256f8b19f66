"""Conformance, threads: comments, files, who may see them, and their origin."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import pytest

from ..core.errors import RejectedError
from ..core.model import Visibility
from ..core.text import richtext
from .bench import Bench, Seen
from .conformance_writing import AWKWARD
from .deeds import Deeds
from .requirements import needs, needs_trait
from .suite import Suite

BARE: Final = "comments cannot be hidden"
FILES: Final = (
    ("plain.txt", b"plain"),
    ("binary.bin", bytes(range(256)) * 300),
    ("Übersicht 報告 😀.txt", "ümlaut".encode()),
    ('it\'s "quoted"; x=1.txt', b"quoted"),
    ("100% & more + #1.txt", b"escaped"),
)
BOTH: Final = pytest.mark.parametrize("visibility", list(Visibility))


class Threads(Suite):
    """Nothing in a thread is lost, doubled, or shown to the wrong people."""

    # -- what people wrote

    @needs("threads")
    def test_a_persons_comment_is_read(self, bench: Bench, deeds: Deeds) -> None:
        self._read(bench, deeds, public=True)

    @needs("threads")
    @needs_trait(BARE, lambda traits: traits.internal_comments)
    def test_a_persons_internal_comment_is_read(self, bench: Bench, deeds: Deeds) -> None:
        self._read(bench, deeds, public=False)

    def _read(self, bench: Bench, deeds: Deeds, *, public: bool) -> None:
        record_id = bench.act(lambda: bench.open("talked about"))
        start = bench.now() - timedelta(seconds=5)
        bench.act(lambda: bench.say(record_id, "A word from the agent", public=public))
        (comment,) = deeds.thread(record_id)["comments"]
        assert comment["visibility"] == ("public" if public else "internal")
        assert richtext.to_text(comment["body"]).strip() == "A word from the agent"
        assert comment["author"]["email"] == bench.agent.email
        assert start <= datetime.fromisoformat(comment["created_at"]) <= bench.now() + timedelta(seconds=1)

    @needs("threads")
    def test_the_description_is_no_comment(self, bench: Bench, deeds: Deeds) -> None:
        record_id = bench.act(lambda: bench.open("described"))
        thread = deeds.thread(record_id)
        assert (thread["comments"], thread["attachments"]) == ([], [])

    @needs("threads")
    def test_two_equal_comments_stay_two(self, bench: Bench, deeds: Deeds) -> None:
        record_id = bench.act(lambda: bench.open("asked twice"))
        for _ in range(2):
            bench.act(lambda: bench.say(record_id, "any update?", public=True))
        comments = deeds.thread(record_id)["comments"]
        assert len({comment["id"] for comment in comments}) == len(comments) == 2

    @needs("threads")
    def test_comments_come_oldest_first(self, bench: Bench, deeds: Deeds) -> None:
        record_id = bench.act(lambda: bench.open("talked about"))
        words = [f"word {number}" for number in range(5)]
        open_to_all = (0, 2, 4) if bench.connector.traits.internal_comments else range(5)
        for number, word in enumerate(words):
            bench.act(lambda word=word, number=number: bench.say(record_id, word, public=number in open_to_all))
            bench.advance(2)
        comments = deeds.thread(record_id)["comments"]
        assert [richtext.to_text(comment["body"]).strip() for comment in comments] == words
        public = [number for number, comment in enumerate(comments) if comment["visibility"] == "public"]
        assert public == list(open_to_all)

    @needs("threads")
    def test_threads_of_many_records_are_kept_apart(self, bench: Bench) -> None:
        ids = [bench.act(lambda number=number: bench.open(f"number {number}")) for number in range(4)]
        for number, record_id in enumerate(ids[1:], 1):
            for _ in range(number):
                bench.act(lambda record_id=record_id, number=number: bench.say(record_id, f"of {number}", public=True))
        threads = bench.connector.threads([*ids, bench.unknown_id])
        counts = [len(threads[record_id].comments) if record_id in threads else 0 for record_id in ids]
        assert counts == [0, 1, 2, 3]
        assert not threads.get(bench.unknown_id) or threads[bench.unknown_id].comments == []

    # -- what we write

    @needs("create", "add_comment", "threads")
    @BOTH
    def test_a_comment_keeps_its_visibility(self, bench: Bench, deeds: Deeds, visibility: Visibility) -> None:
        record_id = deeds.create(deeds.document("talked about"))
        if visibility is Visibility.INTERNAL and not bench.connector.traits.internal_comments:
            with pytest.raises(RejectedError):
                deeds.comment(record_id, deeds.new_comment("<p>Not for everybody</p>", visibility))
            assert bench.comments(record_id) == []
            return
        start = bench.now() - timedelta(seconds=5)
        comment = deeds.comment(record_id, deeds.new_comment("<p>From the other tool</p>", visibility))
        assert comment["visibility"] == visibility
        assert richtext.to_text(comment["body"]).strip() == "From the other tool"
        assert start <= datetime.fromisoformat(comment["created_at"]) <= bench.now() + timedelta(seconds=1)
        public = visibility is Visibility.PUBLIC
        said = [Seen("From the other tool", public)]
        assert self.ours(bench.comments(record_id), said) == said

    @needs("create", "add_comment", "threads")
    def test_our_comments_keep_their_order(self, bench: Bench, deeds: Deeds) -> None:
        record_id = deeds.create(deeds.document("talked about"))
        words = [f"word {number}" for number in range(6)]
        for number, word in enumerate(words):
            visibility = Visibility.PUBLIC if number % 2 else deeds.hidden
            deeds.comment(record_id, deeds.new_comment(f"<p>{word}</p>", visibility, origin=f"other/1/{number}"))
            bench.let_pass(bench.connector.traits.precision)
        comments = deeds.thread(record_id)["comments"]
        assert self.ours([richtext.to_text(comment["body"]).strip() for comment in comments], words) == words

    @needs("create", "add_comment", "threads")
    def test_comments_of_one_moment_keep_a_steady_order(self, deeds: Deeds) -> None:
        """Whether a vendor tells their order within one tick of its clock is its own affair; it may not change."""
        record_id = deeds.create(deeds.document("talked about at once"))
        words = [f"word {number}" for number in range(6)]
        for word in words:
            deeds.comment(record_id, deeds.new_comment(f"<p>{word}</p>", Visibility.PUBLIC, origin=f"other/1/{word}"))
        first, second = (deeds.thread(record_id)["comments"] for _ in range(2))
        assert sorted(self.ours([richtext.to_text(comment["body"]).strip() for comment in first], words)) == words
        assert [comment["id"] for comment in first] == [comment["id"] for comment in second]

    @needs("create", "add_comment", "threads")
    @pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD)
    def test_awkward_comments_survive(self, bench: Bench, deeds: Deeds, text: str) -> None:
        record_id = deeds.create(deeds.document("talked about"))
        markup = richtext.from_text(text)
        part, directory = bench.side.mapping.comment, bench.side.directory
        foreseen = part.read(part.write({"body": markup}, directory), directory)["body"]
        comment = deeds.comment(record_id, deeds.new_comment(markup, deeds.hidden))
        assert richtext.comparable(comment["body"]) == richtext.comparable(foreseen)

    @needs("create", "add_comment", "threads")
    def test_a_long_comment_survives(self, bench: Bench, deeds: Deeds) -> None:
        record_id = deeds.create(deeds.document("talked about"))
        limit = min(bench.connector.traits.comment_limit or 20_000, 20_000)
        text = ("word " * (limit // 5))[: limit - 100].strip()
        comment = deeds.comment(record_id, deeds.new_comment(f"<p>{text}</p>", Visibility.PUBLIC))
        assert richtext.to_text(comment["body"]).strip() == text

    @needs("create", "add_comment", "threads")
    @needs_trait("comments do not keep their origin", lambda traits: traits.comment_origin)
    def test_the_origin_is_kept_out_of_sight(self, bench: Bench, deeds: Deeds) -> None:
        record_id = deeds.create(deeds.document("talked about"))
        bench.act(lambda: bench.say(record_id, "By a person", public=True))
        comment = deeds.new_comment("<p>Carried</p>", Visibility.PUBLIC, origin="other/17/c-1")
        assert deeds.comment(record_id, comment).get("origin") == "other/17/c-1", "origin_of() gives what was stored"
        assert [each.get("origin") for each in deeds.thread(record_id)["comments"]].count(None) == 1
        assert Seen("Carried", public=True) in bench.comments(record_id)

    @needs("create", "add_comment", "threads")
    @needs_trait("comments are written in our own name", lambda traits: traits.comment_author)
    def test_a_live_comment_bears_its_authors_name(self, bench: Bench, deeds: Deeds) -> None:
        record_id = deeds.create(deeds.document("talked about"))
        author = bench.agent.model_dump(exclude={"id"})
        comment = deeds.comment(record_id, deeds.new_comment("<p>x</p>", Visibility.PUBLIC, author=author))
        assert comment["author"]["email"] == bench.agent.email

    # -- files

    @needs("create", "threads", "download")
    @pytest.mark.parametrize(("name", "data"), FILES, ids=["plain", "binary", "unicode", "quotes", "escapes"])
    def test_a_file_survives_byte_for_byte(self, deeds: Deeds, name: str, data: bytes) -> None:
        self._survives(deeds, name, data)

    @needs("create", "threads", "download")
    @needs_trait("empty files cannot be stored", lambda traits: traits.empty_files)
    def test_an_empty_file_survives(self, deeds: Deeds) -> None:
        self._survives(deeds, "empty.txt", b"")

    def _survives(self, deeds: Deeds, name: str, data: bytes) -> None:
        record_id = deeds.create(deeds.document("with a file"))
        file = deeds.attach(record_id, name, data, Visibility.PUBLIC)
        assert (file["name"], file.get("size", len(data))) == (name, len(data))
        assert deeds.download(file) == data

    @needs("create", "threads", "download")
    @pytest.mark.parametrize("name", ["../../etc/passwd", "a/b/c.txt", "..", "C:\\temp\\x.txt"])
    def test_a_name_with_slashes_does_no_harm(self, deeds: Deeds, name: str) -> None:
        record_id = deeds.create(deeds.document("with a file"))
        file = deeds.attach(record_id, name, b"slashed", Visibility.PUBLIC)
        assert file["name"]
        assert deeds.download(file) == b"slashed"

    @needs("create", "threads", "download")
    def test_equal_names_are_two_files(self, deeds: Deeds) -> None:
        record_id = deeds.create(deeds.document("with files"))
        files = [deeds.attach(record_id, "log.txt", data, Visibility.PUBLIC) for data in (b"one", b"two")]
        assert files[0]["id"] != files[1]["id"]
        assert [deeds.download(file) for file in files] == [b"one", b"two"]

    @needs("create", "threads")
    @needs_trait("files cannot be hidden", lambda traits: traits.internal_files)
    @BOTH
    def test_a_file_keeps_its_visibility(self, deeds: Deeds, visibility: Visibility) -> None:
        record_id = deeds.create(deeds.document("with a file"))
        assert deeds.attach(record_id, "for whom.txt", b"x", visibility)["visibility"] == visibility
