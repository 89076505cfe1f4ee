package onebox_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// crowd makes lines of lists for applicants that there are not.
type crowd struct {
	rand    *rand.Rand
	now     time.Time
	service *applicants.Service
}

var (
	crowdGiven  = []string{"Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Frances", "John", "Margaret", "Ken", "Radia", "Tim", "Leslie", "Niklaus", "Adele", "Dennis"}
	crowdFamily = []string{"Example", "Sample", "Specimen", "Pattern", "Instance", "Template", "Paradigm", "Standard", "Model", "Exhibit"}
)

// email is the address of the applicant with a number.
func (crowd) email(i int) string { return fmt.Sprintf("crowd-%d@example.com", i) }

// crowdLine is one applicant: when begun, and where they stand.
type crowdLine struct {
	began, since time.Time
	stage        onboarding.Stage
	attributes   map[string]any
}

func (c *crowd) line(i int) (crowdLine, error) {
	began := c.now.Add(-time.Duration(c.rand.Int64N(int64(60 * 24 * time.Hour)))).Truncate(time.Millisecond)
	since := began.Add(time.Duration(c.rand.Int64N(int64(c.now.Sub(began))))).Truncate(time.Second)
	stage := []onboarding.Stage{onboarding.StageSignup, onboarding.StageSignup, onboarding.StageValidation, onboarding.StageVetting, onboarding.StageVetting, onboarding.StageCertification,
		onboarding.StageCertified, onboarding.StageCertified, onboarding.StageCertified, onboarding.StageDeclined, onboarding.StageWithdrawn, onboarding.StageExpired}[c.rand.IntN(12)]
	attention, outcome := onboarding.AttentionNone, onboarding.OutcomeNone
	set := map[string]any{}
	luck := c.rand.IntN(9) // of those that are being checked, one in three waits for a reviewer, and of the others one in three for ops
	switch {
	case stage == onboarding.StageSignup || stage == onboarding.StageCertification:
		attention = onboarding.AttentionApplicant
	case stage == onboarding.StageCertified:
		outcome = onboarding.OutcomeCertified
	case stage == onboarding.StageDeclined:
		outcome = onboarding.OutcomeDeclined
	case stage == onboarding.StageWithdrawn:
		outcome = onboarding.OutcomeWithdrawn
	case stage == onboarding.StageExpired:
		outcome = onboarding.OutcomeExpired
	case luck < 3:
		attention = onboarding.AttentionReviewer
	case luck < 5:
		attention = onboarding.AttentionOps
		k := onboarding.Check{Name: onboarding.CheckEmail, Vendor: "kickbox", Problem: string(onboarding.CodeVendorDown), Round: 1, Since: since}
		if stage == onboarding.StageVetting {
			k.Name, k.Vendor = onboarding.CheckBackground, "findly"
		}
		set[workflows.SearchFailedChecks.GetName()] = append(workflows.FailedCheckTags(k.Name, k.Vendor, k.Problem), workflows.FailedRoundTag(k))
	}
	if stage.Open() && c.rand.IntN(2) == 0 {
		set[workflows.SearchDueBy.GetName()] = c.now.Add(time.Duration(c.rand.IntN(20*24)-5*24) * time.Hour).Truncate(time.Second)
	}
	if c.rand.IntN(3) > 0 {
		set[workflows.SearchRecruiter.GetName()] = fmt.Sprintf("%08x", c.rand.IntN(12)+1)
	}
	if outcome != onboarding.OutcomeNone {
		set[workflows.SearchOutcome.GetName()] = string(outcome)
	}
	var lookUp []string
	for _, typed := range []string{c.email(i), fmt.Sprintf("+1212555%04d", 100+i%100),
		crowdGiven[i%len(crowdGiven)] + " " + crowdFamily[i/len(crowdGiven)%len(crowdFamily)] + " " + letters(i)} {
		s, err := c.service.Sought(typed)
		if err != nil {
			return crowdLine{}, err
		}
		lookUp = append(lookUp, s.All...)
		if s.One != "" {
			lookUp = append(lookUp, s.One)
		}
	}
	set[workflows.SearchProgram.GetName()] = []string{"support-basics", "support-basics", "health-line", "secure-line", "guest-line"}[c.rand.IntN(5)]
	set[workflows.SearchStage.GetName()], set[workflows.SearchAttention.GetName()] = string(stage), string(attention)
	set[workflows.SearchJurisdiction.GetName()] = []string{"US", "US", "US-CA", "US-NY", "US-IL"}[c.rand.IntN(5)]
	set[workflows.SearchContactHash.GetName()] = fmt.Sprintf("%040x", i)
	set[workflows.SearchSince.GetName()], set[workflows.SearchLookUp.GetName()] = since, lookUp
	return crowdLine{began: began, since: since, stage: stage, attributes: set}, nil
}

// letters writes a number in letters: a name of its own for everybody.
func letters(i int) string {
	out := []byte("q")
	for ; i > 0; i /= 26 {
		out = append(out, byte('a'+i%26))
	}
	return string(out)
}

// idAt is an applicant's ID as it would have been drawn at a time.
func idAt(r *rand.Rand, at time.Time) onboarding.ApplicantID {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(at.UnixMilli())<<16)
	binary.BigEndian.PutUint64(u[8:], r.Uint64())
	u[6], u[7], u[8] = 0x70|byte(r.IntN(16)), byte(r.IntN(256)), u[8]&0x3f|0x80
	return onboarding.ApplicantID(u.String())
}

// gather writes n of them into the engine's index, as the engine itself writes it:
// a line for each run. To have it run them all would take a quarter of an hour.
// Who has come far has left lines behind of runs that went on in another one.
func gather(ctx context.Context, home string, box *onebox.Box, n int) error {
	c, err := client.Dial(client.Options{HostPort: box.Face.Temporal.Address, Namespace: box.Face.Temporal.Namespace})
	if err != nil {
		return err
	}
	defer c.Close()
	ns, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: box.Face.Temporal.Namespace})
	if err != nil {
		return err
	}
	columns := map[string]string{}
	for column, name := range ns.GetConfig().GetCustomSearchAttributeAliases() {
		columns[name] = column
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(home, "temporal", "temporal.db")+"?_pragma=busy_timeout(60000)&_pragma=cache_size(-500000)&_pragma=synchronous(off)&_pragma=temp_store(2)&_time_format=sqlite")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	people := &crowd{rand: rand.New(rand.NewPCG(1, 2)), now: time.Now().UTC(), service: box.Applicants()}
	for from := 0; from < n; from += 2000 {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		into, err := tx.PrepareContext(ctx, writeLine)
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
		for i := from; i < min(from+2000, n); i++ {
			if err := people.write(ctx, into, ns.GetNamespaceInfo().GetId(), columns, i); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

const writeLine = `INSERT INTO executions_visibility (namespace_id, run_id, _version, start_time, execution_time, workflow_id, workflow_type_name, status, close_time,
	history_length, history_size_bytes, execution_duration, state_transition_count, memo, encoding, task_queue, search_attributes, root_workflow_id, root_run_id)
	VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'', 'Proto3', ?, ?, ?, ?)`

// write writes one applicant's lines.
func (c *crowd) write(ctx context.Context, into *sql.Stmt, namespace string, columns map[string]string, i int) error {
	l, err := c.line(i)
	if err != nil {
		return err
	}
	id := idAt(c.rand, l.began).WorkflowID()
	first := uuid.NewString()
	runs := map[onboarding.Stage]int{onboarding.StageSignup: 1, onboarding.StageValidation: 2, onboarding.StageVetting: 3, onboarding.StageCertification: 4}[l.stage]
	if runs == 0 {
		runs = 3
	}
	for run := range runs {
		named := map[string]any{}
		for name, v := range l.attributes {
			switch v := v.(type) {
			case []string:
				named[columns[name]] = strings.Join(v, "♡")
			case time.Time:
				named[columns[name]] = v.Format(time.RFC3339Nano)
			default:
				named[columns[name]] = v
			}
		}
		body, err := json.Marshal(named)
		if err != nil {
			return err
		}
		id, runID, status := id, first, enums.WORKFLOW_EXECUTION_STATUS_RUNNING
		if run > 0 {
			runID = uuid.NewString()
		}
		var closed, length any
		begun := l.began.Add(time.Duration(run) * l.since.Sub(l.began) / time.Duration(runs)).Truncate(time.Microsecond)
		switch {
		case run < runs-1:
			status, closed, length = enums.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW, begun.Add(time.Minute), 60
		case l.stage.Closed():
			status, closed, length = enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, l.since, 60
		}
		if _, err := into.ExecContext(ctx, namespace, runID, begun, begun, id, workflows.OnboardName, int(status), closed, length, length, length, length,
			workflows.TaskQueue, string(body), id, first); err != nil {
			return err
		}
	}
	return nil
}

// listSize is how many applicants the lists are measured with; 0: they are not.
func listSize() int {
	n, _ := strconv.Atoi(os.Getenv("VOUCHSAFE_SOAK_LISTS"))
	return n
}

// TestSoakLists measures the console's lists over as many applicants as
// VOUCHSAFE_SOAK_LISTS says.
func TestSoakLists(t *testing.T) {
	n := listSize()
	if n == 0 {
		t.Skip("VOUCHSAFE_SOAK_LISTS is not set; make bench-lists sets it")
	}
	home := os.Getenv("VOUCHSAFE_SOAK_HOME") // kept, so that it is filled once
	if home == "" {
		home = t.TempDir()
	}
	h, box := start(t, func(c *onebox.Config) { c.Home, c.Clock = home, 1 })
	have, _, err := box.Applicants().Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	there := 0
	for _, k := range have {
		there += k
	}
	began := time.Now()
	if there < n {
		if err := gather(t.Context(), home, box, n-there); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d applicants after %s", n, time.Since(began).Round(time.Second))
	recruiter := h.staff(identity.RoleRecruiter)
	// A page is looked at several times, by several people in turn; the first look is
	// told by itself, since then nothing is remembered.
	const looks = 9
	slow := 0
	for _, page := range []string{"/console/board", "/console/board?program=guest-line", "/console", "/console?stage=vetting", "/console?attention=ops", "/console?stage=certification&attention=ops",
		"/console?stage=under-way&attention=others&age=day&sort=since", "/console?attention=reviewer&sort=since", "/console?due=today&sort=due", "/console?due=overdue", "/console?failed=yes&sort=since",
		"/console?vendor=kickbox", "/console?recruiter=00000003&stage=under-way", "/console?recruiter=nobody&stage=under-way", "/console?outcome=declined", "/console?program=guest-line&age=week",
		"/console?sort=since", "/console?sort=-since", "/console?sort=due", "/console?sort=-due", "/console?sort=applied", "/console?sort=-applied", "/console?applied=week",
		lookFor(t, box, (crowd{}).email(777)), lookFor(t, box, "grace example"), lookFor(t, box, "grace "+letters(7777)), "/console/failed"} {
		var took []time.Duration
		for range looks {
			began := time.Now()
			recruiter.open(page)
			took = append(took, time.Since(began))
		}
		first := took[0]
		slices.Sort(took)
		half, most := took[len(took)/2], took[len(took)*95/100]
		if most > 300*time.Millisecond {
			slow++
		}
		t.Logf("%7.1f ms first %7.1f ms p50 %7.1f ms p95  %s", ms(first), ms(half), ms(most), page)
	}
	t.Logf("%d pages over 300 ms at p95", slow)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// lookFor is the address that a search leads to.
func lookFor(t *testing.T, box *onebox.Box, typed string) string {
	t.Helper()
	sought, err := box.Applicants().Sought(typed)
	if err != nil {
		t.Fatal(err)
	}
	return "/console?look=" + url.QueryEscape(sought.String())
}
