"""Texts that people write: markdown becomes clean HTML, titles lose their tags."""

from __future__ import annotations

from functools import lru_cache
from html import unescape

import nh3
from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@lru_cache(maxsize=2048)
def to_html(text: str) -> str:
    """Render markdown and keep only harmless tags and attributes."""
    return nh3.clean(_MARKDOWN.render(text)) if text else ""


@lru_cache(maxsize=4096)
def without_tags(text: str) -> str:
    """A title as it may be shown: no tags, and no markup hidden in entities."""
    if "<" not in text and "&" not in text:
        return text
    return nh3.clean(unescape(nh3.clean(text, tags=set())), tags=set())
