"""
How networks learn functions within an episode: ``python -m validation function-learning``.

The trained networks of ``brian2-l2l train learn-networks`` and ``learn-sinusoids``, with adaptive
neurons and without (``--lif``), predict functions that they have never seen, while their weights
stay as they are (Bellec et al. 2018, arXiv 1803.09574). Beside them, on the same examples: the best
linear predictor of each function, fitted to all examples before the one that it predicts, or to all
of the episode; and neural networks that backpropagation trains on the examples so far, with the
learning rate and the number of steps that are best on other functions.
"""

#: The recipes, and what their functions are.
FAMILIES = {"learn-networks": "random networks", "learn-sinusoids": "sinusoids"}

#: So many unseen functions of each family; fewer, to try the program.
FUNCTIONS, SMOKE_FUNCTIONS = 100, 5

#: The error of the first fifth of the examples must be so many times that of the last.
FALL = 3.0
