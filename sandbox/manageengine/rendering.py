"""The small parts of bodies: people, options, files, notes and times, as each product writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import text
from .fields import CUSTOM
from .flavour import Flavour
from .records import File, Json, Lookup, Note, Request, User
from .times import shown

if TYPE_CHECKING:
    from .state import State

PICTURE = "/images/default-profile-pic2.svg"
IN_CLOUD_ONLY = frozenset({"internal_name", "in_progress", "stop_timer"})
"""What a status inside a request has in Cloud and lacks on-premises (recorded)."""


class Parts:
    """Renders parts of bodies from the state."""

    def __init__(self, state: State) -> None:
        self.state = state

    # -- people

    def user(self, number: int | None, flavour: Flavour) -> Json | None:
        """Give a person inside another record; None where there is none."""
        user = None if number is None else self.state.users.get(number)
        if user is None:
            return None
        body: Json = {
            "id": flavour.id(user.number),
            "name": user.name,
            "email_id": user.email,
            "phone": user.phone,
            "mobile": user.mobile,
            "department": self.department(user, flavour),
        }
        if not flavour.cloud:
            return {**body, "is_vipuser": user.vip, "profile_pic": {"content-url": PICTURE}}
        photo = f"https://contacts.zoho.com/file?exp=10&ID={user.number}&t=user&height=60&width=60"
        return {
            **body,
            "is_vip_user": user.vip,
            "is_technician": user.technician,
            "sms_mail": None,
            "photo_url": photo,
        }

    def technician(self, number: int | None, flavour: Flavour) -> Json | None:
        """Give the technician of a request, who has other keys in Cloud."""
        body = self.user(number, flavour)
        if body is None or not flavour.cloud:
            return body
        kept = {key: body[key] for key in ("id", "name", "email_id", "phone", "mobile", "photo_url")}
        return {**kept, "cost_per_hour": "0", "sms_mail_id": None}

    def department(self, user: User, flavour: Flavour) -> Json | None:
        """Give a person's department."""
        option = self.state.option("departments", user.department)
        return None if option is None else {**self.named(option, flavour), "site": None, "deleted": False}

    # -- options

    def named(self, option: Lookup, flavour: Flavour) -> Json:
        """Give id and name of an option."""
        return {"id": flavour.id(option.number), "name": self.name(option, flavour)}

    def name(self, option: Lookup, flavour: Flavour) -> str:
        """Give an option's name, which may be another in Cloud."""
        return option.cloud_name if flavour.cloud and option.cloud_name else option.name

    def option(self, kind: str, number: int | None, flavour: Flavour) -> Json | None:
        """Give an option inside a request; None where there is none."""
        option = self.state.option(kind, number)
        if option is None:
            return None
        body = self.named(option, flavour)
        if kind == "groups":
            body["site"] = None
            if flavour.cloud:
                body["deleted"] = False
        elif kind == "request_templates":
            if not flavour.cloud:
                body |= {**option.more, "service_category": None}
        else:
            body |= {key: value for key, value in option.more.items() if flavour.cloud or key not in IN_CLOUD_ONLY}
        return body

    def item(self, number: int, flavour: Flavour) -> Json:
        """Give a configuration item inside a request."""
        item = self.state.items[number]
        return {"id": flavour.id(number), "name": item["name"]}

    # -- texts and files

    def html(self, request: Request, markup: str | None, flavour: Flavour) -> str | None:
        """Give markup with the images' URLs of a product."""
        if not markup or text.MARK not in markup:
            return markup
        return text.MARKED.sub(lambda found: inline_url(request, int(found[1]), flavour), markup)

    def file(self, request: Request, file: File, flavour: Flavour) -> Json:
        """Give an attachment."""
        return {
            "id": flavour.id(file.number),
            "name": file.name,
            "content_type": file.media_type,
            "content_url": content_url(request, file, flavour),
            "description": file.description,
            "size": {"value": str(file.size), "display_value": f"{file.size / 1024:.2f} KB"},
            "attached_by": self.user(file.by, flavour),
            "attached_on": shown(file.at, flavour),
        }

    def files(self, request: Request, place: str, flavour: Flavour) -> list[Json]:
        """Give the attachments that are listed at a place of a request."""
        return [self.file(request, file, flavour) for file in request.files.values() if file.place == place]

    def note(self, request: Request, note: Note, flavour: Flavour, *, whole: bool = True) -> Json:
        """Give a note; a list on-premises leaves out its text (recorded)."""
        body: Json = {
            "id": flavour.id(note.number),
            "request": {"id": flavour.id(request.number), "subject": request.values["subject"]},
            "show_to_requester": note.public,
            flavour.note_author: self.user(note.by, flavour),
            flavour.note_time: shown(note.at, flavour),
            "last_updated_by": self.user(note.edited_by, flavour),
            "last_updated_time": shown(note.edited, flavour),
            "attachments": [self.file(request, request.files[number], flavour) for number in note.files],
        }
        if whole or flavour.cloud:
            body["description"] = self.html(request, note.html, flavour)
            body["has_attachments"] = bool(note.files)
        return body

    def resolution(self, request: Request, flavour: Flavour) -> Json:
        """Give the resolution; without a content nobody has submitted it (recorded)."""
        kept: Json = request.values.get("resolution") or {}
        body: Json = {
            "content": self.html(request, kept.get("content"), flavour),
            "resolution_attachments": self.files(request, "resolution", flavour),
        }
        if kept.get("content") is not None:
            body["submitted_on"] = shown(kept["at"], flavour)
            body["submitted_by"] = self.user(kept["by"], flavour)
        return body

    def udf(self, request: Request, flavour: Flavour) -> Json:
        """Give the custom fields that are filled in."""
        return {
            key: shown(value, flavour) if CUSTOM[key].type == "datetime" else value
            for key, value in request.udf.items()
            if value is not None
        }


def inline_url(request: Request, number: int, flavour: Flavour) -> str:
    """Give the URL of an image inside a text: relative, and served to those who log in."""
    if flavour.cloud:
        return f"{flavour.base}/requests/{flavour.id(request.number)}/attachments/{flavour.id(number)}/content"
    return f"/inlineimages/WorkOrder/{request.number}/{number}"


def content_url(request: Request, file: File, flavour: Flavour) -> str:
    """Give the URL of a file's content, relative to the service host."""
    path = f"{flavour.base}/requests/{flavour.id(request.number)}"
    number = flavour.id(file.number)
    return f"{path}/_uploads/{number}/download" if flavour.cloud else f"{path}/attachments/{number}/_download"
