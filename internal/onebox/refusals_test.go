package onebox_test

import (
	"encoding/json"
	"strings"
	"testing"
)

func decode(t *testing.T, body string, out any) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), out); err != nil {
		t.Fatalf("%v in %.200s", err, body)
	}
}

// TestRefusals sends what must not get in; nothing of it may become a 500, and
// nothing of it may start an application.
func TestRefusals(t *testing.T) {
	t.Parallel()
	h, _ := start(t, nil)
	key := "Bearer " + h.face.APIKey
	nobody := "/api/v1/applications/019ab3c0-0000-7000-8000-000000000001"
	event := `{"id":"evt_1","type":"report.completed","data":{"object":{"id":"ord_1"}}}`
	tests := map[string]struct {
		method, path, body string
		headers            []string
		want               int
		says               string
	}{
		"an unknown applicant":       {"GET", nobody, "", []string{"Authorization", key}, 404, "no open application"},
		"an unknown one's ledger":    {"GET", nobody + "/ledger", "", []string{"Authorization", key}, 404, "no ledger"},
		"an unknown one's decision":  {"POST", nobody + "/decision", `{"ruling":"proceed","reason":"x"}`, []string{"Authorization", key, "Content-Type", "application/json"}, 404, "no "},
		"no ID at all":               {"GET", "/api/v1/applications/none", "", []string{"Authorization", key}, 404, "no applicant"},
		"no key":                     {"GET", nobody, "", nil, 401, "API key"},
		"a wrong key":                {"GET", nobody, "", []string{"Authorization", key + "x"}, 401, "API key"},
		"an unknown field":           {"POST", "/api/v1/applications", `{"program":"support-basics","surprise":1}`, []string{"Authorization", key, "Content-Type", "application/json"}, 422, "surprise"},
		"a body over the limit":      {"POST", "/api/v1/applications", `{"program":"` + strings.Repeat("x", 2<<20) + `"}`, []string{"Authorization", key, "Content-Type", "application/json"}, 413, ""},
		"a form over the limit":      {"POST", "/apply", "email=" + strings.Repeat("x", 2<<20), []string{"Content-Type", "application/x-www-form-urlencoded"}, 413, ""},
		"a forged event":             {"POST", "/webhooks/findly", event, []string{"Content-Type", "application/json", "Findly-Signature", "t=1,v1=00"}, 401, ""},
		"an event without signature": {"POST", "/webhooks/findly", event, []string{"Content-Type", "application/json"}, 401, ""},
		"an event over the limit":    {"POST", "/webhooks/findly", strings.Repeat("x", 1<<20), []string{"Content-Type", "application/json"}, 413, ""},
		"a form from another site":   {"POST", "/apply", "email=a@example.com", []string{"Content-Type", "application/x-www-form-urlencoded", "Origin", "https://evil.example"}, 403, ""},
		"a page that is not there":   {"GET", "/apply/nowhere", "", nil, 404, ""},
		"a certificate of nobody":    {"GET", "/verify/019ab3c0-0000-7000-8000-000000000001", "", nil, 404, ""},
		"a broken link":              {"GET", "/apply/link/abc", "", nil, 403, ""},
		"a page behind the door":     {"GET", "/apply/status", "", nil, 401, "not signed in"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			status, _, body := h.send(tt.method, tt.path, tt.body, tt.headers...)
			if status != tt.want || !strings.Contains(body, tt.says) {
				t.Errorf("%d, want %d with %q: %.300s", status, tt.want, tt.says, body)
			}
		})
	}
	page, err := h.api.List(t.Context(), nil)
	if err != nil || len(page.Items) != 0 {
		t.Errorf("%d applications came of it, %v", len(page.Items), err)
	}
}
