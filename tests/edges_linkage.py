"""Where each edge of each indicator of linkage is tested, or why it has none."""

NOTHING = "test_linkage.py::test_without_activities_or_units_there_is_no_figure"
HOSTS = "does not apply: every activity has a host, and a co-host left out is none"
NO_DAYS = "does not apply: activities count, and not units by their days"
MERGED = "test_linkage.py::test_merged_units_are_no_partners_and_an_activity_of_both_is_one"
DUTIES = "test_linkage.py::test_duties_and_presence_go_to_the_heirs"
ABROAD = "test_linkage.py::test_origins_and_neighbours_go_to_the_heirs"
CORRECTED = "test_linkage.py::test_a_correction_moves_the_figure_and_at_shows_the_old"
NO_PLAN = "test_linkage.py::test_without_a_plan_nobody_leads_or_is_responsible"

EDGES = {
    "linkage.cohost_rate": {
        "zero": NOTHING,
        "missing": HOSTS,
        "part": NO_DAYS,
        "reorganised": MERGED,
        "corrected": CORRECTED,
    },
    "linkage.partners": {
        "zero": NOTHING,
        "missing": HOSTS,
        "part": "test_linkage.py::test_partners_weigh_by_the_days_of_the_unit",
        "reorganised": "test_linkage.py::test_a_unit_is_no_partner_of_what_it_was_split_into",
        "corrected": CORRECTED,
    },
    "linkage.isolated": {
        "zero": NOTHING,
        "missing": HOSTS,
        "part": "test_linkage.py::test_isolated_units_weigh_by_their_days",
        "reorganised": MERGED,
        "corrected": CORRECTED,
    },
    "linkage.density": {
        "zero": NOTHING,
        "missing": HOSTS,
        "part": NO_DAYS,
        "reorganised": MERGED,
        "corrected": CORRECTED,
    },
    "linkage.with_lead": {
        "zero": NO_PLAN,
        "missing": HOSTS,
        "part": "test_linkage.py::test_with_lead_weighs_units_by_their_days",
        "reorganised": DUTIES,
        "corrected": CORRECTED,
    },
    "linkage.participation": {
        "zero": NO_PLAN,
        "missing": "test_linkage.py::test_a_blank_is_left_out_of_participation",
        "part": "test_linkage.py::test_participation_weighs_units_by_their_days",
        "reorganised": DUTIES,
        "corrected": CORRECTED,
    },
    "linkage.duty_matrix": {
        "zero": NO_PLAN,
        "missing": "test_linkage.py::test_the_duty_matrix_is_what_is_not_missing",
        "part": "does not apply: items count, and not units by their days",
        "reorganised": "does not apply: a role has a unit or has none, whichever that is",
        "corrected": CORRECTED,
    },
    "linkage.origin_share": {
        "zero": NOTHING,
        "missing": "test_linkage.py::test_origin_is_a_share_of_what_is_known",
        "part": NO_DAYS,
        "reorganised": ABROAD,
        "corrected": CORRECTED,
    },
    "linkage.cross_district": {
        "zero": "does not apply: a count has no denominator",
        "missing": "test_linkage.py::test_who_has_no_code_or_no_number_is_not_counted_but_told",
        "part": NO_DAYS,
        "reorganised": ABROAD,
        "corrected": CORRECTED,
    },
}
