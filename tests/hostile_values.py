"""What no page of ours sends: values, bytes, headers and cookies, collected in one place."""

from urllib.parse import quote

COOKIE = "__Host-sca_lms"

SCRIPT, IMAGE = "<script>hostile()</script>", '"><img src=x onerror=hostile()>'
NUMBERS = [
    "-1", "0", "1", "1.0", "1e3", "２", "٣", "2147483647", "2147483648", "-2147483649", "9" * 5_000, " 1",
    "0x1",
]  # fmt: skip
MOMENTS = ["2565-01-01T00:00", "9999-12-31T23:59", "0000-00-00T00:00", "2022-02-30T12:00", "2022-13-45"]
TEXTS = [
    "", " ", "\0", "a\0b", "'", "' OR '1'='1' --", "1; DROP TABLE person; --", SCRIPT, IMAGE,
    "javascript:hostile()", "{{ 7 * 7 }}", "%s%n%d", "${7*7}", "../../../../etc/passwd", "..\\..\\windows",
    "a\r\nSet-Cookie: hostile=1", "\u202egnp.exe", "\ufeff\u200b\u2060", "ก" * 2_000, "é" * 5_000,
    "x" * 20_000, "NaN", "Infinity", "-1e309", "null", "[]", "{}", "true", "//evil.example.org",
    "https://evil.example.org/", "\U0001f600" * 50, "%00", "%ff%fe", "\x1b[2J", *NUMBERS, *MOMENTS,
]  # fmt: skip
# Bytes of a query or a form that no text has: broken UTF-8, a surrogate, broken percent signs, a NUL.
BROKEN = ["%ff", "%ED%A0%80", "%", "%zz", "%u0041", "%00", "%C0%AF", "%F4%90%80%80"]
PIECES = [
    "%ff", "%ED%A0%80", "%00", "..", "%2e%2e%2f", "%zz", quote(SCRIPT), quote("' OR 1=1"), "a" * 5_000, "%20",
    "-", *map(quote, NUMBERS),
]  # fmt: skip
JSON_BODIES = [
    b"", b"null", b"[]", b"{}", b"[[]]", b'"x"', b"1e999", b"-0", b"NaN", b"{", b"\xff\xfe", b'{"a":1,"a":2}',
    b"[" * 50_000, b'{"intervals":[[0,1e400]],"duration":10,"key":"abcdefgh"}',
    b'{"intervals":[[0,5]],"duration":"10","key":"abcdefgh"}',
    b'{"intervals":[[0,5]],"duration":10,"position":-1,"key":"abcdefgh"}',
    b'{"intervals":[[0,5]],"duration":10,"key":"\\ud800\\u0000aaaaaaa"}',
    b'{"intervals":' + b"[[0,1]," * 3_000 + b"1" + b"]" * 3_000 + b"}",
    b'{"intervals":[[' + b"9" * 5_000 + b",1]]}",
]  # fmt: skip
MULTIPART_X = "multipart/form-data; boundary=x"
MULTIPART = [
    ("multipart/form-data", b"--x\r\n\r\n--x--"),
    ("multipart/form-data; boundary=", b"----\r\n"),
    (MULTIPART_X, b'--x\r\nContent-Disposition: form-data; name="q"\r\n\r\nno end'),
    (MULTIPART_X, b'--x\r\nContent-Disposition: form-data; name=q; filename="a\0b"\r\n\r\n1\r\n--x--'),
    (MULTIPART_X, b"--x\r\nContent-Disposition: nonsense\r\n\r\n\xff\r\n--x--\r\n"),
    ("multipart/form-data; boundary=" + "y" * 5_000, b"--y"),
    (MULTIPART_X, b"--x\r\n" + b"A: b\r\n" * 5_000 + b"\r\n\r\n--x--"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"\xff\xfeq\x00=\x001\x00"),
    ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % number for number in range(3_000))),
    ("application/xml", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
    ("text/plain", b"\0" * 1_000),
    ("nonsense", b"\xff\xfe"),
]  # fmt: skip
HEADERS: list[dict[str, str]] = [
    {"HTTP_ACCEPT_LANGUAGE": "th;q=nonsense, " + "x-" * 2_000},
    {"HTTP_ACCEPT_LANGUAGE": SCRIPT, "HTTP_ACCEPT": "\xff/*;q=9"},
    {"HTTP_HOST": "evil.example.org:99999"},
    {"HTTP_HOST": "a b<c>"},
    {"HTTP_HOST": ""},
    {"HTTP_X_FORWARDED_FOR": "' OR 1", "HTTP_X_FORWARDED_PROTO": "gopher", "HTTP_X_FORWARDED_HOST": "evil"},
    {"HTTP_ORIGIN": "null", "HTTP_REFERER": "http://[broken"},
    {"HTTP_ORIGIN": "https://\xff", "HTTP_REFERER": f"https://x/{SCRIPT}"},
    {"HTTP_RANGE": "bytes=99999999-0", "HTTP_IF_NONE_MATCH": '"\xff', "HTTP_IF_MODIFIED_SINCE": "yesterday"},
    {"HTTP_CONTENT_ENCODING": "gzip", "HTTP_TRANSFER_ENCODING": "nonsense"},
    {"CONTENT_LENGTH": "-1"},
    {"CONTENT_LENGTH": "nonsense"},
    {"CONTENT_LENGTH": "9" * 30},
    {"CONTENT_TYPE": "\xff; charset=\xff"},
    {"HTTP_AUTHORIZATION": "Bearer \xff", "HTTP_USER_AGENT": ""},
    {"HTTP_AUTHORIZATION": "Basic !!!!", "HTTP_X_REQUEST_ID": SCRIPT},
    {"HTTP_SEC_FETCH_SITE": SCRIPT, "HTTP_SEC_FETCH_DEST": "iframe"},
    {"HTTP_X_CSRF_TOKEN": "é.ü"},
    {"HTTP_X_CSRF_TOKEN": "." * 5_000},
]
COOKIES = [
    f"{COOKIE}=\xff", f"{COOKIE}=" + "x" * 5_000, f'{COOKIE}="\\', f"{COOKIE}=a\0b", "=; ;;,", "a" * 9_000,
    "__Host-sca_notice=nonsense", "__Host-sca_notice=eyJfZmxhc2hlcyI6W119.x.y",
    "sca_locale=xx; sca_theme=" + SCRIPT,
]  # fmt: skip
QUERY_NAMES = (
    "q", "page", "text", "saved", "host", "token", "profile", "invite", "next", "v", "state", "number",
    "show", "done", "batch",
)  # fmt: skip
METHODS = (
    "GET",
    "HEAD",
    "OPTIONS",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "TRACE",
    "PROPFIND",
    "NONSENSE",
)
