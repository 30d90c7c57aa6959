"""The surrogate gradients of the literature; ``x`` is the scaled margin, zero at threshold."""

from collections.abc import Mapping

from brian2_l2l.hookspecs import hookimpl
from brian2_l2l.surrogates import Surrogate

#: ``dampening * max(0, 1 - |x|)``, Bellec et al. 2018 (NeurIPS; arXiv 1803.09574).
TRIANGULAR = Surrogate(
    derivative="dampening * clip(1 - abs(x), 0, 1)",
    primitive="dampening * clip(x, -1, 1) * (1 - 0.5 * abs(clip(x, -1, 1)))",
    parameters={"dampening": 0.3},
)

#: ``1 / (1 + slope |x|)^2``, Zenke and Ganguli 2018 (Neural Computation 30:1514).
FAST_SIGMOID = Surrogate(
    derivative="1 / (1 + slope * abs(x))**2",
    primitive="x / (1 + slope * abs(x))",
    parameters={"slope": 10.0},
)

#: ``alpha / (2 (1 + (pi alpha x / 2)^2))``, Fang et al. 2021 (ICCV; arXiv 2007.05785), where
#: alpha is 2.
ARCTAN = Surrogate(
    derivative="0.5 * alpha / (1 + (0.5 * pi * alpha * x)**2)",
    primitive="arctan(0.5 * pi * alpha * x) / pi",
    parameters={"alpha": 2.0},
)

#: The normal density ``N(x; 0, sigma^2)``, Yin, Corradi, Bohte 2020 (ICONS; arXiv 2005.11633).
GAUSSIAN = Surrogate(
    derivative="exp(-0.5 * (x / sigma)**2) / (sigma * sqrt(2 * pi))",
    primitive="0.5 * erf(x / (sigma * sqrt(2.0)))",
    parameters={"sigma": 0.5},
)

#: ``gamma ((1+h) N(x; 0, sigma^2) - h N(x; sigma, (s sigma)^2) - h N(x; -sigma, (s sigma)^2))``,
#: Yin, Corradi, Bohte 2021 (Nature Machine Intelligence 3:905). Negative far from threshold.
MULTI_GAUSSIAN = Surrogate(
    derivative=(
        "gamma / (sigma * sqrt(2 * pi)) * ((1 + h) * exp(-0.5 * (x / sigma)**2)"
        " - h / s * exp(-0.5 * ((x - sigma) / (s * sigma))**2)"
        " - h / s * exp(-0.5 * ((x + sigma) / (s * sigma))**2))"
    ),
    primitive=(
        "0.5 * gamma * ((1 + h) * erf(x / (sigma * sqrt(2.0)))"
        " - h * erf((x - sigma) / (s * sigma * sqrt(2.0)))"
        " - h * erf((x + sigma) / (s * sigma * sqrt(2.0))))"
    ),
    parameters={"gamma": 0.5, "h": 0.15, "s": 6.0, "sigma": 0.5},
)


@hookimpl
def surrogates() -> Mapping[str, Surrogate]:
    """Contribute the surrogates of this module."""
    return {
        "triangular": TRIANGULAR,
        "fast_sigmoid": FAST_SIGMOID,
        "arctan": ARCTAN,
        "gaussian": GAUSSIAN,
        "multi_gaussian": MULTI_GAUSSIAN,
    }
