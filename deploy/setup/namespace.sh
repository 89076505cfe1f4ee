#!/bin/sh
# Makes the namespace and the search attributes that recruiters filter by. Safe
# to run again. Runs in temporalio/admin-tools; TEMPORAL_ADDRESS and
# TEMPORAL_NAMESPACE say where.
set -eu
until temporal operator cluster health; do sleep 2; done
# Closed workflows are kept 30 days to look at; the proof is in the ledger.
temporal operator namespace describe -n "$TEMPORAL_NAMESPACE" ||
  temporal operator namespace create -n "$TEMPORAL_NAMESPACE" --retention 720h
# A new namespace is known to every part of the cluster some seconds later.
until have=$(temporal operator search-attribute list); do sleep 2; done
make() {
  echo "$have" | grep -qw "$1" || temporal operator search-attribute create --name "$1" --type "$2"
}
make Program Keyword
make Stage Keyword
make Attention Keyword
make FailedChecks KeywordList
make Held KeywordList
make Jurisdiction Keyword
make Recruiter Keyword
make DueBy Datetime
make Outcome Keyword
make ContactHash Keyword
make Since Datetime
make LookUp KeywordList
make Batch Keyword
