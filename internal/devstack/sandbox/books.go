package sandbox

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Entry is one request in the books. It has names and never values; Path is the
// route's pattern.
type Entry struct {
	At             time.Time `json:"at"`
	Vendor         string    `json:"vendor"`
	Method         string    `json:"method"`
	Path           string    `json:"path"`
	IdempotencyKey string    `json:"idempotency_key,omitempty"`
	Fields         []string  `json:"fields"`               // data of the person, in vouchsafe's names
	Parameters     []string  `json:"parameters,omitempty"` // everything else that was sent, by name
	Status         int       `json:"status"`               // as answered, or as it would have been without the fault
	Order          string    `json:"order,omitempty"`      // the vendor's ID of what was ordered
	Replayed       bool      `json:"replayed,omitempty"`   // the key was known: the same order again
	Fault          string    `json:"fault,omitempty"`      // the fault that was drawn
}

// Count is how often a vendor got a request and answered it with a status.
type Count struct {
	Vendor   string `json:"vendor"`
	Method   string `json:"method"`
	Path     string `json:"path"`
	Status   int    `json:"status"`
	Replayed bool   `json:"replayed"`
	Count    int    `json:"count"`
}

// personFields are the names that stand for a datum of a person; e164 is
// Twilio's name for phone, and name is all parts of a name in one.
var personFields = []string{"name", "given_name", "middle_name", "family_name", "date_of_birth", "email", "phone", "national_id",
	"street", "unit", "city", "state", "postal_code", "country", "past_addresses", "signature", "ip_address", "user_agent"}

var nameForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,39}$`)

// sent notes the name of something that came with the request.
func (e *Entry) sent(name string) {
	switch {
	case slices.Contains(personFields, name):
		e.Fields = append(e.Fields, name)
	case nameForm.MatchString(name):
		e.Parameters = append(e.Parameters, name)
	default: // a name that may well be a value
		e.Parameters = append(e.Parameters, "?")
	}
}

// books keeps the newest entries and counts all.
type books struct {
	mu     sync.Mutex
	limit  int
	ring   []Entry
	next   int // where the next entry goes once the ring is full
	counts map[Count]int
}

func newBooks(limit int) *books { return &books{limit: limit, counts: map[Count]int{}} }

func (b *books) add(e Entry) {
	if e.Fields == nil {
		e.Fields = []string{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[Count{Vendor: e.Vendor, Method: e.Method, Path: e.Path, Status: e.Status, Replayed: e.Replayed}]++
	if len(b.ring) < b.limit {
		b.ring = append(b.ring, e)
		return
	}
	b.ring[b.next] = e
	b.next = (b.next + 1) % b.limit
}

// entries gives the newest entries of a vendor ("" for all), oldest first; a
// limit of 0 means all that are kept.
func (b *books) entries(vendor string, limit int) []Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []Entry{}
	for i := len(b.ring) - 1; i >= 0 && (limit == 0 || len(out) < limit); i-- {
		e := b.ring[(b.next+i)%len(b.ring)]
		if vendor == "" || e.Vendor == vendor {
			out = append(out, e)
		}
	}
	slices.Reverse(out)
	return out
}

// tally counts every request since the books were opened or, with a folder,
// those that the journal has.
func (b *books) tally() []Count {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Count, 0, len(b.counts))
	for c, n := range b.counts {
		c.Count = n
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, c Count) int {
		for _, d := range []int{compare(a.Vendor, c.Vendor), compare(a.Path, c.Path), compare(a.Method, c.Method), a.Status - c.Status} {
			if d != 0 {
				return d
			}
		}
		return c.Count - a.Count
	})
	return out
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// restore sets a count that an earlier process had.
func (b *books) restore(c Count) {
	n := c.Count
	c.Count = 0
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[c] += n
}

// serve answers GET /_books?vendor=&limit= with a list, oldest first; a limit
// takes the newest.
func (b *books) serve(w http.ResponseWriter, r *http.Request) {
	vendor, limit := r.URL.Query().Get("vendor"), 0
	if vendor != "" && !known(vendor) {
		badRequest(w, "vendor", "There is no such vendor: use one of "+strings.Join(played, ", ")+", or leave it out.")
		return
	}
	if v := r.URL.Query().Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			badRequest(w, "limit", "The limit is a whole number from 1 on, or absent for all.")
			return
		}
		limit = n
	}
	writeJSON(w, http.StatusOK, b.entries(vendor, limit))
}

func badRequest(w http.ResponseWriter, field, message string) {
	writeJSON(w, http.StatusBadRequest, map[string]any{"field": field, "message": message})
}
