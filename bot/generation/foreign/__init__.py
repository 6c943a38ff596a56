"""Packs that are not ours: read, asked and rendered in a process of their own.

The parent's side knows a pack as bytes (`bundle`), has what is in it described as plain data
(`description`), and hands orders to `rooms`, which start a child in a sandbox. The child's side
begins at `child`; it alone imports `natives`, `copiers` and `cookiecutters`, and whatever those
evaluate is never evaluated anywhere else: templates, conditions, patterns. What a child answers
is taken for what a stranger says.
"""
