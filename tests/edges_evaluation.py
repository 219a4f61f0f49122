"""Where the edges of each figure of evaluation are tested (tests/test_evaluation.py)."""

HERE = "test_evaluation.py::"
COUNT = "does not apply: a count has no denominator"
REQUIRED = "does not apply: every field that it needs is required"
NO_UNIT = "does not apply: no unit is in it"

# What the figures of units under a method share.
OF_UNITS = {
    "zero": HERE + "test_without_any_method_or_unit_every_figure_has_its_reason",
    "missing": HERE + "test_a_unit_without_any_review_has_a_reason_and_no_figure",
    "part": HERE + "test_a_unit_that_was_open_in_part_has_its_figures",
    "reorganised": HERE + "test_a_unit_that_went_into_another_is_judged_for_itself",
    "corrected": HERE + "test_a_corrected_review_moves_the_figure_and_the_past_stays",
}

EDGES = {
    "evaluation.score": {
        **OF_UNITS,
        "missing": HERE + "test_a_missing_criterion_goes_by_its_policy",
        "part": HERE + "test_a_unit_that_was_open_in_part_is_scored_and_flagged",
        "reorganised": HERE + "test_a_merged_unit_under_both_trees",
        "corrected": HERE + "test_voided_and_corrected_events_are_gone",
    },
    "evaluation.completeness": {
        **OF_UNITS,
        "zero": HERE
        + "test_where_nothing_counts_there_is_no_score_and_where_nothing_applies_no_completeness",
        "missing": HERE + "test_a_missing_criterion_goes_by_its_policy",
    },
    "evaluation.contributions": {
        **OF_UNITS,
        "missing": HERE + "test_a_missing_criterion_goes_by_its_policy",
    },
    "evaluation.group_score": OF_UNITS,
    "evaluation.rank": OF_UNITS,
    "evaluation.rank_range": OF_UNITS,
    "evaluation.dual_score": OF_UNITS,
    "evaluation.rank_move": {
        **OF_UNITS,
        "missing": HERE + "test_without_a_rank_under_both_methods_there_is_no_move",
    },
    "evaluation.grade": {
        **OF_UNITS,
        "zero": HERE + "test_a_grade_is_the_first_that_the_score_reaches",
    },
    "evaluation.hardness": {
        "zero": HERE + "test_without_any_method_or_unit_every_figure_has_its_reason",
        "missing": REQUIRED,
        "part": HERE + "test_the_newest_method_of_each_scheme_is_in_force",
        "reorganised": NO_UNIT,
        "corrected": HERE + "test_a_corrected_method_has_another_hardness",
    },
    "evaluation.warnings": {
        "zero": COUNT,
        "missing": HERE + "test_activities_of_a_day_that_differ_in_nothing_are_duplicates",
        "part": HERE
        + "test_two_activities_are_no_burst_and_months_before_a_unit_was_open_are_none_of_the_mean",
        "reorganised": HERE + "test_signs_of_a_unit_that_is_gone_stand_under_its_heirs",
        "corrected": HERE + "test_activities_of_a_day_that_differ_in_nothing_are_duplicates",
    },
    "evaluation.measures": {
        "zero": HERE + "test_without_units_the_measures_have_a_reason",
        "missing": HERE + "test_each_of_the_four_measures_counts_a_quarter",
        "part": HERE + "test_measures_weigh_units_by_the_days_they_were_open",
        "reorganised": HERE
        + "test_measures_of_a_unit_that_is_gone_count_for_its_heir_but_for_its_result",
        "corrected": HERE + "test_measures_weigh_units_by_the_days_they_were_open",
    },
    "evaluation.contradictions": {
        "zero": COUNT,
        "missing": REQUIRED,
        "part": HERE + "test_reviews_that_no_score_can_use_are_listed",
        "reorganised": HERE + "test_a_merged_unit_under_both_trees",
        "corrected": HERE + "test_a_bonus_that_no_score_can_use_is_listed",
    },
}
