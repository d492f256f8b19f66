"""ServiceNow incidents, over the REST APIs of one instance: table, aggregate, attachment and batch."""

from .connector import ServiceNow, ServiceNowSettings

__all__ = ["ServiceNow", "ServiceNowSettings"]
