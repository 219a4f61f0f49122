"""Which test shows each edge of each indicator of content, or why the edge cannot occur."""

EMPTY = "test_content.py::test_without_activities_counts_are_zero_and_the_rest_has_a_reason"
BLANK = "test_content.py::test_blank_is_not_zero"
NO_WEIGHTS = "test_content.py::test_sums_and_medians_do_not_weigh_by_days"
WHOLE = (
    "test_content.py::test_hosts_count_whole_in_topics_and_homogeneity_however_long_they_were_open"
)
HEIRS = "test_content.py::test_a_unit_that_is_gone_counts_for_its_heirs"
SPLIT = "test_content.py::test_amounts_of_a_unit_that_is_gone_are_split_among_its_heirs"
CORRECTED = "test_content.py::test_a_correction_moves_the_figure_and_the_past_stays"
TAILORED = (
    "test_content.py::test_tailoring_moves_when_an_activity_is_corrected_and_not_with_the_tree"
)
ALIKE = "test_content.py::test_homogeneity_moves_with_a_correction_and_with_the_tree"
NO_DENOMINATOR = "does not apply: a count has no denominator"
NO_UNIT = "does not apply: no unit in it"

OF_MINUTES = {
    "zero": EMPTY,
    "missing": BLANK,
    "part": NO_WEIGHTS,
    "reorganised": HEIRS,
    "corrected": CORRECTED,
}

EDGES = {
    "content.theme_minutes": {**OF_MINUTES, "zero": NO_DENOMINATOR, "reorganised": SPLIT},
    "content.theme_diversity": OF_MINUTES,
    "content.effective_themes": OF_MINUTES,
    "content.warning_share": OF_MINUTES,
    "content.lecture_only": OF_MINUTES,
    "content.theory_share": OF_MINUTES,
    "content.practice_share": OF_MINUTES,
    "content.formats": {
        "zero": NO_DENOMINATOR,
        "missing": BLANK,
        "part": NO_UNIT,
        "reorganised": SPLIT,
        "corrected": CORRECTED,
    },
    "content.topics": {
        "zero": NO_DENOMINATOR,
        "missing": BLANK,
        "part": WHOLE,
        "reorganised": SPLIT,
        "corrected": CORRECTED,
    },
    "content.aim_balance": OF_MINUTES,
    "content.aims_together": {
        **OF_MINUTES,
        "part": "test_content.py::test_a_unit_weighs_in_aims_together_by_the_days_it_was_open",
    },
    "content.tailoring": {
        "zero": EMPTY,
        "missing": BLANK,
        "part": NO_UNIT,
        "reorganised": TAILORED,
        "corrected": TAILORED,
    },
    "content.untargeted": OF_MINUTES,
    "content.homogeneity": {
        "zero": EMPTY,
        "missing": (
            "test_content.py::"
            "test_hosts_with_fewer_than_three_activities_are_left_out_of_homogeneity"
        ),
        "part": WHOLE,
        "reorganised": ALIKE,
        "corrected": ALIKE,
    },
    "content.median_minutes": OF_MINUTES,
    "content.evidenced": {
        "zero": EMPTY,
        "missing": "does not apply: an activity has evidence or has none",
        "part": NO_WEIGHTS,
        "reorganised": HEIRS,
        "corrected": "test_content.py::test_voided_evidence_proves_nothing",
    },
    "content.renewal": {
        "zero": NO_DENOMINATOR,
        "missing": "test_content.py::test_an_activity_of_unknown_format_may_have_had_a_new_one",
        "part": NO_UNIT,
        "reorganised": SPLIT,
        "corrected": "test_content.py::test_renewal_counts_what_is_new",
    },
}
