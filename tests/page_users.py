"""Who may use a page: roles that come together in the tables of all addresses."""

from sca_lms.courses.rules import Role

Users = frozenset[Role] | str
EVERYBODY = frozenset(Role)
STAFF = frozenset({Role.INSTRUCTOR, Role.MANAGER})
AUTHORS = STAFF | {Role.AUTHOR}
LEARNER = frozenset({Role.LEARNER})
MANAGER = frozenset({Role.MANAGER})
PUBLIC = "public"
OPERATOR = "operator"
WRITERS = STAFF | LEARNER
READERS = AUTHORS | {Role.LEARNER, Role.MENTOR}
KNOWN = EVERYBODY - {Role.GUEST}
PAIRED = frozenset({Role.LEARNER, Role.MENTOR})
CAPTAIN = frozenset({Role.MENTOR})
