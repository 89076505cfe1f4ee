// Package witness lets a stranger check every ledger. On a schedule it takes down
// where each applicant's chain ends, adds that to one append-only Merkle log, and
// signs the log's size and root: a checkpoint. Checkpoints, leaves and the tree's
// hashes lie write-once in the evidence bucket, each checkpoint linked to the one
// before. Whoever has a copy of the bucket and one public key can show then that no
// record was changed, dropped, added or dated back since.
//
// The log's hashing is RFC 6962's (golang.org/x/mod/sumdb/tlog), a checkpoint is a
// signed note (golang.org/x/mod/sumdb/note) in the form of C2SP's tlog-checkpoint:
// other people's tools read it too.
//
// A leaf is not a record but a chain's end: its applicant's ID, which is random, a
// record's number, that record's hash, and the root of a second tree over the hashes
// of all the chain's records up to there. The first ties the whole chain down; the
// second proves one record without showing the others.
package witness
