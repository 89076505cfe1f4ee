package applicants

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/vault"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// What the house wires in must fit.
var _ Objects = (*evidence.Store)(nil)

var (
	errMissing  = errors.New("fake: missing")
	errConflict = errors.New("fake: conflict")
)

// bucket is the vault bucket in memory.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	tags    map[string]int
}

func (b *bucket) GetTagged(_ context.Context, key string) ([]byte, string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if body, ok := b.objects[key]; ok {
		return body, strconv.Itoa(b.tags[key]), nil
	}
	return nil, "", errMissing
}

func (b *bucket) Get(ctx context.Context, key string) ([]byte, error) {
	body, _, err := b.GetTagged(ctx, key)
	return body, err
}

func (b *bucket) Has(ctx context.Context, key string) (bool, error) {
	_, err := b.Get(ctx, key)
	return err == nil, nil
}

func (b *bucket) List(_ context.Context, prefix string) iter.Seq2[string, error] {
	b.mu.Lock()
	defer b.mu.Unlock()
	keys := slices.Sorted(maps.Keys(b.objects))
	return func(yield func(string, error) bool) {
		for _, k := range keys {
			if strings.HasPrefix(k, prefix) && !yield(k, nil) {
				return
			}
		}
	}
}

func (b *bucket) Put(_ context.Context, key string, body []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.objects[key] = body
	b.tags[key]++
	return nil
}

func (b *bucket) PutIf(_ context.Context, key string, body []byte, etag string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.objects[key]; ok && etag != strconv.Itoa(b.tags[key]) || !ok && etag != "" {
		return "", errConflict
	}
	b.objects[key] = body
	b.tags[key]++
	return strconv.Itoa(b.tags[key]), nil
}

func (b *bucket) Delete(_ context.Context, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.objects, key)
	return nil
}

func (b *bucket) IsConflict(err error) bool { return errors.Is(err, errConflict) }
func (b *bucket) IsMissing(err error) bool  { return errors.Is(err, errMissing) }

func (b *bucket) count(prefix string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for key := range b.objects {
		if strings.HasPrefix(key, prefix) {
			n++
		}
	}
	return n
}

// engine is Temporal as far as the service uses it: workflows that are open or
// not, and what was sent to them, as JSON, the form in which it is stored.
type engine struct {
	client.Client
	mu    sync.Mutex
	open  map[string]workflows.StaffView
	sent  []string        // "<update> <workflow> <arguments>"
	known map[string]bool // IDs of updates that were taken: each takes effect once
	// correctable has, by workflow, what the applicant may correct.
	correctable map[string][]onboarding.Field
	kept        []workflows.KeptByLaw // what the law keeps of who is erased
	page        string                // the vendor's page
	clear       []string              // what passes no codec: summaries, search attributes, IDs
	fail        error                 // of the next start
	lost        bool                  // the house falls over when the next start is taken and its update is not
}

type operation struct {
	client.WithStartWorkflowOperation
	options client.StartWorkflowOptions
	args    []any
}

func (e *engine) NewWithStartWorkflowOperation(options client.StartWorkflowOptions, _ any, args ...any) client.WithStartWorkflowOperation {
	return &operation{options: options, args: args}
}

func (e *engine) UpdateWithStartWorkflow(_ context.Context, o client.UpdateWithStartWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.fail; err != nil {
		e.fail = nil
		return nil, err
	}
	start := o.StartWorkflowOperation.(*operation)
	if start.options.ID == "" || start.options.ID != o.UpdateOptions.WorkflowID {
		return nil, fmt.Errorf("fake: workflow %q, update of %q: it would be sealed under no applicant's key", start.options.ID, o.UpdateOptions.WorkflowID)
	}
	e.clear = append(e.clear, fmt.Sprintf("%+v", start.options))
	if _, ok := e.open[start.options.ID]; !ok {
		in := start.args[0].(workflows.OnboardInput)
		e.open[start.options.ID] = workflows.StaffView{Applicant: in.Applicant, Program: in.Program.ID, Stage: onboarding.StageSignup}
		e.note("start", start.options.ID, start.args)
	}
	if e.lost {
		e.lost = false
		return nil, serviceerror.NewUnavailable("the house fell over")
	}
	v := e.open[start.options.ID]
	v.Begun = t0
	e.open[start.options.ID] = v
	e.note(o.UpdateOptions.UpdateName, start.options.ID, o.UpdateOptions.Args)
	return done{}, nil
}

func (e *engine) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.open[o.WorkflowID]; !ok {
		return nil, serviceerror.NewNotFound("workflow not found")
	}
	if o.UpdateID != "" {
		if taken := o.WorkflowID + " " + o.UpdateID; e.known[taken] {
			return done{}, nil
		} else {
			e.known[taken] = true
		}
	}
	e.note(o.UpdateName, o.WorkflowID, o.Args)
	switch in := o.Args[0].(type) {
	case workflows.CorrectDetails:
		v := e.open[o.WorkflowID]
		v.Profile, v.Place = in.Profile, in.Place
		e.open[o.WorkflowID] = v
	case workflows.ProveContact:
		v := e.open[o.WorkflowID]
		v.Unproved = v.Unproved && !in.Right
		e.open[o.WorkflowID] = v
	case workflows.OpenVendorPage:
		return answered{value: workflows.VendorPage{URL: e.page}}, nil
	}
	return done{}, nil
}

func (e *engine) note(name, id string, args []any) {
	body, err := json.Marshal(args)
	if err != nil {
		panic(err)
	}
	e.sent = append(e.sent, name+" "+id+" "+string(body))
}

func (e *engine) QueryWorkflow(_ context.Context, id, _, name string, _ ...any) (converter.EncodedValue, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	v, ok := e.open[id]
	if !ok {
		return nil, serviceerror.NewNotFound("workflow not found")
	}
	var says any = v
	if name == workflows.QueryKept {
		says = e.kept
	}
	if fields, ok := e.correctable[id]; ok && name == workflows.QueryApplicantView {
		says = workflows.ApplicantView{Applicant: v.Applicant, Program: v.Program, Stage: v.Stage, Profile: v.Profile, Correctable: fields, DataView: workflows.DataView{Editable: fields},
			Unproved: v.Unproved, ContactSince: v.ContactSince}
	}
	p, err := converter.GetDefaultDataConverter().ToPayloads(says)
	return client.NewValue(p), err
}

// names are the updates that were sent, in order.
func (e *engine) names() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []string
	for _, s := range e.sent {
		name, _, _ := strings.Cut(s, " ")
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

// done is an update that was answered.
type done struct{ client.WorkflowUpdateHandle }

func (done) Get(context.Context, any) error { return nil }

// answered is one whose answer matters.
type answered struct {
	client.WorkflowUpdateHandle
	value any
}

func (a answered) Get(_ context.Context, out any) error {
	body, err := json.Marshal(a.value)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, out)
}

// world is the service over a real vault and real programs.
type world struct {
	*Service
	bucket *bucket
	engine *engine
}

func newWorld(t *testing.T) *world {
	t.Helper()
	b := &bucket{objects: map[string][]byte{}, tags: map[string]int{}}
	master, err := vault.LocalMaster(filepath.Join(t.TempDir(), "master.json"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.New(t.Context(), vault.Config{Objects: b, Master: master})
	if err != nil {
		t.Fatal(err)
	}
	programs, err := program.Load("")
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{open: map[string]workflows.StaffView{}, known: map[string]bool{}, correctable: map[string][]onboarding.Field{}}
	return &world{bucket: b, engine: e, Service: New(Config{Temporal: e, Vault: v, Objects: b, Programs: programs, AllowReserved: true, Now: func() time.Time { return t0 }})}
}

// What must be found nowhere in clear.
var canaries = []string{"Quillonia", "quillonia@example.com", "987654321", "987-65-4321", "+15035550142", "1990-04-27", "1 Main Street", "192.0.2.7", "client form 3"}

// application is a whole one from an integrator.
func application(change func(*Application)) Application {
	a := Application{Program: "support-basics", Actor: "api:acme", IdempotencyKey: "order-7", Profile: onboarding.Profile{
		onboarding.FieldGivenName: "Quillonia", onboarding.FieldFamilyName: "Example", onboarding.FieldDateOfBirth: "1990-04-27",
		onboarding.FieldEmail: "quillonia@example.com", onboarding.FieldPhone: "503 555 0142", onboarding.FieldNationalID: "987-65-4321",
		onboarding.FieldStreet: "1 Main Street", onboarding.FieldCity: "Portland", onboarding.FieldState: "OR",
		onboarding.FieldPostalCode: "97201", onboarding.FieldCountry: "US",
	}}
	for _, n := range consent.Notices("en") {
		c := ConsentEvidence{Purpose: n.Purpose, Kind: n.Kind, Notice: n.Ref(), Method: "client_form", ShownAt: t0.Add(-2 * time.Minute), GivenAt: t0.Add(-time.Minute),
			Origin: Origin{Address: "192.0.2.7", UserAgent: "client form 3"}}
		if n.Kind == consent.KindFCRAAuthorization {
			c.Method, c.Signature = "typed_signature", "Quillonia Example"
		}
		a.Consents = append(a.Consents, c)
	}
	if change != nil {
		change(&a)
	}
	return a
}
