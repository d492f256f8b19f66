"""An emulated Jira site with Jira Service Management: platform REST v3 and v2, service desk API, OAuth.

The same state is also reached in the manner of Data Center, by the credentials of its kind (see ``auth``).
"""

from .vendor import Jira

__all__ = ["Jira"]
