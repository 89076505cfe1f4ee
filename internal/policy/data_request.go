package policy

import "time"

// DataRequestTime is how long an answer to a data request may take, and how much one
// extension adds (obligation 53; the policy promises 30 days, where the California
// Consumer Privacy Act would allow 45 and 45 more: Cal. Civ. Code 1798.130(a)(2)(A)).
const DataRequestTime = 30 * day

// DataReminders is when the privacy officer is reminded of a request, from its beginning.
var DataReminders = []time.Duration{7 * day, 14 * day, 25 * day}

// DataAnswerStays is for how long an answer can be read and a copy fetched.
const DataAnswerStays = 30 * day

// LiftNotice is how long before a restriction of uses is lifted the person is told. The
// law names no time, only that it be before (GDPR Article 18(3)).
const LiftNotice = 7 * day

// CloseTime is how long after an account was closed its data are erased: until then the
// person can take a copy, or call the erasure off.
const CloseTime = 14 * day
