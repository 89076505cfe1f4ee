package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// The updates by which an applicant's data are held and let go.
const (
	UpdateSetHold     = "SetHold"
	UpdateReleaseHold = "ReleaseHold"
)

// The activities that do it: each stores the ledger's pages first.
const (
	ActivitySetHold     = "SetHold"
	ActivityReleaseHold = "ReleaseHold"
)

// HoldState is what a case must remember of the holds on it.
type HoldState struct {
	Holds []HoldLine `json:"holds,omitempty"` // those that stand
}

// HoldLine is a hold as a case shows it.
type HoldLine struct {
	ID    string              `json:"id"`
	Kind  onboarding.HoldKind `json:"kind"`
	Since time.Time           `json:"since"`
}

// SetHold has nothing of the applicant destroyed until it is released.
type SetHold struct {
	ID     string              `json:"id"`
	Kind   onboarding.HoldKind `json:"kind"`
	Reason []byte              `json:"reason"` // sealed
	Actor  Actor               `json:"actor"`
	// Program is the applicant's, for the list of holds; an open case knows it itself.
	Program string `json:"program"`
}

// ReleaseHold ends a hold.
type ReleaseHold struct {
	ID     string `json:"id"`
	Reason []byte `json:"reason"` // sealed
	Actor  Actor  `json:"actor"`
}

// SetHoldIn is what ActivitySetHold needs.
type SetHoldIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Program   string                 `json:"program"`
	Hold      HoldLine               `json:"hold"`
	Reason    []byte                 `json:"reason"` // sealed
	Actor     Actor                  `json:"actor"`
	Closed    bool                   `json:"closed"` // the case has ended: its last view learns of the ledger's new end
}

// ReleaseHoldIn is what ActivityReleaseHold needs.
type ReleaseHoldIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	ID        string                 `json:"id"`
	At        time.Time              `json:"at"`
	Reason    []byte                 `json:"reason"` // sealed
	Actor     Actor                  `json:"actor"`
	Closed    bool                   `json:"closed"` // likewise
}

func (in SetHoldIn) carry(p Pages) any     { in.Pages = p; return in }
func (in ReleaseHoldIn) carry(p Pages) any { in.Pages = p; return in }

func goodHold(in SetHold) error {
	if !slices.Contains(onboarding.HoldKinds(), in.Kind) {
		return onboarding.Invalid("kind", "There is no such kind of hold.", "Choose one of those that are listed.")
	}
	if len(in.Reason) == 0 {
		return onboarding.Invalid("reason", "A hold needs a reason.", "Write which matter it is for.")
	}
	return onboarding.CheckHoldID(in.ID)
}

func (c *file) maySetHold(in SetHold) error {
	if err := c.closing(); err != nil {
		return err
	}
	return goodHold(in)
}

func (c *file) mayReleaseHold(in ReleaseHold) error {
	if err := c.closing(); err != nil {
		return err
	}
	if !c.heldBy(in.ID) {
		return onboarding.Invalid("hold", "There is no such hold on that applicant.", "Look at the list of holds: perhaps somebody has just released it.")
	}
	return nil
}

func (c *file) heldBy(hold string) bool {
	return slices.ContainsFunc(c.Holds, func(h HoldLine) bool { return h.ID == hold })
}

func (c *file) setHold(ctx workflow.Context, in SetHold) (Ack, error) {
	in.Program = c.in.Program.ID
	err := c.setOnHold(ctx, in)
	return c.ack(), err
}

func (c *file) releaseHold(ctx workflow.Context, in ReleaseHold) (Ack, error) {
	err := c.unhold(ctx, in)
	return c.ack(), err
}

// setOnHold records a hold and has it set. The record names the reason by the hash of its
// sealed words alone: it is read where the holds are, by those who may.
func (c *file) setOnHold(ctx workflow.Context, in SetHold) error {
	if c.heldBy(in.ID) { // the same, sent again
		return nil
	}
	line := HoldLine{ID: in.ID, Kind: in.Kind, Since: workflow.Now(ctx)}
	c.Holds = append(c.Holds, line)
	c.record(ctx, ledger.Record{Kind: ledger.KindHeld, Actor: string(in.Actor), Outcome: string(in.Kind), Object: onboarding.HoldKey(c.in.Applicant, in.ID), Detail: reasonHash(in.Reason)})
	_, err := step[Nothing](ctx, c, ActivitySetHold, "Keep everything of this applicant: a hold is set", func() carrier {
		return SetHoldIn{Applicant: c.in.Applicant, Program: in.Program, Hold: line, Reason: in.Reason, Actor: in.Actor, Closed: c.Stage.Closed()}
	})
	return err
}

// unhold records that a hold ends, and ends it.
func (c *file) unhold(ctx workflow.Context, in ReleaseHold) error {
	now := workflow.Now(ctx)
	c.Holds = slices.DeleteFunc(c.Holds, func(h HoldLine) bool { return h.ID == in.ID })
	r := ledger.Record{Kind: ledger.KindReleased, Actor: string(in.Actor), Object: onboarding.HoldKey(c.in.Applicant, in.ID), Detail: reasonHash(in.Reason)}
	if onboarding.RestrictionHold(in.ID) {
		r.Outcome = string(onboarding.HoldRestriction)
	}
	c.record(ctx, r)
	_, err := step[Nothing](ctx, c, ActivityReleaseHold, "A hold on this applicant ends", func() carrier {
		return ReleaseHoldIn{Applicant: c.in.Applicant, ID: in.ID, At: now, Reason: in.Reason, Actor: in.Actor, Closed: c.Stage.Closed()}
	})
	return err
}

func reasonHash(sealed []byte) string {
	if len(sealed) == 0 {
		return ""
	}
	sum := sha256.Sum256(sealed)
	return "reason sha256 " + hex.EncodeToString(sum[:])
}

// holdDispute keeps everything while the applicant disputes: what they contest must not
// go before it is settled.
func (c *file) holdDispute(ctx workflow.Context, record uint64) error {
	if !since(ctx, changeHolds) {
		return nil
	}
	return c.setOnHold(ctx, SetHold{ID: onboarding.DisputeHoldID(strconv.FormatUint(record, 10)), Kind: onboarding.HoldDispute, Actor: ActorApplicant, Program: c.in.Program.ID})
}

// releaseDispute ends the holds of disputes that are settled.
func (c *file) releaseDispute(ctx workflow.Context) error {
	for _, h := range slices.Clone(c.Holds) {
		if !onboarding.DisputeHold(h.ID) {
			continue
		}
		if err := c.unhold(ctx, ReleaseHold{ID: h.ID, Actor: ActorSystem}); err != nil {
			return err
		}
	}
	return nil
}
