package onebox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
	"github.com/vouchsafe/vouchsafe/internal/vault"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// archive writes cases that ended years ago straight into the buckets, since no test can
// wait for them.
type archive struct {
	vault     *vault.Vault
	objects   *evidence.Store
	evidence  *evidence.Store
	ledger    *ledger.Book
	lockedFor time.Duration // S3's own lock on what was found
}

func (e *erasing) archive(lockedFor time.Duration) *archive {
	e.Helper()
	a := &archive{vault: e.keys(), lockedFor: lockedFor, objects: evidence.New(evidence.Config{Bucket: e.face.S3.VaultBucket, Client: e.objects}),
		evidence: evidence.New(evidence.Config{Bucket: e.face.S3.EvidenceBucket, Client: e.objects, Lock: lockedFor})}
	a.ledger = ledger.NewBook(evidence.New(evidence.Config{Bucket: e.face.S3.EvidenceBucket, Client: e.objects, Lock: 24 * time.Hour}))
	return a
}

// put writes a case that was withdrawn at a time. What it gave, was found, and handed in
// lies there too unless it is to be bare.
func (a *archive) put(ctx context.Context, closed time.Time, bare bool) (onboarding.ApplicantID, error) {
	drawn, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	id := onboarding.ApplicantID(drawn.String())
	if err := a.vault.Create(ctx, id); err != nil {
		return id, err
	}
	chain := ledger.NewChain(id)
	begun := closed.Add(-30 * 24 * time.Hour)
	page := chain.Cut([]ledger.Record{
		chain.Append(begun, ledger.Record{Kind: ledger.KindOpened, Stage: onboarding.StageSignup, Actor: "applicant"}),
		chain.Append(begun, ledger.Record{Kind: ledger.KindSubmitted, Stage: onboarding.StageSignup, Actor: "applicant"}),
		chain.Append(closed, ledger.Record{Kind: ledger.KindStage, Stage: onboarding.StageWithdrawn, Actor: "system", Outcome: "withdrawn"}),
	})
	profile := onboarding.ProfileKey(id, 1)
	view := workflows.StaffView{Applicant: id, Program: "support-basics", Stage: onboarding.StageWithdrawn, Attention: onboarding.AttentionNone, Outcome: onboarding.OutcomeWithdrawn,
		Law: "US", Profile: profile, Submitted: begun, UpdatedAt: closed, Ledger: chain}
	summary := onboarding.SummaryKey(id)
	kept := workflows.Kept{StaffView: view.Open()}
	whole, err := json.Marshal(view)
	if err == nil {
		kept.Sealed, err = a.vault.Seal(ctx, id, summary, whole)
	}
	if err != nil {
		return id, err
	}
	body, err := json.Marshal(kept)
	if err == nil {
		err = a.objects.Put(ctx, summary, body)
	}
	if err != nil || bare {
		return id, err
	}
	if _, err := a.ledger.Store(ctx, []ledger.Page{page}); err != nil {
		return id, err
	}
	person, err := json.Marshal(onboarding.Profile{onboarding.FieldEmail: "archived@example.com", onboarding.FieldGivenName: "Old", onboarding.FieldFamilyName: "Case"})
	if err != nil {
		return id, err
	}
	for _, key := range []string{profile, onboarding.AttachmentKey(id, "paper"), onboarding.TaxKey(id, 1)} {
		sealed, err := a.vault.Seal(ctx, id, key, person)
		if err == nil {
			err = a.objects.Put(ctx, key, sealed)
		}
		if err != nil {
			return id, err
		}
	}
	found := onboarding.ResultKey(id, 3, "all")
	sealed, err := a.vault.Seal(ctx, id, found, person)
	if err != nil {
		return id, err
	}
	return id, a.evidence.PutOnce(ctx, found, sealed)
}

// many writes n cases, some at a time, and says how far it is.
func (e *erasing) many(a *archive, n int, closed time.Time, bare bool) []string {
	e.Helper()
	ids := make([]string, n)
	var all errgroup.Group
	all.SetLimit(16)
	var done atomic.Int64
	began := time.Now()
	for i := range ids {
		all.Go(func() error {
			id, err := a.put(e.Context(), closed, bare)
			ids[i] = string(id)
			if d := done.Add(1); d%5000 == 0 {
				e.Logf("%d of %d cases lie there after %s", d, n, time.Since(began).Round(time.Second))
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		e.Fatal(err)
	}
	return ids
}

// reported asks for a purge and gives its report.
func (h *house) reported() client.Purge {
	h.Helper()
	if err := h.api.StartPurge(h.Context()); err != nil {
		h.Fatal(err)
	}
	var p client.Purge
	eventually(h.T, 30*time.Minute, func() error {
		all, err := h.api.Purges(h.Context())
		if err != nil || len(all) == 0 || all[0].State == "looking" {
			return fmt.Errorf("no report yet: %w", err)
		}
		p = all[0]
		return nil
	})
	return p
}

// acted approves a purge and gives it with what came of it when it is done.
func (h *house) acted(id string, within time.Duration) (client.Purge, []client.Due) {
	h.Helper()
	if _, err := h.api.SteerPurge(h.Context(), id, "approve"); err != nil {
		h.Fatal(err)
	}
	return h.done(id, within)
}

func (h *house) done(id string, within time.Duration) (p client.Purge, due []client.Due) {
	h.Helper()
	eventually(h.T, within, func() (err error) {
		if p, err = h.api.Purge(h.Context(), id); err == nil && p.State != "done" {
			err = fmt.Errorf("it is %s, %d of %d", p.State, p.Next, p.Found.Total)
		}
		return err
	})
	due, err := h.api.Due(h.Context(), id)
	if err != nil {
		h.Fatal(err)
	}
	return p, due
}

// ago is so many years ago, and a day.
func ago(years int) time.Time { return time.Now().UTC().AddDate(-years, 0, -1) }

// onRecord counts what an applicant's ledger says of a purge: for each category how often
// it was removed, and how often they were erased. What was composed again because the
// house was killed while it was stored is told apart by the record that says so.
func (h *house) onRecord(id, purge string) (removed map[string]int, erased, resumed int) {
	h.Helper()
	body, err := h.api.Ledger(h.Context(), id)
	if err != nil {
		h.Fatal(err)
	}
	var out struct {
		Items []struct {
			Record struct {
				Kind, Outcome, Detail string
				Of                    uint64
			}
		}
	}
	decode(h.T, string(body), &out)
	removed = map[string]int{}
	for _, l := range out.Items {
		switch r := l.Record; {
		case r.Kind == "purged" && r.Of > 0:
			removed[r.Outcome]++
		case r.Kind == "erased" && r.Outcome == workflows.ErasedDone && strings.Contains(r.Detail, purge):
			erased++
		case r.Kind == "resumed":
			resumed++
		}
	}
	return removed, erased, resumed
}

// doing tells what a workflow is at, for who looks for a fault.
func (e *erasing) doing(workflow string) string {
	d, err := e.server.DescribeWorkflowExecution(e.Context(), workflow, "")
	if err != nil {
		return err.Error()
	}
	out := d.GetWorkflowExecutionInfo().GetStatus().String()
	if task := d.GetPendingWorkflowTask(); task != nil {
		out += fmt.Sprintf(", task %s of try %d", task.GetState(), task.GetAttempt())
	}
	for _, a := range d.GetPendingActivities() {
		out += fmt.Sprintf(", %s %s of try %d: %s", a.GetActivityType().GetName(), a.GetState(), a.GetAttempt(), a.GetLastFailure().GetMessage())
	}
	return out
}

// TestPurgeGoesOnAfterAKill: the house is killed again and again while a purge destroys
// what is due of eighty cases. It goes on by itself, all end whole, nothing is removed or
// erased twice in a ledger, and nothing is half gone.
//
// Promise 23.
func TestPurgeGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	home := t.TempDir()
	c := startChild(t, home, slowEnv+"=yes")
	face, err := stackfile.Read(filepath.Join(home, stackfile.Name))
	if err != nil {
		t.Fatal(err)
	}
	h := visit(t, face)
	e := h.erasing(home)
	a := e.archive(time.Second)
	const each = 40
	whole, part := e.many(a, each, ago(8), false), e.many(a, each, ago(6), false)
	time.Sleep(2 * time.Second) // S3's lock on what was found ends
	p := h.reported()
	if p.Found.Total != each+4*each || p.Found.Held+p.Found.Locked != 0 || p.Lapses.IsZero() {
		t.Fatalf("%+v", p)
	}
	if _, err := h.api.SteerPurge(t.Context(), p.ID, "approve"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		time.Sleep(900 * time.Millisecond)
		c.kill()
		c = startChild(t, home, slowEnv+"=yes")
	}
	p, due := h.done(p.ID, 5*time.Minute)
	if p.Tally.Erased != each || p.Tally.Purged != 4*each || p.Tally.Failed+p.Tally.Locked+p.Tally.Kept != 0 {
		t.Errorf("%+v", p.Tally)
	}
	for _, id := range whole {
		if got := came(due, id, "everything"); got != "erased" {
			t.Errorf("%s: %s", id, got)
		}
		eventually(t, 3*time.Minute, func() error { // what was in hand at a kill is missed after its time
			st, err := h.api.Status(t.Context(), id)
			if err == nil && st.Stage != "erased" {
				err = fmt.Errorf("%s stands at %s; %s", id, st.Stage, e.doing(onboarding.ApplicantID(id).ErasureID()))
			}
			return err
		})
		e.erased(id)
		if _, erased, resumed := h.onRecord(id, p.ID); erased < 1 || erased > 1+resumed {
			t.Errorf("%s was erased %d times, and resumed %d times", id, erased, resumed)
		}
	}
	for _, id := range part {
		removed, _, resumed := h.onRecord(id, p.ID)
		for _, category := range []string{"application", "findings", "files", "tax"} {
			if came(due, id, category) != "purged" || removed[category] < 1 || removed[category] > 1+resumed {
				t.Errorf("%s: %s is %s, and %d times on record, resumed %d times", id, category, came(due, id, category), removed[category], resumed)
			}
		}
		for _, key := range append(e.versions(face.S3.VaultBucket, id), e.versions(face.S3.EvidenceBucket, id)...) {
			if !slices.ContainsFunc([]string{"keys/", "summaries/", "ledger/", "witness/"}, func(p string) bool { return strings.HasPrefix(key, p) }) {
				t.Errorf("%s is left", key)
			}
		}
	}
	for _, id := range append(whole, part...) {
		answer, err := h.api.Verify(t.Context(), id)
		if err != nil || strings.Contains(string(answer), `"what"`) {
			t.Errorf("the ledger of %s: %v %s", id, err, answer)
		}
	}
	if p := h.reported(); p.Found.Total != 0 || p.State != "done" {
		t.Errorf("another purge finds %+v, and is %s", p.Found, p.State)
	}
}

// TestPurgeUnderObjectLock: what S3's own lock still keeps is said in the report, is not
// said to be gone, and leaves no record; a purge after the lock's end removes it. A second
// report is refused with the name of the first, and can be had once that is called off.
//
// Promise 23.
func TestPurgeUnderObjectLock(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a house")
	}
	home := t.TempDir()
	h, _ := start(t, func(c *onebox.Config) { c.Home, c.Clock = home, 1 })
	e := h.erasing(home)
	const lock = 25 * time.Second
	a := e.archive(lock)
	until := time.Now().Add(lock)
	id := e.many(a, 1, ago(6), false)[0]

	p := h.reported()
	due, err := h.api.Due(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(due, func(d client.Due) bool { return d.Category == "findings" })
	if i < 0 || !due[i].Stuck || due[i].Locked.Before(until.Add(-2*time.Second)) || p.Found.Total != 4 || p.Found.Locked != 1 {
		t.Fatalf("%+v\n%+v", p, due)
	}
	err = h.api.StartPurge(t.Context())
	if err == nil || !strings.Contains(err.Error(), p.ID) || !strings.Contains(err.Error(), "cancel") {
		t.Errorf("a second report: %v", err)
	}
	if _, err := h.api.SteerPurge(t.Context(), p.ID, "cancel"); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Minute, func() error {
		p, err := h.api.Purge(t.Context(), p.ID)
		if err == nil && p.State != "canceled" {
			err = fmt.Errorf("it is %s", p.State)
		}
		return err
	})
	p = h.reported()
	p, due = h.acted(p.ID, time.Minute)
	if came(due, id, "findings") != "locked" || came(due, id, "application") != "purged" || p.Tally.Purged != 3 || p.Tally.Locked != 1 {
		t.Errorf("%+v\n%+v", p.Tally, due)
	}
	if removed, _, _ := h.onRecord(id, p.ID); removed["findings"] != 0 || removed["application"] != 1 {
		t.Errorf("on record: %v", removed)
	}
	// A report of nothing that can go asks nobody for anything.
	if p = h.reported(); p.Found.Total != 1 || p.Found.Locked != 1 {
		t.Errorf("%+v", p.Found)
	}
	h.done(p.ID, time.Minute)

	// One whose workflow was ended by hand stands in nobody's way.
	time.Sleep(time.Until(until.Add(2 * time.Second)))
	lost := h.reported()
	if err := e.server.TerminateWorkflow(t.Context(), workflows.PurgeID, "", "by hand"); err != nil {
		t.Fatal(err)
	}
	p = h.reported()
	if was, err := h.api.Purge(t.Context(), lost.ID); err != nil || was.State != "lost" || p.ID == lost.ID {
		t.Errorf("%+v, %v", was, err)
	}
	p, due = h.acted(p.ID, time.Minute)
	if came(due, id, "findings") != "purged" || p.Tally.Purged != 1 {
		t.Errorf("%+v\n%+v", p.Tally, due)
	}
	if left := e.versions(h.face.S3.EvidenceBucket, "results/"+id); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if removed, _, _ := h.onRecord(id, p.ID); removed["findings"] != 1 {
		t.Errorf("on record: %v", removed)
	}
}

// TestSoakPurge measures a report over as many ended cases as VOUCHSAFE_SOAK_PURGE says,
// and the purge of those of them that are due whole, VOUCHSAFE_SOAK_PURGED.
func TestSoakPurge(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("VOUCHSAFE_SOAK_PURGE"))
	if err != nil || n < 1 {
		t.Skip("VOUCHSAFE_SOAK_PURGE is not set; make soak sets it")
	}
	gone, err := strconv.Atoi(os.Getenv("VOUCHSAFE_SOAK_PURGED"))
	if err != nil {
		gone = min(n, 1000)
	}
	gone = min(n, gone)
	home := t.TempDir()
	h, _ := start(t, func(c *onebox.Config) { c.Home, c.Clock = home, 1 })
	e := h.erasing(home)
	a := e.archive(time.Second)
	began := time.Now()
	whole := e.many(a, gone, ago(8), false)
	e.many(a, n-gone, ago(4), true) // two categories are due by the table, and nothing of them is there: the report looks at each
	t.Logf("%d ended cases lie there after %s, %d of them with all that a case leaves", n, time.Since(began).Round(time.Second), gone)

	began = time.Now()
	p := h.reported()
	took := time.Since(began)
	t.Logf("the report over %d cases took %s: %.0f cases a second", p.Found.Looked, took.Round(time.Millisecond), float64(p.Found.Looked)/took.Seconds())
	if p.Found.Looked != n || p.Found.Total != gone {
		t.Fatalf("%+v", p.Found)
	}
	began = time.Now()
	if _, err := h.api.Due(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	t.Logf("its %d lines were read in %s", gone, time.Since(began).Round(time.Millisecond))

	began = time.Now()
	p, _ = h.acted(p.ID, time.Minute+time.Duration(gone)*200*time.Millisecond)
	took = time.Since(began)
	t.Logf("%d erasures were begun in %s: %.1f a second", p.Tally.Erased, took.Round(time.Millisecond), float64(p.Tally.Erased)/took.Seconds())
	last := began
	eventually(t, time.Minute+time.Duration(gone)*500*time.Millisecond, func() error {
		left := 0
		for _, id := range whole {
			if _, err := os.Stat(filepath.Join(home, "s3", "data", h.face.S3.VaultBucket, "keys", id)); err == nil {
				left++
			}
		}
		if left == 0 {
			return nil
		}
		if time.Since(last) > 15*time.Second {
			last = time.Now()
			t.Logf("%d keys are left after %s", left, time.Since(began).Round(time.Second))
		}
		return fmt.Errorf("%d keys are left", left)
	})
	took = time.Since(began)
	t.Logf("all %d keys were destroyed after %s: %.1f a second", gone, took.Round(time.Millisecond), float64(gone)/took.Seconds())
	if p.Tally.Erased != gone || p.Tally.Failed > 0 {
		t.Errorf("%+v", p.Tally)
	}
	for _, id := range []string{whole[0], whole[gone/2], whole[gone-1]} {
		e.erased(id)
		answer, err := h.api.Verify(t.Context(), id)
		if err != nil || strings.Contains(string(answer), `"what"`) {
			t.Errorf("the ledger of %s: %v %s", id, err, answer)
		}
	}
}
