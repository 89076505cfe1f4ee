package applicants

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Retry asks for another round of a failed check. round is the failed round
// that is meant (0: whichever it is), so that a button pressed twice retries once.
func (s *Service) Retry(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, round int, reason string, by workflows.Actor) error {
	sealed, err := s.reason(ctx, id, reason)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateRetryCheck, "", workflows.RetryCheck{Check: check, Round: round, Reason: sealed, Actor: by}, &workflows.Ack{})
}

// Waive goes on without a failed check.
func (s *Service) Waive(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, reason string, by workflows.Actor) error {
	sealed, err := s.reason(ctx, id, reason)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateWaiveCheck, "", workflows.WaiveCheck{Check: check, Reason: sealed, Actor: by}, &workflows.Ack{})
}

// Revoke takes a credential back; when it returns, our page and the status list say
// so. The holder is told the category and never the reason's words. Errors:
// CodeInvalid for a category that there is not and for no reason, CodeNotNow when
// nothing stands.
func (s *Service) Revoke(ctx context.Context, id onboarding.ApplicantID, category workflows.RevocationReason, reason string, by workflows.Actor) error {
	sealed, err := s.reason(ctx, id, reason)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateRevoke, "revoke", workflows.Revoke{Category: category, Reason: sealed, Actor: by}, &workflows.Ack{})
}

func (s *Service) reason(ctx context.Context, id onboarding.ApplicantID, words string) ([]byte, error) {
	words = strings.TrimSpace(words)
	if err := checkWords("reason", words); err != nil {
		return nil, err
	}
	return s.seal(ctx, id, sealReason, words)
}

const (
	defaultLimit = 50
	maxLimit     = 500
)

// query is the visibility query of a filter. Every value in it is one of ours
// or is checked to be a plain word, so nobody writes their own conditions.
func (f Filter) query() (string, error) {
	parts := []string{"WorkflowType = '" + workflows.OnboardName + "'", "ExecutionStatus != 'ContinuedAsNew'"}
	add := func(name, value string, known bool) error {
		if value == "" {
			return nil
		}
		if !known {
			return onboarding.Invalid(strings.ToLower(name), fmt.Sprintf("There is no such %s.", strings.ToLower(name)), "Use one of those that the API's document lists.")
		}
		parts = append(parts, fmt.Sprintf("%s = '%s'", name, value))
		return nil
	}
	if err := add("Stage", string(f.Stage), f.Stage.Known()); err != nil {
		return "", err
	}
	if err := add("Attention", string(f.Attention), f.Attention.Known()); err != nil {
		return "", err
	}
	if err := add("Program", f.Program, word(f.Program)); err != nil {
		return "", err
	}
	if len(f.Programs) > 0 {
		for _, p := range f.Programs {
			if !word(p) || p == "" {
				return "", onboarding.Invalid("program", "There is no such program.", "Use one of those that the API's document lists.")
			}
		}
		parts = append(parts, "Program IN ('"+strings.Join(f.Programs, "', '")+"')")
	}
	failed, err := f.failedQuery()
	if err != nil {
		return "", err
	}
	if failed != "" {
		parts = append(parts, failed)
	}
	return strings.Join(parts, " AND "), nil
}

func word(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return len(s) <= 40
}

// List gives one page of applicants, newest first.
func (s *Service) List(ctx context.Context, f Filter) (Page, error) {
	if f.Limit == 0 {
		f.Limit = defaultLimit
	}
	if f.Limit < 1 || f.Limit > maxLimit {
		return Page{}, onboarding.Invalid("limit", fmt.Sprintf("The limit is a number from 1 to %d.", maxLimit), "Leave it out for 50.")
	}
	token, err := base64.RawURLEncoding.DecodeString(f.Cursor)
	if err != nil {
		return Page{}, badCursor()
	}
	f, some := f.scoped(ctx)
	query, err := f.query()
	if err != nil {
		return Page{}, err
	}
	if !some {
		return Page{Items: []Line{}}, nil
	}
	answer, err := s.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: int32(f.Limit), NextPageToken: token})
	if err != nil {
		if f.Cursor != "" && !troubled(err) {
			return Page{}, badCursor()
		}
		return Page{}, failure(err)
	}
	page := Page{Items: []Line{}, NextCursor: base64.RawURLEncoding.EncodeToString(answer.GetNextPageToken())}
	for _, e := range answer.GetExecutions() {
		id, ok := onboarding.ApplicantOfWorkflow(e.GetExecution().GetWorkflowId())
		if !ok {
			continue
		}
		l := Line{ID: id, StartedAt: e.GetStartTime().AsTime(), Failed: []string{}}
		attributes := e.GetSearchAttributes().GetIndexedFields()
		read(attributes, workflows.SearchProgram.GetName(), &l.Program)
		read(attributes, workflows.SearchStage.GetName(), &l.Stage)
		read(attributes, workflows.SearchAttention.GetName(), &l.Attention)
		read(attributes, workflows.SearchOutcome.GetName(), &l.Outcome)
		read(attributes, workflows.SearchDueBy.GetName(), &l.DueBy)
		var tags []string
		read(attributes, workflows.SearchFailedChecks.GetName(), &tags)
		l.Failed, l.FailedAt = failedOf(tags)
		page.Items = append(page.Items, l)
	}
	return page, nil
}

func badCursor() error {
	return onboarding.Invalid("cursor", "That cursor is not one of ours.", "Use next_cursor from the page before, or leave it out.")
}

// read decodes one search attribute; one that is not set leaves out as it is.
func read(attributes map[string]*commonpb.Payload, name string, out any) {
	if p, ok := attributes[name]; ok {
		_ = converter.GetDefaultDataConverter().FromPayload(p, out) // of another type: as if not set
	}
}

// Counts gives how many applicants are in each stage, and how many of those
// that are not closed wait for whom.
func (s *Service) Counts(ctx context.Context) (map[onboarding.Stage]int, map[onboarding.Attention]int, error) {
	f, _ := Filter{}.scoped(ctx)
	base, err := f.query()
	if err != nil {
		return nil, nil, err
	}
	stages, attentions := map[onboarding.Stage]int{}, map[onboarding.Attention]int{}
	if err := s.countBy(ctx, base+" GROUP BY Stage", func(value string, n int) { stages[onboarding.Stage(value)] += n }); err == nil {
		err = s.countBy(ctx, base+" GROUP BY Attention", func(value string, n int) { attentions[onboarding.Attention(value)] += n })
		if err == nil {
			return stages, attentions, nil
		}
	}
	// Where the engine groups by status only, each value is counted by itself.
	for _, st := range onboarding.Stages() {
		n, err := s.count(ctx, fmt.Sprintf("%s AND Stage = '%s'", base, st))
		if err != nil {
			return nil, nil, err
		}
		stages[st] = n
	}
	for _, a := range onboarding.Attentions() {
		n, err := s.count(ctx, fmt.Sprintf("%s AND Attention = '%s'", base, a))
		if err != nil {
			return nil, nil, err
		}
		attentions[a] = n
	}
	return stages, attentions, nil
}

func (s *Service) countBy(ctx context.Context, query string, each func(string, int)) error {
	answer, err := s.Temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: query})
	if err != nil {
		return failure(err)
	}
	for _, g := range answer.GetGroups() {
		var value string
		if len(g.GetGroupValues()) == 0 || converter.GetDefaultDataConverter().FromPayload(g.GetGroupValues()[0], &value) != nil {
			continue
		}
		each(value, int(g.GetCount()))
	}
	return nil
}

func (s *Service) count(ctx context.Context, query string) (int, error) {
	answer, err := s.Temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: query})
	if err != nil {
		return 0, failure(err)
	}
	return int(answer.GetCount()), nil
}

// Timeline is an applicant's ledger as staff read it.
func (s *Service) Timeline(ctx context.Context, id onboarding.ApplicantID) ([]Event, error) {
	pages, err := s.Book.Read(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(pages) == 0 {
		return nil, &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no ledger of that applicant.", Hint: "Check the ID."}
	}
	out := []Event{}
	for _, p := range pages {
		for _, r := range p.Records {
			e := Event{Record: r, Says: sentence(r)}
			switch {
			case r.Kind == ledger.KindDecided && r.Outcome == outcomeAssessed:
				e.Assessment, e.Erased = s.weighed(ctx, id, r)
			case r.Kind == ledger.KindRequirementMet:
				e.Words, e.Erased = s.wordsOfRequirement(ctx, id, r)
			case r.Kind == ledger.KindDecided, r.Kind == ledger.KindRetried, r.Kind == ledger.KindWaived, r.Kind == ledger.KindVendorChanged, r.Kind == ledger.KindDisputed, r.Kind == ledger.KindCorrected && len(r.Sealed) > 0:
				e.Words, e.Erased = s.words(ctx, id, r)
			}
			out = append(out, e)
		}
	}
	return out, nil
}

// weighed opens an individualized assessment.
func (s *Service) weighed(ctx context.Context, id onboarding.ApplicantID, r ledger.Record) (*Assessment, bool) {
	a, err := s.assessmentOf(ctx, id, r.Sealed)
	if err != nil {
		return nil, onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed
	}
	shown := a.shown()
	return &shown, false
}

// words opens what staff or applicant wrote. Receipts and signatures stay
// sealed here: they hold an address and a name, which nobody needs on a timeline.
func (s *Service) words(ctx context.Context, id onboarding.ApplicantID, r ledger.Record) (words string, erased bool) {
	if len(r.Sealed) == 0 {
		return "", false
	}
	for _, name := range []string{sealReason, sealStatement} {
		if plain, err := s.Vault.Open(ctx, id, name, r.Sealed); err == nil {
			return string(plain), false
		} else if onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed {
			return "", true
		}
	}
	return "", false
}

// VerifyLedger proves an applicant's ledger against the head that the workflow
// knows to be stored. Behind the head of a case that has ended there can be
// nothing but what somebody else has put there.
func (s *Service) VerifyLedger(ctx context.Context, id onboarding.ApplicantID) (ledger.Report, error) {
	_, report, err := s.proved(ctx, id)
	return report, err
}

func (s *Service) proved(ctx context.Context, id onboarding.ApplicantID) ([]ledger.Record, ledger.Report, error) {
	v, err := s.summary(ctx, id) // kept with the last page
	ended := err == nil && v.Stage.Closed()
	if !ended {
		if v, err = s.StaffView(ctx, id); err != nil {
			return nil, ledger.Report{}, err
		}
	}
	records, report, err := s.Book.Proved(ctx, id, v.Ledger)
	if err == nil && ended && report.Beyond > 0 {
		report.Faults = append(report.Faults, ledger.Fault{Page: report.Pages,
			What: fmt.Sprintf("%d records stand behind the last one that this case wrote before it ended", report.Beyond)})
	}
	return records, report, err
}
