"""The words that stories are told with: names, groups, services, problems and what people write about them."""

from __future__ import annotations

GIVEN = (
    "Ana", "Bob", "Chloé", "Dmitri", "Elif", "Fatima", "Grace", "Hiro", "Inés", "Jürgen", "Kofi", "Lena", "Mateus", "Nadia",
    "Oskar", "Priya", "Quentin", "Rosa", "Søren", "Tomás", "Uma", "Viktor", "Wei", "Ximena", "Yusuf", "Zoë",
)  # fmt: skip
FAMILY = (
    "Roux", "Müller", "Okafor", "Tanaka", "García", "Nowak", "Haddad", "Lindqvist", "Petrov", "Silva", "Nguyen", "O'Brien",
    "Kaya", "Rossi", "Chen", "Novák", "Van Dijk", "Mensah", "Larsen", "Iyer", "Costa", "Weiß", "Sato", "Dubois", "Farah",
    "Kowalski",
)  # fmt: skip

GROUPS = ("Service Desk", "Network", "Workplace", "Applications", "Database", "Identity and Access")

CATEGORIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "network": ("Network", ("vpn", "wireless", "dns")),
    "hardware": ("Workplace", ("laptop", "printer", "monitor")),
    "software": ("Applications", ("email", "erp", "browser")),
    "database": ("Database", ("oracle", "postgresql")),
    "access": ("Identity and Access", ("password", "permission")),
    "inquiry": ("Service Desk", ("how to", "order")),
}
"""Category -> (the group that solves it, its subcategories)."""

SERVICES = ("VPN", "E-mail", "ERP", "Intranet", "Printing", "Telephony")
SITES = ("Lyon", "München", "Kraków", "São Paulo", "大阪", "Nairobi", "Malmö")

PROBLEMS: dict[str, tuple[str, ...]] = {
    "network": ("VPN down in {site}", "No Wi-Fi in room {n} ({site})", "Name lookups fail for intranet.example.com"),
    "hardware": ("Laptop does not start after update", "Printer {n} prints blank pages", "Monitor flickers: {site}"),
    "software": (
        "E-mail client crashes on opening attachments",
        "ERP: order {n} cannot be saved",
        "Browser is slow since Monday",
    ),
    "database": ("Nightly job {n} ran into a deadlock", "Report query takes > 10 minutes"),
    "access": ("Password reset does not arrive", "No permission for share \\\\files\\{site}", "Account locked again"),
    "inquiry": ("How do I order a second screen?", "Please add Zoë to the list “{site}-all”", "Question about licence {n}"),
}
OPENINGS = (
    "Since this morning it does not work any more.",
    "It happens every day at about ten, and a restart helps for an hour.",
    "Several colleagues in {site} see the same.",
    "I tried another cable, another account and another machine.",
    "This blocks the month-end closing, so please have a look soon.",
    "The message says: “Error 0x{n:08x}: connection refused”.",
)
REQUESTER_SAYS = (
    "It still does not work.", "Now it works, thank you!", "Here is a screenshot.", "I was on the train.",
    "The error came back after lunch 😕", "Grüße aus {site}, es geht wieder nicht.", "any news?",
)  # fmt: skip
AGENT_SAYS = (
    "Thank you for the report, we are looking into it.", "Could you send the log file, please?",
    "We have changed the configuration of {service}. Please try again.", "Please restart and tell us if it happens again.",
    "The supplier has confirmed the fault; we expect a fix on Thursday.",
)  # fmt: skip
AGENT_NOTES = (
    "Internal: certificate of gateway {n} expired, renewing it.", "Checked with {service} team: known error KE-{n}.",
    "User is VIP, handle with care.", "Root cause looks like a full disk on db{n}.", "Passed on to second level.",
)  # fmt: skip
SOLUTIONS = (
    ("permanent", "Renewed the certificate and restarted the gateway."),
    ("workaround", "Switched to the second line until the supplier has repaired the first."),
    ("permanent", "Replaced the device."),
    ("no fault found", "Could not be reproduced; the requester agrees to close."),
    ("user error", "Explained how it works and sent the guide."),
)
LABELS = ("vip", "escalated", "site_lyon", "remote", "month_end", "known_error")

AWKWARD: dict[int, tuple[str, ...]] = {
    9: ("This looks like markup: <b>not bold</b> & </div> <script>alert(1)</script> &amp; done.",),
    11: ("The template shows {{ticket.requester.name}} and {% if x %}y{% endif %} instead of a name.",),
    13: ("[code]<b>in brackets</b>[/code] and a path C:\\temp\\new and * stars * and _lines_",),
    15: (
        "مرحبا، الشاشة لا تعمل",
        "画面が映りません。よろしくお願いします。",
        "Ça marche plus… 🤷🏽‍♀️ \u200bzero width",
        "שלום",
    ),
}
"""Descriptions that break naive clients, by story number modulo 50."""
