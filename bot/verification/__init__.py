"""What is known of generated files before anybody publishes them: the evidence.

``static`` looks at the files as they stand; ``declared`` has a pack's own checks run in a sandbox
with the tools of ``toolchains``; ``evidence`` is what came of both, with a digest of its own.
Nothing here knows of runs, threads or forges, and nothing is installed from a generated file.
"""
