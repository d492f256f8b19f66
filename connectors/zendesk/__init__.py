"""The Zendesk Support connector."""

from .connector import Zendesk as Zendesk
from .connector import ZendeskSettings as ZendeskSettings
