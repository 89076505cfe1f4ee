package webhook_test

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/web/webhook"
)

// owners is whose numbers text.
type owners struct {
	stopped  []string
	kept     []string // SIDs of what came in
	language string
	contacts []string
	fail     error
}

func (o *owners) KeepText(_ context.Context, _, sid string) error {
	if o.fail == nil {
		o.kept = append(o.kept, sid)
	}
	return o.fail
}

func (o *owners) StopTexts(_ context.Context, phone string) error {
	if o.fail == nil {
		o.stopped = append(o.stopped, phone)
	}
	return o.fail
}

func (o *owners) TextsTo(_ context.Context, _, otherwise string) (string, []string, error) {
	return cmp.Or(o.language, otherwise), o.contacts, o.fail
}

// TestTextedBack: each word is answered in its owner's language with a way to reach
// a person; a STOP that Twilio has confirmed is not confirmed twice, and one that
// it does not know is; a STOP that is not durable is sent again.
func TestTextedBack(t *testing.T) {
	const token = "auth-token-of-twilio"
	contacts := []string{"Support Basics: write to help@example.com"}
	for name, tt := range map[string]struct {
		text, optOut string
		o            owners
		status       int
		says         []string
		silent       bool
		stopped      bool
	}{
		"help":                        {text: "HELP", o: owners{language: "en", contacts: contacts}, says: []string{"there is news", "help@example.com.", "STOP"}},
		"help, in Spanish":            {text: "help", o: owners{language: "es", contacts: contacts}, says: []string{"hay novedades", "help@example.com.", "STOP"}},
		"ayuda, of a stranger":        {text: "Ayuda", o: owners{contacts: contacts}, says: []string{"hay novedades", "help@example.com."}},
		"other words":                 {text: "who is this?", o: owners{language: "en", contacts: contacts}, says: []string{"help@example.com."}},
		"help, and no look-up":        {text: "HELP", o: owners{fail: errors.New("no bucket")}, says: []string{"there is news"}},
		"start":                       {text: "START", o: owners{language: "es"}, says: []string{"/apply/status", "pedirlos"}},
		"stop, confirmed by Twilio":   {text: "STOP", optOut: "STOP", silent: true, stopped: true},
		"stop, in a word of its own":  {text: "Alto", o: owners{language: "es"}, says: []string{"Ya no recibe mensajes"}, stopped: true},
		"stop, which is not durable":  {text: "STOP", optOut: "STOP", o: owners{fail: errors.New("no bucket")}, status: http.StatusServiceUnavailable},
		"what Twilio takes as a STOP": {text: "no more please", optOut: "STOP", silent: true, stopped: true},
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			server := httptest.NewServer(mux)
			t.Cleanup(server.Close)
			err := webhook.Register(mux, webhook.Config{Service: &service{}, Log: slog.New(slog.DiscardHandler),
				Texts: webhook.TextsConfig{Service: &tt.o, Tokens: []string{token}, PublicURL: server.URL}})
			if err != nil {
				t.Fatal(err)
			}
			form := url.Values{"MessageSid": {"SM1"}, "From": {"+12125550123"}, "Body": {tt.text}}
			if tt.optOut != "" {
				form.Set("OptOutType", tt.optOut)
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+webhook.TextsPath, strings.NewReader(form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Twilio-Signature", sandbox.SignTwilio(token, server.URL+webhook.TextsPath, form))
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if want := max(tt.status, http.StatusOK); resp.StatusCode != want {
				t.Fatalf("answered %d, not %d: %s", resp.StatusCode, want, body)
			}
			if tt.status != 0 {
				return
			}
			var twiml struct{ Message string }
			if err := xml.Unmarshal(body, &twiml); err != nil {
				t.Fatal(err)
			}
			if (twiml.Message == "") != tt.silent {
				t.Errorf("the phone gets %q", twiml.Message)
			}
			for _, w := range tt.says {
				if !strings.Contains(twiml.Message, w) {
					t.Errorf("the phone gets %q, without %q", twiml.Message, w)
				}
			}
			if tt.o.fail == nil && (len(tt.o.kept) != 1 || tt.o.kept[0] != form.Get("MessageSid")) {
				t.Errorf("kept %v", tt.o.kept)
			}
			if (len(tt.o.stopped) == 1) != tt.stopped {
				t.Errorf("stopped: %v", tt.o.stopped)
			}
		})
	}
}
