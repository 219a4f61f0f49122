"""The edges of each indicator of the loop: the test that shows it, or why there is none."""


def at(name):
    return f"test_loop.py::test_{name}"


NOTHING = at("an_empty_log_gives_counts_of_zero_and_reasons_for_the_rest")
NOT_DUE = at("what_was_not_due_not_required_or_without_target_has_no_share")
QUARTER = at("a_quarter_knows_what_was_known_by_its_end")
TOUCHED = at("items_are_those_of_plans_that_touch_the_period")
NOBODY = at("an_item_without_a_unit_counts_for_all_alone")
HEIRS = at("items_and_hosting_go_to_every_heir")
ITEM = at("a_corrected_item_moves_what_rests_on_it_and_the_past_keeps_its_own")
REOPENED = at("a_voided_evaluation_reopens_the_item")
ACTIVITY = at("a_corrected_activity_moves_how_regular_a_unit_is")
NORM = at("a_corrected_or_voided_norm")
REACHED = "does not apply: a stage is reached by an event, and an event is there or is not"
REQUIRED = "does not apply: the fields it reads are required"
NO_UNIT = "does not apply: no unit in it"

EDGES = {
    "loop.items": {
        "zero": "does not apply: a count has no denominator",
        "missing": NOBODY,
        "part": TOUCHED,
        "reorganised": HEIRS,
        "corrected": ITEM,
    },
    "loop.pillar_balance": {
        "zero": NOTHING,
        "missing": at("the_four_pillars_are_even_or_not"),
        "part": TOUCHED,
        "reorganised": NO_UNIT,
        "corrected": ITEM,
    },
    "loop.stages": {
        "zero": NOTHING,
        "missing": REACHED,
        "part": QUARTER,
        "reorganised": NO_UNIT,
        "corrected": REOPENED,
    },
    "loop.stage_conversion": {
        "zero": NOTHING,
        "missing": REACHED,
        "part": QUARTER,
        "reorganised": NO_UNIT,
        "corrected": REOPENED,
    },
    "loop.on_time": {
        "zero": NOT_DUE,
        "missing": at("items_without_a_due_day_are_left_out_and_counted"),
        "part": QUARTER,
        "reorganised": HEIRS,
        "corrected": REOPENED,
    },
    "loop.overdue": {
        "zero": "does not apply: a count has no denominator",
        "missing": at("the_year_of_the_worked_example"),
        "part": QUARTER,
        "reorganised": HEIRS,
        "corrected": REOPENED,
    },
    "loop.required_completion": {
        "zero": NOT_DUE,
        "missing": at("items_without_a_due_day_are_left_out_and_counted"),
        "part": QUARTER,
        "reorganised": HEIRS,
        "corrected": REOPENED,
    },
    "loop.elective_share": {
        "zero": NOTHING,
        "missing": NOBODY,
        "part": TOUCHED,
        "reorganised": HEIRS,
        "corrected": ITEM,
    },
    "loop.target_reached": {
        "zero": NOT_DUE,
        "missing": at("a_target_is_reached_up_to_the_target"),
        "part": at("a_target_is_reached_up_to_the_target"),
        "reorganised": HEIRS,
        "corrected": ITEM,
    },
    "loop.missing_roles": {
        "zero": NOTHING,
        "missing": at("roles_that_nobody_has"),
        "part": TOUCHED,
        "reorganised": "does not apply: a role that was given stays given, to whichever heir",
        "corrected": ITEM,
    },
    "loop.norm_based": {
        "zero": NOTHING,
        "missing": "does not apply: an item that cites no norm is what is looked for",
        "part": at("items_that_cite_a_norm"),
        "reorganised": NO_UNIT,
        "corrected": ITEM,
    },
    "loop.adoption_lag": {
        "zero": NOTHING,
        "missing": REQUIRED,
        "part": at("plans_are_adopted_after_their_first_day_or_ahead_of_it"),
        "reorganised": HEIRS,
        "corrected": at("a_corrected_plan_moves_its_items_and_its_lag"),
    },
    "loop.active_months": {
        "zero": NOTHING,
        "missing": REQUIRED,
        "part": at("months_count_while_a_unit_is_open"),
        "reorganised": HEIRS,
        "corrected": ACTIVITY,
    },
    "loop.burstiness": {
        "zero": NOTHING,
        "missing": at("bursts_are_measured_by_days_of_hosting"),
        "part": at("bursts_are_measured_by_days_of_hosting"),
        "reorganised": at("days_of_merged_units_are_days_of_the_heir_and_minutes_follow_shares"),
        "corrected": ACTIVITY,
    },
    "loop.year_end_share": {
        "zero": NOTHING,
        "missing": at("the_rush_at_the_end_of_the_year"),
        "part": at("a_rush_needs_a_whole_calendar_year"),
        "reorganised": at("minutes_of_a_split_unit_are_shared_out"),
        "corrected": ACTIVITY,
    },
    "loop.norm_lag": {
        "zero": NOTHING,
        "missing": at("how_long_norms_waited_for_their_first_activity"),
        "part": at("how_long_norms_waited_for_their_first_activity"),
        "reorganised": NO_UNIT,
        "corrected": NORM,
    },
    "loop.mechanisms": {
        "zero": NOTHING,
        "missing": at("four_mechanisms"),
        "part": at("mechanisms_of_a_unit_open_for_half_of_the_year_weigh_half"),
        "reorganised": HEIRS,
        "corrected": NORM,
    },
    "loop.own_norm": {
        "zero": NOTHING,
        "missing": at("a_norm_of_ones_own_is_in_force_from_its_day_on"),
        "part": at("a_norm_of_ones_own_is_in_force_from_its_day_on"),
        "reorganised": HEIRS,
        "corrected": NORM,
    },
    "loop.closed_chain": {
        "zero": NOTHING,
        "missing": at("the_chain_is_closed_where_it_was_verified_last"),
        "part": at("the_chain_is_closed_where_it_was_verified_last"),
        "reorganised": NO_UNIT,
        "corrected": at("a_voided_verification_opens_the_chain"),
    },
    "loop.contradictions": {
        "zero": "does not apply: a count has no denominator",
        "missing": at("items_due_outside_their_plan"),
        "part": at("items_due_outside_their_plan"),
        "reorganised": NO_UNIT,
        "corrected": at("items_due_outside_their_plan"),
    },
}
