package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web/api"
)

// canary values stand for what must never come back in an answer.
const (
	canarySSN  = "987-65-4321"
	canaryName = "Quillonia"
)

type object = map[string]any

// application is a whole one, as a client's own form captures it.
func application() object {
	var consents []any
	for _, n := range consent.Notices("en") {
		c := object{
			"purpose": string(n.Purpose), "kind": string(n.Kind), "method": "client_form",
			"notice":   object{"id": n.ID, "version": n.Version, "language": n.Language, "sha256": n.SHA256},
			"shown_at": "2026-11-02T11:00:00Z", "given_at": "2026-11-02T11:01:00Z",
			"origin": object{"ip_address": "192.0.2.7", "user_agent": "client form 3"},
		}
		if n.Kind == consent.KindFCRAAuthorization {
			c["method"], c["signature"] = "typed_signature", canaryName+" Example"
		}
		consents = append(consents, c)
	}
	return object{
		"program": "support-basics",
		"applicant": object{
			"given_name": canaryName, "family_name": "Example", "date_of_birth": "1990-04-27", "email": "quillonia@example.com",
			"phone": "+15035550142", "national_id": canarySSN, "street": "1 Main Street", "city": "Portland", "state": "OR",
			"postal_code": "97201", "country": "US",
		},
		"consents": consents,
	}
}

// with sets one member, by its path, or removes it when value is nil.
func with(o object, value any, path ...any) object {
	var at any = o
	for _, step := range path[:len(path)-1] {
		switch step := step.(type) {
		case string:
			at = at.(object)[step]
		case int:
			at = at.([]any)[step]
		}
	}
	last := path[len(path)-1].(string)
	if value == nil {
		delete(at.(object), last)
	} else {
		at.(object)[last] = value
	}
	return o
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPostApplication(t *testing.T) {
	f := serve(t, nil)
	a := f.send("POST", "/api/v1/applications", encode(t, application()), "Idempotency-Key", "order-7")
	if a.status != http.StatusCreated {
		t.Fatalf("%d: %s", a.status, a.body)
	}
	var out struct{ ID string }
	a.decode(t, &out)
	if want := "/api/v1/applications/" + out.ID; a.header.Get("Location") != want {
		t.Errorf("Location %q, want %q", a.header.Get("Location"), want)
	}
	if b := f.send("GET", a.header.Get("Location"), ""); b.status != http.StatusOK {
		t.Errorf("what Location names answers %d", b.status)
	}
	got := f.service.took[0]
	if got.Program != "support-basics" || got.IdempotencyKey != "order-7" || got.Actor != "api:acme" {
		t.Errorf("took %+v", got)
	}
	want := onboarding.Profile{
		onboarding.FieldGivenName: canaryName, onboarding.FieldFamilyName: "Example", onboarding.FieldDateOfBirth: "1990-04-27",
		onboarding.FieldEmail: "quillonia@example.com", onboarding.FieldPhone: "+15035550142", onboarding.FieldNationalID: canarySSN,
		onboarding.FieldStreet: "1 Main Street", onboarding.FieldCity: "Portland", onboarding.FieldState: "OR",
		onboarding.FieldPostalCode: "97201", onboarding.FieldCountry: "US",
	}
	if !slices.Equal(got.Profile.Has(), want.Has()) {
		t.Errorf("fields %v, want %v", got.Profile.Has(), want.Has())
	}
	for field, value := range want {
		if got.Profile[field] != value {
			t.Errorf("%s arrived as %q", field, got.Profile[field])
		}
	}
	notices := consent.Notices("en")
	if len(got.Consents) != len(notices) {
		t.Fatalf("%d consents arrived of %d", len(got.Consents), len(notices))
	}
	for i, n := range notices {
		c := got.Consents[i]
		if c.Notice != n.Ref() || c.Purpose != n.Purpose || c.Kind != n.Kind || c.Origin != (applicants.Origin{Address: "192.0.2.7", UserAgent: "client form 3"}) {
			t.Errorf("the consent for %s arrived as %+v", n.ID, c)
		}
		if c.ShownAt.Format("15:04:05") != "11:00:00" || c.GivenAt.Sub(c.ShownAt).Minutes() != 1 {
			t.Errorf("the consent for %s was shown %s and given %s", n.ID, c.ShownAt, c.GivenAt)
		}
		if (n.Kind == consent.KindFCRAAuthorization) != (c.Signature != "") {
			t.Errorf("the consent for %s has the signature %q", n.ID, c.Signature)
		}
	}
}

// TestEveryFieldOfTheBodyArrives: a member that were read and dropped would look
// to the integrator as if we had it.
func TestEveryFieldOfTheBodyArrives(t *testing.T) {
	f := serve(t, nil)
	body := application()
	for _, name := range []string{"middle_name", "unit", "past_addresses"} {
		with(body, "given "+name, "applicant", name)
	}
	if a := f.send("POST", "/api/v1/applications", encode(t, body)); a.status != http.StatusCreated {
		t.Fatalf("%d: %s", a.status, a.body)
	}
	for name, value := range body["applicant"].(object) {
		if got := f.service.took[0].Profile[onboarding.Field(name)]; got != value {
			t.Errorf("%s arrived as %q, want %q", name, got, value)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	f := serve(t, nil)
	post := func(body object, headers ...string) (answer, string) {
		a := f.send("POST", "/api/v1/applications", encode(t, body), headers...)
		var out struct{ ID string }
		if a.status < 300 {
			a.decode(t, &out)
		}
		return a, out.ID
	}
	first, id := post(application(), "Idempotency-Key", "k1")
	again, same := post(application(), "Idempotency-Key", "k1")
	if first.status != http.StatusCreated || again.status != http.StatusOK || id != same {
		t.Errorf("%d %s, then %d %s: want 201, then 200 of the same", first.status, id, again.status, same)
	}
	if again.header.Get("Location") != first.header.Get("Location") {
		t.Errorf("the repeat names %q", again.header.Get("Location"))
	}
	other, _ := post(with(application(), "Other", "applicant", "family_name"), "Idempotency-Key", "k1")
	if p := wantProblem(t, other, http.StatusUnprocessableEntity, "Idempotency-Key"); len(p.Errors) != 1 || p.Errors[0].Location != "Idempotency-Key" {
		t.Errorf("the header is not named: %+v", p)
	}
	if a, theirs := post(application(), "Idempotency-Key", "k1", "Authorization", "Bearer "+umbria); a.status != http.StatusCreated || theirs == id {
		t.Errorf("another caller's key: %d %s", a.status, theirs)
	}
	_, one := post(application())
	_, two := post(application())
	if one == two {
		t.Error("without a key each call makes an application")
	}
	wantProblem(t, f.send("POST", "/api/v1/applications", encode(t, application()), "Idempotency-Key", strings.Repeat("k", 201)), http.StatusUnprocessableEntity, "Idempotency-Key")
}

// TestConsentEvidenceIsNeeded goes through the real service: what is not
// consented to, in full, is refused before anything of the person is kept. The
// service has no engine, vault or bucket here, so a call that got past the
// evidence would panic.
func TestConsentEvidenceIsNeeded(t *testing.T) {
	programs, err := program.Load("")
	if err != nil {
		t.Fatal(err)
	}
	real := applicants.New(applicants.Config{Programs: programs, AllowReserved: true})
	f := serve(t, func(c *api.Config) { c.Service = real })
	tests := map[string]struct {
		change func(object) object
		says   string
	}{
		"none":                  {func(o object) object { return with(o, []any{}, "consents") }, "missing"},
		"null":                  {func(o object) object { o["consents"] = nil; return o }, "missing"},
		"the last one left out": {func(o object) object { c := o["consents"].([]any); return with(o, c[:len(c)-1], "consents") }, "missing"},
		"the first left out":    {func(o object) object { return with(o, o["consents"].([]any)[1:], "consents") }, "missing"},
		"another text shown": {func(o object) object {
			return with(o, strings.Repeat("0", 64), "consents", 0, "notice", "sha256")
		}, "not the one that we published"},
		"a notice of no version": {func(o object) object { return with(o, "1999-01-01", "consents", 0, "notice", "version") }, "no notice"},
		"agreed before shown":    {func(o object) object { return with(o, "2026-11-02T10:00:00Z", "consents", 0, "given_at") }, "before"},
		"agreed in the future":   {func(o object) object { return with(o, "2999-01-01T00:00:00Z", "consents", 0, "given_at") }, "future"},
		"from nowhere":           {func(o object) object { return with(o, "", "consents", 0, "origin", "ip_address") }, "address"},
		"for an unknown purpose": {func(o object) object { return with(o, "marketing", "consents", 0, "purpose") }, ""},
		"unsigned authorization": {unsigned, "signature"},
		"by a method of no kind": {func(o object) object { return with(o, "telepathy", "consents", 0, "method") }, "method"},
		"a consent for another's": {func(o object) object {
			return with(o, o["consents"].([]any)[1].(object)["notice"], "consents", 0, "notice")
		}, "notice"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := f.send("POST", "/api/v1/applications", encode(t, tt.change(application())), "Idempotency-Key", "k")
			wantProblem(t, a, http.StatusUnprocessableEntity, tt.says)
			wantNothingOfTheirs(t, a)
		})
	}
}

func unsigned(o object) object {
	for i, c := range o["consents"].([]any) {
		if c.(object)["kind"] == string(consent.KindFCRAAuthorization) {
			return with(o, nil, "consents", i, "signature")
		}
	}
	panic("no consent of the application is an authorization")
}

// wantNothingOfTheirs: an answer may name fields and never quote what was in
// them. Clients log problems; a problem that quoted the body would put national
// IDs into their logs.
func wantNothingOfTheirs(t *testing.T, a answer) {
	t.Helper()
	for _, canary := range []string{canarySSN, canaryName, "quillonia@example.com", "5035550142", "1990-04-27", "192.0.2.7"} {
		if strings.Contains(a.body, canary) {
			t.Errorf("the answer quotes %s: %.400s", canary, a.body)
		}
	}
}

func TestRefusedBodies(t *testing.T) {
	f := serve(t, nil)
	whole := encode(t, application())
	tests := map[string]struct {
		body    string
		headers []string
		want    int
		names   string
	}{
		"an unknown member":               {encode(t, with(application(), 1, "surprise")), nil, 422, "surprise"},
		"an unknown field of the person":  {encode(t, with(application(), "x", "applicant", "religion")), nil, 422, "religion"},
		"an unknown member of a consent":  {encode(t, with(application(), true, "consents", 0, "really")), nil, 422, "really"},
		"an unknown member of the origin": {encode(t, with(application(), "x", "consents", 0, "origin", "mac")), nil, 422, "mac"},
		"a field left out":                {encode(t, with(application(), nil, "applicant", "family_name")), nil, 422, "family_name"},
		"no consents at all":              {encode(t, with(application(), nil, "consents")), nil, 422, "consents"},
		"a number for a national ID":      {encode(t, with(application(), 987654321, "applicant", "national_id")), nil, 422, "national_id"},
		"a national ID of great length":   {encode(t, with(application(), strings.Repeat(canarySSN, 5), "applicant", "national_id")), nil, 422, "national_id"},
		"a time that is none":             {encode(t, with(application(), "yesterday", "consents", 0, "shown_at")), nil, 422, "shown_at"},
		"too many consents":               {encode(t, with(application(), slices.Repeat(application()["consents"].([]any)[:1], 21), "consents")), nil, 422, "consents"},
		"broken off":                      {whole[:len(whole)-1], nil, 400, ""},
		"no JSON":                         {"given_name=" + canaryName, nil, 400, ""},
		"nothing":                         {"", []string{"Content-Type", "application/json"}, 400, "body"},
		"a list":                          {"[" + whole + "]", nil, 422, "body"},
		"another content type":            {whole, []string{"Content-Type", "application/xml"}, 415, ""},
		"over the limit":                  {encode(t, with(application(), strings.Repeat("x", api.BodyLimit), "applicant", "street")), nil, 413, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := f.send("POST", "/api/v1/applications", tt.body, tt.headers...)
			wantProblem(t, a, tt.want, tt.names)
			wantNothingOfTheirs(t, a)
		})
	}
	if len(f.service.took) > 0 {
		t.Errorf("%d got through", len(f.service.took))
	}
}

// TestFaultsOfAPerson: every fault at once, each by its field, in the person's
// words and without their data.
func TestFaultsOfAPerson(t *testing.T) {
	programs, err := program.Load("")
	if err != nil {
		t.Fatal(err)
	}
	f := serve(t, func(c *api.Config) {
		c.Service = applicants.New(applicants.Config{Programs: programs, AllowReserved: true})
	})
	body := application()
	for name, value := range map[string]string{"email": "quillonia", "phone": "12", "state": "Atlantis", "national_id": "000-12-3456"} {
		with(body, value, "applicant", name)
	}
	a := f.send("POST", "/api/v1/applications", encode(t, body))
	p := wantProblem(t, a, http.StatusUnprocessableEntity)
	var where []string
	for _, e := range p.Errors {
		where = append(where, e.Location)
	}
	slices.Sort(where)
	if want := []string{"body.applicant.email", "body.applicant.national_id", "body.applicant.phone", "body.applicant.state"}; !slices.Equal(where, want) {
		t.Errorf("faults at %v, want %v", where, want)
	}
	for _, typed := range []string{"quillonia", "Atlantis", "000-12-3456", canaryName} {
		if strings.Contains(a.body, typed) {
			t.Errorf("the answer quotes %q", typed)
		}
	}
	wantProblem(t, f.send("POST", "/api/v1/applications", encode(t, with(application(), "nowhere", "program"))), http.StatusNotFound)
	young := fmt.Sprintf("%d-01-01", 2026-10)
	wantProblem(t, f.send("POST", "/api/v1/applications", encode(t, with(application(), young, "applicant", "date_of_birth"))), http.StatusUnprocessableEntity, "18")
}
