"""Resources in a query: what there is to teach from, whose it is, and whether others use it.

    found = resources_of(q)                      what was published by the period's end
    new = resources_of(q, to_date="")            what was published in the period
    by_others = used_by_others(q)                {"film-1": True, "handbook-2": None}

A resource belongs under the unit of the tree that its owner is, or has become: to each of the heirs,
whole. Its tier is its own, or else its owner's; what is from outside the district has none.
"""

from collections import defaultdict

from attrs import frozen

from lianjian.core.indicator import Query


@frozen
class Resource:
    """A resource; `owners` are the units of the tree whose it is, none where nobody says."""

    id: str
    month: str
    kind: str
    owners: frozenset[str]
    tier: str | None
    sharing: str | None


RESOURCES = """
    SELECT r.resource, substr(r.day, 1, 7), r.kind, r.unit, CASE WHEN u.kind = 'external' THEN NULL
    ELSE coalesce(r.tier, u.tier) END, r.sharing FROM resources_published{to_date} r
    LEFT JOIN unit_registrations_to_date u ON u.unit = r.unit ORDER BY r.resource
"""


def resources_of(q: Query, to_date: str = "_to_date") -> list[Resource]:
    """Return the resources that were published by the period's end, or ("") in the period."""
    homes = _homes(q)
    return [
        Resource(id_, month, kind, homes.get(unit, frozenset({unit} - {None})), tier, sharing)
        for id_, month, kind, unit, tier, sharing in q.rows(RESOURCES.format(to_date=to_date))
    ]


USERS = "SELECT DISTINCT resource, unit FROM resource_uses"


def used_by_others(q: Query) -> dict[str, bool | None]:
    """Return of each resource with an owner that was used in the period whether others used it.

    None where it was used by nobody knows whom, and by no other that is known.
    """
    homes = _homes(q)
    own = {r.id: r.owners for r in resources_of(q) if r.owners}
    others: dict[str, set[bool | None]] = defaultdict(set)
    for resource, unit in q.rows(USERS):
        if resource in own:
            other = not homes.get(unit, frozenset({unit})) <= own[resource] if unit else None
            others[resource].add(other)
    return {
        id_: True if True in of else None if None in of else False for id_, of in others.items()
    }


def _homes(q: Query) -> dict[str | None, frozenset[str]]:
    """Return which units of the tree each unit is, or has become."""
    found: dict[str | None, set[str]] = defaultdict(set)
    for unit, seen_as in q.rows("SELECT unit, seen_as FROM projections"):
        found[unit].add(seen_as)
    return {unit: frozenset(home) for unit, home in found.items()}
