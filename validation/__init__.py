"""Programs that hold the mirror to Brian2: ``python -m validation conformance`` and ``fuzz``."""
