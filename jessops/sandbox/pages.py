"""The frame of every page for people, and the first of them.

Text goes in through `escape`; no page has an inline script or style.
"""

from html import escape

from jessops.sandbox.web import Response, html_response

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self';"
    " form-action {form_action}; base-uri 'none'; frame-ancestors 'none'"
)


def page(
    title: str,
    body: str,
    *,
    status: int = 200,
    name: str = "plain",
    form_action: str = "'self'",
) -> Response:
    """A whole page; `body` is HTML. `name` picks the page's look in the style sheet."""
    response = html_response(
        f"""<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(title)}</title>
<link rel="stylesheet" href="/assets/sandbox.css">
<link rel="icon" href="data:,">
</head>
<body class="{name}">
{body}
</body>
</html>
""",
        status,
    )
    response.headers += [
        ("Content-Security-Policy", POLICY.format(form_action=form_action)),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
    ]
    return response


def plain(title: str, body: str, *, status: int = 200) -> Response:
    """A page of the stand-ins themselves, with their navigation."""
    links = (
        ("/", "Stand-ins"),
        ("/bank/", "Bank"),
        ("/mail/", "Mail"),
        ("/carrier/", "Carrier"),
        ("/addresses/", "Addresses"),
        ("/prints/", "Prints"),
    )
    items = "".join(f'<li><a href="{href}">{text}</a></li>' for href, text in links)
    return page(
        f"{title} - stand-ins",
        f"""<header class="bar">
<nav aria-label="Stand-ins"><ul>{items}</ul></nav></header>
<main><h1>{escape(title)}</h1>
{body}</main>""",
        status=status,
    )


def table(caption: str, heads: list[str], rows: list[list[str]]) -> str:
    """A table of ready HTML cells; the caption is its name."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows
    )
    if not rows:
        return f"<p>{escape(caption)}: none yet.</p>"
    return (
        f'<div class="scroll" role="region" tabindex="0"'
        f' aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
