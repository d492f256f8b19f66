"""Isthmus joins ITSM tools: it migrates, mirrors and proves incidents across vendors."""

__version__ = "0.1.0"
