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
# Kept answers to requests with an Idempotency-Key are given again for two days. web takes
# them away a day later by itself; S3 does so too where no web runs. A store without
# lifecycle rules (versitygw answers 501) goes without. A bucket has one set of rules: one
# that has rules already keeps them.
api get-bucket-lifecycle-configuration --bucket "$VOUCHSAFE_VAULT_BUCKET" ||
  api put-bucket-lifecycle-configuration --bucket "$VOUCHSAFE_VAULT_BUCKET" --lifecycle-configuration \
    '{"Rules":[{"ID":"kept-answers","Status":"Enabled","Filter":{"Prefix":"idempotency-answers/"},"Expiration":{"Days":4}}]}' ||
  echo "this store has no lifecycle rules; web takes kept answers away"
