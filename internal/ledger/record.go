// Package ledger is the book of everything that was done with an applicant's
// data. Each applicant has a chain of records; each record carries the hash of
// the one before. The applicant's workflow composes the records (it is their
// only sequencer); an activity stores them, write-once, before it acts.
//
// Records hold no personal data: IDs, codes, field names and references. The
// free words of staff and applicants ride sealed under the applicant's own key
// (Record.Sealed), so that erasure turns them to noise and the chain still
// verifies.
package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Kind says what a record is about.
type Kind string

// The kinds of record.
const (
	KindOpened           Kind = "opened"            // the application was begun
	KindNoticeShown      Kind = "notice_shown"      // a disclosure was shown, before anything was agreed
	KindConsentGiven     Kind = "consent_given"     //
	KindConsentWithdrawn Kind = "consent_withdrawn" //
	KindSubmitted        Kind = "submitted"         //
	KindCorrected        Kind = "corrected"         // details were corrected; Fields says which
	KindUse              Kind = "use"               // intent: these fields go to this recipient for this purpose
	KindUseDone          Kind = "use_done"          // outcome of a use
	KindUseFailed        Kind = "use_failed"        // the use could not complete; Outcome has the error's code
	KindUseRefused       Kind = "use_refused"       // a use that was asked for and denied (obligation 20)
	KindReceived         Kind = "received"          // data that came from a third party (obligation 4)
	KindRuled            Kind = "ruled"             // policy's ruling on a stage
	KindOffered          Kind = "offered"           // the conditional offer of a contract
	KindDecided          Kind = "decided"           // a person's decision
	KindNotified         Kind = "notified"          // a statutory or account notice went out
	KindClock            Kind = "clock"             // a statutory clock was started, stopped or ran out
	KindDisputed         Kind = "disputed"          // the applicant disputed or made a statement
	KindRetried          Kind = "retried"           // ops asked for another round
	KindWaived           Kind = "waived"            // ops waived a check
	KindVendorChanged    Kind = "vendor_changed"    // ops moved a check to another vendor
	KindRequirementMet   Kind = "requirement_met"   // one thing the certification asks for
	KindStage            Kind = "stage"             // the stage changed
	KindCredential       Kind = "credential"        // issued, expired or revoked
	KindViewed           Kind = "viewed"            // staff opened personal data
	KindNote             Kind = "note"              // a note of staff; Of is the one that it corrects, if any
	KindAssigned         Kind = "assigned"          // who of the staff has the case; Outcome is their ID
	KindResumed          Kind = "resumed"           // the workflow was reset or re-run and goes on behind the stored head
	KindErased           Kind = "erased"            //
	KindInstructed       Kind = "instructed"        // an invitation: on whose instruction or interest, in place of a consent; Receipt is its ID
	KindHeld             Kind = "held"              // a hold was set: nothing may be destroyed; Outcome is its kind, Object the hold
	KindPurged           Kind = "purged"            // a category's time was over; Outcome is the category, Detail the rule, or with Of what came of it
	KindReleased         Kind = "released"          // that hold ended
	KindDisclosed        Kind = "disclosed"         // given because the law compels or allows it, without a consent; Purpose is the basis, Outcome the kind of process
	KindOnward           Kind = "onward"            // Recipient handed data on: Outcome is to whom, Detail for what and when by its word, Purpose ours
	KindObjected         Kind = "objected"          // the invited person does not want to be written to
)

// Record is one entry of an applicant's chain. Its stored form is its JSON, in
// the order of these members, on one line; its hash is the SHA-256 of exactly
// these bytes.
type Record struct {
	Seq       uint64                 `json:"seq"` // 1 for the first, without gaps
	At        time.Time              `json:"at"`  // UTC, the workflow's time, to the millisecond
	Applicant onboarding.ApplicantID `json:"applicant"`
	Kind      Kind                   `json:"kind"`
	Stage     onboarding.Stage       `json:"stage,omitempty"`
	Actor     string                 `json:"actor"` // "applicant", "system", "staff:<role>:<id>", "api:<key id>"
	Check     onboarding.CheckName   `json:"check,omitempty"`
	Round     int                    `json:"round,omitempty"`
	Purpose   string                 `json:"purpose,omitempty"`
	Recipient string                 `json:"recipient,omitempty"`
	Fields    []onboarding.Field     `json:"fields,omitempty"`   // names only
	Receipt   string                 `json:"receipt,omitempty"`  // the consent under which it happened
	Notice    *NoticeRef             `json:"notice,omitempty"`   //
	Outcome   string                 `json:"outcome,omitempty"`  // a verdict, a ruling, an error's code
	Detail    string                 `json:"detail,omitempty"`   // codes in words of the rule, without personal data
	Of        uint64                 `json:"of,omitempty"`       // the record this one is the outcome of
	Object    string                 `json:"object,omitempty"`   // key of the object that holds the evidence
	Digest    string                 `json:"digest,omitempty"`   // SHA-256 of that object as stored, hex
	Sealed    []byte                 `json:"sealed,omitempty"`   // free words, under the applicant's key
	Approver  string                 `json:"approver,omitempty"` // of a disclosure by law: another person than who asked and who gives
	Despite   string                 `json:"despite,omitempty"`  // of a use while the person has had uses restricted: the ground (GDPR Article 18(2)): consent, law or claims
	Prev      string                 `json:"prev"`               // hash of the record before, hex; Genesis for the first
}

// NoticeRef names the exact text that somebody was shown.
type NoticeRef struct {
	ID       string `json:"id"`
	Version  string `json:"version"`
	Language string `json:"language"` // BCP 47
	SHA256   string `json:"sha256"`   // of the text as shown, hex
}

// Encode gives the record's stored form, without the line's end.
func (r Record) Encode() []byte {
	b, err := json.Marshal(r)
	if err != nil { // no member of Record can fail to marshal
		panic(fmt.Sprintf("ledger: encode record %d: %v", r.Seq, err))
	}
	return b
}

// Hash is the SHA-256 of the stored form, hex.
func (r Record) Hash() string {
	sum := sha256.Sum256(r.Encode())
	return hex.EncodeToString(sum[:])
}

// Genesis is what stands for "the record before" in an applicant's first
// record: a hash of the applicant's ID, so that chains cannot be exchanged.
func Genesis(id onboarding.ApplicantID) string {
	sum := sha256.Sum256([]byte("vouchsafe/ledger/1/" + string(id)))
	return hex.EncodeToString(sum[:])
}

// Chain is the writing end of an applicant's ledger: what is needed to compose
// the next record. It lives in the workflow's state and is plain data.
type Chain struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Seq       uint64                 `json:"seq"`  // of the last record composed; 0 before the first
	Head      string                 `json:"head"` // its hash
	Page      int                    `json:"page"` // the number that the next page gets; 1 for the first
}

// NewChain is the empty chain of an applicant.
func NewChain(id onboarding.ApplicantID) Chain {
	return Chain{Applicant: id, Head: Genesis(id), Page: 1}
}

// Append numbers, dates and links r and makes it the chain's head. The caller
// fills everything but Seq, At, Applicant and Prev. It is pure: the same chain,
// time and record give the same bytes on every replay.
func (c *Chain) Append(now time.Time, r Record) Record {
	r.Seq = c.Seq + 1
	r.At = now.UTC().Truncate(time.Millisecond)
	r.Applicant = c.Applicant
	r.Prev = c.Head
	r = r.settled()
	c.Seq, c.Head = r.Seq, r.Hash()
	return r
}

// settled gives the record as its stored form says it, sharing no memory with r.
// Bytes that are no UTF-8 become U+FFFD here, once: written as they came, they
// would be read back as something else, and our own page be taken for altered.
func (r Record) settled() Record {
	var out Record
	if err := json.Unmarshal(r.Encode(), &out); err != nil { // what Encode writes can be read
		panic(fmt.Sprintf("ledger: read back record %d: %v", r.Seq, err))
	}
	return out
}

// Page is what is stored at once, under a number that is used once: the
// write-once slot of the chain. Pages are dense, so whoever finds a page's
// number taken by other bytes knows that the chain has gone on without them.
type Page struct {
	Number  int      `json:"number"`
	Records []Record `json:"records"`
}

// Key is the page's place in the evidence bucket.
func (p Page) Key() string { return PageKey(p.Records[0].Applicant, p.Number) }

// PageKey is the place of an applicant's page.
func PageKey(id onboarding.ApplicantID, number int) string {
	return fmt.Sprintf("%s%08d.jsonl", Prefix(id), number)
}

// Prefix is where an applicant's pages lie.
func Prefix(id onboarding.ApplicantID) string { return "ledger/" + string(id) + "/" }

// Encode gives the page's stored form: a record a line.
func (p Page) Encode() []byte {
	var b bytes.Buffer
	for _, r := range p.Records {
		b.Write(r.Encode())
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// Cut makes the next page of the records composed since the last one.
func (c *Chain) Cut(records []Record) Page {
	p := Page{Number: c.Page, Records: records}
	c.Page++
	return p
}
