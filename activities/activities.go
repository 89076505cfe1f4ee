// Package activities has the effects, one each: store the ledger's pages, open
// what the recorded intent allows, call, seal what came back, and return a
// reference and an outcome. No personal data leaves an activity.
package activities

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/credential"
	"github.com/vouchsafe/vouchsafe/internal/durations"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/holds"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/lists"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/vault"
	"github.com/vouchsafe/vouchsafe/internal/vendors/checkr"
	"github.com/vouchsafe/vouchsafe/internal/vendors/findly"
	"github.com/vouchsafe/vouchsafe/internal/vendors/kickbox"
	"github.com/vouchsafe/vouchsafe/internal/vendors/mail"
	"github.com/vouchsafe/vouchsafe/internal/vendors/minfraud"
	"github.com/vouchsafe/vouchsafe/internal/vendors/smarty"
	"github.com/vouchsafe/vouchsafe/internal/vendors/stripeid"
	"github.com/vouchsafe/vouchsafe/internal/vendors/twilio"
	"github.com/vouchsafe/vouchsafe/internal/vendors/twiliosms"
	"github.com/vouchsafe/vouchsafe/internal/vendors/watchman"
	"github.com/vouchsafe/vouchsafe/internal/vendors/yente"
	"github.com/vouchsafe/vouchsafe/internal/witness"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Config is what the activities need of the house.
type Config struct {
	Vault    *vault.Vault
	Objects  *evidence.Store // the vault bucket
	Evidence *evidence.Store // the evidence bucket, locked
	Kickbox  *kickbox.Client
	Twilio   *twilio.Client
	Findly   *findly.Client
	Lists    *lists.Keeper // the public lists in force
	// These are nil unless they are configured.
	Watchman *watchman.Client
	Yente    *yente.Client
	Smarty   *smarty.Client
	MinFraud *minfraud.Client
	Stripe   *stripeid.Client
	Checkr   *checkr.Client
	// Rated are the vendors with a rate, which are only asked from their own queue.
	Rated map[string]bool
	// Out tells since when a vendor is out; false when it is not.
	Out func(vendor string) (time.Time, bool)
	// Paused tells whether ops have paused a vendor.
	Paused func(vendor string) bool
	// Agreed tells whether the file of a program, by its ID, has an agreement with a vendor
	// that is in force now; nil: it is not looked at.
	Agreed func(program, vendor string) bool
	// Patience is how long a check waits for a vendor that is out, before ops are called.
	Patience time.Duration
	Bulk     Bulk
	Notices  Notices
	Offers   Offers
	// StopLink makes the address at which the reader of a marketing letter ends them.
	StopLink func(applicant onboarding.ApplicantID, contact string) (string, error)
	Resolver validate.Resolver
	Mail     *mail.Relay
	// Texts sends text messages; nil unless it is configured.
	Texts *twiliosms.Client
	// Erasures is the service behind the faces, for who is erased.
	Erasures Erasures
	// Requests is the same for data requests.
	Requests Requests
	// Disclosures is the same for what was given by law.
	Disclosures Disclosures
	// Complaints is the same for complaints.
	Complaints Complaints
	// Announcer tells integrators; nil: nobody is told.
	Announcer Announcer
	// Witness signs checkpoints over all ledgers, and is told which have moved.
	Witness *witness.Witness
	// Durations counts what was measured; nil: nothing is counted.
	Durations *durations.Recorder
	Issued    *credential.Store
	Retention Retention
	// Holds says whose data must not go for now.
	Holds *holds.Book
	// Link makes the address under which an applicant finds their application.
	Link        func(onboarding.ApplicantID) (string, error)
	Invitations Invitations
	// InvitationLink makes the address in a letter that invites somebody.
	InvitationLink func(workflows.SendInvitationIn) (string, error)
	// PublicURL is where the web is reached from outside, without a slash at its end.
	PublicURL string
	// AllowReserved lets test identity numbers pass the form check; never in production.
	AllowReserved bool
	Log           *slog.Logger
}

// Activities is registered with a worker; each exported method but New's is an
// activity under its own name.
type Activities struct {
	cfg  Config
	book *ledger.Book
}

// New makes the activities.
func New(cfg Config) *Activities {
	book := ledger.NewBook(cfg.Evidence)
	if cfg.Witness != nil {
		book = book.Marking(cfg.Witness.Moves)
	}
	return &Activities{cfg: cfg, book: book}
}

// store opens profiles and looks for withdrawals, for the consent desk of one
// activity. It reads a profile once for all checks that run side by side: what
// lies under a profile's key never changes. Withdrawals are looked for each
// time, just before the data are sent.
type store struct {
	cfg  Config
	mu   sync.Mutex
	read map[string]onboarding.Profile
}

// Profile opens the sealed profile under ref.
func (s *store) Profile(ctx context.Context, id onboarding.ApplicantID, ref string) (onboarding.Profile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.read[ref]; ok {
		return maps.Clone(p), nil
	}
	sealed, err := s.cfg.Objects.Get(ctx, ref)
	if err != nil {
		return nil, err
	}
	p, err := openProfile(ctx, s.cfg.Vault, id, ref, sealed)
	if err != nil {
		return nil, err
	}
	if s.read == nil {
		s.read = map[string]onboarding.Profile{}
	}
	s.read[ref] = p
	return maps.Clone(p), nil
}

// Withdrawn looks for the marker that a withdrawal leaves.
func (s *store) Withdrawn(ctx context.Context, id onboarding.ApplicantID, receipt string) (bool, error) {
	return s.cfg.Evidence.Has(ctx, onboarding.WithdrawalKey(id, receipt))
}

// intents are the records that an activity may act upon: those that it has just
// stored, and those that were stored before and are found again.
type intents struct {
	book   *ledger.Book
	desk   *consent.Desk
	id     onboarding.ApplicantID
	stored map[uint64]ledger.Stored
}

// begin stores the pages that the workflow sent along. Nothing may be done
// before it has succeeded.
func (a *Activities) begin(ctx context.Context, id onboarding.ApplicantID, pages workflows.Pages) (intents, error) {
	stored, err := a.book.Store(ctx, pages.Ledger())
	if err != nil {
		return intents{}, err
	}
	a.count(ctx, pages, stored)
	if err := a.announce(ctx, id, pages); err != nil {
		return intents{}, err
	}
	reads := &store{cfg: a.cfg}
	in := intents{book: a.book, desk: consent.NewDesk(reads, reads), id: id, stored: make(map[uint64]ledger.Stored, len(stored))}
	for _, s := range stored {
		if r, ok := s.Record(); ok {
			in.stored[r.Seq] = s
		}
	}
	return in, nil
}

func (in intents) of(ctx context.Context, u workflows.Use) (ledger.Stored, error) {
	if s, ok := in.stored[u.Intent]; ok {
		return s, nil
	}
	return in.book.Recall(ctx, in.id, u.Page, u.Intent)
}

// redeem turns a recorded use into a grant.
func redeem[P consent.Purpose](ctx context.Context, in intents, u workflows.Use) (consent.Grant[P], error) {
	intent, err := in.of(ctx, u)
	if err != nil {
		return consent.Grant[P]{}, err
	}
	return consent.Redeem[P](ctx, in.desk, intent, u.Receipt, u.Profile)
}

// Settle brings the ledger up to date and keeps the case's last view.
func (a *Activities) Settle(ctx context.Context, in workflows.SettleIn) (workflows.Nothing, error) {
	err := a.settle(ctx, in.Applicant, in.Pages, in.Summary)
	if err == nil {
		err = a.announceAll(ctx, in.Applicant, in.Events)
	}
	return workflows.Nothing{}, edge(err)
}

func (a *Activities) settle(ctx context.Context, id onboarding.ApplicantID, pages workflows.Pages, summary *workflows.StaffView) error {
	if _, err := a.begin(ctx, id, pages); err != nil {
		return err
	}
	if summary == nil {
		return nil
	}
	return a.keepView(ctx, id, *summary, "")
}

// ReadHead finds where the applicant's ledger ends.
func (a *Activities) ReadHead(ctx context.Context, in workflows.ReadHeadIn) (ledger.Chain, error) {
	chain, err := a.book.Head(ctx, in.Applicant, in.From)
	return chain, edge(err)
}

// RecordWithdrawal puts the markers that every use looks for.
func (a *Activities) RecordWithdrawal(ctx context.Context, in workflows.RecordWithdrawalIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.recordWithdrawal(ctx, in))
}

func (a *Activities) recordWithdrawal(ctx context.Context, in workflows.RecordWithdrawalIn) error {
	// The markers first: they stop uses, and they must not wait for a chain
	// that has to be re-based.
	for _, receipt := range in.Receipts {
		if err := a.cfg.Evidence.PutOnce(ctx, onboarding.WithdrawalKey(in.Applicant, receipt), []byte("withdrawn\n")); err != nil {
			return err
		}
	}
	_, err := a.begin(ctx, in.Applicant, in.Pages)
	return err
}

// Forget destroys the applicant's key and removes what was sealed under it,
// once the applicant's own workflow has ended. The ledger stays; what is sealed
// inside it is noise from then on.
func (a *Activities) Forget(ctx context.Context, in workflows.ForgetIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.forget(ctx, in))
}

func (a *Activities) forget(ctx context.Context, in workflows.ForgetIn) error {
	if err := ended(ctx, in.Applicant); err != nil {
		return err
	}
	if err := a.letGo(ctx, in.Applicant); err != nil {
		return errors.New("it is tried again until the hold is released: " + err.Error()) // the error itself would be final
	}
	if err := a.forgetContacts(ctx, in.Applicant); err != nil {
		return err
	}
	for _, key := range []string{onboarding.DraftKey(in.Applicant), in.Profile} {
		if key == "" {
			continue
		}
		if err := a.cfg.Objects.Delete(ctx, key); err != nil {
			return err
		}
	}
	for key, err := range a.cfg.Objects.List(ctx, onboarding.LetterPrefix(in.Applicant)) {
		if err == nil {
			err = a.cfg.Objects.Delete(ctx, key)
		}
		if err != nil {
			return err
		}
	}
	// The key goes last: until then a retry can still read what to remove.
	return a.cfg.Vault.Destroy(ctx, in.Applicant)
}

// ended fails while the applicant's workflow is running: its history needs the key.
func ended(ctx context.Context, id onboarding.ApplicantID) error {
	d, err := activity.GetClient(ctx).DescribeWorkflowExecution(ctx, id.WorkflowID(), "")
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return nil
	}
	if err != nil {
		return err
	}
	if d.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return errors.New("the applicant's workflow is still running")
	}
	return nil
}

// SendMessage sends one letter.
func (a *Activities) SendMessage(ctx context.Context, in workflows.SendMessageIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.sendMessage(ctx, in))
}

func (a *Activities) sendMessage(ctx context.Context, in workflows.SendMessageIn) error {
	if in.Closed {
		if err := a.keepAfterword(ctx, workflows.KeepAfterwordIn{Applicant: in.Applicant, Pages: in.Pages}); err != nil {
			return err
		}
	}
	stored, err := a.begin(ctx, in.Applicant, in.Pages)
	if err != nil {
		return err
	}
	link, err := a.cfg.Link(in.Applicant)
	if err != nil {
		return err
	}
	disclosed, err := a.disclosed(ctx, in)
	if err != nil {
		return err
	}
	letter, err := a.letter(in, link, disclosed)
	if err != nil {
		return err
	}
	if err := a.keepLetter(ctx, in, letter, link); err != nil {
		return err
	}
	switch in.Purpose {
	case consent.PurposeAccount:
		return send[consent.Account](ctx, a, stored, in.Use, letter)
	case consent.PurposeMarketing:
		return a.sendOffer(ctx, stored, in, letter)
	case consent.PurposeVetting:
		return send[consent.Vetting](ctx, a, stored, in.Use, letter)
	case consent.PurposeValidation, consent.PurposeScreening, consent.PurposeQualification, consent.PurposeCertification, consent.PurposeTax, consent.PurposeTextMessages, consent.PurposeInvitation:
	}
	return &onboarding.Error{Code: onboarding.CodeGrantRefused, Message: fmt.Sprintf("No letter is sent for the purpose %q.", in.Purpose)}
}

func send[P consent.Purpose](ctx context.Context, a *Activities, in intents, u workflows.Use, letter mail.Letter) error {
	grant, err := redeem[P](ctx, in, u)
	if err != nil {
		return err
	}
	return mail.Send(ctx, a.cfg.Mail, grant, letter)
}

// IssueCredential signs the badge and stores it. A retry finds the one that
// was stored and issues no second.
func (a *Activities) IssueCredential(ctx context.Context, in workflows.IssueCredentialIn) (workflows.IssueCredentialOut, error) {
	out, err := a.issueCredential(ctx, in)
	return out, edge(err)
}

func (a *Activities) issueCredential(ctx context.Context, in workflows.IssueCredentialIn) (workflows.IssueCredentialOut, error) {
	stored, err := a.begin(ctx, in.Applicant, in.Pages)
	if err != nil {
		return workflows.IssueCredentialOut{}, err
	}
	grant, err := redeem[consent.Certification](ctx, stored, in.Use)
	if err != nil {
		return workflows.IssueCredentialOut{}, err
	}
	person, err := grant.Open(ctx, consent.RecipientHolder)
	if err != nil {
		return workflows.IssueCredentialOut{}, err
	}
	object, digest, err := a.cfg.Issued.Put(ctx, in.Applicant, credential.Badge{
		ID: in.Credential, Program: in.Program, ProgramID: in.ProgramID, Achievement: in.Offers.Name, Description: in.Offers.Description,
		Holder: fullName(person), From: in.From, Until: in.Until,
	})
	return workflows.IssueCredentialOut{Object: object, Digest: digest}, err
}

// fullName is the name as given; one of one word stands in both fields and is
// said once.
func fullName(p onboarding.Profile) string {
	given, middle, family := p[onboarding.FieldGivenName], p[onboarding.FieldMiddleName], p[onboarding.FieldFamilyName]
	if given == family && middle == "" {
		return given
	}
	return strings.Join(strings.Fields(given+" "+middle+" "+family), " ")
}

// RevokeCredential marks a credential as revoked.
func (a *Activities) RevokeCredential(ctx context.Context, in workflows.RevokeCredentialIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.revokeCredential(ctx, in))
}

func (a *Activities) revokeCredential(ctx context.Context, in workflows.RevokeCredentialIn) error {
	if _, err := a.begin(ctx, in.Applicant, in.Pages); err != nil {
		return err
	}
	return a.cfg.Issued.Revoke(ctx, in.Credential, in.At)
}

// ShowName puts the holder's name on a credential's public page.
func (a *Activities) ShowName(ctx context.Context, in workflows.ShowNameIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.showName(ctx, in))
}

func (a *Activities) showName(ctx context.Context, in workflows.ShowNameIn) error {
	stored, err := a.begin(ctx, in.Applicant, in.Pages)
	if err != nil {
		return err
	}
	grant, err := redeem[consent.Certification](ctx, stored, in.Use)
	if err != nil {
		return err
	}
	person, err := grant.Open(ctx, consent.RecipientPublic)
	if err != nil {
		return err
	}
	return a.cfg.Issued.ShowName(ctx, in.Applicant, in.Credential, fullName(person))
}

// HideName takes it off the pages of these credentials.
func (a *Activities) HideName(ctx context.Context, in workflows.HideNameIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.hideName(ctx, in))
}

func (a *Activities) hideName(ctx context.Context, in workflows.HideNameIn) error {
	for _, id := range in.Credentials { // first: nothing may hold it up
		if err := a.cfg.Issued.HideName(ctx, id); err != nil {
			return err
		}
	}
	_, err := a.begin(ctx, in.Applicant, in.Pages)
	return err
}

// quickCheck bounds one check of a batch that is tried in place, so that a slow
// vendor leaves the others' answers standing.
const quickCheck = 3 * time.Second
