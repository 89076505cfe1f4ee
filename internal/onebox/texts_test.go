package onebox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

type texted struct {
	To, From, Body string
	In             bool
}

// phoneOf gives what a number got.
func (h *house) phoneOf(number string) []string {
	h.Helper()
	_, _, body := h.send(http.MethodGet, h.face.Sandbox+"/twilio-sms/_phones.json", "")
	var all []texted
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		h.Fatal(err)
	}
	var out []string
	for _, m := range all {
		if !m.In && m.To == number {
			out = append(out, m.Body)
		}
	}
	return out
}

func (h *house) textBack(number, text string) string {
	h.Helper()
	_, _, body := h.send(http.MethodPost, h.face.Sandbox+"/twilio-sms/_phones", "phone="+strings.ReplaceAll(number, "+", "%2B")+"&text="+text, "Content-Type", "application/x-www-form-urlencoded")
	return body
}

// TestTextMessages: off until the applicant asks for them on a page of their own;
// then one for each change, without a word of what it is; STOP ends them at once, in
// every application with the number, and nothing goes out after; START alone brings
// nothing back.
//
// Promise 16, 61, 62, 63.
func TestTextMessages(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a house")
	}
	d := openDesk(t, nil)
	const number = "+12125550177"
	id, email := d.apply("support-basics", map[string]string{"family_name": "Consider", "phone": number})
	d.await(id, func(s client.Status) bool { return s.Attention == "reviewer" })
	d.letter(email, "A person looks at your application")
	if got := d.phoneOf(number); len(got) != 0 {
		t.Fatalf("texted without being asked: %v", got)
	}
	s := d.portal(email)
	s.open("/apply/texts").hand("/apply/status")
	if !strings.Contains(s.Text, "Stop text messages") {
		t.Errorf("the page does not say how to stop them: %s", s.Says())
	}
	d.decide(id, "proceed")
	eventually(t, time.Minute, func() error {
		if got := d.phoneOf(number); len(got) != 1 || !strings.HasPrefix(got[0], "Support Basics: there is news") || !strings.Contains(got[0], "STOP to stop") {
			return fmt.Errorf("texts %q", got)
		}
		return nil
	})
	if got := d.textBack(number, "HELP"); !strings.Contains(got, `"webhook":200`) || !strings.Contains(got, "Reply STOP") || !strings.Contains(got, "Support Basics: write to help@example.com.") {
		t.Errorf("HELP: %s", got)
	}
	if got := d.textBack(number, "STOP"); !strings.Contains(got, `"webhook":200`) {
		t.Errorf("STOP: %s", got)
	}
	if says := s.open("/apply/status").Text; !strings.Contains(says, "Get text messages") {
		t.Errorf("after STOP the page says %s", says)
	}
	if got := d.textBack(number, "START"); !strings.Contains(got, "No messages are sent yet") {
		t.Errorf("START: %s", got)
	}
	before := len(d.phoneOf(number))
	// More letters, and another application with the same number, bring no text.
	status, _, _ := d.send(http.MethodPost, d.face.Web+"/webhooks/twilio-sms", "From=%2B12125550177&Body=STOP&MessageSid=SM1", "Content-Type", "application/x-www-form-urlencoded", "X-Twilio-Signature", "Zm9yZ2Vk")
	if status != http.StatusUnauthorized {
		t.Errorf("a forged STOP is answered %d", status)
	}
	letters := len(d.mailTo(email))
	s.open("/apply/withdraw").hand("/apply/status")
	d.letter(email, "Your application has ended")
	if len(d.mailTo(email)) <= letters {
		t.Error("no letter came after STOP: nothing was tested")
	}
	d.await(id, func(s client.Status) bool { return s.Stage == "withdrawn" })
	if got := d.phoneOf(number); len(got) != before {
		t.Errorf("texted after STOP: %v", got[before:])
	}
	sent := 0
	for _, e := range d.books("twilio-sms") {
		if e.Method == http.MethodPost {
			sent++
		}
	}
	if sent != 1 {
		t.Errorf("Twilio was asked %d times to send a message", sent)
	}
	d.whole(id)
}
