package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// dispute is one that Findly took: what its key stands for.
type dispute struct {
	Key       string   `json:"key"`
	Reference string   `json:"reference"`
	Records   []string `json:"records,omitempty"` // none: the whole report
	Adds      bool     `json:"adds,omitempty"`    // it added information to the one before
}

func (d dispute) is(other dispute) bool {
	return d.Reference == other.Reference && slices.Equal(d.Records, other.Records)
}

// disputed reports whether a re-investigation is going on.
func (o order) disputed(now time.Time) bool {
	return !o.DisputedAt.IsZero() && (o.SettledAt.IsZero() || now.Before(o.SettledAt))
}

// removed reports whether a re-investigation has removed the order's record.
func (o order) removed(now time.Time) bool { return !o.RemovedAt.IsZero() && !now.Before(o.RemovedAt) }

// amended reports whether the last re-investigation has ended and did that.
func (o order) amended(now time.Time) bool {
	return o.removed(now) && o.RemovedAt.Equal(o.SettledAt)
}

// records are the IDs of what the report names.
func (o order) records(now time.Time) []string {
	var out []string
	for _, s := range reportJSON(o, now).Screenings {
		for _, r := range s.Records {
			out = append(out, r.ID)
		}
	}
	return out
}

var disputeMembers = []string{"reference", "records"}

// disputeLimit is the most records that one dispute may name.
const disputeLimit = 100

// findlyDispute is POST /v1/orders/{order}/disputes.
func (s *Sandbox) findlyDispute(x *exchange) answer {
	unknown := x.members(x.body, disputeMembers, nil, "")
	if a, ok := s.posted(x, unknown, "The dispute has a member that the contract does not know."); !ok {
		return a
	}
	d := dispute{Key: x.entry.IdempotencyKey}
	var b struct {
		Reference string   `json:"reference"`
		Records   []string `json:"records"`
	}
	dec := json.NewDecoder(bytes.NewReader(x.body))
	if err := dec.Decode(&b); err != nil || dec.More() || len(b.Records) > disputeLimit {
		return failure(Findly, http.StatusBadRequest, "bad_body", "The body is not a dispute.", "")
	}
	if d.Reference, d.Records = b.Reference, b.Records; d.Reference == "" {
		return failure(Findly, http.StatusUnprocessableEntity, "missing_field", "The dispute lacks a member.", "reference")
	}
	var a answer
	var events []event
	o := s.alter(x.values["order"], func(o *order) bool {
		a = s.takeDispute(x, o, d)
		if a.status != http.StatusAccepted {
			return false
		}
		events = o.dispute(d, x.now, s.cfg.ReportDelay)
		return true
	})
	for _, e := range events {
		s.tell(e)
	}
	if a.status < http.StatusMultipleChoices {
		a.body = orderJSON(o, x.now)
	}
	return a
}

// takeDispute says whether an order can be disputed: 202, 200 when it is a
// dispute that it has already, or the failure. The caller holds findly's lock.
func (s *Sandbox) takeDispute(x *exchange, o *order, d dispute) answer {
	if was, ok := s.findly.disputes[d.Key]; ok {
		i := slices.IndexFunc(was.Disputes, func(e dispute) bool { return e.Key == d.Key })
		if was != o || !was.Disputes[i].is(d) {
			return failure(Findly, http.StatusUnprocessableEntity, "idempotency_key_reused", "This key was used for another dispute.", "Idempotency-Key")
		}
		x.entry.Replayed = true
		return answer{status: http.StatusOK}
	}
	if status := o.status(x.now); status != "complete" && status != "disputed" {
		return failure(Findly, http.StatusUnprocessableEntity, "not_complete", "The order is not complete: there is nothing to dispute yet.", "")
	}
	if (order{Reference: d.Reference}).subject() != o.subject() {
		return failure(Findly, http.StatusUnprocessableEntity, "reference_mismatch", "The reference is not of this order's person and check.", "reference")
	}
	named := o.records(x.now)
	if slices.ContainsFunc(d.Records, func(id string) bool { return !slices.Contains(named, id) }) {
		return failure(Findly, http.StatusUnprocessableEntity, "unknown_record", "The report has no such record.", "records")
	}
	return answer{status: http.StatusAccepted}
}

// dispute begins a re-investigation, as the order's outcome has it, or adds to
// the one that is going on. It gives the events that come of it.
func (o *order) dispute(d dispute, now time.Time, delay time.Duration) []event {
	d.Adds = o.disputed(now)
	o.Disputes = append(o.Disputes, d)
	if d.Adds {
		o.Extended = true
		return nil
	}
	o.DisputedAt, o.SettledAt, o.Extended = now, now.Add(delay), false
	switch o.Outcome {
	case "stubborn":
		o.SettledAt = time.Time{}
	case "consider", "hearsay":
		if len(o.records(now)) > 0 {
			o.RemovedAt = o.SettledAt
		}
	}
	if o.Outcome == "quiet" {
		return nil
	}
	n := 1
	for _, d := range o.Disputes {
		if !d.Adds {
			n++
		}
	}
	again := fmt.Sprintf("%s_%d", firstEvent(o.ID), n)
	events := []event{{Vendor: Findly, ID: again + "_disputed", Type: "order.disputed", About: o.ID, At: now}}
	if !o.SettledAt.IsZero() {
		events = append(events, event{Vendor: Findly, ID: again, Type: "order.completed", About: o.ID, At: o.SettledAt})
	}
	return events
}
