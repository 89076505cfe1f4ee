package codec_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vault/payload"
	"github.com/vouchsafe/vouchsafe/internal/web/codec"
)

// sealedJSON is a payload of any form as a worker of the applicant's workflow stores it.
func (h *house) sealedJSON(id onboarding.ApplicantID, body string) *commonpb.Payload {
	h.t.Helper()
	worker := payload.NewCodec(h.vault).(converter.PayloadCodecWithSerializationContext).
		WithSerializationContext(converter.WorkflowSerializationContext{WorkflowID: id.WorkflowID()})
	out, err := worker.Encode([]*commonpb.Payload{{Data: []byte(body), Metadata: map[string][]byte{"encoding": []byte("json/plain")}}})
	if err != nil {
		h.t.Fatal(err)
	}
	return out[0]
}

// as asks the codec in a role, with other headers by pairs, and gives the payloads.
func (h *house) as(role identity.Role, all []*commonpb.Payload, headers ...string) ([]*commonpb.Payload, error) {
	return converter.NewRemotePayloadCodec(converter.RemotePayloadCodecOptions{Endpoint: h.url + "/codec", ModifyRequest: func(r *http.Request) error {
		r.Header.Set("X-Role", string(role))
		r.Header.Set("Origin", ui)
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return nil
	}}).Decode(all)
}

// everything has a field of each class, also where none belongs: by mistake.
const everything = `{"applicant":"a","stage":"vetting","checks":[{"name":"background","status":"flagged","findings":[{"code":"criminal_record","age_years":3}],"result":"results/a/1","order":"ord_1"}],
"ruling":{"ruling":"review"},"reason":"QUFBQQ==","national_id":"987-65-4320","profile":{"nationalId":"987-65-4320","Date_Of_Birth":"1990-04-27"},"unheard_of":{"national_id":"987-65-4320","depth":7},"ready":true,"nothing":null}`

// TestFieldsByRole: each role reads the fields of its classes; what a person gave is
// read by nobody, wherever it stands.
//
// Promise 2.
func TestFieldsByRole(t *testing.T) {
	h := serve(t, nil)
	id := h.applicant()
	h.programs[id] = "support-basics"
	for _, role := range identity.Roles() {
		got, err := h.as(role, []*commonpb.Payload{h.sealedJSON(id, everything)})
		if err != nil {
			t.Fatal(err)
		}
		var v struct {
			Stage  string `json:"stage"`
			Checks []struct {
				Status   string          `json:"status"`
				Findings json.RawMessage `json:"findings"`
				Result   string          `json:"result"`
				Order    string          `json:"order"`
			} `json:"checks"`
			Ruling json.RawMessage `json:"ruling"`
			Reason string          `json:"reason"`
			Ready  json.RawMessage `json:"ready"`
		}
		body := string(got[0].GetData())
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
		found := role == identity.RoleReviewer || role == identity.RoleAdmin
		inside := role == identity.RoleOps || role == identity.RoleAuditor || role == identity.RoleAdmin
		if v.Stage != "vetting" || v.Checks[0].Status != "flagged" {
			t.Errorf("%s does not see where the case stands: %s", role, body)
		}
		if strings.Contains(string(v.Checks[0].Findings), "criminal_record") != found || strings.Contains(string(v.Ruling), "review") != found {
			t.Errorf("%s, what was found: %s", role, body)
		}
		if (v.Checks[0].Result == "results/a/1") != inside || (v.Checks[0].Order == "ord_1") != inside || (string(v.Ready) == "true") != inside {
			t.Errorf("%s, references: %s", role, body)
		}
		if strings.Contains(body, "987-65") || strings.Contains(body, "1990-04-27") || strings.Contains(body, "QUFBQQ") {
			t.Errorf("%s reads what a person gave, or ciphertext: %s", role, body)
		}
	}
}

// TestValuesThatAreNoObject: a bare value tells nothing of itself, so it is for those
// who read references; what is no JSON likewise.
func TestValuesThatAreNoObject(t *testing.T) {
	h := serve(t, nil)
	id := h.applicant()
	for _, body := range []string{`"987-65-4320"`, `["987-65-4320"]`, `987654320`} {
		got, err := h.as(identity.RoleRecruiter, []*commonpb.Payload{h.sealedJSON(id, body)})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(got[0].GetData()), "9876543") || strings.Contains(string(got[0].GetData()), "987-65") || !json.Valid(got[0].GetData()) {
			t.Errorf("%s: %s", body, got[0].GetData())
		}
	}
	for _, body := range []string{`null`, `true`} {
		if got, err := h.as(identity.RoleRecruiter, []*commonpb.Payload{h.sealedJSON(id, body)}); err != nil || string(got[0].GetData()) != body {
			t.Errorf("%s: %v %v", body, got, err)
		}
	}
	broken := h.sealedJSON(id, `{"national_id":"987-65-4320"`) // damaged before it was sealed
	if got, err := h.as(identity.RoleAdmin, []*commonpb.Payload{broken}); err != nil || strings.Contains(string(got[0].GetData()), "987-65") {
		t.Errorf("%v, %v", got, err)
	}
}

// TestDecodingIsRecordedOnce for a case, a session and a quarter of an hour, however
// many parts a page has and whichever replica answers.
func TestDecodingIsRecordedOnce(t *testing.T) {
	h := serve(t, nil)
	one, two := h.applicant(), h.applicant()
	ask := func(session string, ids ...onboarding.ApplicantID) {
		t.Helper()
		var page []*commonpb.Payload
		for _, id := range ids {
			page = append(page, h.sealed(id, "x", "y")...)
		}
		if _, err := h.as(identity.RoleOps, page, "X-Session", session); err != nil {
			t.Fatal(err)
		}
	}
	want := func(n int, why string) {
		t.Helper()
		events := h.kept.Events(t)
		if len(events) != n {
			t.Errorf("%s: %d events: %+v", why, len(events), events)
		}
		for _, e := range events {
			if e.What != access.Decoded || e.Who != "staff:ops:00c0ffee" || e.Route != codec.Route || e.Action != string(identity.DecodePayloads) {
				t.Errorf("%+v", e)
			}
		}
	}
	for range 10 {
		ask("s1", one)
	}
	want(1, "a page")
	ask("s1", one, two)
	want(2, "another case")
	ask("s2", one)
	want(3, "another session")
	h.late.Store(int64(15 * time.Minute))
	ask("s1", one)
	want(4, "a quarter of an hour later")
}

// TestUseThatIsNotRecorded: then nothing is decoded.
func TestUseThatIsNotRecorded(t *testing.T) {
	h := serve(t, nil)
	h.kept.Down = errors.New("down")
	body, err := json.Marshal(commonpb.Payloads{Payloads: h.sealed(h.applicant(), "x")})
	if err != nil {
		t.Fatal(err)
	}
	if a := h.send("POST", "/codec/decode", string(body), map[string]string{"X-Role": "ops"}); a.status != http.StatusServiceUnavailable || strings.Contains(a.body, "payloads\"") {
		t.Errorf("%d: %s", a.status, a.body)
	}
	h.kept.Down, h.unsure = nil, errors.New("the store is down")
	if a := h.send("POST", "/codec/decode", string(body), map[string]string{"X-Role": "ops"}); a.status != http.StatusServiceUnavailable {
		t.Errorf("who it is is not known: %d", a.status)
	}
}

// TestProgramsOfTheReader: another program's payloads, and the house's own, stay
// sealed; that they were asked for is recorded.
func TestProgramsOfTheReader(t *testing.T) {
	h := serve(t, nil)
	mine, theirs, nobodys := h.applicant(), h.applicant(), h.applicant()
	h.programs[mine], h.programs[theirs] = "support-basics", "health-line"
	page := append(append(append(h.sealed(mine, "x"), h.sealed(theirs, "x")...), h.sealed("", "x")...), h.sealed(nobodys, "x")...)
	got, err := h.as(identity.RoleOps, page, "X-Programs", "support-basics")
	if err != nil {
		t.Fatal(err)
	}
	wantPayloads(t, got[:1], plain("x"))
	wantPayloads(t, got[1:], page[1:])
	refused := 0
	for _, e := range h.kept.Events(t) {
		switch {
		case e.What == access.Refused && e.Applicant == theirs && e.Program == "health-line" && e.Detail == access.ByScope:
			refused++
		case e.What == access.Decoded && e.Applicant == mine:
		default:
			t.Errorf("%+v", e)
		}
	}
	if refused != 1 {
		t.Errorf("%d refusals", refused)
	}
}

// TestWhoMay: staff and keys that may, and nobody else; on one machine everybody, as
// far as a recruiter may. A refusal for a role is recorded.
func TestWhoMay(t *testing.T) {
	h := serve(t, nil)
	id := h.applicant()
	page := []*commonpb.Payload{h.sealedJSON(id, everything)}
	if _, err := h.as("", page); err == nil || !strings.Contains(err.Error(), "Forbidden") || !strings.Contains(err.Error(), "Sign in") {
		t.Errorf("nobody: %v", err)
	}
	if n := len(h.kept.Events(t)); n != 0 {
		t.Errorf("%d events of nobody", n)
	}
	if _, err := h.as("former", page); err == nil || !strings.Contains(err.Error(), "Forbidden") {
		t.Errorf("a role that is no more: %v", err)
	}
	if e := h.kept.Events(t); len(e) != 1 || e[0].What != access.Refused || e[0].Detail != access.ByRole || e[0].Who != "staff:former:00c0ffee" {
		t.Errorf("%+v", e)
	}
	open := serve(t, func(c *codec.Config) { c.Open = true })
	got, err := open.as("", []*commonpb.Payload{open.sealedJSON(open.applicant(), everything)})
	if err != nil || !strings.Contains(string(got[0].GetData()), "vetting") || strings.Contains(string(got[0].GetData()), "criminal_record") || strings.Contains(string(got[0].GetData()), "987-65") {
		t.Errorf("on one machine: %v, %v", got, err)
	}
	if e := open.kept.Events(t); len(e) != 1 || e[0].What != access.Decoded || e[0].Who != "loopback" {
		t.Errorf("%+v", e)
	}
}

// TestKeyReads: a key for decoding reads no findings unless it may see them.
func TestKeyReads(t *testing.T) {
	plain := codec.KeyReader(identity.NewKey("k", []identity.Action{identity.DecodePayloads}, nil))
	if !plain.May || !plain.Reads(codec.Course) || !plain.Reads(codec.Inside) || plain.Reads(codec.Found) || plain.Reads(codec.Personal) || plain.Reads(codec.Sealed) {
		t.Error("a key for decoding alone")
	}
	if !codec.KeyReader(identity.NewKey("k", []identity.Action{identity.DecodePayloads, identity.ViewFindings}, nil)).Reads(codec.Found) {
		t.Error("a key that may see findings")
	}
	if codec.KeyReader(identity.NewKey("k", []identity.Action{identity.Apply}, nil)).May {
		t.Error("a key for something else")
	}
}
