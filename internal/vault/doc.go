// Package vault holds the keys that make personal data readable, and seals and
// opens with them. Every applicant has a data key of their own; it is wrapped by
// a master key (a Tink keyset file at home, AWS KMS in production) and kept in
// the vault bucket. Destroying an applicant's key is what erasure is: all that
// was sealed with it, in the evidence bucket, in Temporal's histories and in
// every backup of both, is noise from then on.
//
// The bucket's layout:
//
//	keys/<applicant>     the applicant's data key, wrapped
//	keys/_system         the key for what belongs to no applicant, wrapped
//	keys/_lookup         the key of the keyed hash for look-ups, wrapped
//	erased/<applicant>   the tombstone: this applicant's key is gone for good
//
// Key material is never logged, never in an error and never leaves the process
// unwrapped.
package vault
