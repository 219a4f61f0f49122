"""The plugin contract: one hook.

A plugin is a module in the entry-point group `lianjian`. It says what it brings:

    @hookimpl
    def lianjian_family() -> Family:
        return Family("bases", version=1, zh="阵地", en="Bases", **declared(__name__))

The hook is called once, when families are loaded; nothing is called per event but the family's own
fact functions. Further hooks wait for a plugin that needs them.
"""

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from lianjian.core.indicator import Family

GROUP = "lianjian"

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def lianjian_family() -> "Family":  # type: ignore[empty-body]
    """Return the family that this plugin brings: its event types, fact tables and indicators."""
