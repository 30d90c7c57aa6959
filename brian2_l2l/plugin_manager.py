"""Load plugins, each guarded, and hold what they contribute."""

import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pluggy
from brian2.utils.logger import get_logger

from brian2_l2l import hookspecs
from brian2_l2l.entry_points import Source
from brian2_l2l.errors import PluginError, did_you_mean
from brian2_l2l.hook_contracts import check_contribution, expected, fits

logger = get_logger(__name__)


@dataclass
class PluginInfo:
    """
    What became of one plugin.

    Attributes
    ----------
    name, distribution, version : str
        The name of its entry point, and the distribution that has it.
    state : {'ok', 'broken', 'disabled'}
        Whether its contributions can be used.
    reason : str
        Why it is not 'ok'.
    contributions : dict of str to list of str
        The names it contributes, by kind.
    refused : list of str
        What it contributes under a name that is taken, in words.
    """

    name: str
    distribution: str
    version: str
    state: str = "ok"
    reason: str = ""
    contributions: dict[str, list[str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def __str__(self):
        return f"{self.name!r} of {self.distribution} {self.version}"


class PluginManager:
    """
    Load plugins, each guarded, and hold what they contribute.

    Parameters
    ----------
    sources : iterable of `Source`
        The plugins, in the order in which they win names.
    disabled : iterable of str, optional
        Names of plugins that are not imported.
    """

    def __init__(self, sources: Iterable[Source], disabled: Iterable[str] = ()):
        self._pluggy = pluggy.PluginManager(hookspecs.PROJECT)
        self._pluggy.add_hookspecs(hookspecs)
        #: The kinds of contributions: the names of the hooks.
        self.kinds = tuple(name for name in vars(self._pluggy.hook) if not name.startswith("_"))
        self._contributed: dict[str, dict[str, tuple[Any, PluginInfo]]] = {
            kind: {} for kind in self.kinds
        }
        disabled = set(disabled)
        self._listing = [self._add(source, disabled) for source in sources]

    def listing(self) -> list[PluginInfo]:
        """Return what became of each plugin, in loading order."""
        return list(self._listing)

    def names(self, kind: str) -> list[str]:
        """Return the names of a kind, sorted; `PluginError` for an unknown kind."""
        return sorted(self._of_kind(kind))

    def get(self, kind: str, name: str) -> Any:
        """Return what is contributed under a name; `PluginError` if there is nothing."""
        contributed = self._of_kind(kind)
        if name not in contributed:
            raise PluginError(self._nothing_called(kind, name))
        return contributed[name][0]

    def resolve(self, kind: str, name_or_object: Any) -> Any:
        """Return an object as it is and look a name up; `PluginError` if neither fits."""
        names = self.names(kind)
        if isinstance(name_or_object, str):
            return self.get(kind, name_or_object)
        if not fits(kind, name_or_object):
            raise PluginError(
                f"{name_or_object!r} cannot be used among the {_words(kind)}: give "
                f"{expected(kind)}, or one of the names {_quoted(names)}."
            )
        return name_or_object

    def _of_kind(self, kind: str) -> dict[str, tuple[Any, PluginInfo]]:
        if kind not in self.kinds:
            raise PluginError(
                f"There is no kind of plugin called {kind!r}.{did_you_mean(kind, self.kinds)} "
                f"Known kinds: {_quoted(self.kinds)}."
            )
        return self._contributed[kind]

    def _nothing_called(self, kind: str, name: str) -> str:
        names = self.names(kind)
        skipped = [f"{info} ({info.reason})" for info in self._listing if info.state != "ok"]
        return (
            f"There is no {name!r} among the {_words(kind)}.{did_you_mean(name, names)} "
            f"Known: {_quoted(names)}."
            + (f" These plugins were skipped: {'; '.join(skipped)}." if skipped else "")
        )

    def _add(self, source: Source, disabled: set[str]) -> PluginInfo:
        info = PluginInfo(source.name, source.distribution, source.version)
        if info.name in disabled:
            info.state, info.reason = "disabled", "named in the preference l2l.plugins_disabled"
            return info
        try:
            contributed = self._load(source)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # A plugin may even call sys.exit() when it is imported.
            info.state, info.reason = "broken", _in_one_line(error)
            logger.warn(f"The plugin {info} is skipped: {info.reason}", name_suffix="skipped")
        else:
            self._accept(info, contributed)
        return info

    def _load(self, source: Source) -> dict[str, Mapping[str, Any]]:
        plugin, key = source.load(), f"{source.distribution}:{source.name}"
        try:
            self._pluggy.register(plugin, key)
            return self._contributions_of(plugin)
        except BaseException:
            if self._pluggy.has_plugin(key):
                self._pluggy.unregister(name=key)
            raise

    def _contributions_of(self, plugin: Any) -> dict[str, Mapping[str, Any]]:
        callers = self._pluggy.get_hookcallers(plugin)
        if not callers:
            raise PluginError(
                "it has no hooks; mark its functions with @hookimpl of brian2_l2l.hookspecs"
            )
        self._refuse_unknown_hooks(callers)
        # Each hook is called for this plugin alone, so that an error can be laid at its door.
        return {
            caller.name: check_contribution(caller.name, implementation.function())
            for caller in callers
            for implementation in caller.get_hookimpls()
            if implementation.plugin is plugin and caller.has_spec()
        }

    def _refuse_unknown_hooks(self, callers: list[pluggy.HookCaller]) -> None:
        try:
            self._pluggy.check_pending()
        except pluggy.PluginValidationError:
            unknown = [caller.name for caller in callers if not caller.has_spec()]
            raise PluginError(
                f"there is no hook {_quoted(unknown)}.{did_you_mean(unknown[0], self.kinds)} "
                f"Known hooks: {_quoted(self.kinds)}."
            ) from None

    def _accept(self, info: PluginInfo, contributed: dict[str, Mapping[str, Any]]) -> None:
        for kind, objects in contributed.items():
            for name, value in objects.items():
                owner = self._contributed[kind].setdefault(name, (value, info))[1]
                if owner is info:
                    info.contributions.setdefault(kind, []).append(name)
                else:
                    info.refused.append(f"{kind}: {name!r} is taken by the plugin {owner}")
                    logger.warn(
                        f"One contribution of the plugin {info} is refused: {info.refused[-1]}. "
                        "Rename one of them, or name one of the two plugins in the preference "
                        "l2l.plugins_disabled.",
                        name_suffix="name_taken",
                    )


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "none"


def _in_one_line(error: BaseException) -> str:
    if isinstance(error, PluginError):
        return str(error)
    # This prints even an error whose own text cannot be made.
    return " ".join("".join(traceback.format_exception_only(error)).split())
