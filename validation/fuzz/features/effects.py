"""What happens at a synapse when a spike arrives or is emitted."""

from dataclasses import dataclass, field

from validation.fuzz.script import Choice, Population, Script, declare

from .functions import user_function

READ_PRE = declare("presynaptic variable in on_pre")


@dataclass
class Effect:
    """
    The equations and codes of some synapses.

    Attributes
    ----------
    equations : list of str
        Their equations.
    on_pre, on_post : str or dict
        The codes; a dictionary for several pathways.
    start : list of str
        Start values, ``variable = expression``.
    units : dict
        The variables worth recording, and their units.
    method : str
        The state updater, if there are differential equations.
    before : list of str
        Statements that must come before the synapses.
    """

    equations: list[str] = field(default_factory=list)
    on_pre: str | dict[str, str] = ""
    on_post: str | dict[str, str] = ""
    start: list[str] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    method: str = ""
    before: list[str] = field(default_factory=list)

    @property
    def pathways(self) -> list[str]:
        """The names that Brian2 gives to the pathways."""
        names = list(self.on_pre) if isinstance(self.on_pre, dict) else ["pre"] * bool(self.on_pre)
        return names + (
            ["post"] if isinstance(self.on_post, str) and self.on_post else list(self.on_post)
        )


def weighted(script: Script) -> Effect:
    """Make synapses with one weight each."""
    start = script.random.choice(["w = 0.3 + rand()", "w = 1", "w = 1 + 0.1*i - 0.05*j"])
    return Effect(["w : 1"], start=[start], units={"w": "1"})


def _target(script: Script, target: Population) -> tuple[str, str]:
    return script.random.choice(list(target.targets.items()))


def additive(script: Script, source: Population, target: Population) -> Effect:
    """Add the weight to a variable of the target."""
    variable, step = _target(script, target)
    effect = weighted(script)
    effect.on_pre = f"{variable}_post += w*{step}"
    if script.random.random() < 0.3:
        effect.on_pre = f"{variable} -= 0.4*w*({step})"
    return effect


def constant_weight(script: Script, source: Population, target: Population) -> Effect:
    """Add a fixed step, without any variable of the synapse."""
    variable, step = _target(script, target)
    return Effect(on_pre=f"{variable}_post += {step}")


def order_dependent(script: Script, source: Population, target: Population) -> Effect:
    """Scale and add, so that the outcome depends on the order of the events."""
    variable, step = _target(script, target)
    effect = weighted(script)
    effect.on_pre = f"{variable}_post = 0.95*{variable}_post + w*{step}"
    return effect


def multiplicative(script: Script, source: Population, target: Population) -> Effect:
    """Multiply, then add: two statements on the same variable."""
    variable, step = _target(script, target)
    effect = weighted(script)
    # Brian2 checks the units of `x *= 1 - 0.02*w` as if it were `x*1 - 0.02*w`.
    factor = "1 - 0.02*w" if target.units.get(variable) == "1" else "0.98"
    effect.on_pre = f"{variable}_post *= {factor}\n{variable}_post += 0.5*({step})"
    return effect


def assignment(script: Script, source: Population, target: Population) -> Effect:
    """Assign: the last event of a time step wins."""
    variable, step = _target(script, target)
    effect = weighted(script)
    effect.equations.append("last : 1")
    effect.on_pre = f"{variable}_post = clip({variable}_post + {step}, -0.1*volt, 0.1*volt)"
    if target.units.get(variable) != "volt":
        effect.on_pre = f"{variable}_post = (0.2 + w)*{step}"
    effect.on_pre += "\nlast = w*t/ms"
    effect.units["last"] = "1"
    return effect


def random_release(script: Script, source: Population, target: Population) -> Effect:
    """Draw random numbers for every event."""
    variable, step = _target(script, target)
    draw = script.random.choice(["int(rand() < 0.6)", "(1 + 0.3*randn())", "poisson(1.2)"])
    effect = weighted(script)
    effect.on_pre = f"{variable}_post += w*{draw}*{step}"
    return effect


def binomial_release(script: Script, source: Population, target: Population) -> Effect:
    """Draw the number of released vesicles from a binomial distribution."""
    variable, step = _target(script, target)
    effect = weighted(script)
    name = script.name("vesicles")
    approximate = script.random.choice(["True", "False"])
    effect.before.append(f"{name} = BinomialFunction(5, 0.4, approximate={approximate})")
    effect.on_pre = f"{variable}_post += 0.4*w*{name}()*{step}"
    return effect


def state_dependent(script: Script, source: Population, target: Population) -> Effect:
    """Use the state of the postsynaptic neuron, of the presynaptic one, or of both."""
    variable, step = _target(script, target)
    effect = weighted(script)
    factors = [f"exp(-abs({variable}_post)/(50*abs({step})))"]
    if source.units:
        script.use(READ_PRE)
        other, unit = script.random.choice(list(source.units.items()))
        scale = {"1": "1", "volt": "20*mV", "amp": "nA", "siemens": "nS"}[unit]
        factors.append(f"(1 + 0.5*tanh({other}_pre/({scale})))")
        factors = factors[script.random.choice([0, 1]) :]
    effect.on_pre = f"{variable}_post += w*{step}*{'*'.join(factors)}"
    return effect


def timed(script: Script, source: Population, target: Population) -> Effect:
    """Use the time, a TimedArray and the indices of the synapse."""
    variable, step = _target(script, target)
    effect = weighted(script)
    name = script.name("gate")
    effect.before.append(f"{name} = TimedArray([0.2, 1, 0.5, 1.5], dt=2*ms)")
    effect.on_pre = f"{variable}_post += w*{step}*{name}(t)*(1 + 0.1*(i + j))"
    return effect


def calling(script: Script, source: Population, target: Population) -> Effect:
    """Call a user function."""
    variable, step = _target(script, target)
    effect = weighted(script)
    effect.on_pre = f"{variable}_post += {step}*(1 + {user_function(script)}(w, 0.1))"
    return effect


def several_pathways(script: Script, source: Population, target: Population) -> Effect:
    """Use several presynaptic pathways, which can have different delays."""
    variable, step = _target(script, target)
    effect = weighted(script)
    effect.on_pre = {
        "up": f"{variable}_post += w*{step}",
        "down": f"{variable}_post = 0.97*{variable}_post",
        "mark": "w = clip(0.99*w + 0.01*rand(), 0, 2)",
    }
    return effect


def backward(script: Script, source: Population, target: Population) -> Effect:
    """Act on the presynaptic neuron when the postsynaptic one spikes."""
    variable, step = _target(script, target)
    effect = weighted(script)
    effect.on_pre = f"{variable}_post += w*{step}"
    effect.on_post = "w *= 0.98"
    if source.targets:
        other, other_step = _target(script, source)
        effect.on_post += f"\n{other}_pre += 0.5*({other_step})"
    return effect


EFFECTS = Choice(
    "synapse",
    {
        "additive": additive,
        "constant weight": constant_weight,
        "order dependent": order_dependent,
        "multiplicative": multiplicative,
        "assignment": assignment,
        "random release": random_release,
        "binomial release": binomial_release,
        "state dependent": state_dependent,
        "TimedArray in on_pre": timed,
        "user function in on_pre": calling,
        "several pathways": several_pathways,
        "on_post": backward,
    },
)
