"""Jira Service Management: issues of a service project, over the platform API and the service desk API."""

from .connector import Jira
from .settings import JiraSettings

__all__ = ["Jira", "JiraSettings"]
