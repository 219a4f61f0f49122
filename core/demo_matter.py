"""What one family alone adds to the demo's year. All made up.

One function a family, each given the year's seed; whoever writes a family fills its own. What is set
up stands first, days lie in the year, ids begin with `demo-`, and what is still going on at its end is
ended by `ended`.
"""

from collections.abc import Callable, Iterator

from lianjian.core.demo_cast import YEAR, Told, dice, on, one_of


def content(_seed: str) -> Iterator[Told]:
    """Tell what content alone needs."""
    yield from ()


def loop(_seed: str) -> Iterator[Told]:
    """Tell what the loop alone needs."""
    yield from ()


def cases(_seed: str) -> Iterator[Told]:
    """Tell of cases, lessons and loopholes."""
    yield from ()


def keyposts(_seed: str) -> Iterator[Told]:
    """Tell of key posts and who holds them."""
    yield from ()


# Five towns of twelve have a brand and a feature, three a brand alone, one enterprise a brand.
LAUNCHED = {
    "brand": ("nanxiang", "anting", "malu", "juyuan", "jiadingzhen", "xuhang", "waigang", "huating",
              "chengfa"),
    "feature": ("nanxiang", "anting", "malu", "juyuan", "jiadingzhen"),
}  # fmt: skip
# Who took over whose brand: one of all, anting, its own.
ADOPTED = {
    "nanxiang": ("xuhang", "dept-culture", "waigang", "demo-inst-1", "zhenxin"),
    "anting": ("huating", "anting", "waigang"),
    "juyuan": ("demo-soe-1",),
}
UPGRADED, GIVEN_UP = "demo-brand-nanxiang", "demo-feature-malu"


def brands(seed: str) -> Iterator[Told]:
    """Tell of brands and who took them over: one was raised, one given up, the others end."""
    rng = dice(seed, "brands")
    for kind, units in LAUNCHED.items():
        for number, unit in enumerate(units):
            brand = f"demo-{kind}-{unit}"
            name = f"示例{'品牌' if kind == 'brand' else '特色'}{'一二三四五六七八九'[number]}"
            said = {"brand": brand, "name": name, "kind": kind, "unit": unit, "themes": []}
            tier = "district" if unit == "chengfa" else "town"
            day = on(1 + number // 2, rng.randint(3, 28))
            yield Told("brand.launched", {**said, "tier": tier, "day": day}, f"{brand}-launched")
            end = on(10, 8) if brand == GIVEN_UP else f"{YEAR + 1}-01-01"
            gone = {"brand": brand, "day": end, "why": "示例结束"}
            yield Told("brand.ended", gone, f"{brand}-ended")
    raised = {"brand": UPGRADED, "tier": "district", "day": on(7, 15), "why": "示例：提档升级"}
    yield Told("brand.upgraded", raised, f"{UPGRADED}-upgraded")
    for origin, units in ADOPTED.items():
        brand = f"demo-brand-{origin}"
        for number, unit in enumerate(units, start=1):
            mode = one_of(rng, {"copy": 3, "adapt": 2})
            day = on(3 + number, rng.randint(1, 28))
            said = {"brand": brand, "unit": unit, "mode": mode, "day": day}
            yield Told("brand.adopted", said, f"{brand}-adopted-{unit}")


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
