"""Put a neuron group together: model, constants, drive, noise, method, events, clock."""

import re
import textwrap

from validation.fuzz.script import Choice, Population, Script, declare

from . import biophysical_models, discrete_models, simple_models
from .draft import Draft
from .drives import add_drives
from .refractoriness import add_refractoriness

MODELS = Choice(
    "model",
    {
        "integrate-and-fire": simple_models.integrate_and_fire,
        "current-based": simple_models.current_based,
        "adaptive threshold": simple_models.adaptive,
        "adaptive exponential": biophysical_models.adaptive_exponential,
        "quadratic": biophysical_models.quadratic,
        "conductance-based": biophysical_models.conductance_based,
        "Hodgkin-Huxley": biophysical_models.hodgkin_huxley,
        "phase": biophysical_models.phase,
        "random dynamics": discrete_models.random_dynamics,
        "random spiking": discrete_models.random_spiking,
        "oscillator": discrete_models.oscillator,
        "counter": discrete_models.counter,
    },
)
METHODS = Choice(
    "method",
    {
        name: name
        for name in "exact linear exponential_euler euler rk2 rk4 heun milstein automatic".split()
    },
)
NOISE = Choice(
    "noise",
    {
        "additive": " + 0.5*({0})*xi*(5*ms)**-0.5",
        "two sources": " + 0.5*({0})*xi_fast*(5*ms)**-0.5 + 0.3*({0})*xi_slow*(9*ms)**-0.5",
        "multiplicative": " + 0.05*v*xi*(5*ms)**-0.5",
    },
)
CONSTANTS = Choice(
    "constants",
    {name: name for name in ("outer namespace", "namespace argument", "parameter", "shared")},
)
OWN_CLOCK = declare("group with its own clock")
EVENT = declare("custom event")
ON_EVENT = declare("run_on_event")


def add_neurons(script: Script) -> Population:
    """Add a neuron group to the script, and give what later fragments need of it."""
    name = script.name("G")
    draft = Draft(name, script.integer(1, 10), MODELS.draw(script)(script))
    flag = add_refractoriness(script, draft)
    add_drives(script, draft)
    noise = _add_noise(script, draft)
    _add_event(script, draft)
    _add_clock(script, draft)
    method = _choose_method(script, draft)
    if method:
        draft.arguments.append(f"method='{method}'")
    drive = "".join(f" + {term}" for term in draft.terms)
    equations = textwrap.dedent(draft.model.equations).strip()
    equations = equations.format(drive=drive, noise=noise, flag=flag)
    return _write(script, draft, "\n".join([equations, *draft.equations]))


def _add_noise(script: Script, draft: Draft) -> str:
    if draft.model.kind in ("none", "stiff") or script.random.random() < 0.8:
        return ""
    draft.noise = script.random.choice(list(NOISE.options))
    return NOISE.draw(script, [draft.noise]).format(draft.model.amplitude)


def _choose_method(script: Script, draft: Draft) -> str:
    """Choose a state updater that can integrate the equations."""
    kind = draft.model.kind
    if kind == "none":
        return ""
    if draft.noise:
        among = {
            "additive": ["euler", "heun", "milstein"],
            "two sources": ["euler", "heun"],
            "multiplicative": ["heun", "milstein"],
        }[draft.noise]
    elif kind == "stiff":
        among = ["exponential_euler"]
    else:
        among = ["euler", "rk2", "rk4", "heun", "milstein", "automatic"]
        if kind in ("linear", "conditional"):
            among.append("exponential_euler")
        if kind == "linear" and draft.constant:
            among = ["exact", "linear", "automatic", "exponential_euler"]
    method = METHODS.draw(script, among)
    return "" if method == "automatic" else method


def _add_event(script: Script, draft: Draft) -> None:
    if not script.sometimes(EVENT, 0.25):
        return
    draft.events.append("crossing")
    draft.arguments.append(f"events={{'crossing': '{draft.model.condition}'}}")
    if script.sometimes(ON_EVENT, 0.7):
        draft.equations.append("tally : 1")
        effect = script.random.choice(["tally += 1", "tally = 0.9*tally + rand()"])
        draft.after.append(f"{draft.name}.run_on_event('crossing', '{effect}')")


def _add_clock(script: Script, draft: Draft) -> None:
    if script.sometimes(OWN_CLOCK, 0.15):
        draft.arguments.append(f"dt={script.random.choice(['0.05*ms', '0.2*ms', '0.5*ms'])}")


def _place_constants(script: Script, draft: Draft) -> tuple[list[str], dict[str, str]]:
    """
    Give every constant its place: outside, in the namespace, or among the parameters.

    Returns
    -------
    equations, names : list of str, dict
        The equations of the parameters, and new names for the constants defined outside.
    """
    outside = CONSTANTS.draw(script, ["outer namespace", "namespace argument"])
    equations, names, starts = [], {}, []
    for constant, (value, unit) in draft.model.constants.items():
        inside = unit != "integer" and script.random.random() < 0.5
        place = CONSTANTS.draw(script, ["parameter", "shared"] if inside else [outside])
        if place in ("parameter", "shared"):
            flags = "constant" if place == "parameter" else "constant, shared"
            spread = "*(1 + 0.05*rand())" if place == "parameter" else ""
            equations.append(f"{constant} : {unit} ({flags})")
            starts.append(f"{draft.name}.{constant} = '{value}{spread}'")
        elif outside == "namespace argument":
            draft.externals[constant] = value
        else:
            names[constant] = draft.external(constant, value)
    draft.after[:0] = starts
    if outside == "namespace argument":
        items = ", ".join(f"'{key}': {value}" for key, value in draft.externals.items())
        draft.arguments.append(f"namespace={{{items}}}")
    return equations, names


def _write(script: Script, draft: Draft, equations: str) -> Population:
    model, name = draft.model, draft.name
    parameters, new_names = _place_constants(script, draft)
    equations = textwrap.indent("\n".join([equations, *parameters]), "    ")
    reset = script.random.choice(model.resets).replace("; ", "\n")
    arguments = [f"threshold='{script.random.choice(model.thresholds)}'", f"reset='''{reset}'''"]
    arguments = ",\n    ".join([*arguments, *draft.arguments, f"name='{name}'"])
    lines = [f"{name} = NeuronGroup({draft.size}, '''\n{equations}\n    ''', {arguments})"]
    lines += draft.after
    lines += [f"{name}.{variable} = '{value}'" for variable, value in model.start.items()]
    lines += [f"{name}.run_regularly({code}, dt=0.5*ms)" for code in model.regular]
    text = "\n".join(lines)
    for constant, new_name in new_names.items():
        text = re.sub(rf"\b{constant}\b", new_name, text)
    script.add("\n".join([*draft.before, text]))
    return _population(draft)


def _population(draft: Draft) -> Population:
    return Population(
        draft.name,
        draft.size,
        dict(draft.model.units),
        dict(draft.model.targets),
        list(draft.slots),
        list(draft.events),
        # Brian2 has no subgroups of a group with a link through an index.
        divisible=not any("linked_var" in line and "index=" in line for line in draft.after),
    )
