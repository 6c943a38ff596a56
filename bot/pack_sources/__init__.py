"""Where packs that do not ship come from: an organisation's own, repositories, git addresses.

`finding` is the one place that says which pack somebody means, and whether they may have it; what
was found is pinned to a commit, and `pins` brings exactly that again. Nothing here looks into a
pack: that is for `bot.generation`.
"""
