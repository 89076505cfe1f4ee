package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
)

// TestCorrectionsArrive: every member, an empty one too; what is left out stays out.
func TestCorrectionsArrive(t *testing.T) {
	f := serve(t, nil)
	id := string(f.service.add(nil))
	all := map[string]string{"email": "quillonia@example.com", "phone": "503 555 0143", "street": "2 Main Street", "unit": "", "city": "Salem", "state": "OR", "postal_code": "97301"}
	s, err := client.New(f.url, acme).Correct(t.Context(), id, all)
	if err != nil || s.ID != id {
		t.Fatalf("%+v, %v", s, err)
	}
	if len(f.service.corrected) != len(all) {
		t.Errorf("arrived: %v", f.service.corrected)
	}
	for name, want := range all {
		if got, ok := f.service.corrected[onboarding.Field(name)]; !ok || got != want {
			t.Errorf("%s arrived as %q", name, got)
		}
	}
	if a := f.send("POST", "/api/v1/applications/"+id+"/corrections", `{"profile":{"phone":"503 555 0144"}}`); a.status != http.StatusOK || len(f.service.corrected) != 1 {
		t.Errorf("%d, arrived: %v", a.status, f.service.corrected)
	}
}

func TestCorrectionsThatAreRefused(t *testing.T) {
	f := serve(t, nil)
	path := "/api/v1/applications/" + string(f.service.add(nil)) + "/corrections"
	for name, tt := range map[string]struct{ body, names string }{
		"no profile":              {`{}`, "profile"},
		"a detail of nobody's":    {`{"profile":{"national_id":"` + canarySSN + `"}}`, "national_id"},
		"where they come from":    {`{"profile":{"ip_address":"192.0.2.7"}}`, "ip_address"},
		"a number that is none":   {`{"profile":{"phone":5035550143}}`, "phone"},
		"an address of a book":    {`{"profile":{"street":"` + strings.Repeat("a", 401) + `"}}`, "street"},
		"an actor of its own":     {`{"profile":{},"actor":"applicant"}`, "actor"},
		"a profile that is a row": {`{"profile":[]}`, "profile"},
	} {
		t.Run(name, func(t *testing.T) {
			a := f.send("POST", path, tt.body)
			wantProblem(t, a, http.StatusUnprocessableEntity, tt.names)
			if strings.Contains(a.body, canarySSN) || strings.Contains(a.body, "192.0.2.7") {
				t.Errorf("it quotes what was sent: %s", a.body)
			}
		})
	}
	if len(f.service.did) > 0 {
		t.Errorf("something was done: %v", f.service.did)
	}
	good := `{"profile":{"phone":"503 555 0143"}}`
	f.service.fail = applicants.Faults{validate.Fault{Field: onboarding.FieldPhone, Err: onboarding.Invalid("phone number", "That is not a phone number we can use.", "Write it with the area code.")}}
	if p := wantProblem(t, f.send("POST", path, good), 422); len(p.Errors) != 1 || p.Errors[0].Location != "body.profile.phone" {
		t.Errorf("%+v", p)
	}
	f.service.fail = onboarding.Invalid("profile", "You have changed nothing.", "Change what is wrong.")
	wantProblem(t, f.send("POST", path, good), 422, "changed nothing")
	for _, code := range []onboarding.Code{onboarding.CodeNotNow, onboarding.CodeConflict} {
		f.service.fail = &onboarding.Error{Code: code, Message: "Not this moment.", Hint: "Look at its status."}
		wantProblem(t, f.send("POST", path, good), http.StatusConflict, "Not this moment.")
	}
}
