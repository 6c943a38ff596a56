"""What workers do, and how work reaches them. Only this package imports rq.

A job carries an id and nothing else: it reloads what it needs and is safe to run twice. The
database is the truth; Redis may be lost at any time, and `sweep` finds what it carried.
"""
