package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Fault makes a vendor fail. One of Status, DelayMS, Drop and Garbage is given;
// a delay may come with any of the others.
type Fault struct {
	ID         int      `json:"id"`
	Vendor     string   `json:"vendor"`                // one of played, or * for all
	Status     int      `json:"status,omitempty"`      // answer with this, 400 to 599, and do nothing
	RetryAfter int      `json:"retry_after,omitempty"` // seconds, beside a status
	DelayMS    int      `json:"delay_ms,omitempty"`    // wait first
	Drop       bool     `json:"drop,omitempty"`        // do what was asked, then close the connection without an answer
	Garbage    bool     `json:"garbage,omitempty"`     // do what was asked, then answer 200 with something unreadable
	Rate       *float64 `json:"rate"`                  // share of requests, 0 to 1; 1 when absent
	Count      *int     `json:"count"`                 // requests left to fail, -1 = without end; -1 when absent
	Hits       int      `json:"hits"`                  // requests failed so far
}

// drawn is the fault that a request is under.
type drawn struct {
	Fault
	hit int
}

func (d drawn) kind() string {
	switch {
	case d.Status != 0:
		return "status"
	case d.Drop:
		return "drop"
	case d.Garbage:
		return "garbage"
	case d.DelayMS > 0:
		return "delay"
	}
	return ""
}

type faults struct {
	mu   sync.Mutex
	next int
	held []*Fault
}

// draw decides whether this request fails: the first fault for the vendor whose
// rate says so.
func (fs *faults) draw(vendor string) drawn {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for i, f := range fs.held {
		if f.Vendor != vendor && f.Vendor != "*" {
			continue
		}
		if *f.Rate < 1 && rand.Float64() >= *f.Rate {
			continue
		}
		f.Hits++
		if *f.Count > 0 {
			if *f.Count--; *f.Count == 0 {
				fs.held = slices.Delete(fs.held, i, i+1)
			}
		}
		return drawn{Fault: *f, hit: f.Hits}
	}
	return drawn{}
}

func (fs *faults) list() []Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	out := make([]Fault, 0, len(fs.held))
	for _, f := range fs.held {
		c, rate, count := *f, *f.Rate, *f.Count
		c.Rate, c.Count = &rate, &count
		out = append(out, c)
	}
	return out
}

func (fs *faults) clear() {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.held = nil
}

func (fs *faults) add(f Fault) Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.next++
	f.ID, f.Hits = fs.next, 0
	held, rate, count := f, *f.Rate, *f.Count
	held.Rate, held.Count = &rate, &count
	fs.held = append(fs.held, &held)
	return f
}

// serve answers POST /_faults.
func (fs *faults) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
	if err != nil {
		badRequest(w, "body", "The body is too large or broke off.")
		return
	}
	f, field, message := readFault(body)
	if message != "" {
		badRequest(w, field, message)
		return
	}
	writeJSON(w, http.StatusCreated, fs.add(f))
}

// readFault gives the fault, or the field at fault and what is wrong with it.
func readFault(body []byte) (f Fault, field, message string) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return f, wrong.Field, fmt.Sprintf("This is a %s and should be a %s.", wrong.Value, wrong.Type)
		}
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return f, strings.Trim(name, `"`), "A fault has vendor, status, retry_after, delay_ms, drop, garbage, rate and count."
		}
		return f, "body", `The body is not JSON. Send, say, {"vendor":"findly","status":503,"rate":0.5,"count":10}.`
	}
	if dec.More() {
		return f, "body", "There is more than one fault: send one a request."
	}
	if f.Rate == nil {
		f.Rate = new(1.0)
	}
	if f.Count == nil {
		f.Count = new(-1)
	}
	kinds := 0
	for _, given := range []bool{f.Status != 0, f.Drop, f.Garbage} {
		if given {
			kinds++
		}
	}
	switch {
	case f.Vendor != "*" && !known(f.Vendor):
		return f, "vendor", "Name a vendor: " + strings.Join(played, ", ") + ", or * for all."
	case kinds > 1:
		return f, "status", "Only one of status, drop and garbage can happen to a request."
	case kinds == 0 && f.DelayMS == 0:
		return f, "status", "Say what goes wrong: status, delay_ms, drop or garbage."
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return f, "status", "The status is an error's: 400 to 599."
	case f.RetryAfter < 0 || (f.RetryAfter > 0 && f.Status == 0):
		return f, "retry_after", "retry_after is a number of seconds beside a status."
	case f.DelayMS < 0 || f.DelayMS > 600_000:
		return f, "delay_ms", "The delay is at most 600000 milliseconds."
	case *f.Rate < 0 || *f.Rate > 1:
		return f, "rate", "The rate is a share of the requests: 0 to 1."
	case *f.Count < -1 || *f.Count == 0:
		return f, "count", "The count is how many requests fail: 1 or more, or -1 for no end."
	}
	return f, "", ""
}
