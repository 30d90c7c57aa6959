"""Synapses that act at every time step: summed variables, gap junctions, own dynamics."""

from validation.fuzz.script import Choice, Population, Script, declare

from .effects import Effect

SLOT_SCALES = {"1": "0.1", "volt": "1.5*mV"}
SUMMED_PRE = declare("summed over postsynaptic neurons")


def _scale(target: Population) -> str:
    return SLOT_SCALES[target.units.get("v", "1")]


def summed(script: Script, source: Population, target: Population, slot: str) -> Effect:
    """Sum a function of a presynaptic variable."""
    scale = _scale(target)
    value = "1"
    if source.units:
        variable, unit = script.random.choice(list(source.units.items()))
        size = {"1": "1", "volt": "30*mV", "amp": "nA", "siemens": "nS"}[unit]
        value = f"tanh({variable}_pre/({size}))"
    line = f"{slot}_post = w*{scale}*{value} : {target.units.get('v', '1')} (summed)"
    return Effect(["w : 1", line], start=["w = rand() - 0.3"], units={"w": "1"})


def gap_junction(script: Script, source: Population, target: Population, slot: str) -> Effect:
    """Couple the membrane potentials of two neurons."""
    line = f"{slot}_post = w*(v_pre - v_post) : {target.units['v']} (summed)"
    return Effect(["w : 1", line], start=["w = 0.1*rand()"], units={"w": "1"})


def decaying(script: Script, source: Population, target: Population, slot: str) -> Effect:
    """Integrate a decaying synaptic variable and sum it."""
    line = f"{slot}_post = w*s*{_scale(target)} : {target.units.get('v', '1')} (summed)"
    return Effect(
        ["w : 1", f"ds/dt = -s/({script.number(2, 9)}*ms) : 1 (clock-driven)", line],
        script.random.choice(["s += 1", "s += 1 - s", "s = 1"]),
        start=["w = rand()"],
        units={"s": "1"},
        method=script.random.choice(["exact", "euler", "rk2", "rk4", "exponential_euler", "heun"]),
    )


def saturating(script: Script, source: Population, target: Population, slot: str) -> Effect:
    """Integrate a slow synapse of two coupled variables (as of NMDA receptors)."""
    line = f"{slot}_post = w*s*{_scale(target)} : {target.units.get('v', '1')} (summed)"
    return Effect(
        [
            "w : 1",
            "ds/dt = -s/(12*ms) + 0.5*r*(1 - s)/ms : 1 (clock-driven)",
            "dr/dt = -r/(2*ms) : 1 (clock-driven)",
            line,
        ],
        "r += 1",
        start=["w = rand()"],
        units={"s": "1", "r": "1"},
        method=script.random.choice(["euler", "rk2", "rk4", "exponential_euler"]),
    )


def noisy(script: Script, source: Population, target: Population, slot: str) -> Effect:
    """Integrate a synaptic variable with noise."""
    line = f"{slot}_post = w*s*{_scale(target)} : {target.units.get('v', '1')} (summed)"
    return Effect(
        ["w : 1", "ds/dt = -s/(5*ms) + 0.2*xi*(5*ms)**-0.5 : 1 (clock-driven)", line],
        "s += 1",
        start=["w = rand()"],
        units={"s": "1"},
        method=script.random.choice(["euler", "heun", "milstein"]),
    )


CONTINUOUS = Choice(
    "continuous synapse",
    {
        "summed": summed,
        "gap junction": gap_junction,
        "decaying": decaying,
        "saturating": saturating,
        "noisy": noisy,
    },
)


def make_continuous(script: Script, source: Population, target: Population) -> Effect:
    """Make synapses that fill a parameter of the target at every time step."""
    impossible = set() if source.spikes else {"decaying", "saturating", "noisy"}
    if "v" not in source.units or source.units["v"] != target.units.get("v"):
        impossible.add("gap junction")
    among = [name for name in CONTINUOUS.options if name not in impossible]
    effect = CONTINUOUS.draw(script, among)(script, source, target, target.slots.pop())
    if source.slots and script.sometimes(SUMMED_PRE, 0.5):
        unit = source.units.get("v", "1")
        line = f"{source.slots.pop()}_pre = -0.2*w*{SLOT_SCALES[unit]} : {unit} (summed)"
        effect.equations.append(line)
    return effect
