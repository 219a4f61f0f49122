"""Where the edges of each figure of channels are tested (tests/test_channels.py)."""

HERE = "test_channels.py::"
COUNT = "does not apply: a count has no denominator"

EDGES = {
    "channels.mix": {
        "zero": COUNT,
        "missing": HERE + "test_the_mix_and_the_share_online",
        "part": HERE + "test_a_mix_of_a_part_of_the_year_has_what_was_held_in_it",
        "reorganised": HERE + "test_what_a_unit_that_was_split_held_is_split",
        "corrected": HERE + "test_activities_follow_corrections",
    },
    "channels.online_share": {
        "zero": HERE + "test_activities_that_all_lack_a_channel_or_are_not_there",
        "missing": HERE + "test_the_mix_and_the_share_online",
        "part": HERE + "test_a_mix_of_a_part_of_the_year_has_what_was_held_in_it",
        "reorganised": HERE + "test_what_a_unit_that_was_split_held_is_split",
        "corrected": HERE + "test_activities_follow_corrections",
    },
    "channels.diversity": {
        "zero": HERE + "test_activities_that_all_lack_a_channel_or_are_not_there",
        "missing": HERE + "test_activities_that_all_lack_a_channel_or_are_not_there",
        "part": HERE + "test_a_mix_of_a_part_of_the_year_has_what_was_held_in_it",
        "reorganised": HERE + "test_what_a_unit_that_was_split_held_is_split",
        "corrected": HERE + "test_activities_follow_corrections",
    },
    "channels.attendance": {
        "zero": "does not apply: a sum has no denominator",
        "missing": HERE + "test_where_all_is_blank_or_nothing_is_recorded_there_is_no_sum",
        "part": HERE + "test_attendance_is_added_by_the_channel_of_the_activity",
        "reorganised": HERE + "test_sums_stay_what_they_were_when_units_merge",
        "corrected": HERE + "test_a_voided_use_leaves_reach_and_a_corrected_sheet_attendance",
    },
    "channels.reach": {
        "zero": "does not apply: a sum has no denominator",
        "missing": HERE + "test_where_all_is_blank_or_nothing_is_recorded_there_is_no_sum",
        "part": HERE + "test_reach_is_added_by_the_channel_of_the_use_or_else_of_the_resource",
        "reorganised": HERE + "test_sums_stay_what_they_were_when_units_merge",
        "corrected": HERE + "test_a_voided_use_leaves_reach_and_a_corrected_sheet_attendance",
    },
    "channels.published": {
        "zero": COUNT,
        "missing": HERE + "test_what_was_published_by_kind_and_owner",
        "part": HERE + "test_what_was_published_by_kind_and_owner",
        "reorganised": HERE + "test_resources_go_whole_to_every_heir",
        "corrected": HERE + "test_what_was_published_by_kind_and_owner",
    },
    "channels.functions": {
        "zero": "does not apply: every period has a month",
        "missing": HERE + "test_the_three_functions_in_how_many_months",
        "part": HERE + "test_the_three_functions_in_how_many_months",
        "reorganised": "does not apply: no unit is in it",
        "corrected": HERE + "test_functions_follow_corrections_and_an_empty_year_has_none",
    },
    "channels.columns": {
        "zero": HERE + "test_columns_without_units_and_after_a_void",
        "missing": HERE + "test_columns_weigh_a_unit_by_its_days",
        "part": HERE + "test_columns_weigh_a_unit_by_its_days",
        "reorganised": HERE + "test_resources_go_whole_to_every_heir",
        "corrected": HERE + "test_columns_without_units_and_after_a_void",
    },
    "channels.shared_share": {
        "zero": HERE + "test_what_is_shared_of_what_says_so",
        "missing": HERE + "test_what_is_shared_of_what_says_so",
        "part": HERE + "test_what_is_shared_of_what_says_so",
        "reorganised": HERE + "test_resources_go_whole_to_every_heir",
        "corrected": HERE + "test_sharing_follows_corrections",
    },
    "channels.resource_gap": {
        "zero": HERE + "test_without_headcounts_or_resources_there_is_no_gap",
        "missing": HERE + "test_the_parts_are_what_lies_between_and_within_tiers",
        "part": HERE + "test_without_headcounts_or_resources_there_is_no_gap",
        "reorganised": HERE + "test_heads_and_resources_of_a_unit_that_is_gone_are_its_heirs",
        "corrected": HERE + "test_the_gap_is_theils_index_of_resources_against_heads",
    },
    "channels.per_thousand": {
        "zero": HERE + "test_without_headcounts_or_resources_there_is_no_gap",
        "missing": HERE + "test_the_tier_of_a_resource_is_its_own_or_its_owners",
        "part": HERE + "test_without_headcounts_or_resources_there_is_no_gap",
        "reorganised": HERE + "test_heads_and_resources_of_a_unit_that_is_gone_are_its_heirs",
        "corrected": HERE + "test_the_gap_is_theils_index_of_resources_against_heads",
    },
}
