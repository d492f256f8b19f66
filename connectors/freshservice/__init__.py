"""The Freshservice connector."""

from .connector import Freshservice as Freshservice
from .connector import FreshserviceSettings as FreshserviceSettings
