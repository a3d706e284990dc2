"""Roles of managed servers, which their own versions of extensions name, and which no other server has."""

PROVIDERS = (
    *("rdsadmin", "rds_superuser", "rds_replication", "rds_password", "rds_iam"),
    *("cloudsqladmin", "cloudsqlsuperuser", "cloudsqlagent", "alloydbadmin", "alloydbsuperuser"),
    *("azuresu", "azure_superuser", "azure_pg_admin"),
)
