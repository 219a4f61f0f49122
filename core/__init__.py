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
    unit_registrations,
    unit_status,
)
from lianjian.core.errors import Fault, Words
from lianjian.core.event import event
from lianjian.core.facts import FactTable, Row, facts
from lianjian.core.hookspecs import hookimpl
from lianjian.core.indicator import ALL, Family, Period, Query, Reading, indicator
from lianjian.core.shapes import New, Ref, Sealed, Term

__all__ = [
    "ALL",
    "ActivityHeld",
    "FactTable",
    "Family",
    "Fault",
    "HeadcountDeclared",
    "New",
    "Period",
    "Query",
    "Reading",
    "Ref",
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
    "event",
    "facts",
    "field",
    "frozen",
    "headcount_declarations",
    "hookimpl",
    "indicator",
    "unit_registrations",
    "unit_status",
]
