"""Words that are shown to people and written down with their answers (P19, P68)."""

OPT_OUT = (
    "If you leave this box empty we may email you about things like the ones you buy,"
    " at most twice a month. Tick to say no, to that and to any other list of ours that"
    " your address is on."
)
