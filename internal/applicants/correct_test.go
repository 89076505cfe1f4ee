package applicants

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

func vendorPage(w *world, id onboarding.ApplicantID) error {
	_, err := w.VendorPage(context.Background(), id, onboarding.CheckIdentity)
	return err
}

var allCorrectable = []onboarding.Field{onboarding.FieldEmail, onboarding.FieldPhone, onboarding.FieldStreet, onboarding.FieldUnit, onboarding.FieldCity,
	onboarding.FieldState, onboarding.FieldPostalCode}

// flagged is a world with an applicant whose details do not hold.
func flagged(t *testing.T, program string, fields ...onboarding.Field) (*world, onboarding.ApplicantID) {
	t.Helper()
	w := newWorld(t)
	return w, w.applied(t, program, "quillonia@example.com", fields...)
}

func (w *world) applied(t *testing.T, program, email string, fields ...onboarding.Field) onboarding.ApplicantID {
	t.Helper()
	id, _, err := w.Apply(t.Context(), application(func(a *Application) {
		a.Program, a.IdempotencyKey, a.Profile[onboarding.FieldEmail] = program, "", email
	}))
	if err != nil {
		t.Fatal(err)
	}
	v := w.engine.open[id.WorkflowID()]
	v.Stage, v.Profile = onboarding.StageValidation, onboarding.ProfileKey(id, 1)
	w.engine.open[id.WorkflowID()] = v
	w.engine.correctable[id.WorkflowID()] = fields
	return id
}

// last gives the arguments of the newest update of that name.
func last[T any](t *testing.T, w *world, update string) T {
	t.Helper()
	var out []T
	for _, s := range w.engine.sent {
		name, rest, _ := strings.Cut(s, " ")
		_, body, _ := strings.Cut(rest, " ")
		if name == update {
			if err := json.Unmarshal([]byte(body), &out); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(out) == 0 {
		t.Fatalf("no %s in %q", update, w.engine.names())
	}
	return out[0]
}

func (w *world) kept(t *testing.T, id onboarding.ApplicantID, n int) onboarding.Profile {
	t.Helper()
	p, err := w.profile(t.Context(), id, onboarding.ProfileKey(id, n))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCorrectAPhoneNumber(t *testing.T) {
	w, id := flagged(t, "support-basics", onboarding.FieldPhone)
	if p, err := w.Correctable(t.Context(), id); err != nil || len(p) != 1 || p[onboarding.FieldPhone] != "+15035550142" {
		t.Errorf("to be corrected: %v, %v", p, err)
	}
	if err := w.Correct(t.Context(), id, onboarding.Profile{onboarding.FieldPhone: "503 555 0143"}, "api:acme"); err != nil {
		t.Fatal(err)
	}
	got := last[workflows.CorrectDetails](t, w, workflows.UpdateCorrectDetails)
	if got.Profile != onboarding.ProfileKey(id, 2) || len(got.Fields) != 1 || got.Fields[0] != onboarding.FieldPhone || got.Contact != "" ||
		got.Actor != "api:acme" || got.Place.State != "OR" {
		t.Errorf("the update was %+v", got)
	}
	was, is := w.kept(t, id, 1), w.kept(t, id, 2)
	if was[onboarding.FieldPhone] != "+15035550142" || is[onboarding.FieldPhone] != "+15035550143" || is[onboarding.FieldNationalID] != "987654321" {
		t.Errorf("kept are %v and %v", was, is)
	}
	if strings.Contains(w.engine.names(), "SendLink") {
		t.Error("a link was sent, though the address is the same")
	}
	// One more of the same profile goes on from what stands now.
	if err := w.Correct(t.Context(), id, onboarding.Profile{onboarding.FieldPhone: "+15035550144"}, "applicant"); err != nil {
		t.Fatal(err)
	}
	if got := last[workflows.CorrectDetails](t, w, workflows.UpdateCorrectDetails); got.Profile != onboarding.ProfileKey(id, 3) {
		t.Errorf("the second update was %+v", got)
	}
}

func TestCorrectAnAddress(t *testing.T) {
	w, id := flagged(t, "support-basics", allCorrectable...)
	changes := onboarding.Profile{onboarding.FieldStreet: "2 Main Street", onboarding.FieldUnit: "", onboarding.FieldCity: "Seattle", onboarding.FieldState: "wa",
		onboarding.FieldPostalCode: "98101"}
	if err := w.Correct(t.Context(), id, changes, "applicant"); err != nil {
		t.Fatal(err)
	}
	got := last[workflows.CorrectDetails](t, w, workflows.UpdateCorrectDetails)
	if len(got.Fields) != 4 || got.Place != (workflows.Place{State: "WA", City: "Seattle"}) {
		t.Errorf("the update was %+v", got)
	}
}

// TestCorrectAnEmail: the new address finds the application, the old one goes on
// to, both entries are on the list of what goes with the data, and a link is sent.
func TestCorrectAnEmail(t *testing.T) {
	w := newWorld(t)
	if err := w.Begin(t.Context(), begin("quillonia@example.com")); err != nil {
		t.Fatal(err)
	}
	var id onboarding.ApplicantID
	for workflow := range w.engine.open {
		id, _ = onboarding.ApplicantOfWorkflow(workflow)
	}
	d, err := w.Draft(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	d.Profile = application(nil).Profile
	if _, err := w.SaveDraft(t.Context(), id, d); err != nil {
		t.Fatal(err)
	}
	if err := w.Submit(t.Context(), id, Origin{Address: "192.0.2.7"}); err != nil {
		t.Fatal(err)
	}
	if _, ok := w.kept(t, id, 1)[onboarding.FieldIPAddress]; ok {
		t.Error("the internet address is kept, though no check looks at it") // obligation 41
	}
	v := w.engine.open[id.WorkflowID()]
	v.Stage, v.Profile = onboarding.StageValidation, onboarding.ProfileKey(id, 1)
	w.engine.open[id.WorkflowID()] = v
	w.engine.correctable[id.WorkflowID()] = []onboarding.Field{onboarding.FieldEmail}

	if err := w.Correct(t.Context(), id, onboarding.Profile{onboarding.FieldEmail: "quillonia.b@example.com"}, "applicant"); err != nil {
		t.Fatal(err)
	}
	got := last[workflows.CorrectDetails](t, w, workflows.UpdateCorrectDetails)
	if got.Contact != w.contact("quillonia.b@example.com") {
		t.Errorf("the update was %+v", got)
	}
	if names := w.engine.names(); !strings.HasSuffix(names, "CorrectDetails SendLink") {
		t.Errorf("the engine got %s", names)
	}
	for _, email := range []string{"quillonia@example.com", "quillonia.b@example.com"} {
		if known, _, err := w.openFor(t.Context(), w.contact(email), "support-basics"); err != nil || known.id != id {
			t.Errorf("an address finds %q, %v", known.id, err)
		}
	}
	name := onboarding.ContactsKey(id)
	var keys []string
	if err := w.opened(t.Context(), id, name, w.bucket.objects[name], &keys); err != nil || len(keys) != 2 {
		t.Errorf("the list is %v, %v", keys, err)
	}
	// Back to the first: it is the applicant's own already.
	if err := w.Correct(t.Context(), id, onboarding.Profile{onboarding.FieldEmail: "Quillonia@example.com"}, "applicant"); err != nil {
		t.Error(err)
	}
}

// TestAddressOfAnother: it is refused, and nothing is said of the other.
func TestAddressOfAnother(t *testing.T) {
	w, id := flagged(t, "support-basics", onboarding.FieldEmail)
	if err := w.Begin(t.Context(), begin("taken@example.com")); err != nil {
		t.Fatal(err)
	}
	before := w.bucket.count("")
	err := w.Correct(t.Context(), id, onboarding.Profile{onboarding.FieldEmail: "taken@example.com"}, "applicant")
	if onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Fatalf("%v", err)
	}
	for _, never := range []string{"taken", "application of", "another app", "already", "exist"} {
		if strings.Contains(strings.ToLower(err.Error()), never) {
			t.Errorf("the error says %q: %v", never, err)
		}
	}
	if w.bucket.count("") != before || strings.Contains(w.engine.names(), "CorrectDetails") {
		t.Error("something was changed")
	}
	// One that has ended does not stand in the way.
	for workflow, v := range w.engine.open {
		if workflow != id.WorkflowID() {
			v.Stage = onboarding.StageWithdrawn
			w.engine.open[workflow] = v
		}
	}
	if err := w.Correct(t.Context(), id, onboarding.Profile{onboarding.FieldEmail: "taken@example.com"}, "applicant"); err != nil {
		t.Error(err)
	}
}

func TestCorrectionsThatAreRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		fields  []onboarding.Field
		changes onboarding.Profile
		want    onboarding.Code
	}{
		"nothing to correct":    {nil, onboarding.Profile{onboarding.FieldPhone: "503 555 0143"}, onboarding.CodeNotNow},
		"another detail":        {[]onboarding.Field{onboarding.FieldPhone}, onboarding.Profile{onboarding.FieldCity: "Salem"}, onboarding.CodeNotNow},
		"one that never is":     {allCorrectable, onboarding.Profile{onboarding.FieldNationalID: "987-65-4329"}, onboarding.CodeNotNow},
		"one more besides":      {[]onboarding.Field{onboarding.FieldPhone}, onboarding.Profile{onboarding.FieldPhone: "503 555 0143", onboarding.FieldCity: "Salem"}, onboarding.CodeNotNow},
		"nothing":               {allCorrectable, nil, onboarding.CodeInvalid},
		"the same in new words": {allCorrectable, onboarding.Profile{onboarding.FieldPhone: "(503) 555-0142"}, onboarding.CodeInvalid},
		"no number":             {allCorrectable, onboarding.Profile{onboarding.FieldPhone: "142"}, onboarding.CodeInvalid},
		"an empty one":          {allCorrectable, onboarding.Profile{onboarding.FieldEmail: ""}, onboarding.CodeInvalid},
		"a field of no form":    {allCorrectable, onboarding.Profile{"religion": "x"}, onboarding.CodeInvalid},
		"where they come from":  {allCorrectable, onboarding.Profile{onboarding.FieldIPAddress: "203.0.113.9"}, onboarding.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			w, id := flagged(t, "support-basics", tt.fields...)
			before := w.bucket.count("")
			if err := w.Correct(t.Context(), id, tt.changes, "applicant"); onboarding.CodeOf(err) != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
			if w.bucket.count("") != before || strings.Contains(w.engine.names(), "CorrectDetails") {
				t.Error("something was changed")
			}
		})
	}
}

// TestTwoCorrectionsAtOnce: the one that has not seen the other is not taken, and
// says so; what a refused one has left behind is not written over.
func TestTwoCorrectionsAtOnce(t *testing.T) {
	w, id := flagged(t, "support-basics", allCorrectable...)
	w.engine.known[id.WorkflowID()+" correct-1"] = true // the other one is taken this moment
	w.bucket.objects[onboarding.ProfileKey(id, 2)] = []byte("the other's")
	err := w.Correct(t.Context(), id, onboarding.Profile{onboarding.FieldPhone: "503 555 0143"}, "applicant")
	if onboarding.CodeOf(err) != onboarding.CodeConflict {
		t.Errorf("%v", err)
	}
	if string(w.bucket.objects[onboarding.ProfileKey(id, 2)]) != "the other's" {
		t.Error("the other's profile was written over")
	}
}

// TestWhereAnApplicationComesFrom is kept only when the program looks at it
// (obligation 41), stays through a correction, and is nobody's to correct.
func TestWhereAnApplicationComesFrom(t *testing.T) {
	w := newWorld(t)
	set := looking(t, w)
	id := w.applied(t, set, "quillonia@example.com", onboarding.FieldPhone)
	if got := w.kept(t, id, 1)[onboarding.FieldIPAddress]; got != "192.0.2.7" {
		t.Errorf("the profile has %q", got)
	}
	if err := w.Correct(t.Context(), id, onboarding.Profile{onboarding.FieldPhone: "503 555 0143"}, "applicant"); err != nil {
		t.Fatal(err)
	}
	if got := w.kept(t, id, 2)[onboarding.FieldIPAddress]; got != "192.0.2.7" {
		t.Errorf("the corrected profile has %q", got)
	}
	for _, bad := range []string{"192.0.2.7:443", "somewhere"} {
		_, _, err := w.Apply(t.Context(), application(func(a *Application) {
			a.Program, a.IdempotencyKey = set, ""
			for i := range a.Consents {
				a.Consents[i].Origin.Address = bad
			}
		}))
		if onboarding.CodeOf(err) != onboarding.CodeInvalid || strings.Contains(err.Error(), bad) {
			t.Errorf("from %q: %v", bad, err)
		}
	}
	// The one of the consent that was given last.
	if got := lastGiven([]ConsentEvidence{{GivenAt: t0, Origin: Origin{Address: "192.0.2.2"}}, {GivenAt: t0.Add(-1), Origin: Origin{Address: "192.0.2.1"}}}); got.Origin.Address != "192.0.2.2" {
		t.Errorf("%+v", got)
	}
}

// looking gives the world a program that looks at where applications come from.
func looking(t *testing.T, w *world) string {
	t.Helper()
	all, err := program.LoadTrial()
	if err != nil {
		t.Fatal(err)
	}
	w.Programs = all
	for _, p := range all.All() {
		if asks(p, onboarding.CheckIPRisk) {
			return p.ID
		}
	}
	t.Fatal("no program looks")
	return ""
}

func TestVendorPage(t *testing.T) {
	w, id := flagged(t, "support-basics")
	w.engine.page = "https://verify.example.com/once"
	page, err := w.VendorPage(t.Context(), id, onboarding.CheckIdentity)
	if err != nil || page != w.engine.page {
		t.Errorf("%q, %v", page, err)
	}
	if got := last[workflows.OpenVendorPage](t, w, workflows.UpdateOpenVendorPage); got.Check != onboarding.CheckIdentity {
		t.Errorf("asked for %+v", got)
	}
}

// TestDisputeOfEntries: what was ticked goes along in the open, the words sealed.
func TestDisputeOfEntries(t *testing.T) {
	w, id := flagged(t, "support-basics")
	long := strings.Repeat("é", maxStatement)
	if err := w.Dispute(t.Context(), id, Answer{Kind: workflows.AnswerDispute, Items: []string{"rec_1"}, Words: long}); err != nil {
		t.Fatal(err)
	}
	got := last[workflows.Dispute](t, w, workflows.UpdateDispute)
	if got.Kind != workflows.AnswerDispute || len(got.Items) != 1 || got.Items[0] != "rec_1" {
		t.Errorf("sent %+v", got)
	}
	if plain, err := w.Vault.Open(t.Context(), id, sealStatement, got.Statement); err != nil || string(plain) != long {
		t.Errorf("%d characters, %v", len(plain), err)
	}
	if err := w.Dispute(t.Context(), id, Answer{Words: long + "x"}); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("words without end: %v", err)
	}
}
