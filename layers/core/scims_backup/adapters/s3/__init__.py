"""How to speak to an S3-compatible store: common to catalogs and vaults.

`place` loads nothing; the others load boto3, which takes longer than most commands.
"""
