"""Evaluations of a Brian2 network that is compiled once and run with other values."""

from brian2_l2l_plugins.l2l.evolution.standalone.evaluation import StandaloneEvaluation

__all__ = ["StandaloneEvaluation"]
