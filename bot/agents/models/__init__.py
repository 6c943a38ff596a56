"""Asking language models.

`asking` is the port's implementation. It holds one child process a run (`room`), which alone
imports pydantic_ai and leads the conversation with a model (`child`), and which has no network,
no key and nothing of ours to read. `question` is the parent's side of one question: it carries
out what the child asks for, in the thread of whoever asked. A child's request to a model goes
through `calls` (budgets, retries, the chain of models), is copied field by field by the protocol
it is in (`openai_protocol`, `anthropic_protocol`), and is carried by a `Wire` (`wire`), which
adds the key. What a child says is taken for what a stranger says; what a model has used up is
read here, and from the provider's answer alone.
"""
