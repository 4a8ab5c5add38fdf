"""Pictures and widgets in one house style."""
