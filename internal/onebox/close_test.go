package onebox_test

import (
	"archive/zip"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// asksFor asks for something about one's data, and types the code of the letter.
func (d *desk) asksFor(s stepper, page, email string, pairs ...string) stepper {
	d.Helper()
	fill := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		fill[pairs[i]] = pairs[i+1]
	}
	if err := s.open(page).at(page).Submit(d.Context(), fill); err != nil {
		d.Fatal(err)
	}
	code := d.box.Applicants().RequestCode(path.Base(s.Path()))
	eventually(d.T, time.Minute, func() error {
		for _, m := range d.mailTo(email) {
			if strings.Contains(m.Text, code) {
				return nil
			}
		}
		return fmt.Errorf("no letter has the code")
	})
	return s.hand(s.Path(), "code", code)
}

// TestClosingAnAccount: the copy that is taken before masks the number in each of its
// documents; a restriction holds and is ended; the account is closed, which ends the case,
// and on the day that was told everything is erased but what the law keeps, the text
// messages at Twilio too. Meanwhile the privacy officer is written to about what waits,
// without a word of the person.
//
// Promise 2, 53, 59.
func TestClosingAnAccount(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a house")
	}
	var home string
	d := openDesk(t, func(c *onebox.Config) { home = c.Home })
	e := d.erasing(home)
	const phone, number = "+12125550178", "987-65-4326"
	id, email := d.apply("support-basics", map[string]string{"phone": phone, "national_id": number})
	d.await(id, func(s client.Status) bool { return s.Stage == "certification" && s.Attention == "applicant" })
	s := d.portal(email)
	s.open("/apply/texts").hand("/apply/status")

	d.asksFor(s, "/apply/data/ask/addition", email, "words", "The employer Wrenfield is missing.").saysAll("Our privacy officer answers by")

	d.asksFor(s, "/apply/data/ask/copy", email).saysAll("Your copy is ready")
	s.hand(s.Path() + "/copy")
	z, err := zip.NewReader(strings.NewReader(s.Text), int64(len(s.Text)))
	if err != nil {
		t.Fatal(err)
	}
	masked := 0
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, shows := range []string{number, strings.ReplaceAll(number, "-", "")} {
			if strings.Contains(string(body), shows) {
				t.Errorf("%s shows the number", f.Name)
			}
		}
		if strings.Contains(string(body), "•••-••-••••") {
			masked++
		}
	}
	if masked != 2 {
		t.Errorf("%d documents of the copy have the number masked, of the page and the file for programs", masked)
	}

	d.asksFor(s, "/apply/data/ask/restriction", email).saysAll("your data are stored, and nothing new is done with them")
	since, err := d.box.Applicants().RestrictedSince(t.Context(), onboarding.ApplicantID(id))
	if err != nil || since.IsZero() {
		t.Errorf("it does not stand: %v", err)
	}
	at := s.Path()
	s.hand(at + "/lift")
	eventually(t, time.Minute, func() error {
		since, err := d.box.Applicants().RestrictedSince(t.Context(), onboarding.ApplicantID(id))
		if err == nil && !since.IsZero() {
			err = fmt.Errorf("it stands since %s", since)
		}
		return err
	})

	s.open("/apply/close").saysAll("What ends", "What is erased, and when", "15 USC 1681p")
	d.asksFor(s, "/apply/close", email).saysAll("Your account is closed. Your data are erased on")
	d.await(id, func(s client.Status) bool { return s.Stage == "withdrawn" })
	d.letter(email, "Your account is closed")
	e.erased(id)
	d.letter(email, "Your data are erased")
	left := e.versions(d.face.S3.VaultBucket, id)
	for _, key := range left {
		if !slices.ContainsFunc(mayStay, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("the vault bucket has %s", key)
		}
	}
	if !slices.ContainsFunc(left, func(key string) bool { return strings.HasPrefix(key, "kept/") }) {
		t.Errorf("nothing is kept by law: %v", left)
	}
	sent, gone := 0, 0
	for _, b := range d.books(sandbox.TwilioSMS) {
		switch {
		case b.Method == http.MethodPost && b.Status == http.StatusCreated:
			sent++
		case b.Method == http.MethodDelete && b.Status == http.StatusNoContent:
			gone++
		}
	}
	if sent == 0 || gone != sent || len(d.phoneOf(phone)) != 0 {
		t.Errorf("%d text messages were sent, %d deleted at Twilio", sent, gone)
	}
	d.whole(id)
	news := d.letter("privacy@example.com", "a data request waits")
	if !strings.Contains(news, id) || strings.Contains(news, email) || strings.Contains(news, "Wrenfield") {
		t.Errorf("the privacy officer reads: %s", news)
	}
}
