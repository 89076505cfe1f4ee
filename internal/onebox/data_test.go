package onebox_test

import (
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

// saysAll fails for each of the words that the page does not say.
func (s stepper) saysAll(words ...string) stepper {
	s.Helper()
	shown := strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(s.Text, " "))), " ")
	for _, w := range words {
		if !strings.Contains(shown, w) {
			s.Errorf("%s does not say %q: %s", s.Path(), w, shown)
		}
	}
	return s
}

var tags = regexp.MustCompile(`<[^>]*>`)

// TestYourDataAndReceipts: who has applied reads from the real ledger who got what,
// and takes the receipt of a consent along.
func TestYourDataAndReceipts(t *testing.T) {
	t.Parallel()
	h, _ := start(t, nil)
	s := h.apply(ada, "support-basics")
	id := h.only()
	h.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	s.open("/apply/data").at("/apply/data").saysAll(
		"nothing in this record was changed or taken out",
		"Kickbox got your e-mail address for the purpose “Check that your application is genuine”",
		"Twilio got your phone number", "It came out clear.",
		"Findly got your first name", "your Social Security number", "We received the answer of Findly",
		"our conditional offer. The mail service took it.", "You handed in your application with")
	if strings.Contains(s.Text, ada.family) || strings.Contains(s.Text, "987-65") {
		t.Error("the record shows values")
	}
	found := regexp.MustCompile(`/apply/data/receipts/([0-9a-f-]{36})`).FindStringSubmatch(s.Text)
	if found == nil {
		t.Fatal("there is no receipt")
	}
	s.open(found[0]).at(found[0]).saysAll("Receipt for your consent", "Vouchsafe Demonstration", found[1])
	s.open(found[0] + "/jsonld")
	var doc struct {
		Context map[string]any `json:"@context"`
		ID      string         `json:"receipt_id"`
	}
	if err := json.Unmarshal([]byte(s.Text), &doc); err != nil || doc.ID != found[1] || len(doc.Context) == 0 {
		t.Errorf("the receipt for programs: %v, %+v", err, doc)
	}
	for _, secret := range []string{"127.0.0.1", ada.family, ada.email} {
		if strings.Contains(s.Text, secret) {
			t.Errorf("the receipt holds %q", secret)
		}
	}
}

// TestCorrectingAnyDetail: somebody finds in the last stage that their name is
// misspelled. The lists and the report are made anew with the right one, nothing
// else is, and the certificate has it.
//
// Promise 58.
func TestCorrectingAnyDetail(t *testing.T) {
	t.Parallel()
	h, _ := start(t, nil)
	s := h.apply(ada, "support-basics")
	id := h.only()
	h.await(id, func(st client.Status) bool { return st.Stage == "certification" && st.Attention == "applicant" })
	s.open("/apply/correct/name").at("/apply/correct/name").hand("/apply/status", "given_name", "Augusta").saysAll("we have corrected your name")
	st := h.await(id, func(st client.Status) bool {
		return st.Stage == "certification" && st.Attention == "applicant" && !slices.ContainsFunc(st.Checks, func(c client.Check) bool { return c.Status != "passed" })
	})
	for _, c := range st.Checks {
		want := 1
		if c.Name == "sanctions" || c.Name == "exclusions" || c.Name == "background" {
			want = 2
		}
		if c.Round != want {
			t.Errorf("%s has had %d rounds, want %d", c.Name, c.Round, want)
		}
	}
	s.open("/apply/data").saysAll("These details were corrected: your first name.", "Findly got your first name")
	if strings.Contains(s.Text, "Augusta") {
		t.Error("the record shows the value")
	}
	s.open("/apply/correct/national-id").at("/apply/correct/national-id")
	if regexp.MustCompile(`[^0-9A-Za-z_]4320[^0-9A-Za-z_]`).MatchString(s.Text) {
		t.Error("the number is shown")
	}
}
