package onebox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// desk takes many different people through one house, side by side.
type desk struct {
	*house
	box   *onebox.Box
	clear demo.Clear
	next  chan int

	reviewer, recruiter *demo.Phone // signed in
}

// openDesk starts a house in which a day passes in two seconds.
func openDesk(t *testing.T, change func(*onebox.Config)) *desk {
	t.Helper()
	h, box := start(t, func(c *onebox.Config) {
		c.Clock = 43_200
		if change != nil {
			change(c)
		}
	})
	notices, err := h.api.Notices(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{house: h, box: box, clear: demo.NewClear(notices), next: make(chan int, 1),
		reviewer: h.staff(identity.RoleReviewer).Phone, recruiter: h.staff(identity.RoleRecruiter).Phone}
	d.next <- 1
	return d
}

// of is the same desk for a test of its own.
func (d *desk) of(t *testing.T) *desk {
	h := *d.house
	h.T = t
	c := *d
	c.house = &h
	return &c
}

// send hands somebody's application in by the API; with are their fields, besides
// those of somebody with whom all is clear.
func (d *desk) apply(program string, with map[string]string) (id, email string) {
	d.Helper()
	n := <-d.next
	d.next <- n + 1
	_, body, _ := d.clear.Application(n)
	var a struct {
		Program   string            `json:"program"`
		Consents  []map[string]any  `json:"consents"`
		Applicant map[string]string `json:"applicant"`
	}
	decode(d.T, string(body), &a)
	a.Program = program
	for k, v := range with {
		if k == "mail" { // the beginning of the address
			k, v = "email", v+"."+a.Applicant["email"]
		}
		a.Applicant[k] = v
	}
	for _, c := range a.Consents {
		if c["signature"] != nil {
			c["signature"] = a.Applicant["given_name"] + " " + a.Applicant["family_name"]
		}
	}
	out, err := json.Marshal(a)
	if err != nil {
		d.Fatal(err)
	}
	created, err := d.api.Apply(d.Context(), out, fmt.Sprint("desk-", n))
	if err != nil {
		d.Fatal(err)
	}
	return created.ID, a.Applicant["email"]
}

// decide gives a decision by the API, with the assessment that is asked for.
func (d *desk) decide(id, ruling string) {
	d.Helper()
	st := d.await(id, func(st client.Status) bool { return st.Attention == "reviewer" })
	if err := d.api.Decide(d.Context(), id, ruling, "Looked at.", st.AssessmentForm.Answered("Weighed with care and in writing.")); err != nil {
		d.Fatal(err)
	}
}

// portal goes into somebody's application by the newest letter's link.
func (d *desk) portal(email string) stepper {
	d.Helper()
	link, err := demo.LastLink(d.Context(), d.face.Mail.Inbox, email)
	if err != nil {
		d.Fatal(err)
	}
	s := stepper{d.house, d.phone()}
	return s.open(link).hand("/apply/status")
}

// letter waits for the letter with these words in its subject, and gives its text.
func (d *desk) letter(email, subject string) string {
	d.Helper()
	var found string
	eventually(d.T, time.Minute, func() error {
		_, _, body := d.send(http.MethodGet, d.face.Mail.Inbox+"/api/messages?to="+url.QueryEscape(email), "")
		var letters []struct{ Subject, Text string }
		if err := json.Unmarshal([]byte(body), &letters); err != nil {
			return err
		}
		for _, l := range letters {
			if strings.Contains(l.Subject, subject) {
				found = strings.Join(strings.Fields(l.Text), " ")
				return nil
			}
		}
		return fmt.Errorf("%d letters, none with %q", len(letters), subject)
	})
	return found
}

// another signs a second person in, by a link of their own.
func (d *desk) another(role identity.Role) stepper {
	d.Helper()
	link, err := d.box.StaffLink(role, time.Hour)
	if err != nil {
		d.Fatal(err)
	}
	s := stepper{d.house, d.phone()}
	return s.open(link).hand("/console")
}

// orderedOnce holds the books to one order for each check and round.
func (d *desk) orderedOnce(id string) {
	d.Helper()
	for _, vendor := range []string{"findly", "checkr"} {
		made := map[string]int{}
		for _, e := range d.books(vendor) {
			if e.Method == http.MethodPost && e.Status == http.StatusCreated && !e.Replayed && strings.HasPrefix(e.IdempotencyKey, id) {
				made[e.IdempotencyKey]++
			}
		}
		for key, n := range made {
			if n != 1 {
				d.Errorf("%s made %s %d times", vendor, key, n)
			}
		}
	}
}

func (d *desk) whole(id string) {
	d.Helper()
	answer, err := d.api.Verify(d.Context(), id)
	if err != nil {
		d.Fatal(err)
	}
	if !strings.Contains(string(answer), `"faults":[]`) && !strings.Contains(string(answer), `"faults":null`) {
		d.Errorf("the ledger of %s: %s", id, answer)
	}
}

// atVendor opens the page of a vendor that the portal leads to, and presses a button.
func (s stepper) atVendor(check, button string) {
	s.Helper()
	s.open("/apply/checks/" + check).at("/apply/checks/" + check)
	page := s.LinkTo(s.face.Sandbox)
	if page == "" {
		s.Fatalf("no way leads on from %s: %s", s.Path(), s.Says())
	}
	vendor := stepper{s.house, s.phone()}
	vendor.open(page)
	if err := vendor.Submit(s.Context(), map[string]string{"do": button}); err != nil {
		s.Fatal(err)
	}
}
