package applicants

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"golang.org/x/time/rate"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Vendor is how a vendor stands that programs use.
type Vendor struct {
	Name string
	// Out is since when it does not answer; zero while it answers.
	Out     time.Time
	Workers int // that see it
	// Paused is since when nothing new is sent to it; zero while it is asked.
	Paused time.Time
	Reason string // of the pause; empty also while no worker runs that could tell it
	By     workflows.Actor
	Held   int // applicants whose checks wait because it is paused
	Failed int // checks that failed there
}

// Vendors tells how the vendors stand that programs use, or that are out or paused, by
// name. Who is bound to programs sees the numbers of those alone.
func (s *Service) Vendors(ctx context.Context) ([]Vendor, error) {
	outages, err := s.outages(ctx, askVendor)
	if err != nil {
		return nil, err
	}
	failed := make([]FailedCount, 0, len(workflows.ThirdParties()))
	var out []Vendor
	for _, name := range workflows.ThirdParties() {
		i := slices.IndexFunc(outages, func(o workflows.VendorOutage) bool { return o.Vendor == name })
		if i < 0 && !s.uses(name) {
			continue
		}
		v := Vendor{Name: name}
		if i >= 0 {
			o := outages[i]
			v.Out, v.Workers, v.Paused, v.By = o.Since, o.Workers, o.Pause.Since, o.Pause.Actor
			if v.Reason, err = s.pauseReason(name, o.Pause.Reason); err != nil {
				return nil, err
			}
		}
		out, failed = append(out, v), append(failed, FailedCount{FailedAt: FailedAt{Vendor: name}})
	}
	if err := s.countEach(ctx, "", failed); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Failed = failed[i].Count
		if out[i].Paused.IsZero() {
			continue
		}
		if f, ok := (Filter{}).scoped(ctx); ok {
			query, err := f.query()
			if err == nil {
				out[i].Held, err = s.count(ctx, query+" AND Held = '"+out[i].Name+"'")
			}
			if err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(out, func(a, b Vendor) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// uses reports whether a program has the vendor do anything.
func (s *Service) uses(vendor string) bool {
	for _, k := range s.doers() {
		if k.Vendor == vendor {
			return true
		}
	}
	for _, p := range s.Programs.All() {
		if p.Messages.SMS != "" && vendor == "twilio-sms" {
			return true
		}
	}
	return false
}

// pauseSeal names what the house's key seals the reason of a pause under.
func pauseSeal(vendor string) string { return "vendor/" + vendor + "/pause" }

func (s *Service) pauseReason(vendor string, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	plain, err := s.Vault.SystemOpen(pauseSeal(vendor), sealed)
	return string(plain), err
}

func knownVendor(vendor string) error {
	if !slices.Contains(workflows.ThirdParties(), vendor) {
		return onboarding.Invalid("vendor", "There is no such vendor that could be paused.", "Use one of those that the page of the vendors lists.")
	}
	return nil
}

// PauseVendor pauses a vendor: nothing new is sent to it by any worker, and what needs
// it waits, for as long as nobody resumes it. Workers learn of it within two seconds.
// Paused twice it is one pause, by the first one's reason. Errors: CodeInvalid for an
// unknown vendor and for no reason.
func (s *Service) PauseVendor(ctx context.Context, vendor, reason string, by workflows.Actor) error {
	if err := knownVendor(vendor); err != nil {
		return err
	}
	defer s.out.forget(allOutages)
	words := strings.TrimSpace(reason)
	if err := checkWords("reason", words); err != nil {
		return err
	}
	sealed, err := s.Vault.SystemSeal(pauseSeal(vendor), []byte(words))
	if err != nil {
		return err
	}
	start := s.Temporal.NewWithStartWorkflowOperation(client.StartWorkflowOptions{ID: workflows.VendorWatchID(vendor), TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary: workflows.VendorTitle(vendor) + " does not answer, or is paused",
	}, workflows.VendorWatchName, workflows.VendorWatchInput{Vendor: vendor, Asked: true})
	handle, err := s.Temporal.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{WorkflowID: workflows.VendorWatchID(vendor), UpdateName: workflows.UpdatePauseVendor,
			Args: []any{workflows.PauseVendor{Reason: sealed, Actor: by}}, WaitForStage: client.WorkflowUpdateStageCompleted}})
	if err == nil {
		err = handle.Get(ctx, nil)
	}
	return failure(err)
}

// ResumeVendor lets a vendor be asked again; everybody who waits goes on. One that is
// not paused stays as it is.
func (s *Service) ResumeVendor(ctx context.Context, vendor string, by workflows.Actor) error {
	defer s.out.forget(allOutages)
	if err := knownVendor(vendor); err != nil {
		return err
	}
	err := s.updateAt(ctx, workflows.VendorWatchID(vendor), workflows.UpdateResumeVendor, nil, workflows.ResumeVendor{Actor: by})
	return otherwise(err, func(error) error { return nil })
}

// How those who wait are told that a vendor is resumed: at a rate that the engine
// bears, and until nobody has been found for a while, since a worker may have learned
// of it last and the list lags behind.
const (
	wakeRate   = 100 // a second
	wakeAtOnce = 8
	wakeAgain  = 15 * time.Second
	wakeQuiet  = 3 // looks without anybody
	wakeLook   = 2 * time.Second
)

// WakeHeld tells every applicant's workflow that waits for the vendor that it is asked
// again. beat is told now and then. Done again it begins anew, which does no harm.
func (s *Service) WakeHeld(ctx context.Context, vendor string, beat func()) error {
	if err := knownVendor(vendor); err != nil {
		return err
	}
	query := "WorkflowType = '" + workflows.OnboardName + "' AND ExecutionStatus = 'Running' AND Held = '" + vendor + "'"
	told := map[string]time.Time{}
	pace := rate.NewLimiter(wakeRate, 1)
	for quiet := 0; quiet < wakeQuiet; {
		found := false
		for page, err := range s.workflowIDs(ctx, query, maxLimit) {
			if err != nil {
				return err
			}
			var ids []string
			for _, id := range page {
				found = true
				if s.Now().Sub(told[id]) >= wakeAgain {
					told[id] = s.Now()
					ids = append(ids, id)
				}
			}
			if err := s.wake(ctx, vendor, ids, pace, beat); err != nil {
				return err
			}
		}
		quiet++
		if found {
			quiet = 0
		}
		beat()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wakeLook):
		}
	}
	return nil
}

func (s *Service) wake(ctx context.Context, vendor string, ids []string, pace *rate.Limiter, beat func()) error {
	return Paced(ctx, len(ids), wakeAtOnce, pace, beat, func(ctx context.Context, i int) error {
		err := s.Temporal.SignalWorkflow(ctx, ids[i], "", workflows.SignalVendorResumed, workflows.VendorResumed{Vendor: vendor})
		var gone *serviceerror.NotFound
		if errors.As(err, &gone) {
			return nil
		}
		return err
	})
}

// UseVendor moves a failed check, or one that waits for a paused vendor, to another
// vendor that the program's file of today allows. round is the round that is meant
// (0: whichever it is). Errors: CodeInvalid with the field "vendor" for one that the
// file does not allow or that cannot do it, CodeConsentNotLive when the notice that
// the applicant agreed to does not name it, CodeNotNow when the check does not wait.
func (s *Service) UseVendor(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, round int, vendor, reason string, by workflows.Actor) error {
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return err
	}
	in := workflows.UseVendor{Check: check, Round: round, Vendor: vendor, Actor: by}
	if in.Allowed, err = s.allowed(v.Program, check, vendor); err != nil {
		return err
	}
	if in.Reason, err = s.reason(ctx, id, reason); err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateUseVendor, "", in, &workflows.Ack{})
}

// allowed gives by which leave of a program's file a vendor does a check.
func (s *Service) allowed(program string, check onboarding.CheckName, vendor string) (workflows.Elsewhere, error) {
	for _, p := range s.Programs.All() {
		if p.ID != program {
			continue
		}
		if spec, ok := p.Spec(check); ok && spec.Allows(vendor) {
			return workflows.Elsewhere{Version: p.Version, Agreement: p.Vendors[vendor], Package: p.Vetting.PackageAt(vendor)}, nil
		}
		return workflows.Elsewhere{}, onboarding.Invalid("vendor", "The program "+p.ID+" does not let "+workflows.VendorTitle(vendor)+" do this check.",
			"Choose one of those that its file names under alternatives, or add it there, with its agreement.")
	}
	return workflows.Elsewhere{}, onboarding.Invalid("vendor", "There is no program "+program+" any more, so nobody says which other vendor may do this check.", "Retry the check where it was, or waive it.")
}

// agreementsToday are those of a program's file of today, for the checks of a case that
// began under another one; nil when it is not known which program, or there is none.
func (s *Service) agreementsToday(id string) *workflows.AgreementsToday {
	for _, p := range s.Programs.All() {
		if p.ID == id {
			return &workflows.AgreementsToday{Version: p.Version, Vendors: p.Vendors}
		}
	}
	return nil
}

// OtherVendors lists the vendors, by name, to which programs let the checks that a
// filter means be moved: of one program when the filter names one.
func OtherVendors(programs []program.Program, f Filter) []string {
	var out []string
	for _, p := range programs {
		if f.Program != "" && f.Program != p.ID || len(f.Programs) > 0 && !slices.Contains(f.Programs, p.ID) {
			continue
		}
		for _, c := range p.Checks {
			if f.Check != "" && f.Check != c.Name || f.Vendor != "" && !c.Allows(f.Vendor) {
				continue
			}
			if len(c.Alternatives) == 0 {
				continue
			}
			for _, vendor := range append([]string{c.Vendor}, c.Alternatives...) {
				if vendor != f.Vendor && !slices.Contains(out, vendor) {
					out = append(out, vendor)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}
