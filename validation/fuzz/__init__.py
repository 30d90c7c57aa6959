"""Random Brian2 networks, run by Brian2's numpy target and by the ``torch`` device, compared."""
