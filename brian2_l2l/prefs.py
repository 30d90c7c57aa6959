"""The Brian2 preferences of this package, ``prefs.l2l.*``; importing the module registers them."""

from brian2.core.preferences import BrianPreference, prefs


def _is_list_of_names(value) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)


prefs.register_preferences(
    "l2l",
    "Preferences of brian2_l2l",
    plugins_disabled=BrianPreference(
        default=[],
        docs="""
        Names of the plugins that are not loaded.

        ``brian2-l2l plugins`` lists the names. A plugin named here is not imported at all.
        """,
        validator=_is_list_of_names,
    ),
)
