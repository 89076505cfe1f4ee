package onebox_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// TestVettingJourneys is what stages two and three are for, each through web, mail
// and API, side by side in one house.
func TestVettingJourneys(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes two minutes")
	}
	d := openDesk(t, nil)
	t.Run("side by side", func(t *testing.T) {
		for name, journey := range map[string]func(*desk){
			"every vendor, clean, by the portal":                  (*desk).cleanEverywhere,
			"invited by the agency":                               (*desk).invited,
			"e-mail undeliverable, corrected":                     (*desk).corrected,
			"barred line type, two reviewers":                     (*desk).barredLine,
			"sanctions near miss, cleared":                        (*desk).nearMiss,
			"sanctions true hit":                                  (*desk).trueHit,
			"consider, reviewed, clear":                           (*desk).reviewedClear,
			"disputed, corrected report, certified":               (*desk).disputed,
			"disputed and never verified: not used":               (*desk).neverVerified,
			"final adverse, default state":                        func(d *desk) { d.finalAdverse("OR", "Salem", nil, nil) },
			"final adverse, New York City":                        func(d *desk) { d.finalAdverse("NY", "Brooklyn", newYork, newYorkFinal) },
			"final adverse, California":                           func(d *desk) { d.finalAdverse("CA", "Fresno", california, californiaFinal) },
			"a search that answers 404 for ever, waived":          func(d *desk) { d.lostSearch(true) },
			"a search that answers 404 for ever, taken back":      func(d *desk) { d.lostSearch(false) },
			"webhooks twice, early, late and forged":              (*desk).webhooks,
			"consent taken back at Stripe":                        (*desk).takenBack,
			"a record that may not be used never reaches anybody": (*desk).oldRecord,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				journey(d.of(t))
			})
		}
	})
	listed := 0
	if err := d.api.All(t.Context(), nil, func(client.Line) error { listed++; return nil }); err != nil {
		t.Fatal(err)
	}
	d.everyLedgerHolds(listed)
}

// cleanEverywhere goes through the program that uses every vendor, on a phone.
func (d *desk) cleanEverywhere() {
	p := ada
	p.email = "ada.everywhere@example.com"
	s := d.house.apply(p, "secure-line")
	id := s.ownID()
	d.await(id, func(st client.Status) bool { return st.Attention == "applicant" && st.Stage == "validation" })
	d.letter(p.email, "identity document")
	s.atVendor("identity_document", "verified")
	d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	s.certify(id, p, "secure-line")
	for _, e := range d.books("stripe") {
		if len(e.Fields) > 0 {
			d.Errorf("6: Stripe got %v", e.Fields)
		}
	}
	for vendor, want := range map[string][]string{"smarty": {"street", "city", "state", "postal_code"}, "maxmind": {"ip_address"}} {
		for _, e := range d.books(vendor) {
			if !slices.Equal(sorted(e.Fields), sorted(want)) {
				d.Errorf("38: %s got %v", vendor, e.Fields)
			}
		}
	}
	d.orderedOnce(id)
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

// ownID is the applicant's ID as their own copy of their data has it: other journeys
// run beside this one, so that no list tells who is whom.
func (s stepper) ownID() string {
	s.Helper()
	var data struct {
		Uses []struct{ Applicant string }
	}
	decode(s.T, s.open("/apply/data/copy.json").Text, &data)
	if len(data.Uses) == 0 {
		s.Fatal("the copy holds no use")
	}
	return data.Uses[0].Applicant
}

// invited: Checkr asks for the rest itself, and gets nothing from us but where to.
func (d *desk) invited() {
	id, email := d.apply("guest-line", nil)
	d.await(id, func(st client.Status) bool { return st.Stage == "vetting" && st.Attention == "applicant" })
	d.letter(email, "Checkr")
	d.portal(email).atVendor("background", "hand_in")
	d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	for _, e := range d.books("checkr") {
		if strings.HasPrefix(e.IdempotencyKey, id) && e.Path == "/checkr/v1/candidates" && slices.Contains(e.Fields, "national_id") {
			d.Errorf("38: an invitation carried %v", e.Fields)
		}
	}
	d.orderedOnce(id)
}

// corrected: the applicant mends their address on the phone, and only what it
// touches runs again.
func (d *desk) corrected() {
	id, email := d.apply("support-basics", map[string]string{"mail": "rejected-email"})
	d.await(id, func(st client.Status) bool { return st.Attention == "reviewer" })
	d.letter(email, "correct")
	s := d.portal(email)
	s.says("Correct")
	right := strings.TrimPrefix(email, "rejected-email.")
	s.open("/apply/correct/email").at("/apply/correct/email").hand("/apply/status", "email", right)
	st := d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	for _, c := range st.Checks {
		want := 1
		if c.Name == "email" || c.Name == "duplicate" {
			want = 2
		}
		if c.Round != want {
			d.Errorf("%s ran %d rounds, not %d", c.Name, c.Round, want)
		}
	}
	if _, err := demo.LastLink(d.Context(), d.face.Mail.Inbox, right); err != nil {
		d.Errorf("no link went to the new address: %v", err)
	}
}

// barredLine: an internet number counts against the applicant in this program, and
// two different people must say so.
func (d *desk) barredLine() {
	id, email := d.apply("secure-line", map[string]string{"phone": "+15035550150"})
	d.await(id, func(st client.Status) bool { return st.Attention == "applicant" })
	d.portal(email).atVendor("identity_document", "verified")
	d.await(id, func(st client.Status) bool { return st.Attention == "reviewer" })
	reviewer := stepper{d.house, d.reviewer.Tab()}
	decision := "/console/applicants/" + id + "/decision"
	reviewer.open(decision).says("barred line type")
	d.decide(id, "adverse")
	if st, err := d.api.Status(d.Context(), id); err != nil || st.Attention != "reviewer" {
		d.Errorf("one word was enough: %+v, %v", st, err)
	}
	if err := d.api.Decide(d.Context(), id, "adverse", "Once more.", nil); err == nil {
		d.Error("a program gave the second word")
	}
	reviewer.open(decision).says("two reviewers").hand("/console/applicants/"+id, "ruling", "adverse", "reason", "An internet number.")
	if text := d.letter(email, "Before we decide"); !strings.Contains(text, "our own checks") {
		d.Errorf("the notice says %s", text)
	}
	d.await(id, func(st client.Status) bool { return st.Attention == "reviewer" })
	reviewer.open(decision).hand("/console/applicants/"+id, "ruling", "adverse", "reason", "It stays so.")
	reviewer.open("/console/applicants/" + id).says("You have given your decision")
	d.another(identity.RoleReviewer).open(decision).hand("/console/applicants/"+id, "ruling", "adverse", "reason", "I agree.")
	d.await(id, func(st client.Status) bool { return st.Stage == "declined" })
	d.letter(email, "Our decision")
}

// nearMiss: a name that looks alike is shown side by side and cleared by a person.
func (d *desk) nearMiss() {
	id, _ := d.apply("support-basics", map[string]string{"given_name": "Wiktor", "family_name": "Sandboksov", "date_of_birth": "1971-02-15"})
	d.await(id, func(st client.Status) bool { return st.Attention == "reviewer" })
	reviewer := stepper{d.house, d.reviewer.Tab()}
	reviewer.open("/console/applicants/"+id+"/checks/sanctions").at("/console/applicants/"+id+"/checks/sanctions").
		says("SANDBOXOV", "Wiktor", "1971-02-15", "1971-02-14")
	recruiter := stepper{d.house, d.recruiter.Tab()}
	recruiter.refused("/console/applicants/"+id+"/checks/sanctions", http.StatusForbidden)
	reviewer.open("/console/applicants/" + id).says("opened what the check &#34;sanctions list&#34; found") // the look stands in the ledger
	reviewer.open("/console/applicants/"+id+"/decision").hand("/console/applicants/"+id, "ruling", "proceed", "reason", "Another place of birth.")
	d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
}

func (d *desk) trueHit() {
	id, email := d.apply("support-basics", map[string]string{"given_name": "Viktor", "family_name": "Sandboxov", "date_of_birth": "1971-02-14"})
	d.decide(id, "adverse")
	if text := d.letter(email, "Before we decide"); strings.Contains(text, "Findly") {
		d.Errorf("no agency has reported, and the notice names one: %s", text)
	}
	d.decide(id, "adverse")
	d.await(id, func(st client.Status) bool { return st.Stage == "declined" })
	if n := len(d.books("findly")); n > 0 && slices.ContainsFunc(d.books("findly"), func(e sandbox.Entry) bool { return strings.HasPrefix(e.IdempotencyKey, id) }) {
		d.Error("a report was ordered about somebody who was declined before")
	}
}

func (d *desk) reviewedClear() {
	id, _ := d.apply("support-basics", map[string]string{"family_name": "Consider"})
	d.decide(id, "proceed")
	d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
}

// disputed: the applicant says in the portal what is wrong, the agency looks again,
// and the corrected report needs nobody's decision.
func (d *desk) disputed() {
	id, email := d.apply("support-basics", map[string]string{"family_name": "Consider"})
	d.decide(id, "adverse")
	d.letter(email, "Before we decide")
	s := d.portal(email)
	s.open("/apply/report").at("/apply/report").says("misdemeanor", "The decision would rest on this entry")
	s.open("/apply/dispute").at("/apply/dispute").hand("/apply/status", "kind", "dispute", "statement", "This case is another person's.")
	if text := d.letter(email, "What came of your dispute"); !strings.Contains(text, "Findly") {
		d.Errorf("the letter about the re-investigation: %s", text)
	}
	d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	asked := slices.ContainsFunc(d.books("findly"), func(e sandbox.Entry) bool {
		return e.Path == "/findly/v1/orders/{order}/disputes" && strings.HasPrefix(e.IdempotencyKey, id) && len(e.Fields) == 0
	})
	if !asked {
		d.Error("the agency was not told, or got a field of the person")
	}
}

// neverVerified: what the agency does not verify in its time must not be used.
func (d *desk) neverVerified() {
	id, email := d.apply("support-basics", map[string]string{"family_name": "Stubborn"})
	d.decide(id, "adverse")
	d.letter(email, "Before we decide")
	d.portal(email).open("/apply/dispute").hand("/apply/status", "kind", "dispute", "statement", "I was never there.")
	eventually(d.T, 3*time.Minute, func() error {
		st, err := d.api.Status(d.Context(), id)
		if err == nil && st.Stage != "certification" {
			err = fmt.Errorf("%s/%s waits for %s", st.Stage, st.Attention, st.WaitsFor)
		}
		return err
	})
	body, err := d.api.Ledger(d.Context(), id)
	if err != nil || !strings.Contains(string(body), "1681i(a)(5)") {
		d.Errorf("the ledger does not name the rule: %v", err)
	}
}

// What the notices must say, besides what is federal, as the place's law has it.
var (
	newYork = []string{"Fair Chance Notice", "NYC Admin. Code 8-107(11)(b)", "at least five business days", "Article 23-A of its Correction Law"}

	newYorkFinal    = []string{"New York City Commission on Human Rights"}
	california      = []string{"five business days", "Cal. Gov. Code 12952(c)(2)(C)", "evidence of rehabilitation"}
	californiaFinal = []string{"California Civil Rights Department", "Cal. Gov. Code 12952(c)(5)(C)"}
)

// federal is every element of 15 USC 1681b(b)(3)(A) and 1681m(a) in our words.
var (
	federalNotice = []string{"Nothing is decided yet", "A copy of the report and a Summary of Your Rights under the Fair Credit Reporting Act are in your application",
		"You have until", "The report was made by Findly, 1 Example Way, Salem, OR 97301, toll-free telephone 1-800-555-0100",
		"It does not make the decision and cannot give you the reasons for it", "dispute with it the accuracy or completeness"}
	federalFinal = []string{"We have declined your application", "in whole or in part because of a consumer report from Findly, 1 Example Way, Salem, OR 97301, toll-free telephone 1-800-555-0100",
		"Findly did not make the decision and cannot give you the specific reasons for it", "free copy of the report from Findly if you ask it within 60 days",
		"the right to dispute with it the accuracy or completeness of anything in the report"}
)

// finalAdverse walks the statutory course to its end in a place, and reads both
// letters as they came by mail.
func (d *desk) finalAdverse(state, city string, notice, final []string) {
	id, email := d.apply("support-basics", map[string]string{"family_name": "Felony", "state": state, "city": city})
	d.decide(id, "adverse")
	first := d.letter(email, "Before we decide")
	s := d.portal(email)
	s.open("/apply/report").says("felony")
	s.open("/apply/rights").says("Your rights under the Fair Credit Reporting Act")
	st := d.await(id, func(st client.Status) bool { return st.Attention == "applicant" })
	if st.Stage != "vetting" {
		d.Errorf("stands at %s", st.Stage)
	}
	d.decide(id, "adverse")
	d.await(id, func(st client.Status) bool { return st.Stage == "declined" })
	last := d.letter(email, "Our decision")
	for text, words := range map[string][]string{first: slices.Concat(federalNotice, notice), last: slices.Concat(federalFinal, final)} {
		for _, w := range words {
			if !strings.Contains(text, w) {
				d.Errorf("%s: the letter does not say %q:\n%s", city, w, text)
			}
		}
	}
	if notice == nil && strings.Contains(first+last, "By the law of the place") {
		d.Errorf("the default place has sentences of its own: %s", first)
	}
	for _, other := range []string{"New York", "California"} {
		if strings.Contains(first+last, other) && (state == "OR" || (other == "New York") != (state == "NY")) {
			d.Errorf("%s is told the law of %s", city, other)
		}
	}
	d.whole(id)
}

// lostSearch: a report that is complete but for one search which nobody has. It is
// never clear: ops waive it on record, or it is taken back.
func (d *desk) lostSearch(waive bool) {
	id, email := d.apply("secure-line", map[string]string{"family_name": "Lostsearch"})
	d.await(id, func(st client.Status) bool { return st.Attention == "applicant" })
	d.portal(email).atVendor("identity_document", "verified")
	st := d.await(id, func(st client.Status) bool { return st.Attention == "ops" })
	if c := checkOf(d.T, st, "background"); c.Status != "failed" || c.Problem != "VENDOR_UNCLEAR" {
		d.Errorf("%+v", c)
	}
	want := "waived"
	if waive {
		if err := d.api.Waive(d.Context(), id, "background", "The court's own paper was seen."); err != nil {
			d.Fatal(err)
		}
		st = d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	} else {
		want = "canceled"
		d.portal(email).open("/apply/withdraw").hand("/apply/status")
		st = d.await(id, func(st client.Status) bool { return st.Stage == "withdrawn" })
	}
	if c := checkOf(d.T, st, "background"); c.Status != want {
		d.Errorf("the check reads %s", c.Status)
	}
	body, err := d.api.Ledger(d.Context(), id)
	if err != nil || strings.Contains(string(body), `"check":"background","outcome":"clear"`) {
		d.Errorf("the ledger calls it clear: %v", err)
	}
}

// webhooks: what the agency says is proved, believed no further than that something
// may have changed, and taken once.
func (d *desk) webhooks() {
	keys := d.box.Sandbox.Keys()
	post := func(vendor, header, signature, body string) int {
		status, _, _ := d.send(http.MethodPost, "/webhooks/"+vendor, body, "Content-Type", "application/json", header, signature)
		return status
	}
	// Early: word of a report that is not ordered yet, of somebody who is not there.
	nobody := `{"id":"evt_early","type":"order.completed","created_at":"2026-11-27T00:00:00Z","data":{"order_id":"ord_X","reference":"019ab3c0-0000-7000-8000-000000000001/background/1","status":"complete"}}`
	if got := post("findly", "Findly-Signature", sandbox.Sign(keys.FindlyHook, time.Now(), []byte(nobody)), nobody); got != http.StatusOK {
		d.Errorf("early: %d", got)
	}
	// A report that never completes is not believed to be complete, however often it
	// is said; and the same word is one reason to ask.
	id, _ := d.apply("support-basics", map[string]string{"family_name": "Forever"})
	var order string
	eventually(d.T, time.Minute, func() error {
		for _, e := range d.books("findly") {
			if e.Method == http.MethodPost && strings.HasPrefix(e.IdempotencyKey, id) && e.Status == http.StatusCreated {
				order = e.Order
				return nil
			}
		}
		return fmt.Errorf("not ordered yet")
	})
	word := fmt.Sprintf(`{"id":"evt_%s_once","type":"order.completed","created_at":"2026-11-27T00:00:00Z","data":{"order_id":%q,"reference":"%s/background/1","status":"complete"}}`, id, order, id)
	for range 3 {
		if got := post("findly", "Findly-Signature", sandbox.Sign(keys.FindlyHook, time.Now(), []byte(word)), word); got != http.StatusOK {
			d.Errorf("twice: %d", got)
		}
	}
	for name, signature := range map[string]string{"forged": sandbox.Sign("somebody-else's", time.Now(), []byte(word)),
		"old": sandbox.Sign(keys.FindlyHook, time.Now().Add(-time.Hour), []byte(word))} {
		if got := post("findly", "Findly-Signature", signature, word); got != http.StatusUnauthorized {
			d.Errorf("%s: %d", name, got)
		}
	}
	if got := post("checkr", "X-Checkr-Signature", sandbox.SignCheckr("somebody-else's", []byte(word)), word); got != http.StatusUnauthorized {
		d.Errorf("Checkr, forged: %d", got)
	}
	if got := post("stripe", "Stripe-Signature", sandbox.SignStripe("somebody-else's", time.Now(), []byte(word)), word); got != http.StatusUnauthorized {
		d.Errorf("Stripe, forged: %d", got)
	}
	st := d.await(id, func(st client.Status) bool { return st.Attention == "ops" }) // ten days of the vendor's, in twenty seconds
	if c := checkOf(d.T, st, "background"); c.Problem != "REPORT_OVERDUE" {
		d.Errorf("%+v", c)
	}
	// Late: when the case has ended, the word is taken and nothing happens.
	if err := d.api.Waive(d.Context(), id, "background", "Seen on paper."); err != nil {
		d.Fatal(err)
	}
	d.orderedOnce(id)
}

// takenBack: the applicant is waited for on Stripe's page and takes the consent back
// instead. The session is closed, and nothing more is asked of anybody.
func (d *desk) takenBack() {
	id, email := d.apply("secure-line", nil)
	d.await(id, func(st client.Status) bool { return st.Attention == "applicant" })
	s := d.portal(email)
	s.open("/apply/consents/validation/withdraw").at("/apply/consents/validation/withdraw").hand("/apply/status")
	st := d.await(id, func(st client.Status) bool { return st.Stage == "withdrawn" })
	if c := checkOf(d.T, st, "identity_document"); c.Status != "canceled" {
		d.Errorf("%+v", c)
	}
	canceled := false
	for _, e := range d.books("stripe") {
		canceled = canceled || (e.Method == http.MethodPost && strings.HasSuffix(e.Path, "/cancel") && e.Status < 300)
	}
	if !canceled {
		d.Error("the session was not closed")
	}
	if slices.ContainsFunc(d.books("checkr"), func(e sandbox.Entry) bool { return strings.HasPrefix(e.IdempotencyKey, id) }) {
		d.Error("a report was ordered all the same")
	}
}

// oldRecord: California's seven years; nobody is asked, and the rule is on record.
func (d *desk) oldRecord() {
	id, _ := d.apply("support-basics", map[string]string{"family_name": "Oldrecord", "state": "CA", "city": "Fresno"})
	d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	body, err := d.api.Ledger(d.Context(), id)
	if err != nil || !strings.Contains(string(body), "may not be used after 7 years") || strings.Contains(string(body), `"kind":"decided"`) {
		d.Errorf("somebody decided, or the rule is not named: %v", err)
	}
}
