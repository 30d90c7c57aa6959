"""The Brian2 preferences of this package, ``prefs.l2l.*``; importing the module registers them."""

from brian2.core.preferences import BrianPreference, prefs

#: The ways in which a mirror can run.
LOWERINGS = ("auto", "plain", "fused")


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
    lowering=BrianPreference(
        default="auto",
        docs="""
        How mirrors run that are not told otherwise.

        ``'fused'``: as a generated C++ program, or an error. ``'plain'``: in torch, step by step.
        ``'auto'``: as a C++ program where the network allows it; the log says where not, and why.
        """,
        validator=lambda value: value in LOWERINGS,
    ),
    cxx=BrianPreference(
        default="",
        docs="""
        The C++ compiler for generated programs.

        A command such as ``'g++-13'`` or ``'ccache clang++'``. By default ``$CXX``, or else the
        first of ``c++``, ``g++`` and ``clang++`` on the PATH.
        """,
    ),
    nvcc=BrianPreference(
        default="",
        docs="""
        The compiler for generated programs on devices with CUDA.

        By default the ``nvcc`` on the PATH, or else the one in ``$CUDA_HOME/bin`` or
        ``/usr/local/cuda/bin``, or else that of the package ``nvidia-cuda-nvcc``.
        """,
    ),
    cache_dir=BrianPreference(
        default="",
        docs="""
        The folder for compiled programs.

        By default ``brian2_l2l`` in ``$XDG_CACHE_HOME`` or ``~/.cache``. It holds the 200 that were
        used last and may be removed at any time.
        """,
    ),
)
