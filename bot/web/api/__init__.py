"""The REST API, ``/api/v1``: what the bot does, for programs and for our own pages.

A module is a noun: the shapes of its data, its views, and the tuple of its operations. Each
operation is a value (``operation.py``) that says who may; routes, description, client and the
rights matrix are made from these values. Nothing in here starts a run: what is asked for goes to
the same waist as a comment (``requesting.py``). A new operation is its value, in a module that
``groups.py`` lists.
"""
