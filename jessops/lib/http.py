"""Answers that Django has no name for."""

from django.http import HttpResponseRedirect


class SeeOther(HttpResponseRedirect):
    """303: go and GET that, whatever this request was (RFC 9110, 15.4.4)."""

    status_code = 303
