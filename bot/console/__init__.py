"""What the console script does, a module for each noun: ``workflows``, ``policy``, ``runs`` …

A module has ``add_to(commands)``, which tells the parser what there is, and functions that take the
settings and the parsed options and give the exit code: 0 for well, 1 where the answer is no or it
failed, 2 for wrong settings or usage. They print plain text for people and scripts; what they do is
done elsewhere. `bot.cli` imports a module only when its noun was asked for, so that
``firstcommit --help`` need not wait for all of them.
"""
