"""Rich text that is read as a document by one API version and as wiki markup by the other.

What a client wrote is kept as it was; the other form is made when asked for. Jira converts on its server in both
directions, with losses.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .adf_text import plain, to_html
from .jsons import Json
from .wiki_read import to_document
from .wiki_write import escape, to_wiki


@dataclass(slots=True)
class RichText:
    """A text in one form or the other."""

    document: Json | None = None
    markup: str | None = None
    _other: Json | str | None = field(default=None, compare=False)
    _plain: str | None = field(default=None, compare=False)

    @property
    def adf(self) -> Json:
        """The text as a document."""
        if self.document is not None:
            return self.document
        if not isinstance(self._other, dict):
            self._other = to_document(self.markup or "")
        return self._other

    @property
    def wiki(self) -> str:
        """The text as wiki markup."""
        if self.markup is not None:
            return self.markup
        if not isinstance(self._other, str):
            self._other = to_wiki(self.document or {})
        return self._other

    @property
    def plain(self) -> str:
        """The text without any markup."""
        if self._plain is None:
            self._plain = plain(self.adf)
        return self._plain

    @property
    def html(self) -> str:
        """The text as Jira renders it."""
        return to_html(self.adf)

    def shown(self, version: int) -> Json | str:
        """Give the text as an API version shows it."""
        return self.adf if version == 3 else self.wiki


def literal(text: str) -> RichText:
    """Give plain text as rich text that shows it."""
    return RichText(markup=escape(text))
