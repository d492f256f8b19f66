"""The sandboxes beside recorded traffic: each recorded exchange is sent again and the replies are compared.

``exchanges`` reads the recordings, ``compare`` judges two replies, ``account`` prepares a sandbox for a recording and sends
it (``zendesk`` and ``servicenow`` hold what is particular), ``listed`` holds what is out of scope and what differs for a
reason, ``replay`` joins them.
"""
