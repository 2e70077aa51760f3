"""The door: platforms, login, launch, keys, and everything that speaks LTI."""
