package applicants

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

func TestApply(t *testing.T) {
	w := newWorld(t)
	id, created, err := w.Apply(t.Context(), application(nil))
	if err != nil || !created {
		t.Fatal(id, created, err)
	}
	if got := w.engine.names(); got != "start Apply" {
		t.Errorf("the engine got %s", got)
	}
	// The sealed profile is the normalized one, and opens under its own name only.
	key := onboarding.ProfileKey(id, 1)
	var p onboarding.Profile
	if err := w.opened(t.Context(), id, key, w.bucket.objects[key], &p); err != nil {
		t.Fatal(err)
	}
	if p[onboarding.FieldNationalID] != "987654321" || p[onboarding.FieldPhone] != "+15035550142" || len(p) != 11 {
		t.Errorf("the profile is %v", p)
	}
	if _, err := w.Vault.Open(t.Context(), id, onboarding.DraftKey(id), w.bucket.objects[key]); err == nil {
		t.Error("the profile passes for a draft")
	}
}

// TestNothingInClear: what the service hands to the engine, and what it stores,
// names nobody; only with the applicant's key can it be read.
func TestNothingInClear(t *testing.T) {
	w := newWorld(t)
	if _, _, err := w.Apply(t.Context(), application(nil)); err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(t.Context(), begin("Quillonia@example.com")); err != nil {
		t.Fatal(err)
	}
	seen := append(append([]string{}, w.engine.sent...), w.engine.clear...)
	for key, body := range w.bucket.objects {
		seen = append(seen, key, string(body))
	}
	if len(seen) < 10 {
		t.Fatalf("only %d things were seen", len(seen))
	}
	for _, s := range seen {
		for _, canary := range canaries {
			if strings.Contains(strings.ToLower(s), strings.ToLower(canary)) {
				t.Errorf("%q stands in clear in %.300s", canary, s)
			}
		}
	}
}

func TestApplyIdempotently(t *testing.T) {
	w := newWorld(t)
	id, _, err := w.Apply(t.Context(), application(nil))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		again, created, err := w.Apply(t.Context(), application(nil))
		if err != nil || again != id || created {
			t.Errorf("again: %s %v %v", again, created, err)
		}
	}
	if got := w.engine.names(); got != "start Apply" {
		t.Errorf("the engine got %s", got)
	}
	for name, change := range map[string]func(*Application){
		"another field":   func(a *Application) { a.Profile[onboarding.FieldCity] = "Salem" },
		"another program": func(a *Application) { a.Program = "health-line" },
		"another time":    func(a *Application) { a.Consents[0].GivenAt = t0 },
	} {
		_, _, err := w.Apply(t.Context(), application(change))
		var e *onboarding.Error
		if !errors.As(err, &e) || e.Code != onboarding.CodeConflict || e.Field != "Idempotency-Key" {
			t.Errorf("%s under the same key: %v", name, err)
		}
	}
	for name, change := range map[string]func(*Application){
		"another caller's":   func(a *Application) { a.Actor = "api:umbria" },
		"another key":        func(a *Application) { a.IdempotencyKey = "order-8" },
		"no key":             func(a *Application) { a.IdempotencyKey = "" },
		"no key, once more":  func(a *Application) { a.IdempotencyKey = "" },
		"a key made to meet": func(a *Application) { a.Actor, a.IdempotencyKey = "api:ac", "me\x00order-7" },
	} {
		other, created, err := w.Apply(t.Context(), application(change))
		if err != nil || other == id || !created {
			t.Errorf("%s: %s %v %v", name, other, created, err)
		}
	}
}

// TestApplyCutOff: the engine was away when the applicant was to be started. The
// same call again starts the same applicant, once.
func TestApplyCutOff(t *testing.T) {
	w := newWorld(t)
	w.engine.fail = serviceerror.NewUnavailable("no hosts")
	if _, _, err := w.Apply(t.Context(), application(nil)); err == nil {
		t.Fatal("nobody was started, and that was no error")
	}
	keys := w.bucket.count("keys/")
	id, _, err := w.Apply(t.Context(), application(nil))
	if err != nil {
		t.Fatal(err)
	}
	if got := w.bucket.count("keys/"); got != keys {
		t.Errorf("%d keys, %d before: there are two applicants", got, keys)
	}
	if again, created, err := w.Apply(t.Context(), application(nil)); err != nil || again != id || created {
		t.Errorf("%s %v %v", again, created, err)
	}
	if got := w.engine.names(); got != "start Apply" {
		t.Errorf("the engine got %s", got)
	}
}

// TestRefusedApplicationLeavesNothing: not a key, not an entry by which somebody
// could be found, and no word of theirs in the error.
func TestRefusedApplicationLeavesNothing(t *testing.T) {
	consents := func(change func(*ConsentEvidence)) func(*Application) {
		return func(a *Application) { change(&a.Consents[len(a.Consents)-1]) }
	}
	for name, tt := range map[string]struct {
		change func(*Application)
		want   onboarding.Code
	}{
		"an unknown program":     {func(a *Application) { a.Program = "none" }, onboarding.CodeUnknownProgram},
		"a wrong field":          {func(a *Application) { a.Profile[onboarding.FieldEmail] = "quillonia" }, onboarding.CodeInvalid},
		"a field of no form":     {func(a *Application) { a.Profile["religion"] = "x" }, onboarding.CodeInvalid},
		"no profile":             {func(a *Application) { a.Profile = nil }, onboarding.CodeInvalid},
		"under age":              {func(a *Application) { a.Profile[onboarding.FieldDateOfBirth] = "2008-11-03" }, onboarding.CodeUnderAge},
		"no consents":            {func(a *Application) { a.Consents = nil }, onboarding.CodeInvalid},
		"one consent less":       {func(a *Application) { a.Consents = a.Consents[1:] }, onboarding.CodeInvalid},
		"another text":           {consents(func(c *ConsentEvidence) { c.Notice.SHA256 = strings.Repeat("0", 64) }), onboarding.CodeInvalid},
		"not shown":              {consents(func(c *ConsentEvidence) { c.ShownAt = time.Time{} }), onboarding.CodeInvalid},
		"not given":              {consents(func(c *ConsentEvidence) { c.GivenAt = time.Time{} }), onboarding.CodeInvalid},
		"given before shown":     {consents(func(c *ConsentEvidence) { c.GivenAt = c.ShownAt.Add(-time.Second) }), onboarding.CodeInvalid},
		"given in the future":    {consents(func(c *ConsentEvidence) { c.GivenAt = t0.Add(6 * time.Minute) }), onboarding.CodeInvalid},
		"by no known method":     {consents(func(c *ConsentEvidence) { c.Method = "button" }), onboarding.CodeInvalid},
		"from no address":        {consents(func(c *ConsentEvidence) { c.Origin.Address = "" }), onboarding.CodeInvalid},
		"an unsigned agreement":  {unsign, onboarding.CodeInvalid},
		"for an unknown purpose": {consents(func(c *ConsentEvidence) { c.Purpose = "marketing" }), onboarding.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			before := w.bucket.count("")
			_, _, err := w.Apply(t.Context(), application(tt.change))
			if onboarding.CodeOf(err) != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
			if after := w.bucket.count(""); after != before || len(w.engine.sent) > 0 {
				t.Errorf("%d objects are left behind, %v was sent", after-before, w.engine.sent)
			}
			for _, canary := range canaries {
				if err != nil && strings.Contains(err.Error(), canary) {
					t.Errorf("the error quotes %q: %v", canary, err)
				}
			}
		})
	}
}

func unsign(a *Application) {
	for i := range a.Consents {
		if a.Consents[i].Kind == consent.KindFCRAAuthorization {
			a.Consents[i].Signature = ""
		}
	}
}

// TestClientsClock: one that is a little ahead is let pass.
func TestClientsClock(t *testing.T) {
	w := newWorld(t)
	if _, _, err := w.Apply(t.Context(), application(func(a *Application) { a.Consents[0].GivenAt = t0.Add(maxClockSkew) })); err != nil {
		t.Error(err)
	}
}

func begin(email string) BeginRequest {
	return BeginRequest{Program: "support-basics", Email: email, Language: "en", ShownAt: t0.Add(-time.Minute), Origin: Origin{Address: "192.0.2.7", UserAgent: "client form 3"}}
}

// TestBegin: one open application for an address and program; whoever asks again
// gets a link to it, and nobody is told which it was.
func TestBegin(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		for _, email := range []string{"quillonia@example.com", "Quillonia@Example.com"} {
			if err := w.Begin(t.Context(), begin(email)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := w.engine.names(); got != "start Begin SendLink SendLink SendLink" {
		t.Errorf("the engine got %s", got)
	}
	elsewhere := begin("quillonia@example.com")
	elsewhere.Program = "health-line"
	if err := w.Begin(t.Context(), elsewhere); err != nil || len(w.engine.open) != 2 {
		t.Errorf("in another program: %v, %d open", err, len(w.engine.open))
	}
	// One that has ended does not stand in the way of another try.
	for id, v := range w.engine.open {
		v.Stage = onboarding.StageWithdrawn
		w.engine.open[id] = v
	}
	if err := w.Begin(t.Context(), begin("quillonia@example.com")); err != nil || len(w.engine.open) != 3 {
		t.Errorf("after the end: %v, %d known", err, len(w.engine.open))
	}
	for _, bad := range []BeginRequest{begin("quillonia"), begin(""), {Program: "none", Email: "a@example.com"}} {
		before := w.bucket.count("")
		if err := w.Begin(t.Context(), bad); err == nil || w.bucket.count("") != before {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// TestStartWithoutItsUpdate: the house fell over when the workflow was started and
// its first update was not durable. Whoever tries again is not left with a workflow
// that waits for ever: the same application is begun in it.
func TestStartWithoutItsUpdate(t *testing.T) {
	w := newWorld(t)
	w.engine.lost = true
	if err := w.Begin(t.Context(), begin("quillonia@example.com")); err == nil {
		t.Fatal("it was begun all the same")
	}
	if err := w.Begin(t.Context(), begin("quillonia@example.com")); err != nil {
		t.Fatal(err)
	}
	if got := w.engine.names(); got != "start Begin" || len(w.engine.open) != 1 {
		t.Errorf("the engine got %s", got)
	}

	w = newWorld(t)
	w.engine.lost = true
	a := application(nil)
	a.IdempotencyKey = "once"
	if _, _, err := w.Apply(t.Context(), a); err == nil {
		t.Fatal("it was handed in all the same")
	}
	first, _, err := w.Apply(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	again, created, err := w.Apply(t.Context(), a)
	if got := w.engine.names(); err != nil || created || again != first || got != "start Apply" {
		t.Errorf("%s and %s, %v; the engine got %s", first, again, err, got)
	}
}

// TestTwoTabs: a save with an old tag is refused, and loses nothing.
func TestTwoTabs(t *testing.T) {
	w := newWorld(t)
	if err := w.Begin(t.Context(), begin("quillonia@example.com")); err != nil {
		t.Fatal(err)
	}
	var id onboarding.ApplicantID
	for workflow := range w.engine.open {
		id, _ = onboarding.ApplicantOfWorkflow(workflow)
	}
	one, err := w.Draft(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	two, err := w.Draft(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	one.Profile[onboarding.FieldCity] = "Portland"
	if one.Tag, err = w.SaveDraft(t.Context(), id, one); err != nil {
		t.Fatal(err)
	}
	two.Profile[onboarding.FieldCity] = "Salem"
	if _, err := w.SaveDraft(t.Context(), id, two); onboarding.CodeOf(err) != onboarding.CodeConflict {
		t.Errorf("the second tab: %v", err)
	}
	if now, err := w.Draft(t.Context(), id); err != nil || now.Profile[onboarding.FieldCity] != "Portland" || now.Tag != one.Tag {
		t.Errorf("kept is %+v, %v", now, err)
	}
}

// TestUnknownApplicant: at every door the same, and never a plain error.
func TestUnknownApplicant(t *testing.T) {
	w := newWorld(t)
	const nobody = onboarding.ApplicantID("0198c0de-0000-7000-8000-0000000000ff")
	_, draft := w.Draft(t.Context(), nobody)
	_, view := w.View(t.Context(), nobody)
	_, staff := w.StaffView(t.Context(), nobody)
	for name, err := range map[string]error{
		"draft": draft, "view": view, "staff view": staff, "withdraw": w.Withdraw(t.Context(), nobody, "applicant"), "send link": w.SendLink(t.Context(), nobody),
		"retry": w.Retry(t.Context(), nobody, onboarding.CheckEmail, 0, "x", "api:acme"), "waive": w.Waive(t.Context(), nobody, onboarding.CheckEmail, "x", "api:acme"),
		"decide": w.Decide(t.Context(), nobody, Decision{Ruling: onboarding.RulingProceed, Reason: "x"}, "api:acme"), "dispute": w.Dispute(t.Context(), nobody, Answer{Words: "x"}), "submit": w.Submit(t.Context(), nobody, Origin{}),
		"correct": w.Correct(t.Context(), nobody, nil, "applicant"), "vendor page": vendorPage(w, nobody),
	} {
		if onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
			t.Errorf("%s: %v", name, err)
		}
	}
}
