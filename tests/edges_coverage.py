"""Coverage: where each edge of each indicator is tried (see test_edges.py)."""

EMPTY = "test_coverage.py::test_every_indicator_answers_an_empty_log"
STANDS = "test_coverage.py::test_only_what_stands_counts_and_the_past_stays"
NOW = "test_coverage.py::test_a_merger_under_the_tree_of_now"
SPLIT = "test_coverage.py::test_a_split_goes_by_shares"
LATEST = "test_coverage.py::test_the_latest_headcount_of_the_period_counts"
ON_A_DAY = "does not apply: an activity has a day, and lies in the period or not"


def row(zero, missing, part, reorganised=NOW):
    return {
        "zero": zero,
        "missing": missing,
        "part": part,
        "reorganised": reorganised,
        "corrected": STANDS,
    }


EDGES = {
    "coverage.unit_reach": row(
        "test_coverage.py::test_nobody_to_reach_is_no_figure",
        "test_coverage.py::test_a_blank_reaches_nobody_and_is_not_zero",
        "test_coverage.py::test_reach_weighs_a_unit_by_its_days",
    ),
    "coverage.grid_fill": row(
        "test_coverage.py::test_nobody_to_reach_is_no_figure",
        "test_coverage.py::test_host_and_cohost_fill_the_cell_and_a_blank_does_not",
        "test_coverage.py::test_grid_fill_weighs_a_unit_by_its_days",
        "test_coverage.py::test_a_merger_under_the_tree_of_then",
    ),
    "coverage.map": row(
        EMPTY,
        "test_coverage.py::test_the_map_splits_themes_and_counts_an_activity_once",
        ON_A_DAY,
    ),
    "coverage.kind_map": row(
        EMPTY,
        "test_coverage.py::test_the_map_by_kind_counts_an_activity_once_for_each_kind",
        ON_A_DAY,
        SPLIT,
    ),
    "coverage.persons": row(
        "test_coverage.py::test_where_no_unit_can_be_computed_there_is_no_figure",
        "test_coverage.py::test_a_blank_may_have_been_the_whole_cell",
        LATEST,
    ),
    "coverage.person_share": row(
        "test_coverage.py::test_where_no_unit_can_be_computed_there_is_no_figure",
        "test_coverage.py::test_a_cell_with_attendance_but_no_headcount_has_no_figure",
        LATEST,
        SPLIT,
    ),
    "coverage.minutes_per_head": row(
        "test_coverage.py::test_no_headcount_no_minutes_per_head",
        "test_coverage.py::test_lines_without_persons_or_minutes_are_left_out_and_counted",
        "test_coverage.py::test_minutes_per_head_do_not_weigh_by_days",
    ),
    "coverage.tier_gap": row(
        "test_coverage.py::test_the_tier_gap_says_which_side_is_missing",
        "test_coverage.py::test_the_tier_gap_says_which_side_is_missing",
        "test_coverage.py::test_minutes_per_head_do_not_weigh_by_days",
        "does not apply: it is read out of coverage.minutes_per_head, which follows the tree",
    ),
    "coverage.contradictions": row(
        EMPTY,
        "does not apply: what was left blank contradicts nothing",
        "test_coverage.py::test_a_unit_not_yet_registered_is_not_open",
        "test_coverage.py::test_contradictions_of_a_unit_that_is_gone_stand_under_its_successor",
    ),
}
