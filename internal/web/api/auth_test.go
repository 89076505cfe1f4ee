package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

const nobodyID = onboarding.ApplicantID("019ab3c0-0000-7000-8000-000000000001")

// TestNobodyWithoutAKey tries every operation with every way to have no key. A
// refused caller learns nothing of what lies behind, not even that an ID is
// none, and no body of theirs is read.
func TestNobodyWithoutAKey(t *testing.T) {
	f := serve(t, nil)
	id := f.service.add(nil)
	for route := range operations {
		method, path, _ := strings.Cut(route, " ")
		path = strings.NewReplacer("{id}", string(id), "{check}", "email").Replace(path)
		for name, header := range map[string]string{
			"none": "", "empty": "Bearer ", "wrong": "Bearer " + acme + "x", "cut": "Bearer " + acme[:len(acme)-1],
			"no scheme": acme, "another scheme": "Basic " + acme, "an ID alone": "Bearer acme",
			"an ID and nothing": "Bearer acme:", "two": "Bearer " + acme + " " + umbria,
		} {
			a := f.send(method, path, "this is no JSON", "Authorization", header)
			wantProblem(t, a, http.StatusUnauthorized, "API key")
			if a.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s, %s: a 401 must name the scheme (RFC 9110, 11.6.1)", route, name)
			}
		}
	}
	if len(f.service.did)+len(f.service.took) > 0 {
		t.Errorf("something was done: %v", f.service.did)
	}
}

// TestKeyOfTheTwoForms: the ID may stand before the secret, as in the setting.
func TestKeyOfTheTwoForms(t *testing.T) {
	f := serve(t, nil)
	for _, key := range []string{acme, "acme:" + acme} {
		if a := f.send("GET", "/api/v1/programs", "", "Authorization", "Bearer "+key); a.status != http.StatusOK {
			t.Errorf("%d: %s", a.status, a.body)
		}
	}
	// Somebody else's name on a good secret is no key of anybody's.
	wantProblem(t, f.send("GET", "/api/v1/programs", "", "Authorization", "Bearer umbria:"+acme), http.StatusUnauthorized)
}

// TestActorIsTheKey: the ledger names who did it by the key's ID, whatever the
// caller says of themselves, and never by the secret.
func TestActorIsTheKey(t *testing.T) {
	f := serve(t, nil)
	id := string(f.service.add(nil))
	for _, tt := range []struct{ path, body, want string }{
		{"/checks/email/retry", `{"reason":"vendor is back","round":2}`, `retry email 2 "vendor is back" by api:umbria`},
		{"/checks/phone/retry", `{"reason":"again"}`, `retry phone 0 "again" by api:umbria`},
		{"/checks/background/use-vendor", `{"reason":"closed","vendor":"checkr","round":2}`, `move background of round 2 to checkr "closed" by api:umbria`},
		{"/checks/background/waive", `{"reason":"agreed with the client"}`, `waive background "agreed with the client" by api:umbria`},
		{"/decision", `{"ruling":"proceed","reason":"too long ago"}`, `decide proceed "too long ago" by api:umbria`},
		{"/decision", `{"ruling":"adverse","reason":"see the report"}`, `decide adverse "see the report" by api:umbria`},
		{"/requirements/live/score", `{"attempt":2,"scores":{"opening":1},"remark":"calm"}`, `score live 2 false map[opening:1] "calm" by api:umbria`},
		{"/requirements/live/score", `{"attempt":1,"no_show":true,"remark":"nobody came"}`, `score live 1 true map[] "nobody came" by api:umbria`},
		{"/requirements/listening/waive", `{"reason":"does not hear"}`, `let go listening "does not hear" by api:umbria`},
		{"/requirements/equipment/judge", `{"attempt":1,"pass":true,"reason":"called back"}`, `judge equipment 1 true "called back" by api:umbria`},
		{"/requirements/listening/answer", `{"words":"We call you"}`, `answer listening "We call you" by api:umbria`},
		{"/corrections", `{"profile":{"phone":"503 555 0143"}}`, `correct [phone] by api:umbria`},
	} {
		f.service.did = nil
		a := f.send("POST", "/api/v1/applications/"+id+tt.path, tt.body, "Authorization", "Bearer "+umbria)
		if a.status != http.StatusOK || len(f.service.did) != 1 || f.service.did[0] != tt.want {
			t.Errorf("%s: %d, did %q, want %q", tt.path, a.status, f.service.did, tt.want)
		}
		var s status
		a.decode(t, &s)
		if s.ID != id || s.Stage != "validation" {
			t.Errorf("%s answers %+v: it must say where the application stands", tt.path, s)
		}
	}
}
