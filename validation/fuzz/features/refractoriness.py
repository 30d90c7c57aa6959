"""All ways of writing a refractory period, and ``unless refractory``."""

from validation.fuzz.script import Choice, Script, declare

from .draft import Draft

UNLESS = declare("unless refractory")
RANDOM_CHANGE = declare("refractory period changed by the reset")
NEVER = "none"


def none(script: Script, draft: Draft) -> None:
    """Leave the group without a refractory period."""


def quantity(script: Script, draft: Draft) -> None:
    """Give a time."""
    period = script.random.choice(["1*ms", "2*ms", "0.5*ms", "1.23*ms"])
    draft.arguments.append(f"refractory={period}")


def time_string(script: Script, draft: Draft) -> None:
    """Give an expression for a time."""
    period = script.random.choice(["(1 + i % 3)*ms", "1*ms + 0.5*ms*int(t > 4*ms)", "1.3*ms"])
    draft.arguments.append(f"refractory='{period}'")


def random_string(script: Script, draft: Draft) -> None:
    """Give an expression for a time that draws random numbers."""
    draft.arguments.append("refractory='(0.5 + rand())*ms'")


def parameter(script: Script, draft: Draft) -> None:
    """Give each neuron its own time."""
    flag = "" if script.sometimes(RANDOM_CHANGE, 0.3) else " (constant)"
    draft.equations.append(f"ref : second{flag}")
    draft.after.append(f"{draft.name}.ref = '0.5*ms + 2*ms*rand()'")
    draft.arguments.append("refractory='ref'")
    if not flag:
        draft.model.resets = [f"{r}; ref = 0.5*ms + 2*ms*rand()" for r in draft.model.resets if r]
        draft.model.resets = draft.model.resets or ["ref = 0.5*ms + 2*ms*rand()"]


def condition(script: Script, draft: Draft) -> None:
    """Give a condition on the state."""
    draft.arguments.append(f"refractory='{draft.model.condition}'")


def timestep(script: Script, draft: Draft) -> None:
    """Give a condition on the number of time steps since the last spike."""
    text = "timestep(t - lastspike, dt) < timestep(1.5*ms, dt)"
    draft.arguments.append(f"refractory='{text}'")


REFRACTORINESS = Choice(
    "refractoriness",
    {
        "none": none,
        "quantity": quantity,
        "string of a time": time_string,
        "string with rand()": random_string,
        "parameter of each neuron": parameter,
        "condition": condition,
        "timestep condition": timestep,
    },
)


def add_refractoriness(script: Script, draft: Draft) -> str:
    """Add a refractory period to the group; give the flag of the membrane equation."""
    among = None if draft.model.resets != [""] else ["condition"]
    REFRACTORINESS.draw(script, among)(script, draft)
    if draft.arguments and draft.model.kind != "none" and draft.model.resets != [""]:
        return " (unless refractory)" if script.sometimes(UNLESS, 0.6) else ""
    return ""
