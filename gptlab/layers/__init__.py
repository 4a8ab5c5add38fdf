"""The pieces of a network."""
