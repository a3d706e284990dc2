"""The settings of one command: options override variables, which override a settings document.

Each setting is declared once, as a field of a dataclass (`ports.settings_keys`): those of a source in `source`,
`restored` and `copying`, those of the document in `document`, all others in `outside`. `resolution` looks them up;
`model` holds the result.
"""
