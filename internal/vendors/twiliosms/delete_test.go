package twiliosms_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox/sandboxtest"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/twiliosms"
)

// TestDelete: a message goes by its SID, once; one that is gone is no error, and one that
// Twilio has not finished with is asked for later.
func TestDelete(t *testing.T) {
	box, err := sandbox.New(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box)
	t.Cleanup(func() { server.Close(); _ = box.Close() })
	k := box.Keys()
	c, err := twiliosms.New(twiliosms.Config{BaseURL: server.URL + "/twilio-sms", Account: k.SMSAccount, KeySID: k.TwilioSID, KeySecret: k.TwilioSecret, From: sandbox.SMSFrom})
	if err != nil {
		t.Fatal(err)
	}
	var sids []string
	for _, words := range []string{"no. 1", "no. 2", "no. 2"} { // the last finds the one before
		sid, err := c.Send(t.Context(), grant(t, "+12125550123"), twiliosms.Text{Words: words, Since: time.Now(), Again: true}, func(string) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		sids = append(sids, sid)
	}
	if sids[0] == "" || sids[0] == sids[1] || sids[1] != sids[2] {
		t.Errorf("the messages are %v", sids)
	}
	for i, want := range []bool{true, false} {
		if there, err := c.Delete(t.Context(), sids[0]); err != nil || there != want {
			t.Errorf("time %d: %v, %v", i+1, there, err)
		}
	}
	for _, sid := range []string{"", "../Messages", "SM1/../x"} {
		if _, err := c.Delete(t.Context(), sid); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%q: %v", sid, err)
		}
	}
	entries, _ := sandboxtest.Books(t, server.URL, "twilio-sms")
	gone := 0
	for _, e := range entries {
		if e.Method == http.MethodDelete && e.Status == http.StatusNoContent {
			gone++
		}
	}
	if gone != 1 {
		t.Errorf("%d messages were deleted", gone)
	}

	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write([]byte(`{"code":20009,"message":"Cannot delete this resource before it is complete","status":409}`))
	}))
	t.Cleanup(busy.Close)
	c, err = twiliosms.New(twiliosms.Config{BaseURL: busy.URL, Account: "AC1", KeySID: "SK1", KeySecret: "s", From: "+12125550100"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Delete(t.Context(), "SM1"); onboarding.CodeOf(err) != onboarding.CodeVendorBusy {
		t.Errorf("a message that is not complete: %v", err)
	}
}
