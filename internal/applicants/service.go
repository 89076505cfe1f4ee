package applicants

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/holds"
	"github.com/vouchsafe/vouchsafe/internal/hooks"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/process"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/tickets"
	"github.com/vouchsafe/vouchsafe/internal/vault"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Objects is the vault bucket; *evidence.Store is one.
type Objects interface {
	Get(ctx context.Context, key string) ([]byte, error)
	GetTagged(ctx context.Context, key string) ([]byte, string, error)
	Put(ctx context.Context, key string, body []byte) error
	Delete(ctx context.Context, key string) error
	PutIf(ctx context.Context, key string, body []byte, etag string) (string, error)
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
	IsConflict(err error) bool
	IsMissing(err error) bool
}

// Evidence is the evidence bucket; *evidence.Store is one.
type Evidence interface {
	Get(ctx context.Context, key string) ([]byte, error)
	PutOnce(ctx context.Context, key string, body []byte) error
}

// AccessLog keeps who asked for what beside the applicants' ledgers; *access.Log is one.
type AccessLog interface {
	// Record keeps an event before what it tells of is done.
	Record(ctx context.Context, e access.Event) error
	// Refuse keeps that something was refused.
	Refuse(ctx context.Context, e access.Event)
}

// Config is what a Service works with.
type Config struct {
	Temporal client.Client
	Vault    *vault.Vault
	Objects  Objects
	Book     *ledger.Book
	Evidence Evidence                // the evidence bucket: read from, and the texts of notices are kept there
	Locked   Locked                  // the same, to list, with what S3 itself keeps
	Reports  map[string]ReportReader // by vendor
	Matches  map[string]MatchReader  // by vendor
	// Certificates gives certificates; nil: nobody opens one here.
	Certificates Certificates
	// Keys lists the vault bucket; nil where no text messages are sent.
	Keys Lister
	// Scanner looks for what is harmful in files; nil: nothing does.
	Scanner Scanner
	// Holds says whose data must not go for now.
	Holds *holds.Book
	// Tickets says who may look at whose data to help them; nil: nobody.
	Tickets *tickets.Book
	// Process has the cases of legal process.
	Process *process.Book
	// MadeKey gives an API key that somebody has made; nil: there are none.
	MadeKey func(ctx context.Context, id string) (identity.StoredKey, error)
	// Hooks are the endpoints of integrators; nil: there are none.
	Hooks *hooks.Store
	// Access keeps who changes what integrators are told; nil where no endpoint is changed.
	Access AccessLog
	// Staff knows who may be given a case; nil: whoever has a staff ID.
	Staff Staff
	// WebhookPatience is how long an event is tried; the constant of that name when 0.
	WebhookPatience time.Duration
	// ConsoleURL is where staff find the console, as https://host/console; empty: the
	// Temporal Web UI does not lead there.
	ConsoleURL    string
	Programs      *program.Set
	Pace          workflows.Pace
	AllowReserved bool             // test identity numbers pass; never in production
	Now           func() time.Time // time.Now when nil
	Log           *slog.Logger
}

// Service does what the faces ask for. It may be used by many goroutines, and
// by many replicas at once.
type Service struct {
	Config
	dates     remembered[string, dated] // since when those wait who failed first
	programs  remembered[onboarding.ApplicantID, string]
	announced hooks.Recent

	boards  shared[Board]         // for all viewers with the same programs
	failed  shared[[]FailedCount] // likewise
	edges   edges
	pages   pages                          // of ledgers that were shown
	asked   unanswered                     // what workers were asked and have not answered
	runs    remembered[string, runSeen]    // how far runs for many were
	others  remembered[string, othersSeen] // which answers of runs were not that it is done
	out     shared[[]workflows.VendorOutage]
	watched remembered[string, workflows.VendorOutage] // by the watch's ID: what a worker told last
}

// New makes a Service.
func New(cfg Config) *Service {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{Config: cfg}
}

// View is the applicant's own view of their case.
func (s *Service) View(ctx context.Context, id onboarding.ApplicantID) (workflows.ApplicantView, error) {
	return asked(ctx, s, id, s.view)
}

func (s *Service) view(ctx context.Context, id onboarding.ApplicantID) (workflows.ApplicantView, error) {
	var v workflows.ApplicantView
	err := s.query(ctx, id, workflows.QueryApplicantView, &v)
	if err == nil {
		return v, nil
	}
	kept, kerr := s.summary(ctx, id)
	if kerr != nil {
		return v, err
	}
	v = workflows.ApplicantView{Applicant: kept.Applicant, Program: kept.Program, Stage: kept.Stage, Attention: kept.Attention, Wait: kept.Wait,
		Profile: kept.Profile, Consents: kept.Consents, Offered: kept.Offered, Requirements: kept.Requirements, Credential: kept.Credential, Past: kept.Past, Renewal: kept.Renewal,
		Adverse: kept.Adverse, Submitted: kept.Submitted, Unproved: kept.Unproved, ContactSince: kept.ContactSince}
	v.DataView = kept.DataView
	_, v.Report = kept.ReportToShow()
	for _, k := range kept.Checks {
		v.Checks = append(v.Checks, workflows.ApplicantCheck{Name: k.Name, Vendor: k.Vendor, Status: k.Status, Since: k.Since})
	}
	return v, nil
}

// StaffView is the staff's view of a case; when its workflow is gone, the last
// one that was kept. A case outside the programs of who asks (see Within) is Unknown.
func (s *Service) StaffView(ctx context.Context, id onboarding.ApplicantID) (workflows.StaffView, error) {
	v, err := asked(ctx, s, id, s.staffView)
	if err == nil && !InScope(ctx, v.Program) {
		return workflows.StaffView{}, Unknown(nil)
	}
	return v, err
}

func (s *Service) staffView(ctx context.Context, id onboarding.ApplicantID) (workflows.StaffView, error) {
	var v workflows.StaffView
	err := s.query(ctx, id, workflows.QueryStaffView, &v)
	if err == nil {
		return v, nil
	}
	if kept, kerr := s.summary(ctx, id); kerr == nil {
		return kept, nil
	}
	return v, err
}

func (s *Service) query(ctx context.Context, id onboarding.ApplicantID, name string, out any) error {
	return failure(s.queryAt(ctx, id.WorkflowID(), name, out))
}

// queryAt asks any workflow; the error is Temporal's.
func (s *Service) queryAt(ctx context.Context, workflow, name string, out any) error {
	value, err := s.Temporal.QueryWorkflow(ctx, workflow, "", name)
	if err != nil {
		return err
	}
	return value.Get(out)
}

// updateAt sends one update to any workflow and waits for its answer; the error is
// Temporal's.
func (s *Service) updateAt(ctx context.Context, workflow, name string, out any, in ...any) error {
	handle, err := s.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{WorkflowID: workflow, UpdateName: name, Args: in,
		WaitForStage: client.WorkflowUpdateStageCompleted})
	if err != nil {
		return err
	}
	return handle.Get(ctx, out)
}

// summary reads the last view that was kept: the whole of it while the applicant's
// key is there, and after erasure what may stand in the open.
func (s *Service) summary(ctx context.Context, id onboarding.ApplicantID) (workflows.StaffView, error) {
	name := onboarding.SummaryKey(id)
	body, err := s.Objects.Get(ctx, name)
	if err != nil {
		return workflows.StaffView{}, err
	}
	var kept workflows.Kept
	if err := json.Unmarshal(body, &kept); err != nil || len(kept.Sealed) == 0 {
		return kept.StaffView, err
	}
	var whole workflows.StaffView
	switch err := s.opened(ctx, id, name, kept.Sealed, &whole); {
	case onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed:
		return kept.StaffView, nil
	case err != nil:
		return workflows.StaffView{}, err
	}
	return whole, nil
}

// update sends one update and waits for its answer. With an updateID the same
// update sent twice takes effect once.
func (s *Service) update(ctx context.Context, id onboarding.ApplicantID, name, updateID string, in, out any) error {
	handle, err := s.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{WorkflowID: id.WorkflowID(), UpdateID: updateID,
		UpdateName: name, Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted})
	if err != nil {
		return failure(err)
	}
	return failure(handle.Get(ctx, out))
}

// seal seals words that people typed, for the ledger.
func (s *Service) seal(ctx context.Context, id onboarding.ApplicantID, name, words string) ([]byte, error) {
	return s.Vault.Seal(ctx, id, name, []byte(words))
}

// The names under which words are sealed.
const (
	sealReason     = "reason"
	sealStatement  = "statement"
	sealReceipt    = "receipt"
	sealSignature  = "signature"
	sealAssessment = "assessment"
	sealLabel      = "attachment"
	sealScore      = "score"
	sealNote       = "note"
)

// The most that is kept of free words: what staff write is read by staff, what an
// applicant says for themselves may be longer.
const (
	maxWords     = 2000
	maxStatement = 5000
)

// checkWords holds the free words of staff to a length that people read.
func checkWords(field, words string) error { return checkLength(field, words, maxWords) }

func checkLength(field, words string, most int) error {
	n := utf8.RuneCountInString(words)
	switch {
	case n == 0:
		return onboarding.Invalid(field, "Say why, in a few words.", "It is kept with the applicant's record.")
	case n > most:
		return onboarding.Invalid(field, fmt.Sprintf("That is %d characters; at most %d are kept.", n, most), "Shorten it.")
	}
	return nil
}

func newID() (onboarding.ApplicantID, error) {
	u, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("applicants: draw an ID: %w", err)
	}
	return onboarding.ApplicantID(u.String()), nil
}

// errNoDraft is the answer when a draft's data are gone.
func errNoDraft() error {
	return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such application any more.", Hint: "Start a new one on the first page."}
}

// opened unseals JSON.
func (s *Service) opened(ctx context.Context, id onboarding.ApplicantID, name string, sealed []byte, out any) error {
	plain, err := s.Vault.Open(ctx, id, name, sealed)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plain, out); err != nil {
		return errors.New("applicants: " + name + " is not readable") // the cause would quote it
	}
	return nil
}

// sealed seals JSON.
func (s *Service) sealed(ctx context.Context, id onboarding.ApplicantID, name string, in any) ([]byte, error) {
	plain, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("applicants: encode %s: %w", name, err)
	}
	return s.Vault.Seal(ctx, id, name, plain)
}
