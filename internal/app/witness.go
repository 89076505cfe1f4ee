package app

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web/portal"
	"github.com/vouchsafe/vouchsafe/internal/witness"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// witnesses makes what signs checkpoints over all ledgers.
func (a *App) witnesses() error {
	w, err := witness.New(witness.Config{Evidence: a.evidence, State: a.objects, Sealer: a.vault, Origin: witness.Origin(a.cfg.PublicURL), Log: a.log})
	if err != nil {
		return err
	}
	a.witness = w
	return nil
}

// goes publishes what this worker goes by, before it does anything.
func (a *App) goes(ctx context.Context) error {
	if err := a.witness.Goes(ctx, a.register()); err != nil {
		return fmt.Errorf("publish who may get what: %w", err)
	}
	return a.witness.Look(ctx)
}

// register is who may get what for which purpose, and with whom there are agreements.
func (a *App) register() witness.Register {
	out := witness.Register{Purposes: map[string]map[string][]string{}, Vendors: workflows.ThirdParties(), Agreements: map[string]map[string]string{}, Ends: map[string]map[string]string{}}
	for _, s := range append(consent.Specs(), consent.InvitationSpec()) {
		out.Purposes[string(s.ID)] = map[string][]string{}
		for recipient, fields := range s.Recipients {
			names := []string{}
			for _, f := range fields {
				if s.Allows(recipient, []onboarding.Field{f}) {
					names = append(names, string(f))
				}
			}
			out.Purposes[string(s.ID)][recipient] = names
		}
	}
	for _, p := range a.programs.All() {
		out.Agreements[p.ID+" "+p.Version] = agreements(p, func(v program.Vendor) string { return v.AgreementDate })
		if ends := agreements(p, func(v program.Vendor) string { return v.AgreementEnd }); len(ends) > 0 {
			out.Ends[p.ID+" "+p.Version] = ends
		}
	}
	slices.Sort(out.Vendors)
	return out
}

// agreements are the days of a program's agreements with its vendors that day gives,
// where there is one. The one with Twilio is for both of the things that are asked of it.
func agreements(p program.Program, day func(program.Vendor) string) map[string]string {
	out := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(p.Vendors)) {
		d := day(p.Vendors[name])
		if d == "" {
			continue
		}
		out[name] = d
		if name == consent.RecipientTwilio {
			out[consent.RecipientTwilioSMS] = d
		}
	}
	return out
}

// proofs gives the faces proofs as JSON.
type proofs struct{ w *witness.Witness }

// Proof proves a record.
func (p proofs) Proof(ctx context.Context, id onboarding.ApplicantID, seq uint64) (json.RawMessage, error) {
	proof, err := p.w.Prove(ctx, id, seq)
	if err != nil {
		return nil, err
	}
	return json.Marshal(proof)
}

// Consent proves the record with which a consent was given, or a disclosure shown.
func (p proofs) Consent(ctx context.Context, id onboarding.ApplicantID, receipt string) (portal.LedgerProof, error) {
	return p.find(ctx, id, func(r ledger.Record) bool {
		return r.Receipt == receipt && (r.Kind == ledger.KindConsentGiven || r.Kind == ledger.KindNoticeShown)
	})
}

// Certificate proves the record of a certificate's issue.
func (p proofs) Certificate(ctx context.Context, id onboarding.ApplicantID, credential string) (portal.LedgerProof, error) {
	return p.find(ctx, id, func(r ledger.Record) bool {
		return r.Kind == ledger.KindCredential && r.Outcome == workflows.CredentialIssued && r.Object == onboarding.CredentialKey(credential)
	})
}

func (p proofs) find(ctx context.Context, id onboarding.ApplicantID, match func(ledger.Record) bool) (portal.LedgerProof, error) {
	proof, err := p.w.Find(ctx, id, match)
	if err != nil {
		return portal.LedgerProof{}, err
	}
	at, err := proof.Stands()
	if err != nil {
		return portal.LedgerProof{}, err
	}
	body, err := json.MarshalIndent(proof, "", "  ")
	return portal.LedgerProof{JSON: body, Checkpoint: at.Number, At: at.At}, err
}

// file is a certificate's proof as the PDF has it: none while there is none.
func (p proofs) file(ctx context.Context, id onboarding.ApplicantID, credential string) ([]byte, error) {
	proof, err := p.Certificate(ctx, id, credential)
	if code := onboarding.CodeOf(err); code == onboarding.CodeNotNow || code == onboarding.CodeUnknownApplicant {
		return nil, nil
	}
	return proof.JSON, err
}

// scheduleCheckpoints has a checkpoint made once in every span of time; 0: never.
func scheduleCheckpoints(ctx context.Context, in schedules, every time.Duration) error {
	return keepSchedule(ctx, in, schedule{id: workflows.CheckpointScheduleID, off: every == 0, variable: "VOUCHSAFE_CHECKPOINT_EVERY",
		note:    "Signs where all ledgers end (VOUCHSAFE_CHECKPOINT_EVERY)",
		spec:    client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: every}}},
		catchUp: time.Minute, // the next one makes up for those that were missed
		action: &client.ScheduleWorkflowAction{ID: workflows.CheckpointID, Workflow: workflows.CheckpointName, TaskQueue: workflows.TaskQueue,
			StaticSummary: "Sign where all ledgers end", Args: []any{workflows.CheckpointIn{Actor: "system"}}}})
}

// LedgerKeys lists the keys that checkpoints are signed with, oldest first.
func (a *App) LedgerKeys(ctx context.Context) ([]witness.Key, error) { return a.witness.Keys(ctx) }

// RotateLedgerKey makes a new one.
func (a *App) RotateLedgerKey(ctx context.Context, reason string, now bool) (witness.Key, error) {
	return a.witness.Rotate(ctx, witness.Rotation{By: "operator", Reason: reason, Now: now})
}
