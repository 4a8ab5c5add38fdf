"""Feedback on exercises."""
