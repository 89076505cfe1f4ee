package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
)

// state is what a Findly order answers with, as far as disputes go.
type state struct {
	Status      string     `json:"status"`
	CompletedAt *time.Time `json:"completed_at"`
	DisputedAt  *time.Time `json:"disputed_at"`
	Extended    bool       `json:"extended"`
}

func (b box) dispute(order, key, body string) (int, state, string) {
	b.t.Helper()
	status, _, text := b.do("POST", "/findly/v1/orders/"+order+"/disputes", body, "Idempotency-Key", key)
	var s state
	_ = json.Unmarshal([]byte(text), &s)
	return status, s, text
}

func (b box) report(order string) string {
	b.t.Helper()
	_, _, body := b.do("GET", "/findly/v1/orders/"+order+"/report", "")
	return body
}

const whole = `{"reference":"a/background/1"}`

func TestDisputesTakeTheirTimeAndOutliveARestart(t *testing.T) {
	dir := t.TempDir()
	b := open(t, sandbox.Config{Dir: dir})
	_, id := b.order("a/background/1", "Consider")
	b.srv.Close()
	_ = b.Close()
	slow := open(t, sandbox.Config{Dir: dir, ReportDelay: time.Hour})
	status, first, _ := slow.dispute(id, "d1", whole)
	if status != 202 || first.Status != "disputed" || first.CompletedAt != nil || first.DisputedAt == nil || first.Extended {
		t.Fatalf("got %d %+v", status, first)
	}
	if r := slow.report(id); !strings.Contains(r, `"status":"disputed","completed_at":null,"amended":false`) || !strings.Contains(r, `"rec_`) {
		t.Errorf("got %s", r)
	}
	if status, more, _ := slow.dispute(id, "d2", `{"reference":"a/background/1","records":[]}`); status != 202 || !more.Extended || !more.DisputedAt.Equal(*first.DisputedAt) {
		t.Errorf("got %d %+v", status, more)
	}
	// Canceling leaves a dispute alone.
	if _, _, got := slow.do("POST", "/findly/v1/orders/"+id+"/cancel", "{}", "Idempotency-Key", "c"); !strings.Contains(got, `"status":"disputed"`) {
		t.Errorf("got %s", got)
	}
	half, err := os.ReadFile(filepath.Join(dir, "sandbox.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	again := t.TempDir() // as after a SIGKILL
	if err := os.WriteFile(filepath.Join(again, "sandbox.jsonl"), half, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a second restart reads what the first one shortened
		s, err := sandbox.New(sandbox.Config{Dir: again})
		if err != nil {
			t.Fatal(err)
		}
		n := box{s, httptest.NewServer(s), t}
		if status, same, _ := n.dispute(id, "d1", whole); status != 200 || same.Status != "disputed" || !same.Extended || !same.DisputedAt.Equal(*first.DisputedAt) {
			t.Errorf("got %d %+v", status, same)
		}
		if e := n.books("?limit=1")[0]; !e.Replayed || e.Order != id || e.Path != "/findly/v1/orders/{order}/disputes" {
			t.Errorf("got %+v", e)
		}
		n.srv.Close()
		_ = s.Close()
	}
}

func TestDisputesByName(t *testing.T) {
	b := open(t, sandbox.Config{})
	for family, want := range map[string]struct {
		amended, stands bool // the report was amended; it still has a record
	}{"Consider": {true, false}, "Hearsay": {true, false}, "Felony": {false, true}, "Oldrecord": {false, true}, "Moss": {false, false}} {
		reference := family + "/background/1"
		_, id := b.order(reference, family)
		status, got, text := b.dispute(id, "d-"+family, fmt.Sprintf(`{"reference":%q}`, reference))
		if status != 202 || got.Status != "complete" || got.CompletedAt == nil || got.DisputedAt == nil {
			t.Errorf("%s: got %d %s", family, status, text)
		}
		r := b.report(id)
		if strings.Contains(r, `"amended":true`) != want.amended || strings.Contains(r, `"rec_`) != want.stands || strings.Contains(r, `"consider"`) != want.stands {
			t.Errorf("%s: got %s", family, r)
		}
		// Once more: a new re-investigation, which finds it as it is by now.
		if status, got, text := b.dispute(id, "e-"+family, fmt.Sprintf(`{"reference":%q}`, reference)); status != 202 || got.Extended {
			t.Errorf("%s: got %d %s", family, status, text)
		}
		if r := b.report(id); strings.Contains(r, `"amended":true`) || strings.Contains(r, `"rec_`) != want.stands {
			t.Errorf("%s: got %s", family, r)
		}
	}
}

// A package without the search that would have found the record has nothing to
// amend.
func TestDisputeOfAPackageWithoutTheSearch(t *testing.T) {
	b := open(t, sandbox.Config{})
	body := strings.Replace(newOrder("a/background/1", "Consider"), "standard", "basic", 1)
	_, _, text := b.do("POST", "/findly/v1/orders", body, "Idempotency-Key", "k")
	var o struct{ ID string }
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	if status, _, text := b.dispute(o.ID, "d", whole); status != 202 {
		t.Fatalf("got %d %s", status, text)
	}
	if r := b.report(o.ID); !strings.Contains(r, `"amended":false`) {
		t.Errorf("got %s", r)
	}
}

func TestDisputesThatCannotBeTaken(t *testing.T) {
	b := open(t, sandbox.Config{})
	_, id := b.order("a/background/1", "Felony")
	_, other := b.order("b/background/1", "Felony")
	_, pending := b.order("c/background/1", "Forever")
	if status, _, text := b.dispute(id, "taken", whole); status != 202 {
		t.Fatalf("got %d %s", status, text)
	}
	for name, tc := range map[string]struct {
		order, key, body string
		status           int
		code             string
	}{
		"a person's words":     {id, "k", `{"reference":"a/background/1","statement":"not me"}`, 400, "unknown_field"},
		"a field of theirs":    {id, "k", `{"reference":"a/background/1","email":"ada@example.com"}`, 400, "unknown_field"},
		"no object":            {id, "k", `[]`, 400, "bad_body"},
		"two":                  {id, "k", whole + whole, 400, "bad_body"},
		"records of a kind":    {id, "k", `{"reference":"a/background/1","records":[{}]}`, 400, "bad_body"},
		"no key":               {id, "", whole, 400, "idempotency_key_required"},
		"no reference":         {id, "k", `{}`, 422, "missing_field"},
		"another's reference":  {id, "k", `{"reference":"b/background/1"}`, 422, "reference_mismatch"},
		"no such record":       {id, "k", `{"reference":"a/background/1","records":["rec_x"]}`, 422, "unknown_record"},
		"another's key":        {other, "taken", `{"reference":"b/background/1"}`, 422, "idempotency_key_reused"},
		"a key of other words": {id, "taken", `{"reference":"a/background/1","records":["rec_x"]}`, 422, "idempotency_key_reused"},
		"not complete":         {pending, "k", `{"reference":"c/background/1"}`, 422, "not_complete"},
		"no such order":        {"ord_x", "k", whole, 404, "no_such_order"},
	} {
		status, _, text := b.dispute(tc.order, tc.key, tc.body)
		if status != tc.status || !strings.Contains(text, `"code":"`+tc.code+`"`) || strings.Contains(text, "ada@") || strings.Contains(text, "not me") {
			t.Errorf("%s: got %d %s", name, status, text)
		}
	}
	if status, _, text := b.do("POST", "/findly/v1/orders/"+id+"/disputes", whole, "Authorization", "Bearer wrong", "Idempotency-Key", "k"); status != 401 {
		t.Errorf("got %d %s", status, text)
	}
}

// The end of a re-investigation is told as an event of its own, after a restart
// too.
func TestDisputesAreTold(t *testing.T) {
	got := make(chan string, 16)
	taker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- string(body)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer taker.Close()
	dir := t.TempDir()
	b := open(t, sandbox.Config{Dir: dir}) // nobody to tell as yet
	_, id := b.order("a/background/1", "Felony")
	_, never := b.order("b/background/1", "Stubborn")
	_, quiet := b.order("c/background/1", "Quiet")
	for _, d := range []struct{ order, key, reference string }{{id, "d1", "a"}, {id, "d2", "a"}, {never, "d3", "b"}, {never, "d4", "b"}, {quiet, "d5", "c"}} {
		if status, _, text := b.dispute(d.order, d.key, `{"reference":"`+d.reference+`/background/1"}`); status != 202 {
			t.Fatalf("got %d %s", status, text)
		}
	}
	b.srv.Close()
	_ = b.Close()
	open(t, sandbox.Config{Dir: dir, WebhookURL: taker.URL})
	due := map[string]string{
		"evt_" + id: "order.completed", "evt_" + id + "_2": "order.completed", "evt_" + id + "_2_disputed": "order.disputed",
		"evt_" + id + "_3": "order.completed", "evt_" + id + "_3_disputed": "order.disputed",
		"evt_" + never: "order.completed", "evt_" + never + "_2_disputed": "order.disputed",
	}
	for late := time.After(time.Minute); len(due) > 0; {
		select {
		case body := <-got:
			var e struct {
				ID, Type string
				At       time.Time `json:"created_at"`
			}
			if err := json.Unmarshal([]byte(body), &e); err != nil || due[e.ID] != e.Type || e.At.IsZero() {
				t.Fatalf("not due: %s", body)
			}
			delete(due, e.ID)
		case <-late:
			t.Fatalf("still due: %v", due)
		}
	}
}
