"""What drives a neuron from within its equations: each adds one term in the membrane's unit."""

from validation.fuzz.script import Choice, Script, declare

from .draft import Draft
from .expressions import random_expression
from .functions import user_function

EXPRESSION = declare("random expression in equations")
SLOT = declare("parameter for a summed variable")


def no_drive(script: Script, draft: Draft) -> None:
    """Leave the equations alone."""


def timed_array(script: Script, draft: Draft) -> None:
    """Add a one-dimensional TimedArray."""
    values = ", ".join(script.number(-1, 1.5) for _ in range(script.integer(3, 9)))
    step = script.random.choice(["0.5*ms", "1*ms", "2*ms", "0.3*ms"])
    array = f"TimedArray(array([{values}])*{draft.model.amplitude}, dt={step})"
    draft.terms.append(f"{draft.external('stimulus', array)}(t)")
    # Only steps that are a multiple of every clock's are constant over its step.
    draft.constant = draft.constant and step in ("1*ms", "2*ms")


def timed_array_2d(script: Script, draft: Draft) -> None:
    """Add a TimedArray with one column per neuron."""
    rows = script.integer(3, 7)
    shape = f"sin(arange({rows * draft.size})*1.7).reshape({rows}, {draft.size})"
    step = script.random.choice(["1*ms", "1.5*ms"])
    array = f"TimedArray({shape}*{draft.model.amplitude}, dt={step})"
    draft.terms.append(f"{draft.external('stimuli', array)}(t, i)")
    draft.constant = draft.constant and step == "1*ms"


def subexpression(script: Script, draft: Draft) -> None:
    """Add a subexpression that changes with time."""
    wave = f"{draft.model.amplitude}*sin(2*pi*t/({script.number(3, 12)}*ms) + 0.1*i)"
    draft.equations.append(f"wave = {wave} : {draft.model.unit}")
    draft.terms.append("wave")
    draft.constant = False


def constant_over_dt(script: Script, draft: Draft) -> None:
    """Add a subexpression that is evaluated once in each time step."""
    pulse = f"{draft.model.amplitude}*int(sin(2*pi*t/({script.number(3, 12)}*ms)) > 0.2)"
    draft.equations.append(f"pulse = {pulse} : {draft.model.unit} (constant over dt)")
    draft.terms.append("pulse")


def random_over_dt(script: Script, draft: Draft) -> None:
    """Add a random value that is drawn once in each time step."""
    value = script.random.choice(["rand()", "randn()", "int(rand() < 0.2)"])
    text = f"jitter = {draft.model.amplitude}*{value} : {draft.model.unit} (constant over dt)"
    draft.equations.append(text)
    draft.terms.append("jitter")


def shared_variable(script: Script, draft: Draft) -> None:
    """Add a variable that all neurons share, changed at random times."""
    draft.equations.append(f"common : {draft.model.unit} (shared)")
    draft.terms.append("common")
    change = f"common = {draft.model.amplitude}*rand()"
    draft.after.append(f"{draft.name}.run_regularly('{change}', dt=1*ms)")


def shared_subexpression(script: Script, draft: Draft) -> None:
    """Add a subexpression that all neurons share."""
    # Brian2 wants shared values written before those of the neurons.
    first = not any("constant over dt" in line for line in draft.equations)
    flags = "shared, constant over dt" if first and script.random.random() < 0.5 else "shared"
    wave = f"{draft.model.amplitude}*cos(t/({script.number(2, 6)}*ms))"
    draft.equations.append(f"tide = {wave} : {draft.model.unit} ({flags})")
    draft.terms.append("tide")
    draft.constant = draft.constant and "constant" in flags


def linked_variable(script: Script, draft: Draft) -> None:
    """Add a variable of an earlier group."""
    other = script.random.choice(script.populations)
    variable, unit = script.random.choice(list(other.units.items()))
    indexed = other.size != draft.size or script.random.random() < 0.3
    index = f", index=(arange({draft.size})*2 + 1) % {other.size}" if indexed else ""
    _link(draft, "link", f"{other.name}, '{variable}'{index}", unit, other.targets.get(variable))


def own_variable(script: Script, draft: Draft) -> None:
    """Add a variable of other neurons of the same group."""
    # The others are expressions, which this drive is a part of.
    variable, step = script.random.choice(list(draft.model.targets.items()))
    source = f"{draft.name}, '{variable}', index=(arange({draft.size})*2 + 1) % {draft.size}"
    _link(draft, "neighbour", source, draft.model.units[variable], step)


def _link(draft: Draft, name: str, source: str, unit: str, step: str | None) -> None:
    draft.equations.append(f"{name} : {unit} (linked)")
    draft.after.append(f"{draft.name}.{name} = linked_var({source})")
    scale = "" if unit == "1" else f"/({step or UNIT_SIZES[unit]})"
    draft.terms.append(f"{draft.model.amplitude}*tanh({name}{scale})")


#: The unit itself where no usual step of the variable is known.
UNIT_SIZES = {"volt": "mV", "amp": "nA", "siemens": "nS"}


def refractory_variables(script: Script, draft: Draft) -> None:
    """Add a term that depends on the time since the last spike."""
    term = script.random.choice(["exp(-(t - lastspike)/(3*ms))", "int(not_refractory)"])
    draft.terms.append(f"{draft.model.amplitude}*{term}")
    draft.constant = draft.constant and "lastspike" not in term


def integer_and_boolean(script: Script, draft: Draft) -> None:
    """Add parameters that are an integer and a boolean."""
    draft.equations += ["gain : integer", "enabled : boolean (constant)"]
    draft.terms.append(f"{draft.model.amplitude}*0.5*gain*int(enabled)")
    draft.after += [f"{draft.name}.gain = 'i % 3'", f"{draft.name}.enabled = 'i % 4 != 1'"]


def function_call(script: Script, draft: Draft) -> None:
    """Add the value of a user function."""
    name = user_function(script)
    draft.externals[name] = name
    draft.terms.append(f"{draft.model.amplitude}*{name}(0.1*i, t/(10*ms))")
    draft.constant = False


def expression(script: Script, draft: Draft) -> None:
    """Add a random expression of the state and of time."""
    script.use(EXPRESSION)
    drift = random_expression(script, ["drift_rate", "t/(5*ms)", "i*0.1"])
    draft.equations += ["drift_rate : 1", f"drift = {drift} : 1"]
    draft.after.append(f"{draft.name}.drift_rate = 'rand()'")
    draft.terms.append(f"0.5*{draft.model.amplitude}*drift")
    draft.constant = False


DRIVES = Choice(
    "drive",
    {
        "none": no_drive,
        "TimedArray, 1-d": timed_array,
        "TimedArray, 2-d": timed_array_2d,
        "subexpression": subexpression,
        "constant over dt": constant_over_dt,
        "random, constant over dt": random_over_dt,
        "shared variable": shared_variable,
        "shared subexpression": shared_subexpression,
        "linked variable": linked_variable,
        "variable of other neurons of the group": own_variable,
        "lastspike or not_refractory": refractory_variables,
        "integer and boolean": integer_and_boolean,
        "user function": function_call,
        "random expression": expression,
    },
)


def _possible(script: Script, draft: Draft) -> list[str]:
    """List the drives that this group can have."""
    impossible = set()
    if not script.populations:
        impossible.add("linked variable")
    if not draft.model.targets:
        impossible.add("variable of other neurons of the group")
    if not any(argument.startswith("refractory") for argument in draft.arguments):
        impossible.add("lastspike or not_refractory")
    return [name for name in DRIVES.options if name not in impossible]


def add_drives(script: Script, draft: Draft) -> None:
    """Add up to two drives, and perhaps a parameter that a summed variable can fill."""
    for name in script.random.sample(_possible(script, draft), script.random.choice([1, 1, 2])):
        DRIVES.draw(script, among=[name])(script, draft)
    if script.sometimes(SLOT, 0.6):
        draft.equations.append(f"I_syn : {draft.model.unit}")
        draft.terms.append("I_syn")
        draft.slots.append("I_syn")
