"""Integrate-and-fire neurons: linear equations, which every state updater can integrate."""

from validation.fuzz.script import Script

from .models import Model


def integrate_and_fire(script: Script) -> Model:
    """Make a dimensionless leaky integrate-and-fire neuron."""
    return Model(
        "dv/dt = (mu - v{drive})/tau{noise} : 1{flag}",
        {"mu": (script.number(1.1, 2), "1"), "tau": (script.number(3, 12) + "*ms", "second")},
        ["v > 1", "v >= 1 and v > 0.5", "v > 1 or v < -20"],
        ["v = 0", "v -= 1", "v = 0.3*rand() - 0.2", "v *= 0.1"],
        {"v": "rand()"},
        {"v": "1"},
        {"v": "0.15"},
        "v < 0.2",
        "linear",
        "0.3",
    )


def current_based(script: Script) -> Model:
    """Make an integrate-and-fire neuron in volts with a decaying synaptic current."""
    return Model(
        """
        dv/dt = (El - v + R*I_s + V_in{drive})/tau{noise} : volt{flag}
        dI_s/dt = -I_s/tau_s : amp
        """,
        {
            "El": ("-70*mV", "volt"),
            "R": ("100*Mohm", "ohm"),
            "V_in": (script.number(22, 40) + "*mV", "volt"),
            "tau": (script.number(5, 15) + "*ms", "second"),
            "tau_s": (script.number(1.5, 4.5) + "*ms", "second"),
        },
        ["v > -50*mV", "v > -50*mV and t >= 0*ms"],
        ["v = -65*mV", "v = El", "v = -60*mV + 2*mV*randn()", "v -= 15*mV; I_s *= 0.5"],
        {"v": "-60*mV + 10*mV*rand()"},
        {"v": "volt", "I_s": "amp"},
        {"v": "1.5*mV", "I_s": "0.05*nA"},
        "v < -62*mV",
        "linear",
        "4*mV",
    )


def adaptive(script: Script) -> Model:
    """Make an integrate-and-fire neuron whose threshold adapts."""
    return Model(
        """
        dv/dt = (mu - v{drive})/tau{noise} : 1{flag}
        da/dt = -a/tau_a : 1
        limit = 1 + beta*a : 1
        """,
        {
            "mu": (script.number(1.4, 2.2), "1"),
            "beta": (script.number(0.1, 0.6), "1"),
            "tau": (script.number(3, 10) + "*ms", "second"),
            "tau_a": (script.number(20, 60) + "*ms", "second"),
        },
        ["v > limit", "v - beta*a > 1"],
        ["v -= limit; a += 1", "v = 0; a += 0.5*(1 + v)"],
        {"v": "rand()", "a": "0.5*rand()"},
        {"v": "1", "a": "1"},
        {"v": "0.15", "a": "0.1"},
        "v < 0.2*limit",
        "linear",
        "0.3",
    )
