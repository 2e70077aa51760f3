"""Two small hosts around platform libraries from PyPI; they run in an environment of their own."""
