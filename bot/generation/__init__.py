"""Template packs and the files they make.

Given a pack and answers, this folder gives a project's files in memory: the same answers give
the same bytes. It reads packs from disk, keeps them compiled, writes a project to a folder where
asked, and nothing else; it knows no forge, no store, no queue and no web.
"""
