"""The settings of one command: options override variables, which override a settings document.

Each setting is declared once, as a field of a dataclass (`ports.settings_keys`): in `source`, `restored` and
`copying` those of a source, in `document` those of the document, in `outside` all others.
"""
