package api_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
)

// TestListFilters: each parameter narrows what it says.
func TestListFilters(t *testing.T) {
	f := serve(t, nil)
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for query, want := range map[string]applicants.Filter{
		"stage=under-way&attention=others":           {Stage: applicants.UnderWay, Attention: applicants.Others},
		"recruiter=nobody&open=true":                 {Recruiter: applicants.Nobody, Open: true},
		"outcome=declined&jurisdiction=US-CA":        {Outcome: "declined", Jurisdiction: "US-CA"},
		"due_before=2026-11-01T12:00:00Z":            {Due: applicants.Span{To: at}},
		"changed_after=2026-11-01T12:00:00Z":         {Changed: applicants.Span{From: at}},
		"applied_after=2026-11-01T12:00:00Z":         {Applied: applicants.Span{From: at}},
		"sort=-since&limit=7&cursor=at-0":            {Order: "-since", Limit: 7, Cursor: "at-0"},
		"changed_before=2026-11-01T13:00:00%2B01:00": {Changed: applicants.Span{To: at}},
	} {
		if a := f.send("GET", "/api/v1/applications?"+query, ""); a.status != 200 {
			t.Errorf("%s: %d %s", query, a.status, a.body)
			continue
		}
		if want.Limit == 0 {
			want.Limit = 50
		}
		got := f.service.seen
		for _, s := range []*applicants.Span{&got.Due, &got.Changed, &got.Applied} {
			if !s.From.IsZero() {
				s.From = s.From.UTC()
			}
			if !s.To.IsZero() {
				s.To = s.To.UTC()
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s asks for %+v, not %+v", query, got, want)
		}
	}
	for _, bad := range []string{"sort=name", "outcome=x", "due_before=yesterday", "stage=x"} {
		if a := f.send("GET", "/api/v1/applications?"+bad, ""); a.status != 422 {
			t.Errorf("%s: %d", bad, a.status)
		}
	}
}

// TestSearchIsRecorded without its words, before anything is told.
func TestSearchIsRecorded(t *testing.T) {
	f := serve(t, nil)
	id := f.service.add(nil)
	a := f.send("POST", "/api/v1/applications/search", `{"q":"Ada@Example.com"}`)
	if a.status != 200 || !strings.Contains(a.body, string(id)) || f.service.seen.Sought.String() == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := f.send("POST", "/api/v1/applications/search", `{"q":"?"}`); a.status != 422 || !strings.Contains(a.body, "whole e-mail address") {
		t.Errorf("of nothing: %d %s", a.status, a.body)
	}
	searched := 0
	for _, e := range f.kept.Events(t) {
		if e.What == access.Searched {
			searched++
			if e.Action != "search" || strings.Contains(strings.ToLower(e.Detail+e.Route), "example.com") || strings.Contains(strings.ToLower(e.Detail+e.Route), "ada@") {
				t.Errorf("recorded: %+v", e)
			}
		}
	}
	if searched != 1 {
		t.Errorf("%d searches are recorded", searched)
	}
}
