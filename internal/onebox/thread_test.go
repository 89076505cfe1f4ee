package onebox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
)

// mailed is a letter as the inbox tells it.
type mailed struct {
	Subject, Text string
	Headers       map[string]string
}

func (h *house) mailTo(email string) []mailed {
	h.Helper()
	_, _, body := h.send(http.MethodGet, h.face.Mail.Inbox+"/api/messages?to="+url.QueryEscape(email), "")
	var out []mailed
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		h.Fatal(err)
	}
	return out
}

// TestLettersAreOneThread: one who is reviewed gets a letter for each change, over
// real SMTP: all name the first, begin alike, say nothing of the applicant in their
// headers, and lead into the application. What the house measured meanwhile is in
// its bucket when it has stopped.
func TestLettersAreOneThread(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a house")
	}
	d := openDesk(t, nil)
	id, email := d.apply("support-basics", map[string]string{"family_name": "Consider"})
	d.await(id, func(s client.Status) bool { return s.Attention == "reviewer" })
	d.letter(email, "A person looks at your application")
	d.decide(id, "proceed")
	d.letter(email, "Your turn")
	letters := d.mailTo(email)
	for _, subject := range []string{"A conditional offer", "A person looks at your application", "Your turn"} {
		n := 0
		for _, l := range letters {
			if strings.Contains(l.Subject, subject) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d letters with %q", n, subject)
		}
	}
	first, seen := letters[0].Headers["Message-Id"], map[string]bool{}
	for i, l := range letters {
		h := l.Headers
		switch {
		case seen[h["Message-Id"]] || h["Message-Id"] == "":
			t.Errorf("letter %d has the Message-ID %q", i+1, h["Message-Id"])
		case i == 0 && (h["References"] != "" || h["In-Reply-To"] != ""):
			t.Errorf("the first letter is an answer: %v", h)
		case i > 0 && (h["References"] != first || h["In-Reply-To"] != first):
			t.Errorf("letter %d (%s) does not name the first: %v", i+1, l.Subject, h)
		case h["Auto-Submitted"] != "auto-generated":
			t.Errorf("letter %d does not say what it is: %v", i+1, h)
		case !strings.HasPrefix(l.Subject, "Support Basics: "):
			t.Errorf("letter %d begins otherwise: %s", i+1, l.Subject)
		case strings.Contains(fmt.Sprint(h), id):
			t.Errorf("letter %d has the applicant's number in its headers", i+1)
		}
		seen[h["Message-Id"]] = true
	}
	if link, err := demo.LastLink(t.Context(), d.face.Mail.Inbox, email); err != nil || !strings.Contains(link, "/apply/link/") {
		t.Errorf("the last letter's link: %q, %v", link, err)
	}
	s3 := d.face.S3
	objects, err := evidence.NewClient(t.Context(), evidence.ClientConfig{Endpoint: s3.Endpoint, Region: s3.Region, AccessKey: s3.AccessKey, SecretKey: s3.SecretKey})
	if err != nil {
		t.Fatal(err)
	}
	vault := evidence.New(evidence.Config{Bucket: s3.VaultBucket, Client: objects})
	eventually(t, 2*time.Minute, func() error {
		found := map[string]bool{}
		for key, err := range vault.List(context.WithoutCancel(t.Context()), "durations/") {
			if err != nil {
				return err
			}
			found[key] = true
		}
		for _, want := range []string{"check/background@findly", "check/phone@twilio", "review/vetting@support-basics", "stage/validation@support-basics", "stage/vetting@support-basics"} {
			if !found["durations/"+want] {
				return fmt.Errorf("%s is not measured; there is %v", want, found)
			}
		}
		return nil
	})
}
