"""The truth: SQLAlchemy models, the repositories that read and write them, and migrations.

Only this package imports sqlalchemy. The rest of the program knows ``port``: values in,
values out, and each method one transaction.
"""
