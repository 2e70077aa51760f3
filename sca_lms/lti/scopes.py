"""The services of a host that the tool asks for, by the scopes of their access tokens."""

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/"

LINE_ITEM = AGS + "lineitem"
LINE_ITEM_READ = AGS + "lineitem.readonly"
RESULT = AGS + "result.readonly"
SCORE = AGS + "score"
ROSTER = NRPS + "contextmembership.readonly"
NOTICES = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
"""Asked for where a host says that it offers it; others refuse a scope that they do not know."""

# Moodle gives reading only to those who ask for it beside the right to change.
WANTED = (LINE_ITEM, LINE_ITEM_READ, RESULT, SCORE, ROSTER)
"""Everything the tool can use, in the order in which it is shown."""
