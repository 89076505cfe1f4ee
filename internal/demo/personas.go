package demo

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

// persona is a kind of applicant: what they type steers the sandbox, and so
// does what the people around them do.
type persona struct {
	what      string // in words
	program   string
	mail      string // beginning of the e-mail address
	digits    string // last two of the phone number; empty: any
	family    string
	given     string // empty: drawn
	born      string // empty: drawn
	state     string
	city      string
	rulings   []string // what reviewers decide; the last one after a dispute
	disputes  bool
	waive     bool
	failsQuiz bool
	withdraws bool
	end       string // the stage that they must end in
}

const (
	basics = "support-basics"
	health = "health-line"
	secure = "secure-line" // these two are offered on one machine only
	guest  = "guest-line"
)

var personas = []persona{
	{what: "clear", program: basics, family: "Moss", state: "OR", city: "Salem", end: "certified"},
	{what: "clear, stricter program", program: health, family: "Hill", state: "TX", city: "Austin", end: "certified"},
	{what: "misdemeanor, three years old", program: basics, family: "Consider", state: "OR", city: "Bend", rulings: []string{"proceed"}, end: "certified"},
	{what: "felony, declined", program: basics, family: "Felony", state: "OR", city: "Bend", rulings: []string{"adverse"}, end: "declined"},
	{what: "felony, disputed with success", program: basics, family: "Felony", state: "PA", city: "Pittsburgh", rulings: []string{"adverse", "proceed"}, disputes: true, end: "certified"},
	{what: "disputed, and the report corrected", program: basics, family: "Consider", state: "OR", city: "Salem", rulings: []string{"adverse"}, disputes: true, end: "certified"},
	{what: "old record that may not be used", program: basics, family: "Oldrecord", state: "CA", city: "Fresno", end: "certified"},
	{what: "webhook never comes", program: basics, family: "Quiet", state: "NJ", city: "Newark", end: "certified"},
	{what: "one search could not complete", program: basics, family: "Blocked", state: "IL", city: "Chicago", end: "certified"},
	{what: "report never completes, waived", program: basics, family: "Forever", state: "OR", city: "Salem", waive: true, end: "certified"},
	{what: "order refused, waived", program: basics, family: "Refused", state: "OR", city: "Salem", waive: true, end: "certified"},
	{what: "mailbox that does not exist", program: basics, mail: "rejected-email", family: "Lake", state: "WA", city: "Seattle", rulings: []string{"adverse"}, end: "declined"},
	{what: "internet phone number", program: basics, digits: "50", family: "Reed", state: "NY", city: "New York", rulings: []string{"proceed"}, end: "certified"},
	{what: "phone look-up told to wait", program: basics, digits: "53", family: "Stone", state: "OR", city: "Salem", end: "certified"},
	{what: "on the sanctions list, by name", program: basics, given: "Viktor", family: "Sandboxov", born: "1971-02-14", state: "OR", city: "Salem", rulings: []string{"proceed"}, end: "certified"},
	{what: "shows a document, every vendor", program: secure, family: "Heath", state: "OR", city: "Salem", end: "certified"},
	{what: "every vendor, a misdemeanor", program: secure, family: "Consider", state: "OR", city: "Bend", rulings: []string{"proceed"}, end: "certified"},
	{what: "invited by the agency", program: guest, family: "Dale", state: "OR", city: "Salem", end: "certified"},
	{what: "quiz failed, then passed", program: basics, family: "Vale", failsQuiz: true, state: "OR", city: "Salem", end: "certified"},
	{what: "withdraws at the quiz", program: basics, family: "Brook", withdraws: true, state: "OR", city: "Salem", end: "withdrawn"},
	{what: "remark of the investigator", program: basics, family: "Hearsay", state: "OR", city: "Salem", rulings: []string{"proceed"}, end: "certified"},
}

var givens = strings.Fields("Ada Ben Cleo Dario Edda Finn Gia Hugo Iris Jonas Kira Levi Mona Nils Orla Pablo Quinn Rosa Sami Tess Ugo Vera Wim Xenia Yara Zeno")

func given(i int) string {
	p := personas[i%len(personas)]
	if p.given != "" {
		return p.given
	}
	return givens[i%len(givens)]
}

func (d *driver) email(p persona, i int) string {
	local := fmt.Sprintf("%s.%s.%d.%d", strings.ToLower(given(i)), strings.ToLower(p.family), d.run, i)
	if p.mail != "" {
		local = p.mail + "." + local
	}
	return local + "@example.com"
}

// areas is how many area codes phone draws from: no multiple of 3 or 7, so that the
// steps of Clear, each as long as the personas are many, come by every number.
const areas = 689

// phone is one of the numbers that are reserved for fiction, 555-01xx, with an
// area code that makes it the applicant's own: 34,450 people have one each.
func (d *driver) phone(p persona, i int) string {
	n := d.run*7919 + int64(i)
	digits := p.digits
	if digits == "" {
		digits = fmt.Sprintf("%02d", (n/areas)%50)
	}
	return fmt.Sprintf("+1%03d55501%s", 201+n%areas, digits)
}

// application is the body that POST /api/v1/applications takes.
func (d *driver) application(p persona, i int) json.RawMessage {
	born := p.born
	if born == "" {
		born = fmt.Sprintf("19%02d-%02d-%02d", 60+i%40, 1+i%12, 1+i%28)
	}
	consents := make([]map[string]any, 0, len(d.notices))
	now := time.Now().UTC()
	for _, n := range d.notices {
		c := map[string]any{"purpose": n.Purpose, "kind": n.Kind, "method": "client_form",
			"notice":   map[string]string{"id": n.ID, "version": n.Version, "language": n.Language, "sha256": n.SHA256},
			"shown_at": now.Add(-time.Minute).Format(time.RFC3339), "given_at": now.Add(-30 * time.Second).Format(time.RFC3339),
			"origin": map[string]string{"ip_address": "192.0.2.7", "user_agent": "vouchsafe-demo"}}
		if n.Kind == "fcra_authorization" {
			c["method"], c["signature"] = "typed_signature", given(i)+" "+p.family
		}
		consents = append(consents, c)
	}
	body, err := json.Marshal(map[string]any{"program": p.program, "consents": consents, "applicant": map[string]string{
		"given_name": given(i), "family_name": p.family, "date_of_birth": born, "email": d.email(p, i), "phone": d.phone(p, i),
		"national_id": fmt.Sprintf("987-65-432%d", i%10), "street": fmt.Sprintf("%d Example Street", i+1), "city": p.city, "state": p.state,
		"postal_code": "97301", "country": "US"}})
	if err != nil {
		panic(fmt.Sprintf("demo: %v", err)) // strings and times always encode
	}
	return body
}

// Personas is how many there are: so many applicants reach every end.
func Personas() int { return len(personas) }

// Clear makes applications of people with whom everything is clear.
type Clear struct{ driver driver }

// NewClear makes them for the notices that a house shows.
func NewClear(notices []client.Notice) Clear {
	return Clear{driver{notices: notices, run: time.Now().UnixNano() % 1_000_000}}
}

// Application gives the i-th one: the program, the body for
// POST /api/v1/applications, and the name as its person signs.
func (c Clear) Application(i int) (programID string, body json.RawMessage, name string) {
	p := personas[0]
	i *= len(personas) // the names and numbers of the first persona
	return p.program, c.driver.application(p, i), given(i) + " " + p.family
}
