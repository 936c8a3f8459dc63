"""Reading what is sent to the simulated Allô Proximité: forms and queries of GeoReport v2, checked."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from city.places import Position
from fake_devices.open311_services import JURISDICTION, SERVICES, Service, refusal
from fake_devices.open311_tickets import LONGEST_SPAN, STATUS_AFTER, Query, Ticket, Update

LONGEST_DESCRIPTION = 4000
"""Characters, GeoReport v2."""

OF_THE_REPORTER = ("first_name", "last_name", "email", "phone", "account_id", "device_id", "media_url")
"""What a form may say of who reports."""

Form = Mapping[str, str]

_ATTRIBUTE = re.compile(r"attribute\[(?P<code>[A-Za-z_][A-Za-z0-9_.-]*)\](?:\[\])?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
"""What neither a reader nor XML has any use for."""


def cleaned(form: Mapping[str, str]) -> dict[str, str]:
    """The parameters that say something: an empty one means the same as one not sent."""
    clean = {key: _CONTROL.sub("", value).strip() for key, value in form.items()}
    return {key: value for key, value in clean.items() if value}


def check_jurisdiction(form: Form) -> None:
    """Raise a 404 for another city's jurisdiction; none at all means this one."""
    given = form.get("jurisdiction_id", JURISDICTION)
    if given != JURISDICTION:
        raise refusal(404, f"jurisdiction_id {given} is not served here")


def check_key(form: Form, key: str) -> None:
    """Raise a 403 unless the right key was sent."""
    if form.get("api_key") != key:
        raise refusal(403, "api_key is missing or wrong")


def read_report(form: Form, number: str, now: datetime) -> Ticket:
    """A new ticket from a form; raises a 400 with everything that is wrong with it."""
    problems: list[str] = []
    service = SERVICES.get(form.get("service_code", ""))
    if service is None:
        given = form.get("service_code")
        problems.append(f"service_code {given} is not known" if given else "service_code is missing")
    attributes = _attributes(form, service, problems)
    position = _position(form, problems)
    if position is None and not form.get("address_string") and not form.get("address_id"):
        problems.append("a location is missing: lat and long, address_string or address_id")
    description = form.get("description", "")
    if len(description) > LONGEST_DESCRIPTION:
        problems.append(f"description is longer than {LONGEST_DESCRIPTION} characters")
    if problems or service is None:
        raise refusal(400, *problems)
    return Ticket(
        number,
        service.code,
        description,
        position,
        form.get("address_string", ""),
        attributes,
        now,
        reporter={name: form[name] for name in OF_THE_REPORTER if name in form},
    )


def _attributes(form: Form, service: Service | None, problems: list[str]) -> dict[str, str]:
    attributes = {found["code"]: value for key, value in form.items() if (found := _ATTRIBUTE.fullmatch(key))}
    problems += [
        f"attribute[{attribute.code}] is missing"
        for attribute in (service.attributes if service else ())
        if attribute.required and attribute.code not in attributes
    ]
    return attributes


def _position(form: Form, problems: list[str]) -> Position | None:
    if "lat" not in form and "long" not in form:
        return None
    try:
        latitude, longitude = float(form.get("lat", "")), float(form.get("long", ""))
    except ValueError:
        problems.append("lat and long are two numbers, in degrees")
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        problems.append("lat and long are not on the Earth")
        return None
    return Position(latitude, longitude)


def read_update(form: Form) -> Update:
    """An update from a form; raises a 400 with everything that is wrong with it."""
    needed = ("service_request_id", "update_id", "status", "updated_datetime", "description")
    problems = [f"{name} is missing" for name in needed if name not in form]
    status = form.get("status", "").lower()
    if status and status not in STATUS_AFTER:
        problems.append(f"status {form['status']} is none of {', '.join(STATUS_AFTER).upper()}")
    at = _instant(form, "updated_datetime", problems)
    if problems or at is None:
        raise refusal(400, *problems)
    return Update(form["update_id"], form["service_request_id"], status, at, form["description"])


def read_query(form: Form, now: datetime) -> Query:
    """What a list is asked for; raises a 400 with everything that is wrong with it."""
    problems: list[str] = []
    start, end = read_span(form, now, problems)
    statuses = _listed(form, "status", lower=True)
    problems += [f"status {status} is neither open nor closed" for status in statuses - {"open", "closed"}]
    if problems:
        raise refusal(400, *problems)
    return Query(_listed(form, "service_request_id"), _listed(form, "service_code"), statuses, start, end)


def read_span(form: Form, now: datetime, problems: list[str]) -> tuple[datetime, datetime]:
    """From when to when, at most 90 days; by default the last 90."""
    start, end = _instant(form, "start_date", problems), _instant(form, "end_date", problems)
    if start is None:
        end = end or now
        return end - LONGEST_SPAN, end
    if end is None:
        return start, start + LONGEST_SPAN
    if end - start > LONGEST_SPAN:
        problems.append(f"start_date and end_date are more than {LONGEST_SPAN.days} days apart")
    return start, end


def _instant(form: Form, name: str, problems: list[str]) -> datetime | None:
    text = form.get(name)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    problems.append(f"{name} {text} is no W3C date and time with Z or an offset")
    return None


def _listed(form: Form, name: str, *, lower: bool = False) -> frozenset[str]:
    text = form.get(name, "")
    parts = (part.strip() for part in (text.lower() if lower else text).split(","))
    return frozenset(part for part in parts if part)
