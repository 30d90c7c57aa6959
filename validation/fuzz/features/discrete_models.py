"""Neurons without a differential equation, and one with random nonlinear dynamics."""

from validation.fuzz.script import Script

from .expressions import random_expression
from .models import Model


def random_dynamics(script: Script) -> Model:
    """Make a neuron that is coupled to a variable with a random nonlinear equation."""
    rate = random_expression(script, ["v", "x", "y"])
    other = random_expression(script, ["v", "x"])
    return Model(
        f"""
        dv/dt = (mu + 0.3*tanh(x) - v{{drive}})/tau{{noise}} : 1{{flag}}
        dx/dt = ({rate} - x)/tau_x : 1
        y = {other} : 1
        """,
        {
            "mu": (script.number(1.4, 2.2), "1"),
            "tau": (script.number(3, 10) + "*ms", "second"),
            "tau_x": (script.number(2, 9) + "*ms", "second"),
        },
        ["v > 1", "v > 1 + 0.1*abs(sin(x))"],
        ["v = 0.1*x/(1 + abs(x))", "v -= 1; x += 0.5"],
        {"v": "rand()", "x": "randn()"},
        {"v": "1", "x": "1"},
        {"v": "0.15", "x": "0.3"},
        "x > 1.5 and v < 0.8",
        "general",
        "0.3",
    )


def random_spiking(script: Script) -> Model:
    """Make a neuron that spikes at random, at a rate that follows its state."""
    return Model(
        "v : 1\nrate = base*exp(clip(v{drive}, -2, 2)) : Hz",
        {"base": (script.number(50, 200) + "*Hz", "hertz")},
        ["rand() < rate*dt"],
        ["v -= 0.5", "v = 0.2*randn()"],
        {"v": "0.5*randn()"},
        {"v": "1"},
        {"v": "0.2"},
        "v < -1",
        "none",
        "0.3",
        ["'v *= 0.95'"],
    )


def oscillator(script: Script) -> Model:
    """Make a neuron that spikes at fixed phases of an oscillation."""
    return Model(
        "v = sin(2*pi*frequency*t + phase){drive} : 1\nphase : 1\nhits : integer",
        {"frequency": (script.number(60, 250) + "*Hz", "hertz")},
        ["v > 0.93", "v > 0.9 and hits < 60"],
        ["hits += 1", "hits += 1; phase += 0.1*rand()"],
        {"phase": "2*pi*i/N"},
        {"v": "1", "phase": "1", "hits": "1"},
        {"phase": "0.05"},
        "v < -0.9",
        "none",
        "0.1",
    )


def counter(script: Script) -> Model:
    """Make a neuron of integers and booleans."""
    modulus = script.integer(5, 11)
    return Model(
        "v = 0.1*number{drive} : 1\nnumber : integer\nstep : integer (constant)\nopen : boolean",
        {"limit": (str(modulus), "integer")},
        [
            "number % limit == 0 and open",
            "number % limit == 1 or (open and number // 2 % limit == 3)",
        ],
        ["number += step", "number += 1; open = not open"],
        {"number": f"i % {modulus}", "step": "1 + i % 3", "open": "i % 2 == 0"},
        {"v": "1", "number": "1"},
        {},
        "number % 13 > 8",
        "none",
        "0.1",
        ["'number += 1 + int(rand() < 0.3)\\nopen = number // 3 % 2 == 0 or rand() < 0.5'"],
    )
