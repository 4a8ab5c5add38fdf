"""Language technology before neural networks."""
