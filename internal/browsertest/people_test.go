package browsertest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
)

// person is somebody who applies; what they type steers the sandbox.
type person struct {
	given, family    string
	email, phone, id string
	born             [3]string // month, day, year
	state            string
}

var people atomic.Int64

// newcomer is somebody with whom all is clear, and who is nobody else's double.
func newcomer(given, family string) person {
	n := people.Add(1)
	return person{given: given, family: family, email: fmt.Sprintf("applicant.%d@example.com", n), phone: fmt.Sprintf("(%d) 555-01%02d", 201+n/40, n%40),
		id: fmt.Sprintf("987-65-432%d", n%10), born: [3]string{"3", fmt.Sprint(1 + n%28), fmt.Sprint(1960 + n%40)}, state: "OR"}
}

// birthday is the date of birth as programs write it.
func (p person) birthday() string {
	month, _ := strconv.Atoi(p.born[0])
	day, _ := strconv.Atoi(p.born[1])
	return fmt.Sprintf("%s-%02d-%02d", p.born[2], month, day)
}

func (p person) name() string { return p.given + " " + p.family }

// journey is one person's way in one browser.
type journey struct {
	*tab
	w  *world
	p  person
	id string // of the applicant; empty until it matters
}

// starts opens the first page, asks for a link, and gives a journey at it.
func (w *world) starts(t testing.TB, p person, program string, l look) *journey {
	t.Helper()
	j := &journey{tab: w.profile(t, l), w: w, p: p}
	j.open("/apply").at("/apply").send("program", program).at("/apply/email").send("email", p.email).says("Check your e-mail")
	return j
}

// begins follows the letter's link to the first question.
func (w *world) begins(t testing.TB, p person, program string, l look) *journey {
	t.Helper()
	j := w.starts(t, p, program, l)
	j.open(j.link()).press("Open my application").at("/apply/about")
	return j
}

// link is the newest in this person's letters.
func (j *journey) link() string {
	j.Helper()
	link, err := demo.LastLink(j.ctx, j.w.inbox, j.p.email)
	if err != nil {
		j.Fatal(err)
	}
	return link
}

// answers goes through the questions, to the first consent.
func (j *journey) answers() *journey {
	j.Helper()
	p := j.p
	j.at("/apply/about").send("given_name", p.given, "family_name", p.family)
	j.at("/apply/birth").send("date_of_birth-month", p.born[0], "date_of_birth-day", p.born[1], "date_of_birth-year", p.born[2])
	j.at("/apply/contact").send("phone", p.phone)
	j.at("/apply/address").send("street", "12 Example Street", "city", "Salem", "state", p.state, "postal_code", "97301")
	j.at("/apply/national-id").send("national_id", p.id)
	return j
}

// agrees gives every consent, to check your answers.
func (j *journey) agrees() *journey {
	j.Helper()
	for range 20 {
		if j.path() == "/apply/check" {
			return j
		}
		if !strings.HasPrefix(j.path(), "/apply/consent") {
			j.Fatalf("asked for consent at %s: %.600s", j.path(), j.text())
		}
		if j.has(`[name="signature"]`) {
			j.fill("signature", j.p.name())
		}
		j.send()
	}
	j.Fatal("the consents do not end")
	return j
}

// applies hands the application in.
func (j *journey) applies() *journey {
	j.Helper()
	j.answers().agrees()
	j.send().at("/apply/submitted")
	return j
}

// eventually tries until it goes well.
func eventually(t testing.TB, try func() error) {
	t.Helper()
	end := time.Now().Add(patience)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("after %s: %v", patience, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// waits loads a page until it says something.
func (j *journey) waits(path, words string) *journey {
	j.Helper()
	eventually(j, func() error {
		if j.open(path); !strings.Contains(j.text(), words) {
			return fmt.Errorf("%s does not say %q: %.1000s", path, words, j.text())
		}
		return nil
	})
	return j
}

// letter waits for one with these words in its subject, and gives its text.
func (w *world) letter(t testing.TB, email, subject string) string {
	t.Helper()
	var found string
	eventually(t, func() error {
		var letters []struct{ Subject, Text string }
		w.read(t, w.inbox+"/api/messages?to="+url.QueryEscape(email), &letters)
		var have []string
		for _, l := range letters {
			have = append(have, l.Subject)
			if strings.Contains(l.Subject, subject) {
				found = l.Text
				return nil
			}
		}
		return fmt.Errorf("%s has the letters %q, none with %q", email, have, subject)
	})
	return found
}

// read is a program's look at a page in JSON.
func (w *world) read(t testing.TB, address string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// await waits until somebody's application stands as told.
func (w *world) await(t testing.TB, id string, stands func(client.Status) bool) client.Status {
	t.Helper()
	var st client.Status
	eventually(t, func() (err error) {
		if st, err = w.api.Status(t.Context(), id); err == nil && !stands(st) {
			err = fmt.Errorf("%s stands at %s/%s and waits for %s", id, st.Stage, st.Attention, st.WaitsFor)
		}
		return err
	})
	return st
}
