package onebox_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

var codeInLetter = regexp.MustCompile(`\\n(\d{8})\\n`)

// inLetter waits for what a letter to somebody has in it.
func (h *house) inLetter(to string, what *regexp.Regexp) string {
	h.Helper()
	var found string
	eventually(h.T, time.Minute, func() error {
		_, _, mail := h.send(http.MethodGet, h.face.Mail.Inbox+"/api/messages?to="+url.QueryEscape(to), "")
		all := what.FindAllStringSubmatch(mail, -1)
		if all == nil {
			return fmt.Errorf("no letter has %s in it", what)
		}
		found = all[len(all)-1][1]
		return nil
	})
	return found
}

// try sends the page's form, wherever that leads.
func (s stepper) try(pairs ...string) stepper {
	s.Helper()
	fill := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		fill[pairs[i]] = pairs[i+1]
	}
	if err := s.Submit(s.Context(), fill); err != nil {
		s.Fatal(err)
	}
	return s
}

// openRequest is the page of the one request on the officer's board.
func (h *house) openRequest(officer stepper) string {
	h.Helper()
	var page string
	eventually(h.T, time.Minute, func() error {
		open, _, _ := strings.Cut(officer.open("/console/requests").Text, "Answered lately")
		found := regexp.MustCompile(`href="(/console/requests/[^"]+)"`).FindStringSubmatch(open)
		if found == nil {
			return fmt.Errorf("no request is on the board: %s", officer.Says())
		}
		page = found[1]
		return nil
	})
	return page
}

// TestDataRequestsByEachKindOfRequester: a copy for who is signed in, by a code; a copy
// for who wrote to us, by a link and the date of birth; and an erasure that a hold stands
// against, until it is released.
//
// Promise 53, 54, 59.
func TestDataRequestsByEachKindOfRequester(t *testing.T) {
	t.Parallel()
	h, box := start(t, nil)
	s := h.apply(ada, "support-basics")
	id := h.only()
	h.await(id, func(st client.Status) bool { return st.Stage == "certification" && st.Attention == "applicant" })

	s.open("/apply/data/ask/copy").try().says("sent a code")
	at := s.Path()
	s.try("code", "00000000").says("That does not fit")
	if strings.Contains(s.Text, "Download") {
		t.Error("something is given before the proof")
	}
	s.open(at).try("code", h.inLetter(ada.email, codeInLetter)).says("Your copy is ready")
	s.try()
	z, err := zip.NewReader(bytes.NewReader([]byte(s.Text)), int64(len(s.Text)))
	if err != nil {
		t.Fatalf("%v: %.200s", err, s.Text)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	if !slices.Contains(names, "index.html") || !slices.Contains(names, "data.json") || !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "receipts/") }) {
		t.Errorf("the copy has %v", names)
	}

	officer := h.staff(identity.RolePrivacy)
	officer.open("/console/applicants/"+id+"/requests").hand("/console/requests", "kind", "access")
	stranger := stepper{h, h.phone()}
	_, request, _ := strings.Cut(h.openRequest(officer), "/console/requests/")
	mailed := h.inLetter(ada.email, regexp.MustCompile(`http://[^\\"]+(/apply/requests/`+regexp.QuoteMeta(request)+`/[0-9a-f]{40})`))
	stranger.open(mailed).try("date_of_birth-month", "4", "date_of_birth-day", "2", "date_of_birth-year", "1990").says("That does not fit")
	stranger.open(mailed).try("date_of_birth-month", "4", "date_of_birth-day", "1", "date_of_birth-year", "1990").says("Your copy is ready")

	if err := box.Applicants().SetHold(t.Context(), onboarding.ApplicantID(id), "hold-of-a-court", onboarding.HoldLegal, "A court has asked for it.", "staff:admin:test"); err != nil {
		t.Fatal(err)
	}
	codes := len(codeInLetter.FindAllString(h.mailOf(ada.email), -1))
	s.open("/apply/data/ask/erasure").try().says("sent a code")
	at = s.Path()
	eventually(t, time.Minute, func() error {
		if n := len(codeInLetter.FindAllString(h.mailOf(ada.email), -1)); n <= codes {
			return fmt.Errorf("%d codes were sent", n)
		}
		return nil
	})
	s.open(at).try("code", h.inLetter(ada.email, codeInLetter)).says("answers by")
	officer.open(h.openRequest(officer)).saysAll("to be answered").try("granted", "yes", "reason", "As you asked.")
	eventually(t, time.Minute, func() error {
		if officer.open("/console/requests"); !strings.Contains(officer.Text, "a hold stands") {
			return fmt.Errorf("the board says %s", officer.Says())
		}
		return nil
	})
	if st, err := h.api.Status(t.Context(), id); err != nil || st.Stage != "certification" {
		t.Errorf("with a hold: %+v, %v", st.Stage, err)
	}
	if err := box.Applicants().ReleaseHold(t.Context(), onboarding.ApplicantID(id), "hold-of-a-court", "The court has what it asked for.", "staff:admin:test"); err != nil {
		t.Fatal(err)
	}
	officer.open(h.openRequest(officer)).try("granted", "yes", "reason", "As you asked.")
	h.await(id, func(st client.Status) bool { return st.Stage == "erased" })
	eventually(t, time.Minute, func() error {
		if officer.open("/console/requests"); !strings.Contains(officer.Text, "Vendors to be asked to erase") {
			return fmt.Errorf("the board says %s", officer.Says())
		}
		return nil
	})
	officer.try("answer", "nothing").says("It is taken down.")
}

// mailOf is everything that was sent to an address.
func (h *house) mailOf(to string) string {
	h.Helper()
	_, _, mail := h.send(http.MethodGet, h.face.Mail.Inbox+"/api/messages?to="+url.QueryEscape(to), "")
	return mail
}

// TestDataRequestsWhereAClientIsController: the person is told to ask the client, and the
// client's own instruction is carried out without anything being told to it.
//
// Promise 55, 56, 57.
func TestDataRequestsWhereAClientIsController(t *testing.T) {
	t.Parallel()
	programs := t.TempDir()
	body, err := os.ReadFile("../program/files/support-basics.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(body), "role: controller", "role: processor\n  instruction: Statement of work 7", 1)
	if err := os.WriteFile(filepath.Join(programs, "support-basics.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h, _ := start(t, func(c *onebox.Config) { c.ProgramsDir = programs })
	s := stepper{h, h.phone()}
	s.open("/apply").try("email", ada.email)
	link, err := demo.LastLink(t.Context(), h.face.Mail.Inbox, ada.email)
	if err != nil {
		t.Fatal(err)
	}
	s.open(link).hand("/apply/about").fill(ada)
	id := h.only()
	h.await(id, func(st client.Status) bool { return st.Stage == "certification" && st.Attention == "applicant" })
	s.open("/apply/data/ask/copy").try()
	eventually(t, time.Minute, func() error {
		if mail := h.mailOf(ada.email); !strings.Contains(mail, "Whom to ask about your data") {
			return fmt.Errorf("nobody was told whom to ask")
		}
		return nil
	})
	bearer := []string{"Authorization", "Bearer " + h.face.APIKey, "Content-Type", "application/json"}
	status, _, answer := h.send(http.MethodPost, "/api/v1/applications/"+id+"/data-requests", `{"kind":"delete"}`, bearer...)
	var made struct{ ID, State string }
	decode(t, answer, &made)
	if status != http.StatusAccepted || made.ID == "" {
		t.Fatalf("%d %s", status, answer)
	}
	officer := h.staff(identity.RolePrivacy)
	officer.open("/console/requests/"+made.ID).saysAll("the controller, by the API").try("granted", "yes", "reason", "As instructed.")
	h.await(id, func(st client.Status) bool { return st.Stage == "erased" })
	_, _, answer = h.send(http.MethodGet, "/api/v1/data-requests/"+made.ID, "", bearer...)
	if !strings.Contains(answer, `"state":"done"`) || strings.Contains(answer, ada.family) || strings.Contains(answer, ada.email) {
		t.Errorf("the controller reads %s", answer)
	}
}
