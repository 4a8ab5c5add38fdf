"""From a network back to text."""
