// Package process keeps the cases in which the law compels or allows that data are given
// to somebody without the applicant's consent: what was asked for, by whom, who approved
// it, what was given, and when the person was told. Each is a small sealed value in the
// vault bucket.
package process

import (
	"context"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
)

// Case is one. It holds personal data where the document names somebody, and is sealed
// with the house's own key, since it must outlast an erasure.
type Case struct {
	ID        string                 `json:"id"`
	Kind      onboarding.ProcessKind `json:"kind"`
	Authority string                 `json:"authority"` // who asks, in words: a court, a police department
	Reason    string                 `json:"reason"`    // why the law compels or allows it
	Document  Paper                  `json:"document"`
	Scope     Scope                  `json:"scope"`
	Asked     Deed                   `json:"asked"`
	Approved  Deed                   `json:"approved,omitzero"`
	Refused   Deed                   `json:"refused,omitzero"`
	Given     []Given                `json:"given"`
	// Silent says until when the person must not be told, and why; zero: they are told at
	// once.
	Silent Silence `json:"silent,omitzero"`
	Told   []Told  `json:"told"`
	// NotTold says of whom no letter could be sent, and why: staff tell them another way.
	NotTold []Told `json:"not_told,omitempty"`
}

// MayTell reports whether nothing forbids, at a time, that the persons are told.
func (c Case) MayTell(at time.Time) bool { return !at.Before(c.Silent.Ends()) }

// ToldOf is when an applicant was told.
func (c Case) ToldOf(id onboarding.ApplicantID) (Told, bool) { return of(c.Told, id) }

// NotToldOf is why an applicant could not be told by letter.
func (c Case) NotToldOf(id onboarding.ApplicantID) (Told, bool) { return of(c.NotTold, id) }

func of(list []Told, id onboarding.ApplicantID) (Told, bool) {
	i := slices.IndexFunc(list, func(t Told) bool { return t.Applicant == id })
	if i < 0 {
		return Told{}, false
	}
	return list[i], true
}

// Paper is the document that a case rests on.
type Paper struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Size      int    `json:"size"`
	SHA256    string `json:"sha256"` // of the document, hex
}

// Scope is what is asked for: these categories of these applicants, from between two
// days (YYYY-MM-DD; empty: without a bound).
type Scope struct {
	Applicants []onboarding.ApplicantID `json:"applicants"`
	Categories []onboarding.Category    `json:"categories"`
	From       string                   `json:"from,omitempty"`
	To         string                   `json:"to,omitempty"`
}

// Deed is that somebody did something.
type Deed struct {
	By    string    `json:"by"` // as the ledger names them
	At    time.Time `json:"at"`
	Words string    `json:"words,omitempty"`
}

// Done reports whether it was done.
func (d Deed) Done() bool { return !d.At.IsZero() }

// Given is what was given of one applicant.
type Given struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Deed
	Files  []string `json:"files"`  // in the ZIP
	Object string   `json:"object"` // the ZIP, sealed with the applicant's key
	Digest string   `json:"digest"` // SHA-256 of that object as stored, hex
}

// Silence is a time in which the person must not be told.
type Silence struct {
	Until  string `json:"until"` // YYYY-MM-DD
	Reason string `json:"reason"`
}

// Ends is when the person may be told: at noon of the day, by UTC, when it has begun in
// every state. Zero: at once.
func (s Silence) Ends() time.Time {
	day, err := time.Parse(time.DateOnly, s.Until)
	if err != nil { // there is none: who opens a case has the day checked
		return time.Time{}
	}
	return day.Add(12 * time.Hour)
}

// Told is that a person was told.
type Told struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Deed
}

// Stands is where a case stands, in a word.
func (c Case) Stands() string {
	switch {
	case c.Refused.Done():
		return "refused"
	case !c.Approved.Done():
		return "asked"
	case len(c.Given) < len(c.Scope.Applicants):
		return "approved"
	case len(c.Told) < len(c.Scope.Applicants):
		return "given"
	}
	return "told"
}

// GivenOf is what was given of an applicant.
func (c Case) GivenOf(id onboarding.ApplicantID) (Given, bool) {
	i := slices.IndexFunc(c.Given, func(g Given) bool { return g.Applicant == id })
	if i < 0 {
		return Given{}, false
	}
	return c.Given[i], true
}

// Book has all cases. Make it with New.
type Book struct {
	bucket shelf.Bucket
	shelf  shelf.Shelf[Case]
}

// New makes a Book in the vault bucket.
func New(bucket shelf.Bucket, sealer shelf.Sealer) *Book {
	return &Book{bucket: bucket, shelf: shelf.Shelf[Case]{Objects: bucket, Sealer: sealer, In: "process", What: "a case of legal process"}}
}

// Unknown is the error for a case that there is not.
func Unknown() error {
	return onboarding.Invalid("case", "There is no such case of legal process.", "Choose one of the list.")
}

// Open keeps a new case; one of the same ID stays as it is.
func (b *Book) Open(ctx context.Context, c Case) error {
	_, err := b.shelf.Change(ctx, onboarding.ProcessKey(c.ID), func(was Case) (Case, error) {
		if was.ID != "" {
			return was, nil
		}
		return c, nil
	})
	return err
}

// Get gives a case; CodeInvalid when there is none.
func (b *Book) Get(ctx context.Context, id string) (Case, error) {
	c, _, err := b.shelf.Get(ctx, onboarding.ProcessKey(id))
	if err == nil && c.ID == "" {
		err = Unknown()
	}
	return c, err
}

// Change changes a case and gives it as it is then; CodeInvalid when there is none.
func (b *Book) Change(ctx context.Context, id string, how func(Case) (Case, error)) (Case, error) {
	return b.shelf.Change(ctx, onboarding.ProcessKey(id), func(was Case) (Case, error) {
		if was.ID == "" {
			return was, Unknown()
		}
		return how(was)
	})
}

// All gives every case, the newest first.
func (b *Book) All(ctx context.Context) ([]Case, error) {
	out := []Case{}
	for c, err := range b.shelf.All(ctx, b.bucket, onboarding.ProcessPrefix, nil) {
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b Case) int { return b.Asked.At.Compare(a.Asked.At) })
	return out, nil
}
