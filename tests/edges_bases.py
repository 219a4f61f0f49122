"""Bases: where each edge of each indicator is tried (see test_edges.py)."""

EMPTY = "test_bases.py::test_an_empty_log_gives_counts_of_zero_and_reasons_for_the_rest"
BLANK = "test_bases.py::test_blank_persons_are_not_zero"
BLANKS_ALONE = "test_bases.py::test_a_base_with_blanks_alone_is_named_and_left_out"
PART = "test_bases.py::test_gini_of_a_part_period_has_the_bases_open_in_it"
SHUT = "test_bases.py::test_a_base_that_was_shut_all_year_is_not_among_the_open_ones"
MERGED = "test_bases.py::test_a_merger_of_units_moves_no_figure_of_bases"
GONE = "test_bases.py::test_what_was_voided_or_corrected_is_gone_and_what_stood_can_be_asked"
MOVED = "test_bases.py::test_a_visit_that_moved_to_another_base_and_day"


def row(zero=EMPTY, missing=BLANKS_ALONE, part=SHUT, reorganised=MERGED, corrected=GONE):
    return {
        "zero": zero,
        "missing": missing,
        "part": part,
        "reorganised": reorganised,
        "corrected": corrected,
    }


EDGES = {
    "bases.visits": row(missing="does not apply: a visit without persons is a visit"),
    "bases.persons": row(missing=BLANK),
    "bases.utilisation": row(
        zero="test_bases.py::test_utilisation_of_nothing_is_none",
        missing="test_bases.py::test_utilisation_without_capacity_open_days_or_figures_says_so",
        part="test_bases.py::test_only_open_weekdays_of_open_days_are_offered",
        corrected="test_bases.py::test_a_closure_taken_back_was_none",
    ),
    "bases.gini": row(
        zero="test_bases.py::test_no_inequality_among_bases_to_which_nobody_came", part=PART
    ),
    "bases.theil": row(
        zero="test_bases.py::test_no_inequality_among_bases_to_which_nobody_came", part=PART
    ),
    "bases.theil_capacity": row(
        zero="test_bases.py::test_theil_capacity_where_people_came_and_no_place_was_offered",
        missing="test_bases.py::test_theil_capacity_needs_every_capacity",
    ),
    "bases.relative_use": row(
        zero="test_bases.py::test_where_nobody_is_known_to_have_come_nothing_is_hot_or_cold",
        part="test_bases.py::test_the_mean_is_exact_and_of_the_period",
    ),
    "bases.hot_or_cold": row(
        zero="test_bases.py::test_where_nobody_is_known_to_have_come_nothing_is_hot_or_cold",
        part="test_bases.py::test_the_mean_is_exact_and_of_the_period",
    ),
    "bases.guided_share": row(
        missing="test_bases.py::test_guided_or_part_of_an_activity_is_education"
    ),
    "bases.connected": row(
        missing="does not apply: all fields required",
        part="test_bases.py::test_a_closed_base_connects_nothing",
    ),
    "bases.combined_visits": row(
        missing="test_bases.py::test_combined_visits_are_of_one_unit_on_one_day_to_bases_of_one_route",
        corrected=MOVED,
    ),
    "bases.origins": row(
        missing="test_bases.py::test_the_units_that_came",
        reorganised="test_bases.py::test_the_units_that_came",
        corrected=MOVED,
    ),
    "bases.upgrade_effect": row(
        missing="test_bases.py::test_an_upgrade_with_blanks_alone_on_one_side_has_no_effect",
        part="test_bases.py::test_a_closure_before_the_upgrade_does_not_flatter_it",
    ),
    "bases.contradictions": row(
        missing="does not apply: what was left blank contradicts nothing",
        part="test_bases.py::test_a_base_closed_and_reopened_on_a_day_was_open",
        corrected="test_bases.py::test_a_closure_taken_back_was_none",
    ),
}
