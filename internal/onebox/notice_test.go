package onebox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
)

const nextAccount = "2026-12-15" // the version of the account notice that waits for a roll-out

// TestNoticeChanges rolls a text out in the midst of open applications, while the house
// is killed: see noticeChanges.
//
// Promise 64, 65.
func TestNoticeChanges(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a house, and kills it")
	}
	noticeChanges(t, 20)
}

// TestSoakNotice is the same among as many applicants as VOUCHSAFE_SOAK_NOTICE says.
func TestSoakNotice(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("VOUCHSAFE_SOAK_NOTICE"))
	if err != nil || n < 1 {
		t.Skip("VOUCHSAFE_SOAK_NOTICE is not set; make soak sets it")
	}
	noticeChanges(t, n)
}

// accountVersion is the version of the account notice that can be agreed to now.
func (h *house) accountVersion() string {
	h.Helper()
	notices, err := h.api.Notices(h.Context(), "en")
	if err != nil {
		h.Fatal(err)
	}
	for _, n := range notices {
		if n.ID == "account" {
			return n.Version
		}
	}
	h.Fatal("there is no account notice")
	return ""
}

// noticeChanges: n people have applied when a new text is published. The house is
// killed while they are written to. It is shown beforehand on the first page, who
// applies meanwhile is written to as well, it does not hold on its day while it is
// paused and not all were told, and each gets one letter, which is on record. After it
// holds, an applicant is asked anew, and until they agree their consent is the old one.
func noticeChanges(t *testing.T, n int) {
	home := t.TempDir()
	c := startChild(t, home, slowEnv+"=yes")
	face, err := stackfile.Read(filepath.Join(home, stackfile.Name))
	if err != nil {
		t.Fatal(err)
	}
	h := visit(t, face)
	began := time.Now()
	people := h.applyClear(0, n)
	t.Logf("%d have applied after %s", n, time.Since(began).Round(time.Second))
	old := h.accountVersion()
	perSecond := max(float64(n)/5, 4)
	day := time.Now().Add(30*time.Second + time.Duration(float64(n)/perSecond)*time.Second)
	if _, err := h.api.StartRollout(t.Context(), client.RolloutRequest{Notice: "account", Version: nextAccount, Effective: day, PerSecond: perSecond}); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Minute, func() error {
		r, err := h.api.Rollout(t.Context(), "account", nextAccount)
		if err == nil && r.Told == 0 {
			err = fmt.Errorf("nobody is told yet: %+v", r)
		}
		return err
	})
	c.kill()
	c = startChild(t, home, slowEnv+"=yes")
	t.Cleanup(c.kill)
	if _, err := h.api.SteerRollout(t.Context(), "account", nextAccount, "pause"); err != nil {
		t.Fatal(err)
	}
	r, err := h.api.Rollout(t.Context(), "account", nextAccount)
	if err != nil || r.Told >= n {
		t.Fatalf("all were told before it could be paused: %+v, %v", r, err)
	}
	if _, _, page := h.send(http.MethodGet, "/apply", ""); !strings.Contains(page, "/apply/notices/account/"+nextAccount) {
		t.Error("the first page does not say that a text changes")
	}
	maps.Copy(people, h.applyClear(n, n+1))     // who comes meanwhile agrees to the text that holds
	time.Sleep(time.Until(day) + 5*time.Second) // the day passes
	if got := h.accountVersion(); got != old {
		t.Errorf("%s holds, and not all were told", got)
	}
	if _, err := h.api.SteerRollout(t.Context(), "account", nextAccount, "resume"); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Minute+time.Duration(n)*500*time.Millisecond, func() error {
		r, err := h.api.Rollout(t.Context(), "account", nextAccount)
		if err == nil && r.State != "done" {
			err = fmt.Errorf("%+v", r)
		}
		return err
	})
	eventually(t, time.Minute, func() error {
		if got := h.accountVersion(); got != nextAccount {
			return fmt.Errorf("%s holds", got)
		}
		return nil
	})
	t.Logf("it holds after %s", time.Since(began).Round(time.Second))
	again := 0
	for id, email := range people {
		letters, came := map[string]bool{}, 0
		for _, l := range h.mailTo(email) {
			if strings.Contains(l.Text, "/apply/notices/account/"+nextAccount) {
				letters[l.Headers["Message-Id"]] = true
				came++
			}
		}
		again += came - 1 // the mail server had it, and the house was killed before it knew; readers tell by the ID
		told := 0
		for _, r := range h.recordsOf(id) {
			if r.Kind == "notified" && r.Outcome == "told" && r.Notice.Version == nextAccount {
				told++
			}
		}
		// What was on record when the house was killed stays there, and so does the other time.
		if len(letters) != 1 || told < 1 || told > came {
			t.Errorf("%s got %d letters, %d times, and %d are on record", id, len(letters), came, told)
		}
	}
	h.agreesAnew(people)
	if again > 8 {
		t.Errorf("%d letters came twice: more than can be on their way at a time", again)
	}
	h.everyLedgerHolds(n + 1)
}

// applyClear has people with a clear way apply, and gives their addresses by ID.
func (h *house) applyClear(from, to int) map[string]string {
	h.Helper()
	notices, err := h.api.Notices(h.Context(), "en")
	if err != nil {
		h.Fatal(err)
	}
	people := demo.NewClear(notices)
	ids, emails := make([]string, to-from), make([]string, to-from)
	var all errgroup.Group
	all.SetLimit(8)
	for i := range ids {
		all.Go(func() error {
			_, body, _ := people.Application(from + i)
			var a struct{ Applicant struct{ Email string } }
			if err := json.Unmarshal(body, &a); err != nil {
				return err
			}
			made, err := h.api.Apply(h.Context(), body, fmt.Sprint("notice-", from+i))
			ids[i], emails[i] = made.ID, a.Applicant.Email
			return err
		})
	}
	if err := all.Wait(); err != nil {
		h.Fatal(err)
	}
	out := map[string]string{}
	for i, id := range ids {
		out[id] = emails[i]
	}
	return out
}

// agreesAnew: one of them opens the letter's link, is asked about the new text, and
// agrees. Before that their consent is the old one, and after it the new one.
func (h *house) agreesAnew(people map[string]string) {
	h.Helper()
	id := slices.Min(slices.Collect(maps.Keys(people)))
	versions := func() (out []string) {
		for _, r := range h.recordsOf(id) {
			if r.Kind == "consent_given" && r.Notice.ID == "account" {
				out = append(out, r.Notice.Version)
			}
		}
		return out
	}
	before := versions()
	link := ""
	for _, l := range h.mailTo(people[id]) {
		if strings.Contains(l.Text, "/apply/notices/account/") {
			link = linkInLetter.FindString(l.Text)
		}
	}
	s := stepper{h, h.phone()}
	s.open(link).hand("/apply/status").says("A text that you agreed to has changed")
	s.open("/apply/changes/account").says("your questions and complaints").hand("/apply/status")
	if strings.Contains(s.Text, "A text that you agreed to has changed") {
		h.Error("the status page still asks")
	}
	if after := versions(); len(before) != 1 || before[0] >= nextAccount || len(after) != 2 || after[1] != nextAccount {
		h.Errorf("consents to %v, then to %v", before, after)
	}
}

var linkInLetter = regexp.MustCompile(`http://\S+/apply/link/\S+`)

type ledgerLine struct {
	Kind, Outcome, Receipt string
	Notice                 struct{ ID, Version string }
}

// recordsOf reads an applicant's ledger.
func (h *house) recordsOf(id string) []ledgerLine {
	h.Helper()
	body, err := h.api.Ledger(h.Context(), id)
	if err != nil {
		h.Fatal(err)
	}
	var out struct{ Items []struct{ Record ledgerLine } }
	if err := json.Unmarshal(body, &out); err != nil {
		h.Fatal(err)
	}
	lines := make([]ledgerLine, len(out.Items))
	for i, l := range out.Items {
		lines[i] = l.Record
	}
	return lines
}
