"""Where each edge of each figure of oversight is tested, or why it cannot occur."""

HERE = "test_oversight.py::"
COUNT = "does not apply: a count has no denominator"
COHORT = "does not apply: cohort by day"
NO_UNIT = "does not apply: no unit in it"
BEGUN = HERE + "test_a_check_counts_in_the_period_in_which_it_began"
MOVED = HERE + "test_figures_move_with_a_correction_and_stay_what_they_were_at_a_moment"
OTHER = HERE + "test_another_period_has_none_of_it"
FOUND = HERE + "test_a_void_or_corrected_finding_leaves_the_figures"
CLOSED = HERE + "test_a_problem_is_closed_when_all_of_its_rectifications_are_verified"
CENSORED = HERE + "test_closure_time_censors_what_is_open"
EARLY = HERE + "test_before_its_day_nothing_is_recommended"

EDGES = {
    "oversight.checks": {
        "zero": OTHER,
        "missing": BEGUN,
        "part": BEGUN,
        "reorganised": HERE + "test_who_checked_is_told_as_it_was",
        "corrected": MOVED,
    },
    "oversight.duration": {
        "zero": OTHER,
        "missing": HERE + "test_a_check_without_an_end_has_no_duration",
        "part": BEGUN,
        "reorganised": NO_UNIT,
        "corrected": MOVED,
    },
    "oversight.units_checked": {
        "zero": OTHER,
        "missing": HERE + "test_units_that_were_heard",
        "part": COHORT,
        "reorganised": HERE + "test_units_that_were_heard",
        "corrected": MOVED,
    },
    "oversight.coverage": {
        "zero": HERE + "test_coverage_where_no_check_says_whom_it_heard",
        "missing": HERE + "test_coverage_is_an_interval_where_units_are_not_named",
        "part": HERE + "test_coverage_weighs_units_by_their_days",
        "reorganised": HERE + "test_a_unit_that_is_gone_was_checked_for_its_heir",
        "corrected": MOVED,
    },
    "oversight.sessions": {
        "zero": OTHER,
        "missing": HERE + "test_sessions_by_method_and_what_is_not_said",
        "part": COHORT,
        "reorganised": NO_UNIT,
        "corrected": MOVED,
    },
    "oversight.topics": {
        "zero": OTHER,
        "missing": HERE + "test_topics_of_sessions_and_sessions_without_one",
        "part": COHORT,
        "reorganised": NO_UNIT,
        "corrected": MOVED,
    },
    "oversight.team": {
        "zero": OTHER,
        "missing": HERE + "test_the_team_is_counted_as_far_as_it_is_told",
        "part": COHORT,
        "reorganised": NO_UNIT,
        "corrected": MOVED,
    },
    "oversight.procedure": {
        "zero": OTHER,
        "missing": HERE + "test_procedure_asks_for_the_approval_before_the_first_day",
        "part": HERE + "test_procedure_asks_for_the_approval_before_the_first_day",
        "reorganised": NO_UNIT,
        "corrected": MOVED,
    },
    "oversight.lineage": {
        "zero": OTHER,
        "missing": HERE + "test_a_norm_counts_once_for_all_checks",
        "part": COHORT,
        "reorganised": NO_UNIT,
        "corrected": MOVED,
    },
    "oversight.findings": {
        "zero": COUNT,
        "missing": HERE + "test_findings_of_the_period",
        "part": HERE + "test_findings_of_the_period",
        "reorganised": NO_UNIT,
        "corrected": FOUND,
    },
    "oversight.closed": {
        "zero": CLOSED,
        "missing": CLOSED,
        "part": CLOSED,
        "reorganised": NO_UNIT,
        "corrected": FOUND,
    },
    "oversight.closure_time": {
        "zero": CENSORED,
        "missing": HERE + "test_a_problem_closed_before_it_was_raised_has_no_time",
        "part": CENSORED,
        "reorganised": NO_UNIT,
        "corrected": FOUND,
    },
    "oversight.rectified": {
        "zero": HERE + "test_rectifications_in_time",
        "missing": HERE + "test_rectifications_in_time",
        "part": "does not apply: cohort by due date",
        "reorganised": HERE + "test_what_a_merged_unit_had_to_mend_is_its_heirs",
        "corrected": HERE + "test_verified_on_the_last_day_is_in_time",
    },
    "oversight.recommendations_met": {
        "zero": EARLY,
        "missing": HERE + "test_a_figure_that_is_gone_or_has_none_about_all",
        "part": EARLY,
        "reorganised": NO_UNIT,
        "corrected": HERE + "test_a_corrected_recommendation_is_tested_anew",
    },
    "oversight.followed_up": {
        "zero": HERE + "test_followed_up_is_what_was_verified_of_what_was_assigned",
        "missing": "does not apply: all fields required",
        "part": HERE + "test_followed_up_is_what_was_verified_of_what_was_assigned",
        "reorganised": NO_UNIT,
        "corrected": HERE + "test_followed_up_is_what_was_verified_of_what_was_assigned",
    },
    "oversight.contradictions": {
        "zero": COUNT,
        "missing": HERE + "test_contradictions_of_rectifications_stand_under_all",
        "part": HERE + "test_contradictions_of_rectifications_stand_under_all",
        "reorganised": NO_UNIT,
        "corrected": HERE + "test_contradictions_of_checks",
    },
}
