"""How fast a training step is, beside that of other libraries: ``python -m validation speed``."""
