"""Where the edges of each figure of brands are tested (tests/test_brands.py)."""

HERE = "test_brands.py::"
COUNT = "does not apply: a count has no denominator"
REQUIRED = "does not apply: every field that it needs is required"
PERIOD = "does not apply: what counts lies in the period or by its end, no unit is weighed"
NO_UNIT = "does not apply: no unit is in it"

EDGES = {
    "brands.presence": {
        "zero": HERE + "test_without_towns_there_is_no_presence",
        "missing": REQUIRED,
        "part": HERE + "test_presence_is_towns_with_both_by_days_open",
        "reorganised": HERE
        + "test_a_town_that_is_gone_keeps_its_brand_then_and_leaves_it_to_its_heir_now",
        "corrected": HERE + "test_presence_follows_corrections",
    },
    "brands.active": {
        "zero": COUNT,
        "missing": HERE + "test_brands_in_use_by_tier_kind_and_unit",
        "part": HERE + "test_brands_in_use_by_tier_kind_and_unit",
        "reorganised": HERE + "test_brands_of_merged_towns_are_the_heirs",
        "corrected": HERE + "test_brands_of_merged_towns_are_the_heirs",
    },
    "brands.launched": {
        "zero": COUNT,
        "missing": REQUIRED,
        "part": HERE + "test_launches_and_upgrades_of_the_period",
        "reorganised": NO_UNIT,
        "corrected": HERE + "test_launches_and_upgrades_of_the_period",
    },
    "brands.upgraded": {
        "zero": COUNT,
        "missing": REQUIRED,
        "part": HERE + "test_launches_and_upgrades_of_the_period",
        "reorganised": NO_UNIT,
        "corrected": HERE + "test_launches_and_upgrades_of_the_period",
    },
    "brands.adopters": {
        "zero": COUNT,
        "missing": REQUIRED,
        "part": HERE + "test_adopters_are_others_each_once",
        "reorganised": HERE + "test_an_adopter_that_became_one_with_the_originator_is_none",
        "corrected": HERE + "test_a_voided_adoption_leaves_adopters_curve_and_share",
    },
    "brands.adopter_share": {
        "zero": HERE + "test_adopter_share_without_brands_or_without_others",
        "missing": REQUIRED,
        "part": HERE + "test_adopter_share_is_of_units_open_on_the_last_day",
        "reorganised": HERE + "test_adopters_that_merged_are_one",
        "corrected": HERE + "test_a_voided_adoption_leaves_adopters_curve_and_share",
    },
    "brands.time_to_adopter": {
        "zero": HERE + "test_time_without_brands_and_with_an_adopter_before_the_launch",
        "missing": REQUIRED,
        "part": HERE + "test_the_median_time_counts_brands_that_still_wait",
        "reorganised": HERE + "test_adopters_that_merged_are_one",
        "corrected": HERE + "test_time_follows_corrections",
    },
    "brands.curve": {
        "zero": COUNT,
        "missing": REQUIRED,
        "part": HERE + "test_the_curve_adds_up_month_by_month",
        "reorganised": HERE + "test_adopters_that_merged_are_one",
        "corrected": HERE + "test_a_voided_adoption_leaves_adopters_curve_and_share",
    },
    "brands.reuse": {
        "zero": HERE + "test_reuse_without_an_owner_is_no_figure",
        "missing": HERE + "test_reuse_is_what_others_than_the_owner_used",
        "part": PERIOD,
        "reorganised": HERE + "test_a_user_that_became_one_with_the_owner_is_no_other",
        "corrected": HERE + "test_reuse_is_what_others_than_the_owner_used",
    },
    "brands.expectation": {
        "zero": HERE + "test_expectations_of_no_unit_are_no_figure",
        "missing": HERE + "test_forms_or_attendance_that_are_blank_may_have_met_it",
        "part": HERE + "test_organs_interact_in_half_of_their_months",
        "reorganised": HERE + "test_an_organ_that_is_gone_interacts_for_its_heir",
        "corrected": HERE + "test_an_organ_that_is_gone_interacts_for_its_heir",
    },
    "brands.contradictions": {
        "zero": COUNT,
        "missing": REQUIRED,
        "part": HERE + "test_adoptions_that_cannot_be_are_listed",
        "reorganised": HERE + "test_a_contradiction_that_was_taken_back_is_none",
        "corrected": HERE + "test_a_contradiction_that_was_taken_back_is_none",
    },
}
