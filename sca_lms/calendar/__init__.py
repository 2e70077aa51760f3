"""One calendar for everything: a minute of a person is given away once."""
