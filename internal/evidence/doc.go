// Package evidence keeps objects in S3. It serves two buckets of opposite
// natures by one Store: the evidence bucket, where nothing is ever overwritten
// and nothing can be deleted before its time (versioning and Object Lock), and
// the vault bucket, whose objects must be able to vanish so that a data key can
// be destroyed.
//
// Keys, tags, metadata and error texts never hold personal data: in compliance
// mode only destroying a key erases, so whatever stands in a key stays.
//
// The package speaks to AWS S3 and to the embedded gateway alike; the suite in
// evidencetest holds both to the same promises.
package evidence
