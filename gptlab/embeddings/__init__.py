"""A vector for every word."""
