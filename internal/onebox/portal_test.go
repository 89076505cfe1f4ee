package onebox_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// person is what somebody types.
type person struct {
	given, family, email, phone, id, street, city, past string
	born                                                [3]string // month, day, year
}

var ada = person{given: "Ada", family: "Wren", email: "ada.wren@example.com", phone: "(503) 555-0108", id: "987-65-4320",
	street: "1 Example Street", city: "Salem", born: [3]string{"4", "1", "1990"}}

// stepper walks through pages and fails where one does not lead to the next.
type stepper struct {
	*house
	*demo.Phone
}

func (s stepper) open(address string) stepper {
	s.Helper()
	if err := s.Open(s.Context(), address); err != nil {
		s.Fatal(err)
	}
	return s
}

func (s stepper) hand(to string, pairs ...string) stepper {
	s.Helper()
	fill := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		fill[pairs[i]] = pairs[i+1]
	}
	if err := s.Submit(s.Context(), fill); err != nil {
		s.Fatal(err)
	}
	return s.at(to)
}

func (s stepper) at(path string) stepper {
	s.Helper()
	if err := s.Expect(path); err != nil {
		s.Fatal(err)
	}
	return s
}

// Context is the test's; the Phone has none.
func (s stepper) Context() context.Context { return s.house.Context() }

// begin starts an application and follows the letter's link.
func (h *house) begin(p person, program string) stepper {
	h.Helper()
	return h.beginAt("/apply", p, program)
}

// asks goes from a first page to the letter with the link, a page at a time.
func (s stepper) asks(first, email, program string) stepper {
	s.Helper()
	return s.open(first).hand("/apply/email", "program", program).hand("/apply/email", "email", email)
}

// beginAt is begin from a first page of another address, such as one in a language.
func (h *house) beginAt(first string, p person, program string) stepper {
	h.Helper()
	s := stepper{h, h.phone()}
	s.asks(first, p.email, program)
	link, err := demo.LastLink(h.Context(), h.face.Mail.Inbox, p.email)
	if err != nil {
		h.Fatal(err)
	}
	return s.open(link).hand("/apply/about")
}

// apply goes through every page to the application handed in.
func (h *house) apply(p person, program string) stepper {
	h.Helper()
	return h.begin(p, program).fill(p)
}

// fill goes from the first question to the application handed in.
func (s stepper) fill(p person) stepper {
	s.Helper()
	h := s.house
	s.hand("/apply/birth", "given_name", p.given, "family_name", p.family)
	s.hand("/apply/contact", "date_of_birth-month", p.born[0], "date_of_birth-day", p.born[1], "date_of_birth-year", p.born[2])
	s.hand("/apply/address", "phone", p.phone)
	s.hand("/apply/national-id", "street", p.street, "city", p.city, "state", "OR", "postal_code", "97301", "past_addresses", p.past)
	if err := s.Submit(s.Context(), map[string]string{"national_id": p.id}); err != nil {
		h.Fatal(err)
	}
	for range 20 {
		if s.Path() == "/apply/check" {
			return s.hand("/apply/submitted")
		}
		if !strings.HasPrefix(s.Path(), "/apply/consent") && !strings.HasPrefix(s.Path(), "/apply/disclosure") && !strings.HasPrefix(s.Path(), "/apply/authorization") {
			h.Fatalf("asked for consent at %s: %s", s.Path(), s.Says())
		}
		fill := map[string]string{}
		if strings.Contains(s.Text, `name="signature"`) {
			fill["signature"] = p.given + " " + p.family
		}
		if err := s.Submit(s.Context(), fill); err != nil {
			h.Fatal(err)
		}
	}
	h.Fatalf("the consents do not end: at %s, %s", s.Path(), s.Says())
	return s
}

// only is the one applicant that there is.
func (h *house) only() string {
	h.Helper()
	var id string
	eventually(h.T, time.Minute, func() error { // lists follow a little behind
		err := h.api.All(h.Context(), nil, func(l client.Line) error { id = l.ID; return nil })
		if err == nil && id == "" {
			err = errors.New("no applicant is listed")
		}
		return err
	})
	return id
}

// await waits until somebody's application stands as told.
func (h *house) await(id string, stands func(client.Status) bool) client.Status {
	h.Helper()
	var st client.Status
	eventually(h.T, time.Minute, func() (err error) {
		if st, err = h.api.Status(h.Context(), id); err == nil && !stands(st) {
			err = fmt.Errorf("%s stands at %s/%s and waits for %s", id, st.Stage, st.Attention, st.WaitsFor)
		}
		return err
	})
	return st
}

// certify does what the program asks for, and waits for the certificate.
func (s stepper) certify(id string, p person, programID string) client.Status {
	s.Helper()
	s.await(id, func(st client.Status) bool { return st.Stage == "certification" && st.Attention == "applicant" })
	set, err := program.LoadTrial()
	if err != nil {
		s.Fatal(err)
	}
	pr, err := set.Get(programID)
	if err != nil {
		s.Fatal(err)
	}
	if err := s.Certify(s.Context(), pr, p.given+" "+p.family, false); err != nil {
		s.Fatal(err)
	}
	s.await(id, func(st client.Status) bool { // a recruiter does their part, when its time has come
		if err := demo.Assess(s.Context(), s.api, pr, st); err != nil {
			s.Fatal(err)
		}
		return st.Stage == "certified"
	})
	return s.await(id, func(st client.Status) bool { return st.Stage == "certified" && st.Credential != "" })
}

// TestFromFirstPageToCertificate is the way of an applicant on a phone without
// JavaScript, and then that of somebody who is shown the certificate.
func TestFromFirstPageToCertificate(t *testing.T) {
	t.Parallel()
	h, _ := start(t, nil)
	s := h.apply(ada, "support-basics")
	id := h.only()
	s.open("/apply/status").at("/apply/status")
	st := s.certify(id, ada, "support-basics")
	s.open("/apply/certificate").at("/apply/certificate")

	s.open("/apply/certificate.pdf").at("/apply/certificate.pdf")
	if !strings.HasPrefix(s.Text, "%PDF-") {
		t.Error("the certificate's PDF is none")
	}
	s.open("/apply/certificate.jwt").at("/apply/certificate.jwt")
	jws, err := jose.ParseSigned(strings.TrimSpace(s.Text), []jose.SignatureAlgorithm{jose.EdDSA, jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	_, _, keys := h.send(http.MethodGet, "/.well-known/jwks.json", "")
	var set jose.JSONWebKeySet
	decode(t, keys, &set)
	if _, err := jws.Verify(set); err != nil {
		t.Errorf("the credential does not verify by the published keys: %v", err)
	}

	stranger := stepper{h, h.phone()}
	stranger.open("/verify/" + st.Credential).at("/verify/" + st.Credential)
	if !strings.Contains(stranger.Text, "valid") || strings.Contains(stranger.Text, ada.family) {
		t.Errorf("the verify page says: %s", stranger.Says())
	}
}
