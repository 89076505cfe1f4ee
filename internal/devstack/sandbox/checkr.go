package sandbox

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What Checkr keeps, by kind. Nothing of it tells who the person is.
const (
	kindCandidate  = "candidate"
	kindInvitation = "invitation"
	kindReport     = "report"
	kindAction     = "adverse_action"
	kindOfCustom   = "of_custom_id" // IDs of the candidates of a custom_id
	kindOfInvited  = "of_candidate" // IDs of the invitations of a candidate
	kindOfToken    = "of_token"     // the invitation that an apply page belongs to
	kindOfSearch   = "of_search"    // the report that a screening's ID begins with
	kindOfReport   = "of_report"    // IDs of the adverse actions of a report
	kindReplay     = "idempotency_key"
)

const (
	invitationLasts = 7 * 24 * time.Hour
	keyLasts        = 24 * time.Hour
	callsAMinute    = 1200
)

type checkrCandidate struct {
	ID        string            `json:"id"`
	CustomID  string            `json:"custom_id"`
	Metadata  map[string]string `json:"metadata"`
	Outcome   string            `json:"outcome"` // of checkrSteers; "" is clear
	Mail      bool              `json:"mail"`    // has an address to invite
	Whole     bool              `json:"whole"`   // has what a report needs
	Reports   []string          `json:"reports"`
	CreatedAt time.Time         `json:"created_at"`
}

type checkrInvitation struct {
	ID          string    `json:"id"`
	Candidate   string    `json:"candidate"`
	Package     string    `json:"package"`
	Tags        []string  `json:"tags"`
	Page        string    `json:"page"`
	CreatedAt   time.Time `json:"created_at"`
	ExpiresAt   time.Time `json:"expires_at"`
	CompletedAt time.Time `json:"completed_at"`
	DeletedAt   time.Time `json:"deleted_at"`
	Report      string    `json:"report"`
}

func (i checkrInvitation) status(now time.Time) string {
	switch {
	case !i.CompletedAt.IsZero():
		return "completed"
	case !now.Before(i.ExpiresAt):
		return "expired"
	}
	return "pending"
}

// replay is what an idempotency key brought forth.
type replay struct {
	Kind string    `json:"kind"`
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
}

// meter counts the calls of one minute.
type meter struct {
	mu     sync.Mutex
	minute time.Time
	calls  int
}

func (m *meter) count(minute time.Time) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.minute.Equal(minute) {
		m.minute, m.calls = minute, 0
	}
	m.calls++
	return m.calls
}

func checkrID() string {
	raw := make([]byte, 12)
	_, _ = rand.Read(raw) // it never fails
	return hex.EncodeToString(raw)
}

func checkrError(status int, message string) answer { return failure(Checkr, status, "", message, "") }

// checkr asks for the key and counts the calls; it refuses every parameter of the
// query that is not named.
func checkr(handle func(*Sandbox, *exchange) answer, query ...string) func(*Sandbox, *exchange) answer {
	return func(s *Sandbox, x *exchange) answer {
		for name := range x.query {
			x.entry.sent(name)
		}
		user, password, _ := x.r.BasicAuth()
		if user != s.cfg.Keys.CheckrKey || password != "" {
			return checkrError(http.StatusUnauthorized, "Bad authentication error")
		}
		for name, values := range x.query {
			if !slices.Contains(query, name) || len(values) != 1 {
				return checkrError(http.StatusBadRequest, "The query has a parameter that is not known here")
			}
		}
		minute := x.now.Truncate(time.Minute)
		n := s.checkrCalls.count(minute)
		a := handle(s, x)
		a.header = map[string]string{"X-Ratelimit-Limit": strconv.Itoa(callsAMinute), "X-Ratelimit-Remaining": strconv.Itoa(max(callsAMinute-n, 0)),
			"X-Ratelimit-Reset": minute.Add(time.Minute).Format(time.RFC3339)}
		return a
	}
}

// checkrNames are Checkr's words for data of a person, in vouchsafe's.
var checkrNames = map[string]string{"first_name": "given_name", "last_name": "family_name", "dob": "date_of_birth", "ssn": "national_id", "zipcode": "postal_code"}

var placeMembers = []string{"country", "state", "city"}

// checkrBody notes the members of a body in the books and reads it; it refuses
// what the adapter may not send.
func (x *exchange) checkrBody(into any, allowed ...string) (answer, bool) {
	var object map[string]json.RawMessage
	_ = json.Unmarshal(x.body, &object) // what is no object is refused below
	unknown := false
	for name, raw := range object {
		switch name {
		case "work_locations":
			unknown = x.checkrPlaces(raw) || unknown
		case "metadata":
			unknown = x.members(raw, []string{"reference"}, nil, name) || unknown
		default:
			word := name
			if ours, ok := checkrNames[name]; ok {
				word = ours
			}
			x.entry.sent(word)
		}
		unknown = unknown || !slices.Contains(allowed, name)
	}
	slices.Sort(x.entry.Fields)
	slices.Sort(x.entry.Parameters)
	if unknown {
		return checkrError(http.StatusBadRequest, "The request has a parameter that is not known here"), false
	}
	dec := json.NewDecoder(bytes.NewReader(x.body))
	if err := dec.Decode(into); err != nil || dec.More() {
		return checkrError(http.StatusBadRequest, "The request could not be understood"), false
	}
	return answer{}, true
}

func (x *exchange) checkrPlaces(raw json.RawMessage) (unknown bool) {
	var places []map[string]json.RawMessage
	if json.Unmarshal(raw, &places) != nil {
		return true
	}
	for _, p := range places {
		for name := range p {
			x.entry.sent(name)
			unknown = unknown || !slices.Contains(placeMembers, name)
		}
	}
	return unknown
}

// once carries a creation out one time for each key. Only what succeeded is
// remembered, and for a day.
func (s *Sandbox) once(x *exchange, kind string, create func() (id string, a answer)) answer {
	key := x.entry.Path + " " + x.entry.IdempotencyKey
	if x.entry.IdempotencyKey != "" {
		if was, ok := find[replay](s, Checkr, kindReplay, key); ok && x.now.Sub(was.At) < keyLasts {
			x.entry.Replayed = true
			x.noteOrder(was.Kind, was.ID)
			body, _ := s.checkrShow(was.Kind, was.ID, x.now)
			return answer{status: http.StatusCreated, body: body}
		}
	}
	id, a := create()
	if id == "" {
		return a
	}
	x.noteOrder(kind, id)
	if x.entry.IdempotencyKey != "" {
		s.keep(Checkr, kindReplay, key, replay{Kind: kind, ID: id, At: x.now})
	}
	body, _ := s.checkrShow(kind, id, x.now)
	return answer{status: http.StatusCreated, body: body}
}

func (x *exchange) noteOrder(kind, id string) {
	if kind != kindCandidate {
		x.entry.Order = id
	}
}

// checkrShow gives an object as Checkr shows it.
func (s *Sandbox) checkrShow(kind, id string, now time.Time) (any, bool) {
	switch kind {
	case kindCandidate:
		c, ok := find[checkrCandidate](s, Checkr, kind, id)
		return candidateJSON(c), ok
	case kindInvitation:
		i, ok := find[checkrInvitation](s, Checkr, kind, id)
		return invitationJSON(i, now), ok && i.DeletedAt.IsZero()
	case kindReport:
		r, ok := find[checkrReport](s, Checkr, kind, id)
		return s.checkrReportJSON(r, now), ok
	case kindAction:
		a, ok := find[checkrAction](s, Checkr, kind, id)
		return actionJSON(a, now), ok
	}
	return nil, false
}

// checkrGet shows the object of a kind that the path names.
func checkrGet(kind string) func(*Sandbox, *exchange) answer {
	return func(s *Sandbox, x *exchange) answer {
		body, ok := s.checkrShow(kind, x.values["id"], x.now)
		if !ok {
			return checkrError(http.StatusNotFound, "The resource does not exist")
		}
		x.noteOrder(kind, x.values["id"])
		return answer{status: http.StatusOK, body: body}
	}
}

func candidateJSON(c checkrCandidate) map[string]any {
	out := map[string]any{"id": c.ID, "object": "candidate", "uri": "/v1/candidates/" + c.ID, "created_at": c.CreatedAt, "custom_id": c.CustomID,
		"metadata": c.Metadata, "report_ids": append([]string{}, c.Reports...), "geo_ids": []string{}}
	for _, forgotten := range []string{"email", "first_name", "middle_name", "last_name", "dob", "ssn", "zipcode", "phone"} {
		out[forgotten] = nil // the sandbox keeps nothing of the person
	}
	return out
}

func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func invitationJSON(i checkrInvitation, now time.Time) map[string]any {
	return map[string]any{"id": i.ID, "object": "invitation", "uri": "/v1/invitations/" + i.ID, "invitation_url": i.Page, "status": i.status(now),
		"created_at": i.CreatedAt, "expires_at": i.ExpiresAt, "completed_at": stamp(i.CompletedAt), "deleted_at": stamp(i.DeletedAt),
		"package": i.Package, "candidate_id": i.Candidate, "report_id": orNull(i.Report), "tags": append([]string{}, i.Tags...)}
}

func checkrList(data []any) answer {
	return answer{status: http.StatusOK, body: map[string]any{"object": "list", "count": len(data), "next_href": nil, "previous_href": nil, "data": data}}
}

var candidateMembers = []string{"email", "first_name", "middle_name", "no_middle_name", "last_name", "dob", "ssn", "zipcode", "work_locations", "custom_id", "metadata"}

type candidateBody struct {
	Email        string            `json:"email"`
	FirstName    string            `json:"first_name"`
	MiddleName   string            `json:"middle_name"`
	NoMiddleName bool              `json:"no_middle_name"`
	LastName     string            `json:"last_name"`
	DOB          string            `json:"dob"`
	SSN          string            `json:"ssn"`
	Zipcode      string            `json:"zipcode"`
	CustomID     string            `json:"custom_id"`
	Metadata     map[string]string `json:"metadata"`
}

var (
	ssnForm = regexp.MustCompile(`^[0-9]{3}-[0-9]{2}-[0-9]{4}$`)
	zipForm = regexp.MustCompile(`^[0-9]{5}$`)
)

// wrong says what Checkr would not take; empty if it takes it.
func (b candidateBody) wrong() string {
	_, err := time.Parse(time.DateOnly, b.DOB)
	switch {
	case b.DOB != "" && err != nil:
		return "dob is invalid"
	case b.SSN != "" && !ssnForm.MatchString(b.SSN):
		return "ssn is invalid"
	case b.Zipcode != "" && !zipForm.MatchString(b.Zipcode):
		return "zipcode is invalid"
	case b.MiddleName != "" && b.NoMiddleName:
		return "no_middle_name contradicts middle_name"
	}
	return ""
}

// onto puts what was told on a candidate.
func (b candidateBody) onto(c *checkrCandidate) {
	c.Outcome = steerCheckr(b.LastName, b.Email)
	c.Mail = c.Mail || b.Email != ""
	c.Whole = c.Whole || (b.FirstName != "" && b.LastName != "" && (b.MiddleName != "" || b.NoMiddleName) && b.DOB != "" && b.SSN != "" && b.Zipcode != "")
	if b.Metadata != nil {
		c.Metadata = b.Metadata
	}
	if b.CustomID != "" {
		c.CustomID = b.CustomID
	}
}

// checkrCreateCandidate is POST /v1/candidates.
func (s *Sandbox) checkrCreateCandidate(x *exchange) answer {
	var b candidateBody
	if a, ok := x.checkrBody(&b, candidateMembers...); !ok {
		return a
	}
	return s.once(x, kindCandidate, func() (string, answer) {
		if why := b.wrong(); why != "" {
			return "", checkrError(http.StatusBadRequest, why)
		}
		c := checkrCandidate{ID: checkrID(), CreatedAt: x.now, Metadata: map[string]string{}}
		b.onto(&c)
		if c.Outcome == "refused" {
			return "", checkrError(http.StatusUnprocessableEntity, "This candidate cannot be screened")
		}
		s.keep(Checkr, kindCandidate, c.ID, c)
		change(s, Checkr, kindOfCustom, c.CustomID, func(v *[]string, _ bool) bool { *v = append(*v, c.ID); return true })
		s.tell(checkrEvent("candidate.created", kindCandidate, c.ID, x.now))
		return c.ID, answer{}
	})
}

// checkrUpdateCandidate is POST /v1/candidates/{id}.
func (s *Sandbox) checkrUpdateCandidate(x *exchange) answer {
	var b candidateBody
	if a, ok := x.checkrBody(&b, candidateMembers...); !ok {
		return a
	}
	if why := b.wrong(); why != "" {
		return checkrError(http.StatusBadRequest, why)
	}
	if steerCheckr(b.LastName, b.Email) == "refused" {
		return checkrError(http.StatusUnprocessableEntity, "This candidate cannot be screened")
	}
	c := change(s, Checkr, kindCandidate, x.values["id"], func(c *checkrCandidate, had bool) bool {
		if had {
			b.onto(c)
		}
		return had
	})
	if c.ID == "" {
		return checkrError(http.StatusNotFound, "The resource does not exist")
	}
	return answer{status: http.StatusOK, body: candidateJSON(c)}
}

// checkrFindCandidates is GET /v1/candidates?custom_id=.
func (s *Sandbox) checkrFindCandidates(x *exchange) answer {
	if x.query.Get("custom_id") == "" {
		return checkrError(http.StatusBadRequest, "Ask by custom_id")
	}
	ids, _ := find[[]string](s, Checkr, kindOfCustom, x.query.Get("custom_id"))
	data := []any{}
	for _, id := range slices.Backward(ids) {
		if c, ok := find[checkrCandidate](s, Checkr, kindCandidate, id); ok {
			data = append(data, candidateJSON(c))
		}
	}
	return checkrList(data)
}

type orderBodyCheckr struct {
	CandidateID string   `json:"candidate_id"`
	Package     string   `json:"package"`
	Node        string   `json:"node"`
	Tags        []string `json:"tags"`
}

// checkrOrder reads what an invitation or a report is made from.
func (s *Sandbox) checkrOrder(x *exchange) (b orderBodyCheckr, c checkrCandidate, a answer, ok bool) {
	if a, ok := x.checkrBody(&b, "candidate_id", "package", "work_locations", "node", "tags"); !ok {
		return b, c, a, false
	}
	c, ok = find[checkrCandidate](s, Checkr, kindCandidate, b.CandidateID)
	if !ok {
		return b, c, checkrError(http.StatusNotFound, "Candidate not found"), false
	}
	if _, ok := checkrPackages[b.Package]; !ok {
		return b, c, checkrError(http.StatusBadRequest, "Package not found"), false
	}
	return b, c, answer{}, true
}

// checkrInvite is POST /v1/invitations.
func (s *Sandbox) checkrInvite(x *exchange) answer {
	b, c, a, ok := s.checkrOrder(x)
	if !ok {
		return a
	}
	return s.once(x, kindInvitation, func() (string, answer) {
		if !c.Mail {
			return "", checkrError(http.StatusBadRequest, "email is missing")
		}
		token := rand.Text()
		i := checkrInvitation{ID: checkrID(), Candidate: c.ID, Package: b.Package, Tags: b.Tags, Page: "http://" + x.r.Host + "/checkr/_apply/" + token,
			CreatedAt: x.now, ExpiresAt: x.now.Add(invitationLasts)}
		s.keep(Checkr, kindInvitation, i.ID, i)
		s.keep(Checkr, kindOfToken, token, i.ID)
		change(s, Checkr, kindOfInvited, c.ID, func(v *[]string, _ bool) bool { *v = append(*v, i.ID); return true })
		s.tell(checkrEvent("invitation.created", kindInvitation, i.ID, x.now))
		s.tell(checkrEvent("invitation.expired", kindInvitation, i.ID, i.ExpiresAt))
		return i.ID, answer{}
	})
}

// checkrFindInvitations is GET /v1/invitations?candidate_id=.
func (s *Sandbox) checkrFindInvitations(x *exchange) answer {
	if x.query.Get("candidate_id") == "" {
		return checkrError(http.StatusBadRequest, "Ask by candidate_id")
	}
	ids, _ := find[[]string](s, Checkr, kindOfInvited, x.query.Get("candidate_id"))
	data := []any{}
	for _, id := range slices.Backward(ids) {
		if i, ok := s.checkrShow(kindInvitation, id, x.now); ok {
			data = append(data, i)
			x.entry.Order = id
		}
	}
	return checkrList(data)
}

// checkrUninvite is DELETE /v1/invitations/{id}.
func (s *Sandbox) checkrUninvite(x *exchange) answer {
	pending := false
	i := change(s, Checkr, kindInvitation, x.values["id"], func(i *checkrInvitation, had bool) bool {
		pending = had && i.DeletedAt.IsZero() && i.status(x.now) == "pending"
		i.DeletedAt = x.now
		return pending
	})
	switch {
	case i.ID == "" || (!pending && !i.DeletedAt.IsZero()):
		return checkrError(http.StatusNotFound, "The resource does not exist")
	case !pending:
		return checkrError(http.StatusBadRequest, "Only a pending invitation can be canceled")
	}
	x.entry.Order = i.ID
	s.tell(checkrEvent("invitation.deleted", kindInvitation, i.ID, x.now))
	return answer{status: http.StatusOK, body: invitationJSON(i, x.now)}
}

// checkrListPackages is GET /v1/packages.
func (s *Sandbox) checkrListPackages(*exchange) answer {
	data := []any{}
	for _, slug := range checkrSlugs() {
		screenings := []any{}
		for _, f := range checkrPackages[slug] {
			screenings = append(screenings, map[string]any{"type": f.kind, "subtype": nil})
		}
		data = append(data, map[string]any{"id": slug, "object": "package", "name": strings.ReplaceAll(slug, "_", " "), "slug": slug, "screenings": screenings})
	}
	return checkrList(data)
}
