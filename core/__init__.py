"""The one door for plugins: what a family needs, and nothing else.

    from lianjian.core import ALL, Family, New, Query, Reading, Ref, Row, Term, event, …

`plugins/bases.py` is the best introduction. Everything here is documented where it is defined.
"""

from attrs import field, frozen

from lianjian.core.activities import (
    ActivityHeld,
    HeadcountDeclared,
    TermDefined,
    UnitRegistered,
    UnitReorganized,
    activities_held,
    activity_formats,
    activity_hosts,
    activity_lecturers,
    activity_themes,
    attendances,
    headcount_declarations,
    unit_codes,
    unit_names,
    unit_registrations,
    unit_status,
)
from lianjian.core.errors import Fault, Words
from lianjian.core.event import event
from lianjian.core.facts import FactTable, Row, facts
from lianjian.core.hookspecs import hookimpl
from lianjian.core.indicator import ALL, Family, Query, Reading, declared, indicator
from lianjian.core.period import Period
from lianjian.core.planning import (
    NormIssued,
    PlanAdopted,
    PlanItemEvaluated,
    PlanItemSet,
    norm_versions,
    norms_issued,
    plan_item_activities,
    plan_item_evaluations,
    plan_item_roles,
    plan_item_tags,
    plan_items,
    plans_adopted,
)
from lianjian.core.resources import (
    EvidenceAttached,
    ResourcePublished,
    ResourceUsed,
    evidence,
    resource_themes,
    resource_uses,
    resources_published,
)
from lianjian.core.shapes import New, Ref, Sealed, Term
from lianjian.core.supervision import (
    CheckConducted,
    FindingRaised,
    RectificationAssigned,
    RectificationDone,
    RectificationVerified,
    check_plan_items,
    check_units,
    checks,
    findings,
    rectification_assignments,
    rectification_status,
)

__all__ = [
    "ALL",
    "ActivityHeld",
    "CheckConducted",
    "EvidenceAttached",
    "FactTable",
    "Family",
    "Fault",
    "FindingRaised",
    "HeadcountDeclared",
    "New",
    "NormIssued",
    "Period",
    "PlanAdopted",
    "PlanItemEvaluated",
    "PlanItemSet",
    "Query",
    "Reading",
    "RectificationAssigned",
    "RectificationDone",
    "RectificationVerified",
    "Ref",
    "ResourcePublished",
    "ResourceUsed",
    "Row",
    "Sealed",
    "Term",
    "TermDefined",
    "UnitRegistered",
    "UnitReorganized",
    "Words",
    "activities_held",
    "activity_formats",
    "activity_hosts",
    "activity_lecturers",
    "activity_themes",
    "attendances",
    "check_plan_items",
    "check_units",
    "checks",
    "declared",
    "event",
    "evidence",
    "facts",
    "field",
    "findings",
    "frozen",
    "headcount_declarations",
    "hookimpl",
    "indicator",
    "norm_versions",
    "norms_issued",
    "plan_item_activities",
    "plan_item_evaluations",
    "plan_item_roles",
    "plan_item_tags",
    "plan_items",
    "plans_adopted",
    "rectification_assignments",
    "rectification_status",
    "resource_themes",
    "resource_uses",
    "resources_published",
    "unit_codes",
    "unit_names",
    "unit_registrations",
    "unit_status",
]
