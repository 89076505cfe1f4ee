package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// RunChecks runs checks side by side and seals what came back in one object.
func (a *Activities) RunChecks(ctx context.Context, in workflows.RunChecksIn) (workflows.RunChecksOut, error) {
	out, err := a.runChecks(ctx, in)
	return out, edge(err)
}

// result is what is sealed of one check.
type result = onboarding.Result

func (a *Activities) runChecks(ctx context.Context, in workflows.RunChecksIn) (workflows.RunChecksOut, error) {
	stored, err := a.begin(ctx, in.Applicant, in.Pages)
	if err != nil {
		return workflows.RunChecksOut{}, err
	}
	results, errs := make([]result, len(in.Checks)), make([]error, len(in.Checks))
	var wait sync.WaitGroup
	for i, check := range in.Checks {
		wait.Go(func() {
			ctx := ctx
			if in.Collect {
				quick, cancel := context.WithTimeout(ctx, quickCheck)
				defer cancel()
				ctx = quick
			}
			errs[i] = a.sending(ctx, check.Use, check.Vendor, check.Vendor, func(ctx context.Context) (err error) {
				results[i], err = a.runCheck(ctx, stored, in.Applicant, check)
				return err
			})
		})
	}
	wait.Wait()
	if !in.Collect && len(errs) == 1 && errs[0] != nil {
		return workflows.RunChecksOut{}, errs[0]
	}
	return a.seal(ctx, in, results, errs)
}

// seal stores what the checks brought and turns it into the activity's answer.
func (a *Activities) seal(ctx context.Context, in workflows.RunChecksIn, results []result, errs []error) (workflows.RunChecksOut, error) {
	byCheck := map[onboarding.CheckName]result{}
	for i, check := range in.Checks {
		if errs[i] == nil {
			byCheck[check.Check] = results[i]
		}
	}
	name := "all"
	if !in.Collect {
		name = string(in.Checks[0].Check)
	}
	object, digest := onboarding.ResultKey(in.Applicant, in.Checks[0].Use.Intent, name), ""
	if len(byCheck) > 0 {
		var err error
		digest, byCheck, err = a.keepResults(ctx, in.Applicant, object, byCheck)
		if err != nil {
			return workflows.RunChecksOut{}, err
		}
	}
	var out workflows.RunChecksOut
	for i, check := range in.Checks {
		answer := workflows.CheckAnswer{Check: check.Check}
		if r, ok := byCheck[check.Check]; ok {
			answer.Findings, answer.Order, answer.Waiting, answer.WaitsFor, answer.Spared = r.Findings, r.Order, r.Waiting, r.WaitsFor, r.Spared
			answer.Object, answer.Digest = object, digest
		} else if errs[i] != nil {
			answer.Problem = problem(errs[i])
		} else { // an earlier try's answers stand, and this check was not among them
			answer.Problem = problem(errEarlier)
		}
		out.Answers = append(out.Answers, answer)
	}
	return out, nil
}

// keepResults seals results under key, once. When an earlier try of the same
// intents has stored its own already, those stand.
func (a *Activities) keepResults(ctx context.Context, id onboarding.ApplicantID, key string, results map[onboarding.CheckName]result) (string, map[onboarding.CheckName]result, error) {
	plain, err := encode(results)
	if err != nil {
		return "", nil, err
	}
	sealed, err := a.cfg.Vault.Seal(ctx, id, key, plain)
	if err != nil {
		return "", nil, err
	}
	err = a.cfg.Evidence.PutOnce(ctx, key, sealed)
	if errors.Is(err, evidence.ErrConflict) {
		if sealed, err = a.cfg.Evidence.Get(ctx, key); err != nil {
			return "", nil, err
		}
		results, err = a.openResults(ctx, id, key, sealed)
	}
	if err != nil {
		return "", nil, err
	}
	sum := sha256.Sum256(sealed)
	return hex.EncodeToString(sum[:]), results, nil
}

var errEarlier = errors.New("activities: an earlier try of this batch had no answer for this check")

func (a *Activities) openResults(ctx context.Context, id onboarding.ApplicantID, key string, sealed []byte) (map[onboarding.CheckName]result, error) {
	plain, err := a.cfg.Vault.Open(ctx, id, key, sealed)
	if err != nil {
		return nil, err
	}
	var out map[onboarding.CheckName]result
	if err := json.Unmarshal(plain, &out); err != nil {
		return nil, fmt.Errorf("activities: the result %s is not readable", key)
	}
	return out, nil
}

func (a *Activities) runCheck(ctx context.Context, stored intents, id onboarding.ApplicantID, check workflows.CheckUse) (result, error) {
	switch check.Check {
	case onboarding.CheckEmail:
		return a.email(ctx, stored, check)
	case onboarding.CheckPhone:
		return a.phone(ctx, stored, check)
	case onboarding.CheckAddress:
		return a.address(ctx, stored, check)
	case onboarding.CheckIPRisk:
		return a.ipRisk(ctx, stored, check)
	case onboarding.CheckNationalID:
		return a.nationalID(ctx, stored, check)
	case onboarding.CheckIdentity:
		return a.identity(ctx, stored, check)
	case onboarding.CheckDuplicate:
		return a.duplicate(ctx, stored, id, check)
	case onboarding.CheckSanctions:
		return a.sanctions(ctx, stored, check)
	case onboarding.CheckExclusions:
		return a.exclusions(ctx, stored, check)
	case onboarding.CheckDebarment:
		return a.debarment(ctx, stored, check)
	case onboarding.CheckBackground:
		return a.order(ctx, stored, id, check)
	}
	return result{}, &onboarding.Error{Code: onboarding.CodeInvalid, Message: fmt.Sprintf("There is no check %q.", check.Check)}
}

func answered(a vendors.Answer, err error) (result, error) {
	return result{Findings: a.Findings, Order: a.Order, Waiting: a.Pending, Raw: a.Raw}, err
}

func seen(code string, verdict onboarding.Verdict) result {
	return result{Spared: true, Findings: []onboarding.Finding{{Code: code, Verdict: verdict, Source: onboarding.SourceOwn}}}
}

// look opens one field for our own eyes.
func (a *Activities) look(ctx context.Context, stored intents, u *workflows.Use, f onboarding.Field) (string, error) {
	if u == nil {
		return "", &onboarding.Error{Code: onboarding.CodeGrantRefused, Message: "No intent was recorded for our own look."}
	}
	grant, err := redeem[consent.Validation](ctx, stored, *u)
	if err != nil {
		return "", err
	}
	p, err := grant.Open(ctx, consent.RecipientOwn)
	return p[f], err
}

// email looks at form, disposable domain and MX record first; only what passes
// goes to Kickbox.
func (a *Activities) email(ctx context.Context, stored intents, check workflows.CheckUse) (result, error) {
	address, err := a.look(ctx, stored, check.Own, onboarding.FieldEmail)
	if err != nil {
		return result{}, err
	}
	address, err = validate.Email(address)
	if err != nil {
		return seen("email_form", onboarding.VerdictConsider), nil //nolint:nilerr // the fault is the finding
	}
	if validate.Disposable(address) {
		return seen("email_disposable", onboarding.VerdictConsider), nil
	}
	receives, err := validate.ReceivesMail(ctx, a.cfg.Resolver, address)
	if err != nil {
		return result{}, vendorless("The mail exchanger of this address's domain could not be looked up.", err)
	}
	if !receives {
		return seen("email_no_mx", onboarding.VerdictConsider), nil
	}
	grant, err := redeem[consent.Validation](ctx, stored, check.Use)
	if err != nil {
		return result{}, err
	}
	return answered(a.cfg.Kickbox.Verify(ctx, grant))
}

// phone looks at the number's form first; only what passes goes to Twilio.
func (a *Activities) phone(ctx context.Context, stored intents, check workflows.CheckUse) (result, error) {
	phone, err := a.look(ctx, stored, check.Own, onboarding.FieldPhone)
	if err != nil {
		return result{}, err
	}
	if _, err := validate.Phone(phone); err != nil {
		return seen("phone_form", onboarding.VerdictConsider), nil //nolint:nilerr // the fault is the finding
	}
	grant, err := redeem[consent.Validation](ctx, stored, check.Use)
	if err != nil {
		return result{}, err
	}
	return answered(a.cfg.Twilio.Lookup(ctx, grant))
}

// nationalID looks at the number's form; nothing leaves the house.
func (a *Activities) nationalID(ctx context.Context, stored intents, check workflows.CheckUse) (result, error) {
	number, err := a.look(ctx, stored, &check.Use, onboarding.FieldNationalID)
	if err != nil {
		return result{}, err
	}
	finding := onboarding.Finding{Code: "national_id_form_valid", Verdict: onboarding.VerdictClear, Source: onboarding.SourceOwn}
	if _, err := validate.NationalID(number, a.cfg.AllowReserved); err != nil {
		finding = onboarding.Finding{Code: "national_id_form_invalid", Verdict: onboarding.VerdictConsider, Source: onboarding.SourceOwn}
	}
	return result{Findings: []onboarding.Finding{finding}}, nil
}

// sanctions searches the lists of sanctioned persons: our own copy, or by the
// service that the program names. A service is asked only when it is configured.
func (a *Activities) sanctions(ctx context.Context, stored intents, check workflows.CheckUse) (result, error) {
	var screen func(context.Context, consent.Grant[consent.Screening], float64) (vendors.Answer, error)
	switch {
	case check.Vendor == consent.RecipientWatchman && a.cfg.Watchman != nil:
		screen = a.cfg.Watchman.Screen
	case check.Vendor == consent.RecipientYente && a.cfg.Yente != nil:
		screen = a.cfg.Yente.Screen
	case check.Vendor == consent.RecipientWatchman || check.Vendor == consent.RecipientYente:
		return result{}, &onboarding.Error{Code: onboarding.CodeVendorRefused, Message: fmt.Sprintf("The vendor %q is not configured here.", check.Vendor),
			Hint: "Set its address and start again."}
	default:
		list, err := a.cfg.Lists.Current(ctx, onboarding.ListOFAC)
		if err != nil {
			return result{}, err
		}
		screen = list.Screen
	}
	grant, err := redeem[consent.Screening](ctx, stored, check.Use)
	if err != nil {
		return result{}, err
	}
	return answered(screen(ctx, grant, check.Threshold))
}

// address asks Smarty whether mail reaches the home address.
func (a *Activities) address(ctx context.Context, stored intents, check workflows.CheckUse) (result, error) {
	if a.cfg.Smarty == nil {
		return result{}, notConfigured(check.Vendor)
	}
	grant, err := redeem[consent.Validation](ctx, stored, check.Use)
	if err != nil {
		return result{}, err
	}
	return answered(a.cfg.Smarty.Check(ctx, grant))
}

// ipRisk asks MaxMind about the connection that the application came by.
func (a *Activities) ipRisk(ctx context.Context, stored intents, check workflows.CheckUse) (result, error) {
	if a.cfg.MinFraud == nil {
		return result{}, notConfigured(check.Vendor)
	}
	grant, err := redeem[consent.Validation](ctx, stored, check.Use)
	if err != nil {
		return result{}, err
	}
	return answered(a.cfg.MinFraud.Score(ctx, grant, check.Threshold))
}

// notConfigured is for a vendor that a program names and this deployment does not
// reach. The start refuses such a program; what is left is a case that began under
// an older one.
func notConfigured(vendor string) error {
	return &onboarding.Error{Code: onboarding.CodeVendorRefused, Message: fmt.Sprintf("The vendor %q is not configured here.", vendor),
		Hint: "Set its address and start again."}
}

// vendorless is a passing failure of something that is no vendor of ours.
func vendorless(message string, cause error) error {
	return &onboarding.Error{Code: onboarding.CodeVendorDown, Message: message, Hint: "It is tried again.", Cause: cause}
}
