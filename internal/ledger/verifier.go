package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

type consentState struct {
	purpose   string
	withdrawn bool
}

// verifier is shown a ledger's pages in the order of their numbers.
type verifier struct {
	report   Report
	want     Chain
	watcher  Watcher
	keep     bool // what is read
	read     []Record
	chain    Chain
	at       time.Time
	consents map[string]consentState
	intents  map[uint64]bool // uses by their number
	still    map[string]bool // restrictions that stand, by their hold

	links []link // by number, of the records that were read
	gaps  []gap
}

// gap is where numbers were left out: missing, unless they turn up later.
type gap struct {
	fault    int // its place in the report
	from, to uint64
}

// link is how a record stands in the chain.
type link struct {
	prev string
	hash [sha256.Size]byte
	seen bool
}

func newVerifier(id onboarding.ApplicantID, want Chain) *verifier {
	return &verifier{report: Report{Applicant: id, Faults: []Fault{}}, want: want, chain: NewChain(id),
		consents: map[string]consentState{}, intents: map[uint64]bool{}, still: map[string]bool{}}
}

func (v *verifier) fault(kind FaultKind, page int, seq uint64, format string, args ...any) {
	v.report.Faults = append(v.report.Faults, Fault{Kind: kind, Page: page, Seq: seq, What: fmt.Sprintf(format, args...)})
}

func (v *verifier) page(p Page, hashes [][sha256.Size]byte) {
	v.report.Pages++
	if p.Number != v.chain.Page {
		v.fault(Missing, p.Number, 0, "page %d should stand here: one is missing or out of order", v.chain.Page)
	}
	v.chain.Page = p.Number + 1
	for i, r := range p.Records {
		v.record(p.Number, r, hashes[i])
	}
	if v.keep {
		v.read = append(v.read, p.Records...)
	}
}

func (v *verifier) record(page int, r Record, hash [sha256.Size]byte) {
	v.report.Records++
	if r.Applicant != v.report.Applicant {
		v.fault(Inserted, page, r.Seq, "belongs to another applicant")
	}
	if r.Seq != v.chain.Seq+1 {
		v.outOfTurn(page, r, hash)
	}
	if r.Prev != v.chain.Head {
		v.fault(Altered, page, r.Seq, "is not linked to the record before: that one or this one was altered")
	}
	if r.At.Before(v.at) {
		v.fault(BackDated, page, r.Seq, "is dated before the record before it")
	}
	v.consent(page, r)
	v.saw(r, hash)
	v.chain.Seq, v.chain.Head, v.at = r.Seq, hex.EncodeToString(hash[:]), r.At
	switch {
	case v.want.Applicant == "":
	case r.Seq == v.want.Seq && v.chain.Head != v.want.Head:
		v.fault(Forked, page, r.Seq, "is not the record that the workflow wrote under this number")
	case r.Seq > v.want.Seq:
		v.report.Beyond++
	}
	if v.watcher != nil {
		v.report.Faults = append(v.report.Faults, v.watcher.Record(page, r, hash)...)
	}
}

// outOfTurn names the fault of a record whose number is not the next: a gap, another
// order, one that stands twice, or a second record under a number.
func (v *verifier) outOfTurn(page int, r Record, hash [sha256.Size]byte) {
	kind := Missing
	switch before, ok := v.seen(r.Seq); {
	case r.Seq > v.chain.Seq+1:
		v.gaps = append(v.gaps, gap{len(v.report.Faults), v.chain.Seq + 1, r.Seq})
	case !ok && r.Seq > 0:
		kind = Reordered
	case before.hash != hash && before.prev == r.Prev:
		kind = Forked
	default:
		kind = Inserted
	}
	v.fault(kind, page, r.Seq, "number %d should stand here: a record is missing, added or out of order", v.chain.Seq+1)
}

// mostLinks bounds what a number that somebody made up can cost.
const mostLinks = 1 << 16

func (v *verifier) saw(r Record, hash [sha256.Size]byte) {
	n := int(min(r.Seq, mostLinks))
	for len(v.links) <= n {
		v.links = append(v.links, link{})
	}
	v.links[n] = link{prev: r.Prev, hash: hash, seen: true}
}

func (v *verifier) seen(seq uint64) (link, bool) {
	if seq >= uint64(len(v.links)) {
		return link{}, false
	}
	return v.links[seq], v.links[seq].seen
}

// consent holds obligation 36: consent's time is before disclosure's.
func (v *verifier) consent(page int, r Record) {
	switch r.Kind {
	case KindConsentGiven, KindInstructed:
		if _, ok := v.consents[r.Receipt]; !ok { // one that was withdrawn never comes back
			v.consents[r.Receipt] = consentState{purpose: r.Purpose}
		}
	case KindConsentWithdrawn, KindObjected:
		c, ok := v.consents[r.Receipt]
		if !ok {
			v.fault(NoConsent, page, r.Seq, "withdraws a consent that was never given")
		}
		c.withdrawn = true
		v.consents[r.Receipt] = c
	case KindUse:
		v.intents[r.Seq] = true
		if len(v.still) > 0 && !slices.Contains(grounds, r.Despite) {
			v.fault(NoConsent, page, r.Seq, "is a use while the person had the uses of their data restricted, and has no ground (GDPR Article 18(2))")
		}
		if r.Receipt == "" {
			v.fault(NoConsent, page, r.Seq, "is a use without a receipt")
			return
		}
		c, ok := v.consents[r.Receipt]
		switch {
		case !ok:
			v.fault(NoConsent, page, r.Seq, "is a use under a consent that was not given before it")
		case c.withdrawn:
			v.fault(NoConsent, page, r.Seq, "is a use under a consent that had been withdrawn")
		case c.purpose != r.Purpose:
			v.fault(NoConsent, page, r.Seq, "is a use for purpose %q under a consent for %q", r.Purpose, c.purpose)
		}
	case KindHeld:
		if r.Outcome == string(onboarding.HoldRestriction) {
			v.still[r.Object] = true
		}
	case KindReleased:
		delete(v.still, r.Object)
	case KindDisclosed: // by law: it needs a basis and two people in place of a consent (obligations 21, 32 and 33)
		asked := ""
		for part := range strings.SplitSeq(r.Detail, "; ") {
			if by, ok := strings.CutPrefix(part, "asked by "); ok {
				asked = by
			}
		}
		switch {
		case r.Approver == "" || asked == "" || whoever(r.Approver) == whoever(asked):
			v.fault(NoApprover, page, r.Seq, "is a disclosure by law that nobody but who asked for it has approved")
		case !slices.Contains(lawful, r.Purpose) || !onboarding.ProcessKind(r.Outcome).Known():
			v.fault(NoConsent, page, r.Seq, "is a disclosure by law without a basis in it")
		}
	case KindUseDone, KindUseFailed:
		if !v.intents[r.Of] {
			v.fault(NoUse, page, r.Seq, "is the outcome of record %d, which is no use", r.Of)
		}
	default: // needs no consent
	}
}

// grounds are those of a use while the person has had uses restricted.
var grounds = []string{"consent", "law", "claims"}

// lawful are the bases of a disclosure by law, in DPV's terms.
var lawful = []string{onboarding.ProcessSubpoena.Basis(), onboarding.ProcessEmergency.Basis()}

// whoever is the person of an actor, in whichever role they act.
func whoever(actor string) string { return actor[strings.LastIndexByte(actor, ':')+1:] }

func (v *verifier) end() {
	for _, g := range v.gaps {
		turned := true
		for n := g.from; n < g.to && turned; n++ {
			_, turned = v.seen(n)
		}
		if turned {
			v.report.Faults[g.fault].Kind = Reordered
		}
	}
	v.report.Head = v.chain.Head
	if v.want.Applicant != "" && v.chain.Seq < v.want.Seq {
		v.fault(Missing, v.chain.Page, 0, "ends at record %d, but %d were written: the newest are missing", v.chain.Seq, v.want.Seq)
	}
}
