#!/bin/sh
# Makes the two buckets. Safe to run again. Runs in amazon/aws-cli, which reads
# AWS's own variables.
set -eu
api() { aws s3api "$@"; }
# Evidence is write-once: Object Lock, which brings versioning. No default
# retention: each object is put with a date of its own.
api head-bucket --bucket "$VOUCHSAFE_EVIDENCE_BUCKET" ||
  api create-bucket --bucket "$VOUCHSAFE_EVIDENCE_BUCKET" --object-lock-enabled-for-bucket
api put-bucket-versioning --bucket "$VOUCHSAFE_EVIDENCE_BUCKET" --versioning-configuration Status=Enabled
# The vault must be able to forget: no lock.
api head-bucket --bucket "$VOUCHSAFE_VAULT_BUCKET" ||
  api create-bucket --bucket "$VOUCHSAFE_VAULT_BUCKET"
