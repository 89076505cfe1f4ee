package portal

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const (
	dataPath    = "/apply/data"
	usesAPage   = 50 // what a phone takes in one page, and well under 60 KiB
	mostFaults  = 20 // that are listed; the rest are counted
	actorStaff  = "staff:"
	actorClient = "api:"
)

// use is one entry of the history as the page writes it: Form says in which
// sentence, the rest is what the sentence names.
type use struct {
	Form    string
	At      time.Time
	Who     string   // the recipient, or the role of ours
	What    []string // fields
	Why     string   // the purpose, as its notice names it; empty when it has none
	About   string   // the check, the letter or the task that it was for; empty when it was for none
	Sub     string   // the sub-processor to which the recipient passed it on
	Consent string   // address of the receipt under which it happened; empty when there is none to show
	Given   time.Time
	Outcome string // a whole sentence; empty where the form tells it all
	Tag     string
	Class   string
}

// usesDay is the entries of one day, the newest first.
type usesDay struct {
	Day  time.Time
	Uses []use
}

// dataPage is "Your data".
type dataPage struct {
	Days         []usesDay
	Count        int // entries in all
	Records      int // of the ledger
	Faults       []string
	MoreFaults   int // that are not listed
	Number, Of   int // of this page
	Newer, Older string
	Consents     []consentLine
	Open         bool         // the application is still open
	Details      []correction // that can be corrected now
	Requests     []workflows.DataRequest
	Asked        []workflows.RequestView // that are workflows of their own
	Restricted   time.Time               // since when uses are restricted; zero: they are not
}

// showData shows what was done with the applicant's data: every entry of their
// ledger that is about data, proved as it is read (obligations 20, 29 and 36).
func (p *Portal) showData(w http.ResponseWriter, r *http.Request, v *visit) {
	h, err := p.service.History(r.Context(), v.id)
	if err != nil {
		p.gone(w, r, err)
		return
	}
	if !h.Report.Whole() {
		p.site.Log().LogAttrs(r.Context(), slog.LevelError, "an applicant was shown a ledger that is not whole",
			slog.String("applicant", string(v.id)), slog.Int("faults", len(h.Report.Faults)))
	}
	page := dataPage{Records: h.Report.Records, Consents: consentLines(v.view), Open: v.view.Stage.Open(), Requests: v.view.Requests}
	if page.Asked, err = p.requests.RequestsOf(r.Context(), v.id); err != nil {
		p.gone(w, r, err)
		return
	}
	for _, q := range page.Asked {
		if q.Stands() {
			page.Restricted = q.Restricted
		}
	}
	for i, f := range h.Report.Faults {
		if i < mostFaults {
			page.Faults = append(page.Faults, f.String())
		}
	}
	page.MoreFaults = len(h.Report.Faults) - len(page.Faults)
	for _, c := range corrections {
		if c.open(v) {
			page.Details = append(page.Details, c)
		}
	}
	all := p.usesOf(v, h)
	page.Count = len(all)
	page.Of = max((len(all)+usesAPage-1)/usesAPage, 1)
	page.Number = min(max(number(r.URL.Query().Get("page")), 1), page.Of)
	if page.Number > 1 {
		page.Newer = dataPath + "?page=" + count(page.Number-1)
	}
	if page.Number < page.Of {
		page.Older = dataPath + "?page=" + count(page.Number+1)
	}
	from := (page.Number - 1) * usesAPage
	page.Days = byDay(all[from:min(from+usesAPage, len(all))])
	p.show(w, r, "data", web.Page{Title: "Your data", Back: "/apply/continue", Body: page})
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func byDay(uses []use) []usesDay {
	var out []usesDay
	for _, u := range uses {
		day := u.At.UTC().Truncate(24 * time.Hour)
		if len(out) == 0 || !out[len(out)-1].Day.Equal(day) {
			out = append(out, usesDay{Day: day})
		}
		out[len(out)-1].Uses = append(out[len(out)-1].Uses, u)
	}
	return out
}

// usesOf gives the history in words, the newest first. The outcome of a use stands
// with the use, and not as an entry of its own.
func (p *Portal) usesOf(v *visit, h applicants.History) []use {
	outcomes, given := map[uint64]ledger.Record{}, map[string]time.Time{}
	for _, r := range h.Records {
		switch r.Kind {
		case ledger.KindUseDone, ledger.KindUseFailed:
			outcomes[r.Of] = r
		case ledger.KindConsentGiven, ledger.KindNoticeShown:
			given[r.Receipt] = r.At
		default: // nothing to be found again by
		}
	}
	for _, c := range v.view.Consents {
		given[c.Receipt] = c.GivenAt
	}
	var out []use
	for i := len(h.Records) - 1; i >= 0; i-- {
		r := h.Records[i]
		u, ok := useOf(r, outcomes)
		if r.Kind == ledger.KindDisclosed {
			u, ok = byLaw(r, h)
		}
		if !ok {
			continue
		}
		u.At = r.At
		if at, ok := given[r.Receipt]; ok && r.Receipt != "" {
			u.Given, u.Consent = at, receiptPath(r.Receipt)
		}
		out = append(out, u)
	}
	return out
}

// useOf says one record; false for those that tell nothing of data. One of a kind
// that this page does not know is shown all the same.
func useOf(r ledger.Record, outcomes map[uint64]ledger.Record) (use, bool) {
	u := use{What: fieldsInWords(r.Fields), Why: purposeInWords(r.Purpose), Who: recipientInWords(r.Recipient)}
	switch r.Kind {
	case ledger.KindUse:
		sent(&u, r, outcomes)
	case ledger.KindUseRefused:
		u.Form, u.Tag, u.Class, u.About = "refused", "Refused", "look", aboutInWords(r)
		switch onboarding.Code(r.Outcome) { //nolint:exhaustive // the others are for want of consent
		case onboarding.CodeNoAgreement:
			u.Form = "unagreed"
		case onboarding.CodeRestricted:
			u.Form = "restrained"
		}
	case ledger.KindReceived:
		u.Form, u.Tag, u.About = "received", "Received", aboutInWords(r)
	case ledger.KindOnward:
		u.Form, u.Tag, u.Class, u.About, u.Sub = "onward", "Passed on", "busy", aboutInWords(r), spaced(strings.ReplaceAll(r.Outcome, "-", "_"))
	case ledger.KindViewed:
		u.Form, u.Tag, u.Class = "viewed", "Looked at", "look"
		u.Who, u.About = staffInWords(r.Actor), aboutInWords(r)
		if ticket := onboarding.TicketOf(r.Object); ticket != "" {
			r.Detail += ", support ticket " + ticket
		}
		u.Outcome = reasonInWords(r.Detail)
	case ledger.KindConsentGiven:
		u.Form, u.Tag, u.Class = "given", "You", "good"
		u.About = kindName(consent.Kind(r.Outcome))
	case ledger.KindNoticeShown:
		u.Form, u.Tag, u.Class = "shown", "You", "good"
	case ledger.KindConsentWithdrawn:
		u.Form, u.Tag, u.Class = "withdrawn", "You", "good"
	case ledger.KindSubmitted:
		u.Form, u.Tag, u.Class = "handed", "You", "good"
	case ledger.KindCorrected:
		u.Form, u.Tag, u.Class = "corrected", "You", "good"
		switch r.Outcome {
		case workflows.OutcomeProved:
			u.Form = "proved"
		case workflows.OutcomeAmended:
			u.Form = "amended"
		}
	case ledger.KindDisputed:
		u.Form, u.Tag, u.Class = "disputed", "You", "good"
		if workflows.AnswerKind(r.Outcome) == workflows.AnswerStatement {
			u.Form = "stated"
		}
		if r.Outcome == workflows.OutcomeAttached {
			u.Form = "file"
		}
	case ledger.KindNotified:
		if r.Recipient == "" || r.Recipient == consent.RecipientHolder { // a letter, which stands there as a use, or what was given by law
			return use{}, false
		}
		u.Form, u.Tag, u.About = "told", "Told", aboutInWords(r)
		u.Outcome = toldInWords(r)
	case ledger.KindHeld, ledger.KindReleased:
		if r.Outcome != string(onboarding.HoldRestriction) {
			return use{}, false
		}
		u.Form, u.Tag, u.Class = "restricted", "Restricted", "good"
		if r.Kind == ledger.KindReleased {
			u.Form, u.Tag, u.Class = "lifted", "Lifted", ""
		}
	case ledger.KindErased:
		u.Form, u.Tag = "erased", "Erased"
	case ledger.KindResumed:
		u.Form, u.Tag = "resumed", "Note"
	case ledger.KindOpened, ledger.KindUseDone, ledger.KindUseFailed, ledger.KindRuled, ledger.KindOffered, ledger.KindDecided,
		ledger.KindClock, ledger.KindRetried, ledger.KindWaived, ledger.KindVendorChanged, ledger.KindRequirementMet, ledger.KindStage,
		ledger.KindCredential, ledger.KindNote, ledger.KindAssigned, ledger.KindDisclosed:
		return use{}, false // how the case goes, which the status page tells, or told with the use
	default:
		u.Form, u.Tag, u.About = "other", "Note", spaced(string(r.Kind))
	}
	return u, true
}

// byLaw says what was given because the law compels or allows it, once for each case: the
// record of what was put together. The service leaves out what must not be told yet.
func byLaw(r ledger.Record, h applicants.History) (use, bool) {
	legal, _ := workflows.LegalCaseOf(r)
	d, ok := h.ByLaw[legal]
	if !ok || r.Object == "" {
		return use{}, false
	}
	u := use{Form: "bylaw", Tag: "Given by law", Class: "look", Who: d.Authority, About: processInWords(d.Kind), Why: purposeInWords(r.Purpose)}
	for _, c := range d.Categories {
		u.What = append(u.What, givenInWords(c))
	}
	if d.Waited {
		u.Outcome = "An order forbade us to tell you before."
	}
	return u, true
}

// sent says an intent to use data and what became of it.
func sent(u *use, r ledger.Record, outcomes map[uint64]ledger.Record) {
	o, known := outcomes[r.Seq]
	u.Outcome = outcomeInWords(r, o, known)
	u.About = aboutInWords(r)
	switch {
	case r.Recipient == consent.RecipientMail:
		u.Form, u.Tag, u.About = "letter", "Letter", letterInWords(r.Detail)
	case r.Recipient == consent.RecipientHolder:
		u.Form, u.Tag = "holder", "Certificate"
	case r.Recipient == consent.RecipientOwn:
		u.Form, u.Tag = "own", "Used by us"
	case len(r.Fields) == 0:
		u.Form, u.Tag, u.Class = "asked", "Asked", "busy"
	default:
		u.Form, u.Tag, u.Class = "sent", "Sent", "busy"
	}
	if known && o.Kind == ledger.KindUseDone && unsent[o.Outcome] != "" {
		u.Form, u.Tag, u.Class = "unsent", "Not sent", ""
	}
}

func receiptPath(id string) string { return dataPath + "/receipts/" + id }
