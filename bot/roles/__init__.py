"""What each agent is asked: a module a role, listed in ``registry``.

A role is a value: words for people, a prompt template in ``templates/prompts``, the type of its
answer, and what an answer has to hold to. Nothing here asks a model, reads a store or knows a
run; the steps that do bring what a role is to see (`Setting`), and put its acceptance between a
model and everything else. Only `bot.roles.names` is light: what describes answers costs a process
a third of a second, which those need not pay that ask nobody.
"""
