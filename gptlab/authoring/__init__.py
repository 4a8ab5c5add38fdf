"""Tools for those who write the course: executing notebooks, making exercises."""
