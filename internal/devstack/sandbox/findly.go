package sandbox

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// order is what Findly keeps of an order: how it will turn out, and nothing of
// the person.
type order struct {
	ID         string    `json:"id"`
	Key        string    `json:"key"`
	Reference  string    `json:"reference"`
	Package    string    `json:"package"`
	Outcome    string    `json:"outcome"` // of nameSteers; "" is clear
	CreatedAt  time.Time `json:"created_at"`
	ReadyAt    time.Time `json:"ready_at"`    // zero: never
	CanceledAt time.Time `json:"canceled_at"` // zero: not
	Told       bool      `json:"told"`        // the webhook was taken, or none is due
	Disputes   []dispute `json:"disputes,omitempty"`
	DisputedAt time.Time `json:"disputed_at"` // the last re-investigation began; zero: there was none
	SettledAt  time.Time `json:"settled_at"`  // it ends; zero: never
	Extended   bool      `json:"extended"`    // it was given more information
	RemovedAt  time.Time `json:"removed_at"`  // a re-investigation removes the record; zero: none does
	Erased     bool      `json:"erased,omitempty"`
}

func (o order) status(now time.Time) string {
	switch {
	case !o.CanceledAt.IsZero():
		return "canceled"
	case o.ReadyAt.IsZero() || now.Before(o.ReadyAt):
		return "pending"
	case o.disputed(now):
		return "disputed"
	}
	return "complete"
}

func (o order) completedAt(now time.Time) *time.Time {
	if o.status(now) != "complete" {
		return nil
	}
	if !o.SettledAt.IsZero() {
		return &o.SettledAt
	}
	return &o.ReadyAt
}

// subject is the reference without its round: who and what it is about.
func (o order) subject() string {
	if i := strings.LastIndexByte(o.Reference, '/'); i > 0 {
		return o.Reference[:i]
	}
	return o.Reference
}

// findly holds the orders.
type findly struct {
	mu       sync.Mutex
	byID     map[string]*order
	byKey    map[string]*order
	byRef    map[string][]*order
	disputes map[string]*order // by the key of the dispute
	subjects map[string]int    // orders by subject
}

func newFindly() *findly {
	return &findly{byID: map[string]*order{}, byKey: map[string]*order{}, byRef: map[string][]*order{},
		disputes: map[string]*order{}, subjects: map[string]int{}}
}

func (f *findly) put(o *order) {
	f.byID[o.ID], f.byKey[o.Key] = o, o
	f.byRef[o.Reference] = append(f.byRef[o.Reference], o)
	f.subjects[o.subject()]++
	f.index(o)
}

// index notes the keys of the order's disputes.
func (f *findly) index(o *order) {
	for _, d := range o.Disputes {
		f.disputes[d.Key] = o
	}
}

// restore takes up an order from the journal; a later line replaces an earlier.
func (f *findly) restore(o order) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if was, ok := f.byID[o.ID]; ok {
		*was = o
		f.index(was)
		return
	}
	f.put(&o)
}

func (f *findly) all() []order {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]order, 0, len(f.byID))
	for _, o := range f.byID {
		out = append(out, *o)
	}
	slices.SortFunc(out, func(a, b order) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return out
}

// untold lists the orders whose webhook is still due.
func (f *findly) untold() []order {
	return slices.DeleteFunc(f.all(), func(o order) bool { return !o.due() })
}

func (o order) due() bool { return !o.Told && !o.ReadyAt.IsZero() && o.CanceledAt.IsZero() }

func (f *findly) get(id string) (order, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o, ok := f.byID[id]; ok && !o.Erased {
		return *o, true
	}
	return order{}, false
}

// alter changes an order, unless f gives false, and writes it down in the same
// step: so the journal's lines come in the order of what happened. It gives the
// order as it is then.
func (s *Sandbox) alter(id string, f func(*order) bool) order {
	s.findly.mu.Lock()
	defer s.findly.mu.Unlock()
	o, ok := s.findly.byID[id]
	if !ok {
		return order{}
	}
	if f(o) {
		s.findly.index(o)
		if err := s.journal.order(*o); err != nil {
			s.cfg.Log.Error("sandbox: journal", "error", err.Error())
		}
	}
	return *o
}

func (s *Sandbox) findlyAuth(x *exchange) (answer, bool) {
	if x.r.Header.Get("Authorization") != "Bearer "+s.cfg.Keys.Findly {
		return failure(Findly, http.StatusUnauthorized, "unauthorized", "The key is not known.", ""), false
	}
	return answer{}, true
}

// The members that the contract knows.
var (
	orderMembers   = []string{"reference", "package", "subject"}
	subjectMembers = []string{"given_name", "middle_name", "family_name", "date_of_birth", "national_id", "address", "past_addresses"}
	addressMembers = []string{"street", "unit", "city", "state", "postal_code", "country"}
)

type orderBody struct {
	Reference string `json:"reference"`
	Package   string `json:"package"`
	Subject   struct {
		GivenName     string            `json:"given_name"`
		MiddleName    *string           `json:"middle_name"`
		FamilyName    string            `json:"family_name"`
		DateOfBirth   string            `json:"date_of_birth"`
		NationalID    *string           `json:"national_id"`
		Address       map[string]string `json:"address"`
		PastAddresses []string          `json:"past_addresses"`
	} `json:"subject"`
}

// findlyCreate is POST /v1/orders.
func (s *Sandbox) findlyCreate(x *exchange) answer {
	unknown := x.members(x.body, orderMembers, map[string][]string{"subject": subjectMembers, "subject.address": addressMembers}, "")
	if a, ok := s.findlyAuth(x); !ok {
		return a
	}
	if x.entry.IdempotencyKey == "" || len(x.entry.IdempotencyKey) > 200 {
		return failure(Findly, http.StatusBadRequest, "idempotency_key_required", "Send an Idempotency-Key of up to 200 characters.", "Idempotency-Key")
	}
	if unknown || len(x.query) > 0 {
		return failure(Findly, http.StatusBadRequest, "unknown_field", "The order has a member that the contract does not know.", "")
	}
	var b orderBody
	dec := json.NewDecoder(bytes.NewReader(x.body))
	if err := dec.Decode(&b); err != nil || dec.More() {
		return failure(Findly, http.StatusBadRequest, "bad_body", "The body is not an order.", "")
	}
	for name, v := range map[string]string{"reference": b.Reference, "package": b.Package, "subject.given_name": b.Subject.GivenName,
		"subject.family_name": b.Subject.FamilyName, "subject.date_of_birth": b.Subject.DateOfBirth} {
		if v == "" {
			return failure(Findly, http.StatusUnprocessableEntity, "missing_field", "The order lacks a member.", name)
		}
	}
	if _, err := time.Parse(time.DateOnly, b.Subject.DateOfBirth); err != nil {
		return failure(Findly, http.StatusUnprocessableEntity, "bad_date", "The date of birth is not a date.", "subject.date_of_birth")
	}
	outcome := steerName(b.Subject.FamilyName)
	if outcome == "refused" {
		return failure(Findly, http.StatusUnprocessableEntity, "subject_refused", "This person cannot be investigated.", "subject")
	}
	o, made, fits := s.findly.create(x.entry.IdempotencyKey, b.Reference, b.Package, outcome, x.now, s.cfg.ReportDelay)
	if !fits {
		return failure(Findly, http.StatusUnprocessableEntity, "idempotency_key_reused", "This key was used for another order.", "Idempotency-Key")
	}
	x.entry.Order, x.entry.Replayed = o.ID, !made
	if !made {
		return answer{status: http.StatusOK, body: orderJSON(o, x.now)}
	}
	x.order = &o
	return answer{status: http.StatusCreated, body: orderJSON(o, x.now)}
}

// create takes the order, or gives the one that the key has already; fits is
// false when that one is another's.
func (f *findly) create(key, reference, pkg, outcome string, now time.Time, delay time.Duration) (o order, made, fits bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if was, ok := f.byKey[key]; ok {
		return *was, false, was.Reference == reference && was.Package == pkg
	}
	o = order{ID: "ord_" + rand.Text(), Key: key, Reference: reference, Package: pkg, Outcome: outcome, CreatedAt: now, ReadyAt: now.Add(delay)}
	switch {
	case outcome == "forever":
		o.ReadyAt = time.Time{}
	case outcome == "quiet":
		o.Told = true
	case outcome == "blocked" && f.subjects[o.subject()] > 0: // a new round finds the court open
		o.Outcome = ""
	}
	f.put(&o)
	return o, true, true
}

// members notes every member's name in the books and reports whether one is
// not of the contract. A body that is no object has none; decoding it says so.
func (x *exchange) members(body []byte, allowed []string, below map[string][]string, path string) (unknown bool) {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		return false
	}
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		at := strings.TrimPrefix(path+"."+name, ".")
		if next, ok := below[at]; ok {
			unknown = x.members(object[name], next, below, at) || unknown
			continue
		}
		x.entry.sent(name)
		unknown = unknown || !slices.Contains(allowed, name)
	}
	return unknown
}

// findlyFind is GET /v1/orders?reference=.
func (s *Sandbox) findlyFind(x *exchange) answer {
	for name := range x.query {
		x.entry.sent(name)
	}
	if a, ok := s.findlyAuth(x); !ok {
		return a
	}
	if len(x.query) != 1 || x.query.Get("reference") == "" || len(x.body) > 0 {
		return failure(Findly, http.StatusBadRequest, "unknown_field", "Ask by reference, and send nothing else.", "reference")
	}
	data := []any{}
	s.findly.mu.Lock()
	defer s.findly.mu.Unlock()
	for _, o := range slices.Backward(s.findly.byRef[x.query.Get("reference")]) {
		if o.Erased {
			continue
		}
		data = append(data, orderJSON(*o, x.now))
		x.entry.Order = o.ID
	}
	return answer{status: http.StatusOK, body: map[string]any{"object": "list", "data": data}}
}

// one finds the order that the path names.
func (s *Sandbox) one(x *exchange) (order, answer, bool) {
	for name := range x.query {
		x.entry.sent(name)
	}
	if a, ok := s.findlyAuth(x); !ok {
		return order{}, a, false
	}
	o, ok := s.findly.get(x.values["order"])
	if !ok {
		return order{}, failure(Findly, http.StatusNotFound, "no_such_order", "There is no such order.", ""), false
	}
	x.entry.Order = o.ID
	if len(x.query) > 0 || (len(x.body) > 0 && x.r.Method == http.MethodGet) {
		return order{}, failure(Findly, http.StatusBadRequest, "unknown_field", "The request has a member that the contract does not know.", ""), false
	}
	return o, answer{}, true
}

// findlyGet is GET /v1/orders/{order}.
func (s *Sandbox) findlyGet(x *exchange) answer {
	o, a, ok := s.one(x)
	if !ok {
		return a
	}
	return answer{status: http.StatusOK, body: orderJSON(o, x.now)}
}

// findlyReport is GET /v1/orders/{order}/report.
func (s *Sandbox) findlyReport(x *exchange) answer {
	o, a, ok := s.one(x)
	if !ok {
		return a
	}
	return answer{status: http.StatusOK, body: reportJSON(o, x.now)}
}

// findlyCancel is POST /v1/orders/{order}/cancel.
func (s *Sandbox) findlyCancel(x *exchange) answer {
	unknown := x.members(x.body, nil, nil, "")
	if a, ok := s.posted(x, unknown, "A cancellation has no members."); !ok {
		return a
	}
	o := s.alter(x.values["order"], func(o *order) bool {
		if o.status(x.now) != "pending" {
			return false
		}
		o.CanceledAt, o.Told = x.now, true
		return true
	})
	return answer{status: http.StatusOK, body: orderJSON(o, x.now)}
}

// posted checks what is posted to an order that there is.
func (s *Sandbox) posted(x *exchange, unknown bool, says string) (answer, bool) {
	_, a, ok := s.one(x)
	switch {
	case !ok:
		return a, false
	case x.entry.IdempotencyKey == "" || len(x.entry.IdempotencyKey) > 200:
		return failure(Findly, http.StatusBadRequest, "idempotency_key_required", "Send an Idempotency-Key of up to 200 characters.", "Idempotency-Key"), false
	case unknown:
		return failure(Findly, http.StatusBadRequest, "unknown_field", says, ""), false
	}
	return answer{}, true
}

// findlyErase is DELETE /v1/orders/{order}.
func (s *Sandbox) findlyErase(x *exchange) answer {
	if len(x.body) > 0 {
		return failure(Findly, http.StatusBadRequest, "unknown_field", "An erasure has no members.", "")
	}
	o, a, ok := s.one(x)
	if !ok {
		return a
	}
	if o.status(x.now) == "disputed" {
		return failure(Findly, http.StatusConflict, "disputed", "The order is being re-investigated.", "")
	}
	s.alter(o.ID, func(o *order) bool {
		if o.status(x.now) == "pending" {
			o.CanceledAt = x.now
		}
		o.Told, o.Erased = true, true
		return true
	})
	return answer{status: http.StatusNoContent}
}
