package applicants

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Begin opens an application for an e-mail address and has a link sent there.
// When that address has an open application in the program, the link goes to
// it. The caller is never told which: nobody learns here who has applied.
func (s *Service) Begin(ctx context.Context, req BeginRequest) error {
	p, err := s.Programs.Get(req.Program)
	if err != nil {
		return err
	}
	email, err := validate.Email(req.Email)
	if err != nil {
		return err
	}
	contact := s.contact(email)
	known, tag, err := s.openFor(ctx, contact, p.ID)
	if err != nil {
		return err
	}
	if known.begun {
		return s.SendLink(ctx, known.id)
	}
	id := known.id // not empty: the house fell over when the workflow was there and had not taken the beginning
	if id == "" {
		if id, err = newID(); err != nil {
			return err
		}
		if err := s.Vault.Create(ctx, id); err != nil {
			return err
		}
		mine, err := s.claim(ctx, id, entry(p.ID, contact), tag)
		if err != nil {
			return err
		}
		if !mine {
			return s.Vault.Destroy(ctx, id) // the other press has sent the link
		}
	}
	profile := onboarding.DraftKey(id)
	body, err := s.sealed(ctx, id, profile, onboarding.Profile{onboarding.FieldEmail: email})
	if err != nil {
		return err
	}
	if err := s.Objects.Put(ctx, profile, body); err != nil {
		return err
	}
	n, err := consent.CurrentNotice(consent.PurposeAccount, consent.KindPrivacy, req.Language)
	if err != nil {
		return err
	}
	receipt, err := s.receipt(ctx, id, n, "button", "", req.ShownAt, s.Now(), req.Origin)
	if err != nil {
		return err
	}
	return s.start(ctx, id, p, onboarding.Profile{onboarding.FieldEmail: email}, workflows.UpdateBegin,
		workflows.Begin{Receipt: receipt, Profile: profile, Actor: workflows.ActorApplicant, Language: req.Language})
}

// contact is the keyed hash under which an e-mail address is found.
func (s *Service) contact(email string) string {
	return s.Vault.LookupHash("email", validate.EmailKey(email))
}

// entry is the index entry by which an address finds its application in a program.
func entry(program, contact string) string {
	return onboarding.ContactKey("applying-"+program, contact)
}

// open is an open application; the zero one is none.
type open struct {
	id    onboarding.ApplicantID
	begun bool // its workflow has taken the application's beginning
}

// openFor finds the open application of a contact in a program. The tag is the
// index entry's, empty when there is none.
func (s *Service) openFor(ctx context.Context, contact, program string) (found open, tag string, err error) {
	owner, tag, err := s.Objects.GetTagged(ctx, entry(program, contact))
	if s.Objects.IsMissing(err) {
		return open{}, "", nil
	}
	if err != nil {
		return open{}, "", err
	}
	view, err := s.StaffView(ctx, onboarding.ApplicantID(owner))
	if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant {
		return open{}, tag, nil // a start that never came off
	}
	if err != nil {
		return open{}, "", err
	}
	if view.Stage.Closed() {
		return open{}, tag, nil
	}
	return open{onboarding.ApplicantID(owner), !view.Begun.IsZero()}, tag, nil
}

// claim makes the applicant the one whom the address finds in the program, in
// place of one whose application has ended. It gives false when somebody else
// was quicker: the same person, pressing twice. The list of the applicant's
// entries comes first, so that all can be removed with the data.
func (s *Service) claim(ctx context.Context, id onboarding.ApplicantID, key, tag string) (bool, error) {
	if err := s.listEntry(ctx, id, key); err != nil {
		return false, err
	}
	_, err := s.Objects.PutIf(ctx, key, []byte(id), tag)
	if s.Objects.IsConflict(err) {
		return false, nil
	}
	return err == nil, err
}

// listEntry adds an entry to the list of the applicant's own; those that stand
// there stay. Another writer in between makes it read the list again.
func (s *Service) listEntry(ctx context.Context, id onboarding.ApplicantID, key string) error {
	name := onboarding.ContactsKey(id)
	for {
		var keys []string
		was, tag, err := s.Objects.GetTagged(ctx, name)
		switch {
		case s.Objects.IsMissing(err):
		case err != nil:
			return err
		default:
			if err := s.opened(ctx, id, name, was, &keys); err != nil {
				return err
			}
		}
		if slices.Contains(keys, key) {
			return nil
		}
		body, err := s.sealed(ctx, id, name, append(keys, key))
		if err != nil {
			return err
		}
		if _, err := s.Objects.PutIf(ctx, name, body, tag); !s.Objects.IsConflict(err) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// start begins the applicant's workflow with its first update, in one round
// trip. The same start sent again changes nothing. The profile is as far as it is
// known: of it go on the place and keyed hashes.
func (s *Service) start(ctx context.Context, id onboarding.ApplicantID, p program.Program, profile onboarding.Profile, update string, in any) error {
	contact, lookUp := s.contact(profile[onboarding.FieldEmail]), s.lookUp(profile)
	operation := s.Temporal.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: id.WorkflowID(), TaskQueue: workflows.TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		StaticSummary:            "Applicant for " + p.Title,
		StaticDetails:            staticDetails(s.casePage(id)),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.SearchProgram.ValueSet(p.ID), workflows.SearchStage.ValueSet(string(onboarding.StageSignup)),
			workflows.SearchAttention.ValueSet(string(onboarding.AttentionApplicant)), workflows.SearchContactHash.ValueSet(contact),
			workflows.SearchLookUp.ValueSet(lookUp), workflows.SearchSince.ValueSet(s.Now().UTC().Truncate(time.Second))),
	}, workflows.OnboardName, workflows.OnboardInput{Applicant: id, Program: p, Place: placeOf(profile), Pace: s.Pace, Contact: contact, LookUp: lookUp, Page: s.casePage(id)})
	handle, err := s.Temporal.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: operation,
		UpdateOptions: client.UpdateWorkflowOptions{
			WorkflowID: id.WorkflowID(), // without it the arguments are sealed under no applicant's key
			UpdateID:   "start", UpdateName: update, Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err != nil {
		return failure(err)
	}
	var ack workflows.Ack
	return failure(handle.Get(ctx, &ack))
}

// receiptEvidence is what is sealed into a receipt.
type receiptEvidence struct {
	Address   string `json:"ip_address"`
	UserAgent string `json:"user_agent"`
	Signature string `json:"signature,omitempty"`
}

const maxUserAgent = 400

func (s *Service) receipt(ctx context.Context, id onboarding.ApplicantID, n consent.Notice, method, signature string, shown, given time.Time, from Origin) (consent.Receipt, error) {
	if len(from.UserAgent) > maxUserAgent {
		from.UserAgent = from.UserAgent[:maxUserAgent]
	}
	sealed, err := s.sealed(ctx, id, sealReceipt, receiptEvidence{Address: from.Address, UserAgent: from.UserAgent, Signature: signature})
	if err != nil {
		return consent.Receipt{}, err
	}
	if shown.IsZero() || shown.After(given) {
		shown = given
	}
	r := consent.Receipt{ID: uuid.NewString(), Applicant: id, Kind: n.Kind, Purpose: n.Purpose, Notice: n.Ref(), Method: method,
		ShownAt: shown.UTC().Truncate(time.Millisecond), GivenAt: given.UTC().Truncate(time.Millisecond), Evidence: sealed}
	return r, r.Check()
}

// SendLink has a fresh link sent to the applicant.
func (s *Service) SendLink(ctx context.Context, id onboarding.ApplicantID) error {
	return s.update(ctx, id, workflows.UpdateSendLink, "", workflows.SendLink{Actor: workflows.ActorApplicant}, &workflows.Ack{})
}

// Draft opens what the applicant has typed so far.
func (s *Service) Draft(ctx context.Context, id onboarding.ApplicantID) (Draft, error) {
	key := onboarding.DraftKey(id)
	sealed, tag, err := s.Objects.GetTagged(ctx, key)
	if s.Objects.IsMissing(err) {
		return Draft{}, errNoDraft()
	}
	if err != nil {
		return Draft{}, err
	}
	d := Draft{Tag: tag}
	return d, s.opened(ctx, id, key, sealed, &d.Profile)
}

// SaveDraft keeps what the applicant has typed. A Draft whose tag is old is
// refused with CodeConflict: another tab or device has saved meanwhile.
func (s *Service) SaveDraft(ctx context.Context, id onboarding.ApplicantID, d Draft) (string, error) {
	key := onboarding.DraftKey(id)
	sealed, err := s.sealed(ctx, id, key, d.Profile)
	if err != nil {
		return "", err
	}
	tag, err := s.Objects.PutIf(ctx, key, sealed, d.Tag)
	if s.Objects.IsConflict(err) {
		return "", &onboarding.Error{Code: onboarding.CodeConflict, Message: "Your answers were changed in another window or on another device.",
			Hint: "Here is what is kept now; check it and go on."}
	}
	return tag, err
}

// GiveConsent records one consent. The notice must be the current one, to the letter.
func (s *Service) GiveConsent(ctx context.Context, id onboarding.ApplicantID, req ConsentRequest) error {
	r, err := s.given(ctx, id, req)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateGiveConsent, "", workflows.GiveConsent{Receipt: r, Actor: workflows.ActorApplicant}, &workflows.Ack{})
}

// given makes the receipt of a consent that was given on a page of ours.
func (s *Service) given(ctx context.Context, id onboarding.ApplicantID, req ConsentRequest) (consent.Receipt, error) {
	n, err := consent.CurrentNotice(req.Purpose, req.Kind, req.Language)
	if err != nil {
		return consent.Receipt{}, err
	}
	if req.SHA256 != n.SHA256 {
		return consent.Receipt{}, onboarding.Invalid("consent", "The text has changed since the page was opened.", "Read it again and agree to the new one.")
	}
	method := "button"
	if req.Signature != "" {
		method = "typed_signature"
	}
	return s.receipt(ctx, id, n, method, req.Signature, req.ShownAt, s.Now(), req.Origin)
}

// Submit hands the draft in: everything is checked once more, and a sealed copy
// is kept that no later change of the draft touches. Where it comes from is kept
// with it only when the program looks at that, and for that alone (obligation 41).
func (s *Service) Submit(ctx context.Context, id onboarding.ApplicantID, from Origin) error {
	d, err := s.Draft(ctx, id)
	if err != nil {
		return err
	}
	view, err := s.View(ctx, id)
	if err != nil {
		return err
	}
	p, err := s.edition(view)
	if err != nil {
		return err
	}
	profile, err := s.acceptable(d.Profile, p)
	if err != nil {
		return err
	}
	if asks(p, onboarding.CheckIPRisk) && from.Address != "" {
		profile[onboarding.FieldIPAddress] = from.Address
	}
	key := onboarding.ProfileKey(id, 1)
	sealed, err := s.sealed(ctx, id, key, profile)
	if err != nil {
		return err
	}
	if err := s.Objects.Put(ctx, key, sealed); err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateSubmit, "", workflows.Submit{Profile: key, Has: profile.Has(), Place: placeOf(profile), Actor: workflows.ActorApplicant,
		LookUp: s.lookUp(profile)}, &workflows.Ack{})
}

// edition is the case's program as it stood when the application began.
func (s *Service) edition(v workflows.ApplicantView) (program.Program, error) {
	if v.Edition.ID != "" {
		return v.Edition, nil
	}
	return s.Programs.Get(v.Program)
}

func placeOf(p onboarding.Profile) workflows.Place {
	return workflows.Place{State: p[onboarding.FieldState], City: p[onboarding.FieldCity]}
}

// acceptable normalizes a profile, or gives the first fault.
func (s *Service) acceptable(p onboarding.Profile, in program.Program) (onboarding.Profile, error) {
	out, faults := validate.Profile(p, validate.Options{Today: s.Now(), AllowReserved: s.AllowReserved})
	if len(faults) > 0 {
		return nil, Faults(faults)
	}
	young, err := policy.UnderAge(out[onboarding.FieldDateOfBirth], s.Now(), in.MinimumAge)
	if err != nil {
		return nil, err
	}
	if young {
		return nil, &onboarding.Error{Code: onboarding.CodeUnderAge, Field: "date of birth",
			Message: fmt.Sprintf("Applicants must be at least %d years old.", in.MinimumAge), Hint: "Nothing of this application is kept."}
	}
	return out, nil
}

// Faults is every fault of a profile as one error; it unwraps to the first.
type Faults []validate.Fault

// Error gives the faults in the person's words.
func (f Faults) Error() string {
	s := ""
	for i, x := range f {
		if i > 0 {
			s += " "
		}
		s += x.Err.Error()
	}
	return s
}

// Unwrap gives the first fault, whose code and field are the error's own.
func (f Faults) Unwrap() error { return f[0].Err }

// RefuseUnderAge ends a draft of somebody too young; nothing of it is kept.
func (s *Service) RefuseUnderAge(ctx context.Context, id onboarding.ApplicantID) error {
	return s.update(ctx, id, workflows.UpdateRefuseUnderAge, "", workflows.RefuseUnderAge{}, &workflows.Ack{})
}
