"""Dry runs: the steps of a command and of its run, against adapters that only record.

Nothing in here decides anything. `rehearse` puts other adapters round the same ports (a forge
that reads through the real one, a store of its own, a queue and API calls that go nowhere) and
has the program do what it always does; what it would have done outside is listed in order.
"""
