package api_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestRevoke names the kind of reason and the reason, and by whose key it was.
func TestRevoke(t *testing.T) {
	f := serve(t, nil)
	id := f.service.add(func(v *workflows.StaffView) { v.Stage = onboarding.StageCertified })
	at := "/api/v1/applications/" + string(id) + "/credential/revoke"
	if a := f.send("POST", at, `{"category":"conduct","reason":"Lent to another."}`, "Authorization", "Bearer "+umbria); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
	if want := `revoke conduct "Lent to another." by api:umbria`; !slices.Contains(f.service.did, want) {
		t.Errorf("did %q, want %q", f.service.did, want)
	}
	for _, body := range []string{`{"category":"envy","reason":"x"}`, `{"reason":"x"}`, `{"category":"conduct","reason":""}`, `{"category":"conduct"}`} {
		wantProblem(t, f.send("POST", at, body), http.StatusUnprocessableEntity)
	}
}
