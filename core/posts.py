"""Posts: the roll of key posts, their risk, who holds them, and when they were present (关键岗位).

    post.designated       a post is one of the key ones from a day on
    post.assessed         its risk is assessed anew
    post.holder_changed   somebody takes it, or it falls vacant
    post.abolished        it is a key post no longer

Activities say which posts were present, plan items which post answers for them, and rectifications
which post they are about. A holder is an opaque token: who it is stands outside the log. The id of
a lecturer links two pseudonyms; giving it is optional.

What contradicts itself across events (present while vacant, taken after its abolition) is taken as
it is told, and is a finding of the families that read these tables.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from attrs import field, frozen
from attrs.validators import and_, ge, le, optional

from lianjian.core.activities import ActivityHeld, Category, UnitId
from lianjian.core.errors import PartWrong, Words
from lianjian.core.event import event
from lianjian.core.facts import Row, facts
from lianjian.core.shapes import New, Ref, Term

PostId = Annotated[str, Ref("post")]
RISK = and_(ge(1), le(3))
LINKS = optional(ge(1))


@event("post.designated", 1)
@frozen
class PostDesignated:
    """A post is one of the key ones from this day on.

    `name` is the post's, never a person's. `risk` is from 1 (low) to 3, `links` how many links of a
    process go through the post (环节数).
    """

    post: Annotated[str, New("post")]
    unit: UnitId
    category: Category
    day: date
    name: str | None = None
    rank: Annotated[str, Term("rank")] | None = None
    domain: Annotated[str, Term("domain")] | None = None
    risk: int | None = field(default=None, validator=optional(RISK))
    links: int | None = field(default=None, validator=LINKS)


@event("post.assessed", 1)
@frozen
class PostAssessed:
    """The risk of a post is assessed anew; links that are left out stay what they were."""

    post: PostId
    risk: int = field(validator=RISK)
    day: date
    links: int | None = field(default=None, validator=LINKS)
    why: str | None = None


@event("post.holder_changed", 1)
@frozen
class PostHolderChanged:
    """Somebody takes a post on this day, told by a token; without one it is vacant from then on.

    `lecturer` is the id under which the holder is on the roll of lecturers.
    """

    post: PostId
    day: date
    holder: str | None = field(default=None)
    lecturer: Annotated[str, Ref("lecturer")] | None = field(default=None)

    @holder.validator
    def _is_a_token(self, _: Any, holder: str | None) -> None:
        if holder is not None and not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", holder):
            why = Words(
                "任职者只用代号：字母、数字、点、横线和下划线，1 至 64 个",
                "a holder is a token of 1 to 64 letters, digits, dots, dashes and underscores",
            )
            raise PartWrong(why=why).at("holder")

    @lecturer.validator
    def _is_somebodys(self, _: Any, lecturer: str | None) -> None:
        if lecturer is not None and self.holder is None:
            why = Words("岗位空缺时没有讲师编号", "a vacant post has no lecturer")
            raise PartWrong(why=why).at("lecturer")


@event("post.abolished", 1)
@frozen
class PostAbolished:
    """A post is no key post from this day on."""

    post: PostId
    day: date
    why: str | None = None


# What they state, and what an activity says of posts.


@facts(key="day post", text="unit category rank domain", state="unit")
def posts_designated(e: PostDesignated) -> Iterator[Row]:
    """State what a post is."""
    yield e.day, e.post, e.unit, e.category, e.rank, e.domain


@facts(key="day post", text="status", state="status")
def post_status(e: PostDesignated | PostAbolished) -> Iterator[Row]:
    """State whether a post stands from a day on."""
    yield e.day, e.post, "abolished" if isinstance(e, PostAbolished) else "standing"


@facts(key="day post", text="holder lecturer", state="holder")
def post_holders(e: PostHolderChanged) -> Iterator[Row]:
    """State who holds a post from a day on, None where it is vacant."""
    yield e.day, e.post, e.holder, e.lecturer


@facts(key="day post", sums="risk links", state="risk")
def post_risks(e: PostDesignated | PostAssessed) -> Iterator[Row]:
    """State the risk of a post and its links, where one of them is known."""
    if e.risk is not None or e.links is not None:
        yield e.day, e.post, e.risk, e.links


@facts(key="day activity post", sums="minutes")
def post_presences(e: ActivityHeld) -> Iterator[Row]:
    """State which posts were present at an activity, and how long it was."""
    for post in e.posts:
        yield e.day, e.activity, post, e.minutes


@facts(key="day activity post topic")
def post_topics(e: ActivityHeld) -> Iterator[Row]:
    """State on which topics the posts that were present were taught."""
    for post in e.posts:
        for topic in e.topics:
            yield e.day, e.activity, post, topic


EVENTS = (PostDesignated, PostAssessed, PostHolderChanged, PostAbolished)
FACTS = (
    posts_designated,
    post_status,
    post_holders,
    post_risks,
    post_presences,
    post_topics,
)
