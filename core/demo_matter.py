"""What one family alone adds to the demo's year. All made up.

One function a family, each given the year's seed; whoever writes a family fills its own. What is set
up stands first, days lie in the year, ids begin with `demo-`, and what is still going on at its end is
ended by `ended`; key posts by their own function, on the same day.
"""

from collections.abc import Callable, Iterator, Mapping
from random import Random

from lianjian.core.demo_cast import YEAR, Data, Told, on


def content(_seed: str) -> Iterator[Told]:
    """Tell what content alone needs."""
    yield from ()


def loop(_seed: str) -> Iterator[Told]:
    """Tell what the loop alone needs."""
    yield from ()


def cases(_seed: str) -> Iterator[Told]:
    """Tell of cases, lessons and loopholes."""
    yield from ()


# Key posts: unit, category, rank, domain, risk, links; the last is designated in May. Their holders
# are tokens, T01 for the first post; five are on the roll of lecturers, one of whom never speaks.
Post = tuple[str, str, str, str | None, int | None, int | None]
POSTS: tuple[Post, ...] = (
    ("bureau-education", "top_leader", "county", None, None, None),
    ("malu", "top_leader", "county", None, None, None),
    ("nanxiang", "top_leader", "county", None, None, None),
    ("anting", "top_leader", "county", None, None, None),
    ("chengfa", "top_leader", "county", None, None, None),
    ("dept-culture", "top_leader", "county", None, None, None),
    ("jiangqiao", "leader", "section", None, None, None),
    ("juyuan", "leader", "section", None, None, None),
    ("waigang", "leader", "section", "livelihood", 1, 3),
    ("anting", "leader", "section", "engineering", 3, 5),
    ("dept-organisation", "leader", "section", "personnel", 2, 4),
    ("chengfa", "leader", "section", "state_assets", 2, None),
    ("chengfa", "key_post", "staff", "procurement", 3, 6),
    ("bureau-justice", "key_post", "section", "enforcement", 2, 4),
    ("malu", "key_post", "staff", "collective", 1, 2),
    ("jiangqiao", "key_post", "staff", "funds", 3, None),
)
LECTURERS = {"T01": "L32", "T02": "L49", "T03": "L47", "T06": "L15", "T11": "L13"}
# Two posts change hands, one falls vacant, and T05 moves from the fifth post to the fourth.
CHANGES = (
    (8, on(3, 14), "T17"),
    (4, on(7, 1), "T05"),
    (5, on(7, 1), "T18"),
    (12, on(9, 5), "T19"),
    (11, on(10, 10), None),
)
NEW_POST, DESIGNATED, ENDED = len(POSTS), on(5, 10), f"{YEAR + 1}-01-01"


def post_id(number: int) -> str:
    """Return the id of a key post."""
    return f"demo-post-{number:02}"


def keyposts(_seed: str) -> Iterator[Told]:
    """Tell of key posts, who holds them, and what is done about two of those at risk."""
    for number, (unit, category, rank, domain, risk, links) in enumerate(POSTS, start=1):
        post, day = post_id(number), DESIGNATED if number == NEW_POST else on(1, 1)
        said: Data = {"post": post, "unit": unit, "category": category, "rank": rank, "day": day}
        said |= {"domain": domain, "risk": risk, "links": links}
        yield Told("post.designated", said, f"{post}-designated")
        yield _taken(number, day, f"T{number:02}")
        yield Told("post.abolished", {"post": post, "day": ENDED}, f"{post}-ended")
    for change in CHANGES:
        yield _taken(*change)
    raised = {"post": post_id(14), "risk": 3, "day": on(8, 15), "why": "示例：事项增多"}
    yield Told("post.assessed", raised, "demo-post-14-assessed")
    for number, outcome in ((13, "met"), (10, "partly")):
        mends = {"rectification": f"demo-rectification-post-{number}"}
        asked = {**mends, "post": post_id(number), "unit": POSTS[number - 1][0]}
        id_ = mends["rectification"]
        yield Told("rectification.assigned", {**asked, "day": on(4, 11)}, id_)
        yield Told("rectification.done", {**mends, "day": on(6, 20)}, f"{id_}-done")
        looked = {**mends, "outcome": outcome, "verifier": "dept-culture", "day": on(7, 5)}
        yield Told("rectification.verified", looked, f"{id_}-verified")


def _taken(number: int, day: str, holder: str | None) -> Told:
    post = post_id(number)
    said = {"post": post, "day": day, "holder": holder, "lecturer": LECTURERS.get(holder or "")}
    return Told("post.holder_changed", said, f"{post}-{holder or 'vacant'}")


def posts_present(rng: Random, activity: Mapping[str, object]) -> list[str]:
    """Draw which posts were present at half of the district's sessions, two to five of them."""
    if activity["host"] != "jiading" or rng.random() < 1 / 2:
        return []
    there = [
        n for n in range(1, NEW_POST + 1) if n < NEW_POST or str(activity["day"]) >= DESIGNATED
    ]
    return [post_id(n) for n in sorted(rng.sample(there, rng.randint(2, 5)))]


LINKS: Mapping[str, Callable[[Random, Mapping[str, object]], list[str]]] = {"posts": posts_present}
"""What activities say of all that, drawn as `demo_work.linked` draws its own."""


def brands(_seed: str) -> Iterator[Told]:
    """Tell of brands and who took them over."""
    yield from ()


def linkage(_seed: str) -> Iterator[Told]:
    """Tell what linkage alone needs."""
    yield from ()


def channels(_seed: str) -> Iterator[Told]:
    """Tell what channels alone need."""
    yield from ()


def perception(_seed: str) -> Iterator[Told]:
    """Tell of surveys and quizzes."""
    yield from ()


def oversight(_seed: str) -> Iterator[Told]:
    """Tell of recommendations and deliberations."""
    yield from ()


MATTER: tuple[Callable[[str], Iterator[Told]], ...] = (
    content,
    loop,
    cases,
    keyposts,
    brands,
    linkage,
    channels,
    perception,
    oversight,
)


def of_families(seed: str) -> Iterator[Told]:
    """Tell what all families add, one after the other."""
    for told in MATTER:
        yield from told(seed)
