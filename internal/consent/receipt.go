package consent

import (
	"fmt"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Receipt proves one consent. It names the exact text that was shown; address,
// user agent and typed name lie sealed in the object Evidence.
type Receipt struct {
	ID        string                 `json:"id"` // UUID
	Applicant onboarding.ApplicantID `json:"applicant"`
	Kind      Kind                   `json:"kind"`
	Purpose   PurposeID              `json:"purpose"`
	Notice    ledger.NoticeRef       `json:"notice"`
	Method    string                 `json:"method"` // "button", "typed_signature" or "client_form"
	ShownAt   time.Time              `json:"shown_at"`
	GivenAt   time.Time              `json:"given_at"`
	Evidence  []byte                 `json:"evidence"` // sealed: address, user agent, signature as typed
}

// Held is a receipt and what became of it.
type Held struct {
	Receipt   Receipt   `json:"receipt"`
	Withdrawn time.Time `json:"withdrawn"` // zero while it is live
}

// Live reports whether the consent still stands.
func (h Held) Live() bool { return h.Withdrawn.IsZero() }

// Register is an applicant's consents in the order in which they were given.
// It is plain data and lives in the workflow's state.
type Register struct {
	Held []Held `json:"held"`
}

// Check tells whether a receipt may be taken in: a known kind for its purpose,
// a notice that is ours to the letter, and a time that is not before it was
// shown. Errors have CodeInvalid.
func (r Receipt) Check() error {
	spec, err := specOf(r.Purpose)
	if err != nil {
		return err
	}
	if !spec.knows(r.Kind) {
		return onboarding.Invalid("consent", fmt.Sprintf("A consent of kind %q is not asked for the purpose %q.", string(r.Kind), string(r.Purpose)),
			"Send the kinds that the purpose's notices name.")
	}
	n, err := NoticeBy(r.Notice)
	if err != nil {
		return err
	}
	if !n.InForce() {
		return onboarding.Invalid("consent", fmt.Sprintf("The notice %s %s does not hold yet.", n.ID, n.Version), "Show the current notice from /api/v1/notices, and send the consent to that one.")
	}
	if n.Purpose != r.Purpose || n.Kind != r.Kind {
		return onboarding.Invalid("consent", fmt.Sprintf("The notice %s is for %s (%s), not for %s (%s).", n.ID, n.Purpose, n.Kind, r.Purpose, r.Kind),
			"Send the notice that belongs to this consent.")
	}
	if r.ID == "" || r.GivenAt.IsZero() || r.ShownAt.IsZero() {
		return onboarding.Invalid("consent", "A consent has an ID, the time the notice was shown and the time it was agreed to.", "Send all three.")
	}
	if r.GivenAt.Before(r.ShownAt) {
		return onboarding.Invalid("consent", "A consent cannot be given before its notice was shown.", "Correct the times.")
	}
	return nil
}

// Give adds a receipt. One with the same ID that is held already changes
// nothing and gives false.
func (g *Register) Give(r Receipt) bool {
	for _, h := range g.Held {
		if h.Receipt.ID == r.ID {
			return false
		}
	}
	g.Held = append(g.Held, Held{Receipt: r})
	return true
}

// Withdraw ends every live receipt for the purpose at the time now and gives
// those that it ended.
func (g *Register) Withdraw(p PurposeID, now time.Time) []Receipt {
	var out []Receipt
	for i, h := range g.Held {
		if h.Receipt.Purpose == p && h.Live() {
			g.Held[i].Withdrawn = now
			out = append(out, h.Receipt)
		}
	}
	return out
}

// WithdrawKind is Withdraw for one kind alone: a choice is taken back without the
// purpose's other consents.
func (g *Register) WithdrawKind(p PurposeID, k Kind, now time.Time) []Receipt {
	var out []Receipt
	for i, h := range g.Held {
		if h.Receipt.Purpose == p && h.Receipt.Kind == k && h.Live() {
			g.Held[i].Withdrawn = now
			out = append(out, h.Receipt)
		}
	}
	return out
}

// Changed lists the kinds of consent for the purpose whose notice has another
// version by now than the one that was agreed to, in the language in which it was
// read. An authorization goes with its disclosure (15 USC 1681b(b)(2)(A)): where
// that has changed, it is asked for again too.
func (g Register) Changed(p PurposeID) []Kind {
	spec, err := specOf(p)
	if err != nil {
		return nil
	}
	var out []Kind
	for _, k := range spec.Kinds {
		r, ok := g.find(p, k)
		if !ok {
			continue
		}
		n, err := CurrentNotice(p, k, r.Notice.Language)
		changed := err == nil && (n.ID != r.Notice.ID || n.Version != r.Notice.Version)
		if k == KindFCRAAuthorization {
			for _, before := range out {
				changed = changed || before == KindDisclosureShown
			}
		}
		if changed {
			out = append(out, k)
		}
	}
	return out
}

// Dead reports whether the receipt is held and was withdrawn.
func (g Register) Dead(receipt string) bool {
	for _, h := range g.Held {
		if h.Receipt.ID == receipt {
			return !h.Live()
		}
	}
	return false
}

// Has reports whether a live receipt of that kind for that purpose is held.
func (g Register) Has(p PurposeID, k Kind) bool {
	_, ok := g.find(p, k)
	return ok
}

func (g Register) find(p PurposeID, k Kind) (Receipt, bool) {
	for i := len(g.Held) - 1; i >= 0; i-- {
		if h := g.Held[i]; h.Live() && h.Receipt.Purpose == p && h.Receipt.Kind == k {
			return h.Receipt, true
		}
	}
	return Receipt{}, false
}

// Live gives the receipt under which a use for the purpose may happen: every
// kind that the purpose asks for must be held and live, and it is the last
// kind's. Else the error has CodeConsentNotLive.
func (g Register) Live(p PurposeID) (Receipt, error) {
	spec, err := specOf(p)
	if err != nil {
		return Receipt{}, err
	}
	var last Receipt
	for _, k := range spec.Kinds {
		r, ok := g.find(p, k)
		if !ok {
			return Receipt{}, notLive(fmt.Sprintf("There is no live consent (%s) for: %s.", k, spec.Title))
		}
		last = r
	}
	return last, nil
}

// LiveFor is Live for a use that goes to recipient: the notice that was agreed to
// must have named it.
func (g Register) LiveFor(p PurposeID, recipient string) (Receipt, error) {
	r, err := g.Live(p)
	if err != nil {
		return Receipt{}, err
	}
	spec, err := specOf(p)
	if k := spec.under(recipient); err == nil && k != spec.usedUnder() {
		var ok bool
		if r, ok = g.find(p, k); !ok {
			err = notLive(fmt.Sprintf("There is no live consent (%s) for: %s.", k, spec.Title))
		}
	}
	if err == nil && !spec.NamedIn(r.Notice.Version, recipient) {
		err = notNamed(recipient)
	}
	if err != nil {
		return Receipt{}, err
	}
	return r, nil
}

// Told gives an error with CodeInvalid when a purpose under which recipient gets
// data was agreed to by a notice that does not name it. The current one does.
func (g Register) Told(recipient string) error {
	for _, s := range specs {
		_, gets := s.Recipients[recipient]
		if _, named := s.NamedSince[recipient]; !gets && !named {
			continue
		}
		if r, ok := g.find(s.ID, s.usedUnder()); ok && !s.NamedIn(r.Notice.Version, recipient) {
			return onboarding.Invalid("consent", fmt.Sprintf("The notice %s %s does not name %s, which this program uses.", r.Notice.ID, r.Notice.Version, recipient),
				"Show the current notice from /api/v1/notices, and send the consent to that one.")
		}
	}
	return nil
}

// toldOfAll is the version of the notice of qualification that first tells of more
// than a quiz.
const toldOfAll = "2026-11-27"

// ToldOfMore gives an error with CodeInvalid when somebody agreed to be assessed by a
// notice that speaks of a quiz alone: a program that asks for more must not do it
// under that text.
func (g Register) ToldOfMore() error {
	r, ok := g.find(PurposeQualification, KindPrivacy)
	if !ok || r.Notice.Version >= toldOfAll { // versions are days, so their order is that of their letters
		return nil
	}
	return onboarding.Invalid("consent", fmt.Sprintf("The notice %s %s speaks of a quiz alone, and this program asks for more before it certifies.", r.Notice.ID, r.Notice.Version),
		"Show the current notice from /api/v1/notices, and send the consent to that one.")
}

// Missing lists what is still to be asked for the purpose.
func (g Register) Missing(p PurposeID) []Kind {
	spec, err := specOf(p)
	if err != nil {
		return nil
	}
	var out []Kind
	for _, k := range spec.Kinds {
		if !g.Has(p, k) {
			out = append(out, k)
		}
	}
	return out
}

func notNamed(recipient string) error {
	return notLive(fmt.Sprintf("The notice that was agreed to does not name %q.", recipient))
}

func notLive(message string) error {
	return &onboarding.Error{Code: onboarding.CodeConsentNotLive, Message: message,
		Hint: "Nothing is sent. The applicant can give this consent in the portal."}
}
