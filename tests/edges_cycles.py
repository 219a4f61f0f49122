"""Where the edges of each figure of cycles are tested (tests/test_cycles.py)."""

HERE = "test_cycles.py::"
COUNT = "does not apply: a count has no denominator"
NO_UNIT = "does not apply: no unit is in it"
AS_IT_STANDS = "does not apply: what was published is read as it stands"

EDGES = {
    "cycles.sealed_score": {
        "zero": HERE
        + "test_a_digest_alone_that_nothing_fits_leaves_no_scores_and_is_no_contradiction",
        "missing": HERE + "test_a_score_that_was_none_when_it_was_published_stays_none",
        "part": AS_IT_STANDS,
        "reorganised": HERE + "test_sealed_scores_stay_with_the_unit_that_was_scored",
        "corrected": HERE + "test_a_correction_after_sealing_changes_today_alone",
    },
    "cycles.sealed_change": {
        "zero": HERE + "test_where_nothing_sealed_can_be_compared_there_is_no_greatest_change",
        "missing": HERE + "test_a_score_that_was_none_when_it_was_published_stays_none",
        "part": HERE + "test_cycles_of_several_years_stand_side_by_side_and_only_whole_ones",
        "reorganised": HERE + "test_sealed_scores_stay_with_the_unit_that_was_scored",
        "corrected": HERE + "test_a_correction_after_sealing_changes_today_alone",
    },
    "cycles.results": {
        "zero": COUNT,
        "missing": HERE + "test_results_are_counted_by_grade_and_by_award",
        "part": HERE + "test_cycles_of_several_years_stand_side_by_side_and_only_whole_ones",
        "reorganised": NO_UNIT,
        "corrected": HERE + "test_results_are_counted_by_grade_and_by_award",
    },
    "cycles.contradictions": {
        "zero": COUNT,
        "missing": HERE
        + "test_a_digest_alone_that_nothing_fits_leaves_no_scores_and_is_no_contradiction",
        "part": HERE + "test_cycles_that_are_not_what_was_published_are_listed",
        "reorganised": HERE + "test_sealed_scores_stay_with_the_unit_that_was_scored",
        "corrected": HERE + "test_cycles_that_are_not_what_was_published_are_listed",
    },
}
