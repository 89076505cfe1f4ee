package hooks_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/hooks"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf/shelftest"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

const somebody = onboarding.ApplicantID("019ab3c0-0000-7000-8000-000000000001")

func store(objects *shelftest.Bucket, now *time.Time) *hooks.Store {
	return hooks.NewStore(hooks.StoreConfig{Objects: objects, Sealer: mask{}, Programs: []string{"support-basics", "health-line"}, Now: func() time.Time { return *now }})
}

func TestEndpointAddresses(t *testing.T) {
	lan := hooks.Reach{Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}
	home := hooks.Reach{Loopback: true}
	for _, tt := range []struct {
		reach hooks.Reach
		url   string
		ok    bool
	}{
		{hooks.Reach{}, "https://hooks.example.com/vouchsafe?tenant=7", true},
		{hooks.Reach{}, "https://hooks.example.com:8443/", true},
		{hooks.Reach{}, "http://hooks.example.com/", false},
		{home, "http://hooks.example.com/", false},
		{hooks.Reach{}, "http://127.0.0.1:8090/", false},
		{home, "http://127.0.0.1:8090/", true},
		{home, "http://localhost:8090/", true},
		{home, "http://[::1]:8090/", true},
		{hooks.Reach{}, "https://localhost/", false},
		{hooks.Reach{}, "https://127.9.9.9/", false},
		{hooks.Reach{}, "https://10.1.2.3/", false},
		{lan, "https://10.1.2.3/", true},
		{lan, "https://10.2.2.3/", false},
		{hooks.Reach{}, "https://169.254.169.254/latest/meta-data/", false}, // a cloud's metadata
		{hooks.Reach{}, "https://[fd00::1]/", false},
		{hooks.Reach{}, "https://[::ffff:10.0.0.1]/", false},
		{hooks.Reach{}, "https://203.0.113.7/", false}, // for documentation, and nobody's
		{hooks.Reach{}, "https://user:secret@hooks.example.com/", false},
		{hooks.Reach{}, "https://hooks.example.com/#top", false},
		{hooks.Reach{}, "ftp://hooks.example.com/", false},
		{hooks.Reach{}, "hooks.example.com", false},
		{hooks.Reach{}, "https:///x", false},
		{hooks.Reach{}, "https://hooks.example.com/" + strings.Repeat("x", hooks.MaxURL), false},
		{hooks.Reach{}, "", false},
	} {
		err := tt.reach.CheckURL(tt.url)
		if (err == nil) != tt.ok {
			t.Errorf("%.60s with %+v: %v", tt.url, tt.reach, err)
		}
		if err != nil && onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%.60s: %v is no fault of what was given", tt.url, err)
		}
	}
}

func TestEndpointsAreKeptSealed(t *testing.T) {
	objects, now := &shelftest.Bucket{}, noon
	s := store(objects, &now)
	made, err := s.Add(t.Context(), hooks.Endpoint{URL: "https://hooks.example.com/a", Description: "the warehouse", Programs: []string{"health-line"},
		Events: []onboarding.EventType{onboarding.EventCertified}, By: "api:acme"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	secret := made.Secrets[0].Value
	if !strings.HasPrefix(secret, "whsec_") || len(made.Secrets) != 1 {
		t.Errorf("the secret is %q", secret)
	}
	for key, body := range objects.Held() {
		for _, open := range []string{secret, "hooks.example.com", "warehouse"} {
			if bytes.Contains(body, []byte(open)) {
				t.Errorf("%s stands open in %s", open, key)
			}
		}
	}
	// Another replica knows the same, and what one changes the other has.
	other := store(objects, &now)
	paused := true
	if _, err := other.Change(t.Context(), made.ID, hooks.Changes{Paused: &paused}, nil); err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(t.Context(), made.ID)
	if err != nil || !got.Paused || got.URL != made.URL || got.Secrets[0].Value != secret || got.Description != "the warehouse" || got.By != "api:acme" {
		t.Errorf("%+v, %v", got, err)
	}
	for name, wrong := range map[string]hooks.Endpoint{
		"http":              {URL: "http://hooks.example.com/"},
		"no program":        {URL: made.URL, Programs: []string{"nowhere"}},
		"no event":          {URL: made.URL, Events: []onboarding.EventType{"application.hired"}},
		"test is no event":  {URL: made.URL, Events: []onboarding.EventType{onboarding.EventTest}},
		"a long text":       {URL: made.URL, Description: strings.Repeat("x", hooks.MaxDescription+1)},
		"a short secret":    {URL: made.URL, Secrets: []hooks.Secret{{Value: "whsec_AAAA"}}},
		"a secret of words": {URL: made.URL, Secrets: []hooks.Secret{{Value: "swordfish"}}},
	} {
		if _, err := s.Add(t.Context(), wrong, nil); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all, err := s.All(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestWants(t *testing.T) {
	e := onboarding.Event{Type: onboarding.EventCertified, Program: "health-line"}
	for _, tt := range []struct {
		programs []string
		events   []onboarding.EventType
		want     bool
	}{
		{nil, nil, true},
		{[]string{"health-line"}, nil, true},
		{[]string{"support-basics"}, nil, false},
		{nil, []onboarding.EventType{onboarding.EventDeclined, onboarding.EventCertified}, true},
		{[]string{"health-line"}, []onboarding.EventType{onboarding.EventDeclined}, false},
	} {
		if got := (hooks.Endpoint{Programs: tt.programs, Events: tt.events}).Wants(e); got != tt.want {
			t.Errorf("%v %v: %v", tt.programs, tt.events, got)
		}
	}
}

// TestManyChangeAtOnce: each of several who add at the same time is kept.
func TestManyChangeAtOnce(t *testing.T) {
	objects, now := &shelftest.Bucket{}, noon
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if _, err := store(objects, &now).Add(t.Context(), hooks.Endpoint{URL: fmt.Sprintf("https://hooks.example.com/%d", i)}, nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, err := store(objects, &now).All(t.Context())
	if err != nil || len(got) != 20 {
		t.Errorf("%d are kept, %v", len(got), err)
	}
}

// TestWorkersAskSeldom: nothing but one look in two seconds, however much happens.
func TestWorkersAskSeldom(t *testing.T) {
	objects, now := &shelftest.Bucket{}, noon
	s := store(objects, &now)
	for range 100 {
		if _, err := s.Lately(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if objects.Reads() > 3 {
		t.Errorf("asked %d times", objects.Reads())
	}
	made, err := s.Add(t.Context(), hooks.Endpoint{URL: "https://hooks.example.com/"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.GetLately(t.Context(), made.ID); err != nil || got.ID != made.ID {
		t.Errorf("what was made here is not known here: %v", err)
	}
}

func TestRotate(t *testing.T) {
	now := noon
	s := store(&shelftest.Bucket{}, &now)
	made, err := s.Add(t.Context(), hooks.Endpoint{URL: "https://hooks.example.com/"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	first := made.Secrets[0].Value
	second, err := s.Rotate(t.Context(), made.ID, hooks.Overlap, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := second.Signing(now); len(got) != 2 || got[1] != first || got[0] == first {
		t.Errorf("during the overlap %v sign", got)
	}
	if got := second.Signing(now.Add(hooks.Overlap)); len(got) != 1 || got[0] == first {
		t.Errorf("after the overlap %v sign", got)
	}
	now = now.Add(time.Hour)
	third, err := s.Rotate(t.Context(), made.ID, 0, nil) // it has leaked: neither of the old ones signs any more
	if err != nil {
		t.Fatal(err)
	}
	if got := third.Signing(now); len(got) != 1 || slices.Contains(second.Signing(now), got[0]) {
		t.Errorf("%v sign", got)
	}
	for _, overlap := range []time.Duration{-time.Second, hooks.MaxOverlap + time.Second} {
		if _, err := s.Rotate(t.Context(), made.ID, overlap, nil); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%v: %v", overlap, err)
		}
	}
	if _, err := s.Rotate(t.Context(), "nothing", 0, nil); onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
		t.Errorf("%v", err)
	}
}

func TestDeadLetters(t *testing.T) {
	objects, now := &shelftest.Bucket{}, noon
	s := store(objects, &now)
	made, err := s.Add(t.Context(), hooks.Endpoint{URL: "https://hooks.example.com/"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{3, 11, 2, 2} { // one twice: it is kept once
		if err := s.Bury(t.Context(), hooks.Letter{Endpoint: made.ID, Applicant: somebody, Event: onboarding.Event{Type: onboarding.EventDeclined, Number: n}, Buried: noon, Says: "The endpoint answered 500."}); err != nil {
			t.Fatal(err)
		}
	}
	page, next, err := s.Dead(t.Context(), made.ID, "", 2)
	if err != nil || len(page) != 2 || page[0].Event.Number != 2 || page[1].Event.Number != 3 || next == "" {
		t.Fatalf("%+v, %q, %v", page, next, err)
	}
	page, next, err = s.Dead(t.Context(), made.ID, next, 2)
	if err != nil || len(page) != 1 || page[0].Event.Number != 11 || next != "" || page[0].Says != "The endpoint answered 500." {
		t.Fatalf("%+v, %q, %v", page, next, err)
	}
	if n, err := s.CountDead(t.Context(), made.ID); err != nil || n != 3 {
		t.Errorf("%d, %v", n, err)
	}
	if err := s.Unbury(t.Context(), page[0]); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{page[0].ID, "", "../" + page[0].ID, "x y"} {
		if _, err := s.Letter(t.Context(), made.ID, id); onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
			t.Errorf("%q: %v", id, err)
		}
	}
	if err := s.Remove(t.Context(), made.ID, nil); err != nil {
		t.Fatal(err)
	}
	for key := range objects.Held() {
		if strings.HasPrefix(key, "webhook-dead/") {
			t.Errorf("%s is left of an endpoint that is gone", key)
		}
	}
	if err := s.Remove(t.Context(), made.ID, nil); onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
		t.Errorf("%v", err)
	}
}
