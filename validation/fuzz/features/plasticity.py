"""Plastic synapses: short-term, spike-timing and voltage dependent."""

from validation.fuzz.script import Choice, Population, Script

from .effects import Effect

UPDATES = Choice("trace", {"event-driven": "event-driven", "clock-driven": "clock-driven"})


def _target(script: Script, target: Population) -> tuple[str, str]:
    return script.random.choice(list(target.targets.items()))


def _method(script: Script, update: str) -> str:
    if update == "event-driven":
        return ""
    return script.random.choice(["exact", "euler", "rk2", "exponential_euler", "rk4"])


def short_term(script: Script, source: Population, target: Population) -> Effect:
    """Make short-term plasticity (Tsodyks, Uziel and Markram 2000)."""
    variable, step = _target(script, target)
    update = UPDATES.draw(script)
    return Effect(
        [
            f"du_s/dt = -u_s/({script.number(5, 40)}*ms) : 1 ({update})",
            f"dx_s/dt = (1 - x_s)/({script.number(5, 60)}*ms) : 1 ({update})",
            "w : 1",
        ],
        f"u_s += 0.3*(1 - u_s)\nr_s = u_s*x_s\nx_s -= r_s\n{variable}_post += 2*w*r_s*{step}",
        start=["x_s = 1", "w = 0.5 + rand()"],
        units={"u_s": "1", "x_s": "1"},
        method=_method(script, update),
    )


def spike_timing(script: Script, source: Population, target: Population) -> Effect:
    """Make spike-timing-dependent plasticity (Song, Miller and Abbott 2000)."""
    variable, step = _target(script, target)
    update = UPDATES.draw(script)
    limit = script.number(1, 2)
    return Effect(
        [
            "w : 1",
            f"dApre/dt = -Apre/({script.number(5, 20)}*ms) : 1 ({update})",
            f"dApost/dt = -Apost/({script.number(5, 20)}*ms) : 1 ({update})",
        ],
        f"{variable}_post += w*{step}\nApre += 0.1\nw = clip(w + Apost, 0, {limit})",
        f"Apost -= 0.11\nw = clip(w + Apre, 0, {limit})",
        start=["w = rand()"],
        units={"w": "1", "Apre": "1", "Apost": "1"},
        method=_method(script, update),
    )


def by_last_update(script: Script, source: Population, target: Population) -> Effect:
    """Decay a trace by hand from the time of the last update."""
    variable, step = _target(script, target)
    return Effect(
        ["w : 1", "trace : 1", "updated : second"],
        "trace = trace*exp(-(t - updated)/(8*ms)) + 0.2\nupdated = t\n"
        f"{variable}_post += w*(1 - 0.5*tanh(trace))*{step}",
        "trace *= 0.9",
        start=["w = 0.5 + 0.5*rand()"],
        units={"w": "1", "trace": "1", "updated": "second"},
    )


def shared_rate(script: Script, source: Population, target: Population) -> Effect:
    """Learn with one shared learning rate, an integer count and a boolean gate."""
    variable, step = _target(script, target)
    return Effect(
        [
            "w : 1",
            "eta : 1 (shared)",
            "hits_s : integer",
            "open_s : boolean",
            "gate = 1 + 0.5*int(sin(t/(3*ms)) > 0) : 1 (constant over dt)",
        ],
        f"{variable}_post += gate*w*{step}*int(open_s)\nhits_s += 1\nw += eta*(1 - w)",
        "open_s = not open_s or rand() < 0.3",
        start=["w = 0.5 + 0.5*rand()", "eta = 0.05", "open_s = i % 2 == 0"],
        units={"w": "1", "hits_s": "1"},
    )


PLASTICITY = Choice(
    "plasticity",
    {
        "short-term": short_term,
        "spike-timing": spike_timing,
        "trace by last update": by_last_update,
        "shared, integer and boolean": shared_rate,
    },
)
