"""
How often networks come back to a hidden goal: ``python -m validation navigation``.

The trained networks of ``brian2-l2l train navigation``, with adaptive neurons and without
(``--lif``), walk to goals that they have never met, while their weights stay as they are (Bellec
et al. 2018, arXiv 1803.09574, "Learning to navigate"). Beside them, to the same goals: a walker
that takes random directions, and one that knows where the goal is.
"""

#: So many unseen goals; fewer, to try the program.
GOALS, SMOKE_GOALS = 100, 4

#: The longest path to the goal after the first hit, in straight lines.
DETOUR = 1.5

#: A network must come to its goal so many times as often as the random walker.
HITS = 3.0
