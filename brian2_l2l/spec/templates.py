"""What each of Brian2's run-time templates needs besides its statements.

A new template costs one function here and one step in ``brian2_l2l.mirror``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .gsl import DERIVATIVE, gsl_options
from .network_spec import Block
from .refusals import origin_of, refuse

__all__ = ["TEMPLATES", "operation_block", "push_block", "template_of", "template_options"]

Options = tuple[Mapping[str, object], set[str]]


def template_of(code) -> str:
    """Return the name of Brian2's template, and a name of ours for the GSL's code in C."""
    if any(DERIVATIVE in text for text in code.abstract_code.values()):
        return "gsl_stateupdate"
    return code.template_name


def template_options(template: str, obj, code, names) -> Options:
    """Return the options of a block and the arrays that its template writes by itself.

    Raises
    ------
    UnsupportedModelError
        For a template that has no place in a mirror.
    """
    specify = TEMPLATES.get(template)
    if specify is None:
        refuse(
            obj,
            f"it runs Brian2's template '{template}', which the mirror does not know",
            f"a construct built on one of {', '.join(sorted(TEMPLATES))}",
        )
    return specify(obj, code, names)


def operation_block(obj) -> Block:
    """Return the block of an object that runs Python code, as a ``NetworkOperation`` does."""
    return Block(obj.name, "network_operation", obj.clock.name, origin=origin_of(obj))


def push_block(pathway, names) -> Block:
    """Return the block that hands a pathway its new events."""
    options = {
        "pathway": pathway.name,
        "events": names(pathway.source.variables[pathway.eventspace_name]),
        "delay": names(pathway.variables["delay"]),
        "sources": names(pathway.synapse_sources),
        "start": int(pathway.source.start),
        "stop": int(pathway.source.stop),
    }
    return Block(
        f"{pathway.name}_push_spikes",
        "synapses_push_spikes",
        pathway.clock.name,
        options=options,
        origin=origin_of(pathway.synapses),
    )


def _size(code) -> int:
    return int(code.variables["N"].item())


def _state_update(obj, code, names) -> Options:
    return {"size": _size(code)}, set()


def _gsl_state_update(obj, code, names) -> Options:
    options = {"size": _size(code), **gsl_options(obj, code, names)}
    return options, {array for array, _ in options["derivatives"]}


def _threshold(obj, code, names) -> Options:
    options = {"events": names(code.template_kwds["eventspace_variable"]), "size": _size(code)}
    writes = {options["events"]}
    if code.template_kwds["_uses_refractory"]:
        refractory = {name: names(code.variables[name]) for name in ("not_refractory", "lastspike")}
        options |= refractory | {"t": names(code.variables["t"])}
        writes |= set(refractory.values())
    return options, writes


def _reset(obj, code, names) -> Options:
    return {"events": names(code.template_kwds["eventspace_variable"])}, set()


def _synapses(obj, code, names) -> Options:
    return {"pathway": obj.name}, set()


def _summed_variable(obj, code, names) -> Options:
    kwds = code.template_kwds
    target = names(kwds["_target_var"])
    options = {
        "target": target,
        "index": names(kwds["_index_var"]),
        "start": int(kwds["_target_start"]),
        "stop": int(kwds["_target_stop"]),
        "size": _size(code),
    }
    return options, {target}


def _spike_generator(obj, code, names) -> Options:
    arrays = ("_spikespace", "neuron_index", "_timebins", "_period_bins", "_lastindex")
    options = {name.lstrip("_"): names(code.variables[name]) for name in arrays}
    options["events"] = options.pop("spikespace")
    return options, {options["events"], options["lastindex"]}


SPATIAL_READ = (
    "Cm v Ri area r_length_1 r_length_2 dt _morph_parent_i _starts _ends "
    "_morph_children _morph_children_num _morph_idxchild Ic"
).split()


def _spatial(obj, code, names) -> Options:
    scratch = ("_ab_star0", "_ab_star1", "_ab_star2", "_b_plus", "_b_minus", "_invr0", "_invrn")
    options = {name: names(code.variables[name]) for name in (*SPATIAL_READ, *scratch)}
    return options, {options["v"], options["Ic"]}


def _state_monitor(obj, code, names) -> Options:
    recorded = tuple(code.template_kwds["_recorded_variables"])
    return {"recorded": recorded, "indices": names(code.variables["_indices"])}, set()


def _event_monitor(obj, code, names) -> Options:
    variables = code.variables
    options = {
        "events": names(code.template_kwds["eventspace_variable"]),
        "recorded": tuple(sorted(code.template_kwds["record_variables"])),
        "start": int(variables["_source_start"].get_value()),
        "stop": int(variables["_source_stop"].get_value()),
    }
    return options, set()


def _rate_monitor(obj, code, names) -> Options:
    variables = code.variables
    options = {
        "events": names(variables["_spikespace"]),
        "start": int(variables["_source_start"].get_value()),
        "stop": int(variables["_source_stop"].get_value()),
        "neurons": int(variables["_num_source_neurons"].get_value()),
        "dt": names(variables["_clock_dt"]),
    }
    return options, set()


TEMPLATES: Mapping[str, Callable[..., Options]] = {
    "stateupdate": _state_update,
    "gsl_stateupdate": _gsl_state_update,
    "threshold": _threshold,
    "reset": _reset,
    "synapses": _synapses,
    "summed_variable": _summed_variable,
    "spikegenerator": _spike_generator,
    "spatialstateupdate": _spatial,
    "statemonitor": _state_monitor,
    "spikemonitor": _event_monitor,
    "ratemonitor": _rate_monitor,
}
