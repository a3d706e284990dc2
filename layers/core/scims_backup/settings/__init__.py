"""The settings of one command: flags over environment over a settings document.

`model` says what can be set, `resolution` looks it up; the latter loads the database driver.
"""
