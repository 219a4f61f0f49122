"""Where each edge of each indicator of perception is tested, or why it has none."""

NO_DAYS = "does not apply: answers count, and not units by their days"
NO_UNIT = "does not apply: no unit in it"
FEW = "test_perception.py::test_fewer_than_five_answers_are_withheld"
NOBODY = "test_perception.py::test_nobody_asked_is_no_figure"
HEIRS = "test_perception.py::test_heirs_share_the_answers"
CORRECTED = "test_perception.py::test_a_correction_moves_the_figure_and_at_shows_the_old"
NO_GAIN = "test_perception.py::test_gains_that_cannot_be_told_say_why"
NEEDED = "test_perception.py::test_needs_meet_what_is_taught"
PARTLY = (
    "test_perception.py::test_an_item_that_few_answered_is_withheld_though_many_sent_the_sheet_back"
)

EDGES = {
    "perception.response": {
        "zero": NOBODY,
        "missing": "does not apply: what was sent out and came back is required",
        "part": NO_DAYS,
        "reorganised": HEIRS,
        "corrected": CORRECTED,
    },
    "perception.index": {
        "zero": NOBODY,
        "missing": PARTLY,
        "part": NO_DAYS,
        "reorganised": HEIRS,
        "corrected": CORRECTED,
    },
    "perception.identification": {
        "zero": NOBODY,
        "missing": PARTLY,
        "part": NO_DAYS,
        "reorganised": HEIRS,
        "corrected": CORRECTED,
    },
    "perception.misconception": {
        "zero": NOBODY,
        "missing": FEW,
        "part": NO_DAYS,
        "reorganised": HEIRS,
        "corrected": CORRECTED,
    },
    "perception.willing": {
        "zero": NOBODY,
        "missing": FEW,
        "part": NO_DAYS,
        "reorganised": HEIRS,
        "corrected": CORRECTED,
    },
    "perception.quiz_gain": {
        "zero": NO_GAIN,
        "missing": "test_perception.py::test_gains_are_pooled_over_pairs_and_the_others_are_flagged",
        "part": NO_DAYS,
        "reorganised": "test_perception.py::test_quizzes_before_and_after_a_merger_are_a_pair",
        "corrected": CORRECTED,
    },
    "perception.pass_mean": {
        "zero": NO_GAIN,
        "missing": "does not apply: takers and marks are required",
        "part": NO_DAYS,
        "reorganised": HEIRS,
        "corrected": CORRECTED,
    },
    "perception.funnel": {
        "zero": "test_perception.py::test_a_funnel_of_nothing_in_common_is_none",
        "missing": "test_perception.py::test_the_funnel_is_over_activities_of_which_both_are_known",
        "part": NO_DAYS,
        "reorganised": NO_UNIT,
        "corrected": CORRECTED,
    },
    "perception.needs": {
        "zero": NEEDED,
        "missing": "test_perception.py::test_needs_are_over_those_who_were_asked_for_them",
        "part": NO_DAYS,
        "reorganised": NO_UNIT,
        "corrected": CORRECTED,
    },
    "perception.needs_match": {
        "zero": NEEDED,
        "missing": NEEDED,
        "part": NO_DAYS,
        "reorganised": NO_UNIT,
        "corrected": CORRECTED,
    },
    "perception.contradictions": {
        "zero": "does not apply: a count has no denominator",
        "missing": "test_perception.py::test_contradictions_are_listed",
        "part": NO_DAYS,
        "reorganised": HEIRS,
        "corrected": CORRECTED,
    },
}
