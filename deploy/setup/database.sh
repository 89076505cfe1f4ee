#!/bin/sh
# Makes Temporal's two databases in PostgreSQL and brings their schemas up to
# date. Safe to run again. Runs in temporalio/admin-tools.
set -eu
for db in temporal temporal_visibility; do
  tool="temporal-sql-tool --plugin postgres12 --ep $POSTGRES_SEEDS -p 5432 -u $POSTGRES_USER --db $db"
  case $db in temporal) schema=temporal ;; *) schema=visibility ;; esac
  $tool create
  # Fails when the schema is there already; the update below says if it is not.
  $tool setup-schema -v 0.0 || true
  $tool update-schema -d "/etc/temporal/schema/postgresql/v12/$schema/versioned"
done
