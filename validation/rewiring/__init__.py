"""
What rewiring is worth: ``python -m validation rewiring --digits DIR``.

A feed-forward network of leaky integrate-and-fire neurons, 784-300-100-10, learns MNIST from inputs
whose rates are the grey values. A part of all possible connections exists, from all of them to one
in a hundred. With DEEP R (Bellec, Kappel, Maass, Legenstein 2018, arXiv 1711.05136) they move and
have fixed signs. Beside it is the same network with as many connections at random places, which
stay there and may change their signs. Everything else is the same for both.
"""

#: The parts of all possible connections.
SHARES = (1.0, 0.3, 0.1, 0.03, 0.01)

#: Up to this part DEEP R has to be ahead.
AHEAD = 0.1
