"""Lecturers: where each edge of each indicator is tried (see test_edges.py)."""

BLANK = "test_lecturers.py::test_blank_minutes_are_not_zero"
NOTHING = "test_lecturers.py::test_no_minutes_at_all_are_no_figure"
LEFT = "test_lecturers.py::test_who_left_before_the_period_is_not_on_the_roll"
GONE = "test_lecturers.py::test_what_was_voided_or_corrected_is_gone_and_what_stood_can_be_asked"
NO_UNIT = "does not apply: no unit in it"


def row(zero=NOTHING, missing=BLANK, part=LEFT, reorganised=NO_UNIT, corrected=GONE):
    return {
        "zero": zero,
        "missing": missing,
        "part": part,
        "reorganised": reorganised,
        "corrected": corrected,
    }


EDGES = {
    "lecturers.sessions": row(
        zero="test_edges.py::test_an_empty_log_is_answered_with_a_count_of_zero_or_a_reason"
    ),
    "lecturers.minutes": row(),
    "lecturers.idle": row(
        zero="test_edges.py::test_an_empty_log_is_answered_with_a_count_of_zero_or_a_reason",
        missing="does not apply: a session of unknown length is a session",
        part="test_lecturers.py::test_idle_is_nothing_given_in_ninety_active_days",
    ),
    "lecturers.overloaded": row(
        zero="test_edges.py::test_an_empty_log_is_answered_with_a_count_of_zero_or_a_reason",
        part="test_lecturers.py::test_overload_is_against_capacity_pro_rata",
    ),
    "lecturers.gini": row(),
    "lecturers.half_load": row(),
    "lecturers.sharing": row(
        zero="test_lecturers.py::test_sharing_is_over_sessions_with_a_home_unit_known",
        missing="test_lecturers.py::test_sharing_is_over_sessions_with_a_home_unit_known",
        part="test_lecturers.py::test_a_home_that_was_registered_late_is_home_all_the_same",
        reorganised="test_lecturers.py::test_sharing_after_a_merger_and_a_split",
    ),
    "lecturers.breadth": row(
        zero="test_lecturers.py::test_breadth_is_the_effective_number_of_themes_by_minutes",
        missing="test_lecturers.py::test_breadth_is_the_effective_number_of_themes_by_minutes",
        corrected="test_lecturers.py::test_breadth_of_unequal_themes_and_after_a_correction",
    ),
    "lecturers.per_thousand": row(
        zero="test_lecturers.py::test_lecturers_per_thousand_persons_of_their_tier",
        missing="test_lecturers.py::test_lecturers_per_thousand_persons_of_their_tier",
        part="test_lecturers.py::test_lecturers_per_thousand_persons_of_their_tier",
        reorganised="test_lecturers.py::test_persons_of_a_unit_that_merged_stay_with_its_heir",
    ),
    "lecturers.team_size": row(
        zero="test_lecturers.py::test_a_team_without_recorded_members_is_not_known_to_be_empty",
        missing="test_lecturers.py::test_team_size_against_its_target",
        part="test_lecturers.py::test_team_size_against_its_target",
    ),
    "lecturers.contradictions": row(
        zero="test_edges.py::test_an_empty_log_is_answered_with_a_count_of_zero_or_a_reason",
        missing="does not apply: what was left blank contradicts nothing",
        part="test_lecturers.py::test_contradictions_are_listed_not_refused",
        corrected="test_lecturers.py::test_a_voided_release_was_none",
    ),
}
