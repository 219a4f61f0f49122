"""Resources and evidence: what is taught from, who used it, and what proves that a thing was done.

    resource.published    a column, a film, a handbook, a good practice is there to be used
    resource.used         somebody used it, and how many it reached
    evidence.attached     a file proves an activity, a plan item, a rectification, …

Reach (reads, plays, hits) is not attendance and is never added to it. An activity may name the
resources that it used, and so states uses without a number; a use that names an activity which lists
the resource too is the same use. So uses are counted over the rows whose `how` is `activity` or
whose `activity` is null, and reach over those whose `how` is `used`.

Of a file the log holds the SHA-256 and nothing else. The file stays with whoever keeps it, and shows
by its digest that it is the one: `sha256sum FILE`.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from attrs import field, frozen
from attrs.validators import ge, min_len, optional

from lianjian.core.activities import ActivityHeld, Theme, Topic, UnitId, exactly_one, unique
from lianjian.core.errors import BadFileDigest
from lianjian.core.event import event
from lianjian.core.facts import Row, facts
from lianjian.core.shapes import New, Ref, Term

Channel = Annotated[str, Term("channel")]
ResourceId = Annotated[str, Ref("resource")]


@event("resource.published", 1)
@frozen
class ResourcePublished:
    """Something to teach from is there; `unit` owns it, `sharing` says who may use it."""

    resource: Annotated[str, New("resource")]
    name: str = field(validator=min_len(1))
    kind: Annotated[str, Term("resource_kind")]
    day: date
    unit: UnitId | None = None
    tier: Annotated[str, Term("tier")] | None = None
    themes: tuple[Theme, ...] = field(default=(), validator=unique)
    topics: tuple[Topic, ...] = field(default=(), validator=unique)
    sharing: Annotated[str, Term("sharing")] | None = None
    channel: Channel | None = None
    brand: Annotated[str, Ref("brand")] | None = None


@event("resource.used", 1, happened=True)
@frozen
class ResourceUsed:
    """A unit used a resource; `reach` is how often it was read, played or hit."""

    resource: ResourceId
    day: date
    unit: UnitId | None = None
    channel: Channel | None = None
    activity: Annotated[str, Ref("activity")] | None = None
    reach: int | None = field(default=None, validator=optional(ge(0)))


TARGETS = ("activity", "plan_item", "rectification", "brand", "resource")


@event("evidence.attached", 1)
@frozen
class EvidenceAttached:
    """A file proves something: exactly one of TARGETS says what.

    `digest` is the file's SHA-256, `bytes` its size, `retention` how long it is kept. A `name` of a
    file that names a person is left out.
    """

    day: date
    digest: str = field()
    bytes: int | None = field(default=None, validator=optional(ge(1)))
    retention: Annotated[str, Term("retention")] | None = None
    name: str | None = None
    activity: Annotated[str, Ref("activity")] | None = field(
        default=None, validator=exactly_one(*TARGETS)
    )
    plan_item: Annotated[str, Ref("plan_item")] | None = None
    rectification: Annotated[str, Ref("rectification")] | None = None
    brand: Annotated[str, Ref("brand")] | None = None
    resource: ResourceId | None = None

    @digest.validator
    def _is_sha256(self, _: Any, digest: str) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", digest, re.ASCII):
            raise BadFileDigest(value=digest).at("digest")


# What they state.


@facts(key="day resource", text="kind unit tier sharing channel brand")
def resources_published(e: ResourcePublished) -> Iterator[Row]:
    """State one resource."""
    yield e.day, e.resource, e.kind, e.unit, e.tier, e.sharing, e.channel, e.brand


@facts(key="day resource theme")
def resource_themes(e: ResourcePublished) -> Iterator[Row]:
    """State what a resource is about."""
    for theme in e.themes:
        yield e.day, e.resource, theme


@facts(key="day resource unit", text="how channel activity", sums="uses reach")
def resource_uses(e: ResourceUsed | ActivityHeld) -> Iterator[Row]:
    """State a use: told by itself (`used`), or by the activity that made it (`activity`)."""
    if isinstance(e, ResourceUsed):
        yield e.day, e.resource, e.unit, "used", e.channel, e.activity, 1, e.reach
        return
    for resource in e.resources:
        yield e.day, resource, e.host, "activity", e.channel, e.activity, 1, None


@facts(key="day kind_of_target target", text="digest retention", sums="pieces bytes")
def evidence(e: EvidenceAttached) -> Iterator[Row]:
    """State a piece of evidence: `target` is the id of the `kind_of_target` that it proves."""
    kind = next(name for name in TARGETS if getattr(e, name) is not None)
    yield e.day, kind, getattr(e, kind), e.digest, e.retention, 1, e.bytes


EVENTS = (ResourcePublished, ResourceUsed, EvidenceAttached)
FACTS = (resources_published, resource_themes, resource_uses, evidence)
