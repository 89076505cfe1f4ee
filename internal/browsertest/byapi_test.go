package browsertest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
)

// handsIn hands an application in by the API, for journeys that begin after the
// form; with are fields beside those of the person, and change alters the consents.
func (w *world) handsIn(t testing.TB, p person, program string, with map[string]string, change ...func(consents []map[string]any)) *journey {
	t.Helper()
	notices, err := w.api.Notices(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := demo.NewClear(notices).Application(1)
	var a struct {
		Program   string            `json:"program"`
		Consents  []map[string]any  `json:"consents"`
		Applicant map[string]string `json:"applicant"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatal(err)
	}
	a.Program = program
	for field, value := range map[string]string{"given_name": p.given, "family_name": p.family, "email": p.email, "phone": p.phone, "national_id": p.id, "state": p.state,
		"date_of_birth": p.birthday()} {
		a.Applicant[field] = value
	}
	for field, value := range with {
		a.Applicant[field] = value
	}
	for _, c := range a.Consents {
		if c["signature"] != nil {
			c["signature"] = p.name()
		}
	}
	for _, c := range change {
		c(a.Consents)
	}
	out, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	created, err := w.api.Apply(t.Context(), out, p.email)
	if err != nil {
		t.Fatal(err)
	}
	return &journey{w: w, p: p, id: created.ID}
}

// enters opens an application that was handed in, in a browser.
func (j *journey) enters(t testing.TB, l look) *journey {
	t.Helper()
	j.tab = j.w.profile(t, l)
	j.open(j.w.linkTo(t, j.id, time.Now())).press("Open my application").at("/apply/status")
	return j
}

// stands waits until the application waits for somebody, or has come to a stage.
func (j *journey) stands(t testing.TB, stage, attention string) client.Status {
	t.Helper()
	return j.w.await(t, j.id, func(st client.Status) bool {
		return (stage == "" || st.Stage == stage) && (attention == "" || st.Attention == attention)
	})
}
