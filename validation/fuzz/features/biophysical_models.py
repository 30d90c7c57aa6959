"""Neurons with nonlinear equations: exponential, quadratic, conductances, channels, phase."""

from validation.fuzz.script import Script

from .models import Model


def adaptive_exponential(script: Script) -> Model:
    """Make an adaptive exponential integrate-and-fire neuron."""
    return Model(
        """
        dv/dt = (El - v + DeltaT*exp((v - VT)/DeltaT) + R*(I_in - w_a)
                 {drive})/tau{noise} : volt{flag}
        dw_a/dt = (g_a*(v - El) - w_a)/tau_w : amp
        """,
        {
            "El": ("-70*mV", "volt"),
            "VT": ("-50*mV", "volt"),
            "DeltaT": ("2*mV", "volt"),
            "R": ("30*Mohm", "ohm"),
            "g_a": ("2*nS", "siemens"),
            "I_in": (script.number(0.9, 1.6) + "*nA", "amp"),
            "tau": (script.number(5, 10) + "*ms", "second"),
            "tau_w": (script.number(30, 100) + "*ms", "second"),
        },
        ["v > -40*mV"],
        ["v = -60*mV; w_a += 0.06*nA", "v = El + 8*mV; w_a += 0.1*nA"],
        {"v": "-60*mV + 8*mV*rand()"},
        {"v": "volt", "w_a": "amp"},
        {"v": "1.5*mV", "w_a": "0.02*nA"},
        "v < -55*mV",
        "general",
        "4*mV",
    )


def quadratic(script: Script) -> Model:
    """Make a quadratic neuron with a recovery variable (Izhikevich 2003)."""
    return Model(
        """
        dv/dt = (0.04*v**2 + 5*v + 140 - u + I_in{drive})/ms{noise} : 1{flag}
        du/dt = rate_u*(slope*v - u) : 1
        """,
        {
            "rate_u": (script.number(0.02, 0.1) + "/ms", "hertz"),
            "slope": ("0.2", "1"),
            "I_in": (script.number(10, 18), "1"),
        },
        ["v > 30", "v >= 30"],
        ["v = -65; u += 8", "v = -55; u += 4"],
        {"v": "-65 + 10*rand()", "u": "-13"},
        {"v": "1", "u": "1"},
        {"v": "2", "u": "0.5"},
        "v < -60",
        "general",
        "3",
    )


def conductance_based(script: Script) -> Model:
    """Make a neuron with excitatory and inhibitory conductances."""
    return Model(
        """
        dv/dt = (gl*(El - v + V_in{drive}) + ge*(Ee - v) + gi*(Ei - v))/Cm{noise} : volt{flag}
        dge/dt = -ge/tau_e : siemens
        dgi/dt = -gi/tau_i : siemens
        """,
        {
            "gl": ("10*nS", "siemens"),
            "Cm": (script.number(60, 150) + "*pF", "farad"),
            "El": ("-60*mV", "volt"),
            "Ee": ("0*mV", "volt"),
            "Ei": ("-80*mV", "volt"),
            "V_in": (script.number(12, 25) + "*mV", "volt"),
            "tau_e": ("5*ms", "second"),
            "tau_i": ("10*ms", "second"),
        },
        ["v > -50*mV"],
        ["v = -60*mV", "v = El - 2*mV; ge = 0*nS"],
        {"v": "-60*mV + 9*mV*rand()", "ge": "3*nS*rand()"},
        {"v": "volt", "ge": "siemens", "gi": "siemens"},
        {"ge": "1.5*nS", "gi": "2*nS", "v": "1*mV"},
        "ge > 5*nS",
        "conditional",
        "4*mV",
    )


def hodgkin_huxley(script: Script) -> Model:
    """Make a Hodgkin-Huxley neuron (Traub and Miles 1991, as in Brette et al. 2007)."""
    return Model(
        """
        dv/dt = (gl*(El - v + V_in{drive}) - gna*m**3*h*(v - 50*mV)
                 - gk*n**4*(v + 90*mV))/Cm{noise} : volt{flag}
        dm/dt = 1.28*(1 - m)/exprel((13*mV - v + VT)/(4*mV))/ms
                - 1.4*m/exprel((v - VT - 40*mV)/(5*mV))/ms : 1
        dh/dt = 0.128*exp((17*mV - v + VT)/(18*mV))/ms*(1 - h)
                - 4./(1 + exp((40*mV - v + VT)/(5*mV)))/ms*h : 1
        dn/dt = 0.16*(1 - n)/exprel((15*mV - v + VT)/(5*mV))/ms
                - 0.5*exp((10*mV - v + VT)/(40*mV))/ms*n : 1
        """,
        {
            "gl": ("10*nS", "siemens"),
            "gna": ("20*usiemens", "siemens"),
            "gk": ("6*usiemens", "siemens"),
            "Cm": ("200*pF", "farad"),
            "El": ("-60*mV", "volt"),
            "VT": ("-63*mV", "volt"),
            "V_in": (script.number(30, 60) + "*mV", "volt"),
        },
        ["v > -20*mV"],
        [""],
        {"v": "El + 10*mV*rand()", "m": "0.1", "h": "0.7", "n": "0.3"},
        {"v": "volt", "m": "1", "h": "1", "n": "1"},
        {"v": "2*mV"},
        "v > -20*mV",
        "stiff",
        "4*mV",
    )


def phase(script: Script) -> Model:
    """Make a theta neuron."""
    return Model(
        "dv/dt = ((1 - cos(v)) + (1 + cos(v))*(I_in{drive}))/tau{noise} : 1{flag}",
        {"I_in": (script.number(0.3, 1.5), "1"), "tau": (script.number(2, 5) + "*ms", "second")},
        ["v > pi", "v > pi and not (v < 0)"],
        ["v -= 2*pi"],
        {"v": "6*rand() - 3"},
        {"v": "1"},
        {"v": "0.1"},
        "v < -2.5",
        "general",
        "0.3",
    )
