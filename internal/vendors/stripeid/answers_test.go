package stripeid_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
	"github.com/vouchsafe/vouchsafe/internal/vendors/stripeid"
)

// scripted is a vendor that answers the same to everything.
func scripted(t *testing.T, status int, body string) *stripeid.Client {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(srv.Close)
	c, err := stripeid.New(stripeid.Config{BaseURL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnswersThatAreNotAboutOurSession(t *testing.T) {
	const v = `"object":"identity.verification_session","client_reference_id":"x",`
	for _, body := range []string{`{}`, `{"data":null}`, `{"data":[{}]}`, `{` + v + `"id":"vs_1","status":"verified"}`,
		`{` + v + `"id":"vs_1","status":"verified","type":"id_number"}`, `{` + v + `"id":"vs_1","status":"lost","type":"document"}`,
		`{` + v + `"id":"a/b","status":"verified","type":"document"}`,
		`{"object":"customer","client_reference_id":"x","id":"vs_1","status":"verified","type":"document"}`,
		`{"data":[{"object":"identity.verification_session","client_reference_id":"y","id":"vs_1","status":"verified","type":"document"}]}`} {
		c := scripted(t, 200, body)
		_, create := c.Create(t.Context(), grant(t, "", 1), stripeid.SessionRequest{ReturnURL: back})
		_, find := c.Create(t.Context(), grant(t, "", 2), stripeid.SessionRequest{ReturnURL: back, Earlier: []string{"x"}})
		_, _, fetch := c.Fetch(t.Context(), grant(t, "", 1), "vs_1")
		cancel := c.Cancel(t.Context(), "vs_1")
		for i, err := range []error{create, find, fetch, cancel} {
			if onboarding.CodeOf(err) != onboarding.CodeVendorUnclear {
				t.Errorf("%d, %s: got %v", i, body, err)
			}
		}
	}
}

// Only Stripe's page over TLS, or the very host that plays Stripe, is one that a
// browser is sent to.
func TestPageAddresses(t *testing.T) {
	id := granttest.NewApplicant()
	for page, ok := range map[string]bool{
		`"https://verify.stripe.com/start/test_x"`: true, `null`: false, `""`: false, `"http://verify.stripe.com/start/x"`: false,
		`"http://127.0.0.1:1/start"`: false, `"javascript:alert(1)"`: false, `"https://u:p@verify.stripe.com/"`: false, `"/start"`: false,
	} {
		c := scripted(t, 200, fmt.Sprintf(`{"object":"identity.verification_session","type":"document","id":"vs_1","status":"requires_input",
			"client_reference_id":"%s/identity_document/1","url":%s}`, id, page))
		got, err := c.Page(t.Context(), grant(t, id, 1), "vs_1")
		if ok != (err == nil) || ok != (got != "") || (!ok && onboarding.CodeOf(err) != onboarding.CodeVendorUnclear) {
			t.Errorf("%s: got %s %v", page, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "start") {
			t.Errorf("the error quotes the page: %v", err)
		}
	}
}

// Stripe refuses to cancel and the session is as it was: told, not tried again.
func TestCancelThatIsRefused(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":{"type":"invalid_request_error","code":"lock_timeout","message":"Ada"}}`))
			return
		}
		_, _ = w.Write([]byte(`{"object":"identity.verification_session","type":"document","id":"vs_1","status":"requires_input"}`))
	}))
	defer srv.Close()
	c, err := stripeid.New(stripeid.Config{BaseURL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Cancel(t.Context(), "vs_1")
	if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || !strings.Contains(err.Error(), "status 400, code lock_timeout") || strings.Contains(err.Error(), "Ada") {
		t.Errorf("got %v", err)
	}
}
