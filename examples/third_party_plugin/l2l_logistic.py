"""The derivative of the logistic function as a surrogate gradient."""

from brian2_l2l.hookspecs import hookimpl
from brian2_l2l.surrogates import Surrogate

#: ``slope s (1 - s)`` with ``s = 1 / (1 + exp(-slope x))``, written with tanh, which cannot
#: overflow.
LOGISTIC = Surrogate(
    derivative="0.25 * slope * (1 - tanh(0.5 * slope * x)**2)",
    primitive="0.5 * tanh(0.5 * slope * x)",
    parameters={"slope": 4.0},
)


@hookimpl
def surrogates():
    """Contribute the surrogate under its name."""
    return {"logistic": LOGISTIC}
