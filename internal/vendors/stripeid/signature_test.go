package stripeid_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/stripeid"
)

var now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// sign is the scheme, written a second time.
func sign(secret string, at time.Time, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return hex.EncodeToString(mac.Sum(nil))
}

const event = `{"id":"evt_1","object":"event","type":"identity.verification_session.verified","livemode":true,"created":1795780800,
	"data":{"object":{"id":"vs_1","object":"identity.verification_session","status":"verified","client_reference_id":"a/identity_document/1"}}}`

func TestVerifySignature(t *testing.T) {
	good := sign("new", now, event)
	t0 := fmt.Sprintf("t=%d", now.Unix())
	both := []string{"new", "old"}
	for name, tc := range map[string]struct {
		secrets []string
		header  []string
		body    string
		at      time.Time
		want    onboarding.Code // "" is success
	}{
		"valid":                        {both, []string{t0 + ",v1=" + good}, event, now, ""},
		"spaces":                       {both, []string{t0 + ", v1=" + good}, event, now, ""},
		"signed with the old secret":   {both, []string{t0 + ",v1=" + sign("old", now, event)}, event, now, ""},
		"two signatures, second ours":  {[]string{"new"}, []string{t0 + ",v1=" + sign("other", now, event) + ",v1=" + good}, event, now, ""},
		"in two headers":               {both, []string{t0, "v1=" + good}, event, now, ""},
		"a test scheme beside":         {both, []string{t0 + ",v0=zz,v1=" + good}, event, now, ""},
		"at the window's edge":         {both, []string{t0 + ",v1=" + good}, event, now.Add(300 * time.Second), ""},
		"clock behind":                 {both, []string{t0 + ",v1=" + good}, event, now.Add(-300 * time.Second), ""},
		"the test scheme alone":        {both, []string{t0 + ",v0=" + good}, event, now, onboarding.CodeNotAllowed},
		"expired":                      {both, []string{t0 + ",v1=" + good}, event, now.Add(301 * time.Second), onboarding.CodeNotAllowed},
		"from the future":              {both, []string{t0 + ",v1=" + good}, event, now.Add(-301 * time.Second), onboarding.CodeNotAllowed},
		"body altered":                 {both, []string{t0 + ",v1=" + good}, event + " ", now, onboarding.CodeNotAllowed},
		"time altered":                 {both, []string{fmt.Sprintf("t=%d,v1=%s", now.Unix()+1, good)}, event, now, onboarding.CodeNotAllowed},
		"two times":                    {both, []string{t0 + ",t=1,v1=" + good}, event, now, onboarding.CodeNotAllowed},
		"missing":                      {both, nil, event, now, onboarding.CodeNotAllowed},
		"empty":                        {both, []string{""}, event, now, onboarding.CodeNotAllowed},
		"no time":                      {both, []string{"v1=" + good}, event, now, onboarding.CodeNotAllowed},
		"no signature":                 {both, []string{t0}, event, now, onboarding.CodeNotAllowed},
		"not hex":                      {both, []string{t0 + ",v1=zz"}, event, now, onboarding.CodeNotAllowed},
		"half a signature":             {both, []string{t0 + ",v1=" + good[:32]}, event, now, onboarding.CodeNotAllowed},
		"retired secret":               {[]string{"new"}, []string{t0 + ",v1=" + sign("old", now, event)}, event, now, onboarding.CodeNotAllowed},
		"no secrets":                   {nil, []string{t0 + ",v1=" + good}, event, now, onboarding.CodeNotAllowed},
		"an empty secret opens no one": {[]string{""}, []string{t0 + ",v1=" + sign("", now, event)}, event, now, onboarding.CodeNotAllowed},
		"a time that is no number":     {both, []string{"t=x,v1=" + signStamp("new", "x", event)}, event, now, onboarding.CodeNotAllowed},
		"nine signatures":              {both, []string{t0 + strings.Repeat(",v1="+good, 9)}, event, now, onboarding.CodeNotAllowed},
	} {
		e, err := verify(tc.secrets, tc.header, tc.body, tc.at)
		want := stripeid.Event{}
		if tc.want == "" {
			want = stripeid.Event{ID: "evt_1", Type: "identity.verification_session.verified", SessionID: "vs_1", Reference: "a/identity_document/1", Livemode: true}
		}
		if (tc.want == "") != (err == nil) || (err != nil && onboarding.CodeOf(err) != tc.want) || e != want {
			t.Errorf("%s: got %+v %v, want %q", name, e, err, tc.want)
		}
		if err != nil && strings.Contains(err.Error(), good) {
			t.Errorf("%s: the error quotes a signature", name)
		}
	}
}

func signStamp(secret, stamp, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "." + body))
	return hex.EncodeToString(mac.Sum(nil))
}

func verify(secrets, header []string, body string, at time.Time) (stripeid.Event, error) {
	h := http.Header{}
	for _, v := range header {
		h.Add(stripeid.SignatureHeader, v)
	}
	return stripeid.VerifySignature(secrets, h, []byte(body), at)
}

// Everything here is signed as it should be.
func TestEvents(t *testing.T) {
	for body, want := range map[string]struct {
		event stripeid.Event
		code  onboarding.Code
	}{
		`{"id":"evt_1","object":"event","type":"charge.refunded","data":{"object":{"id":"ch_1","client_reference_id":"a/b/1"}}}`: {
			stripeid.Event{ID: "evt_1", Type: "charge.refunded"}, ""},
		`{"id":"evt_1","object":"event","type":"identity.verification_report.verified","data":{"object":{"id":"vr_1"}}}`: {
			stripeid.Event{ID: "evt_1", Type: "identity.verification_report.verified"}, ""},
		`{"id":"evt_1","object":"event","type":"identity.verification_session.created","data":{"object":{"id":"vs_1","object":"identity.verification_session","client_reference_id":null}}}`: {
			stripeid.Event{ID: "evt_1", Type: "identity.verification_session.created", SessionID: "vs_1"}, ""},
		`{}`:                        {stripeid.Event{}, onboarding.CodeInvalid},
		`x`:                         {stripeid.Event{}, onboarding.CodeInvalid},
		`{"id":"evt_1","type":"x"}`: {stripeid.Event{}, onboarding.CodeInvalid},
		`{"object":"event"}`:        {stripeid.Event{}, onboarding.CodeInvalid},
		`{"id":1,"object":"event"}`: {stripeid.Event{}, onboarding.CodeInvalid},
		`{"id":"evt_1","object":"event","type":"identity.verification_session.verified","data":{}}`:                                                                     {stripeid.Event{}, onboarding.CodeInvalid},
		`{"id":"evt_1","object":"event","type":"identity.verification_session.verified","data":{"object":{"id":"vs_1"}}}`:                                               {stripeid.Event{}, onboarding.CodeInvalid},
		`{"id":"evt_1","object":"event","type":"identity.verification_session.verified","data":{"object":{"id":"a/b","object":"identity.verification_session"}}}`:       {stripeid.Event{}, onboarding.CodeInvalid},
		`{"id":"evt_1","object":"event","type":"identity.verification_session.verified","data":{"object":"identity.verification_session"},"x":"Ada"}`:                   {stripeid.Event{}, onboarding.CodeInvalid},
		`{"id":"evt_1","object":"event","type":"identity.verification_session.verified","data":{"object":{"id":5,"object":"identity.verification_session"}},"x":"Ada"}`: {stripeid.Event{}, onboarding.CodeInvalid},
	} {
		got, err := verify([]string{"s"}, []string{fmt.Sprintf("t=%d,v1=%s", now.Unix(), sign("s", now, body))}, body, now)
		if got != want.event || (want.code == "") != (err == nil) || (err != nil && onboarding.CodeOf(err) != want.code) {
			t.Errorf("%s: got %+v %v", body, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "Ada") {
			t.Errorf("the error quotes the body: %v", err)
		}
	}
}

// The sandbox signs as the adapter verifies, each with its own code.
func TestSandboxSigns(t *testing.T) {
	if _, err := verify([]string{"s"}, []string{sandbox.SignStripe("s", now, []byte(event))}, event, now); err != nil {
		t.Error(err)
	}
}
