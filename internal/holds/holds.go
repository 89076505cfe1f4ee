// Package holds keeps which applicants' data must not go for now, why, and by whom:
// each a small sealed value in the vault bucket, one for each applicant and hold. Who
// destroys anything (erasure, the purge, a forgotten draft) asks Of first.
package holds

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
)

// Hold is one. It stands until it is released, and is kept after that.
type Hold struct {
	ID        string                 `json:"id"`
	Applicant onboarding.ApplicantID `json:"applicant"`
	Program   string                 `json:"program"`
	Kind      onboarding.HoldKind    `json:"kind"`
	Owner     string                 `json:"owner"`            // who set it, as the ledger names them
	Reason    []byte                 `json:"reason,omitempty"` // sealed under the applicant's key; none: the process set it
	Since     time.Time              `json:"since"`
	Released  time.Time              `json:"released,omitzero"`
	By        string                 `json:"by,omitempty"`  // who released it
	Why       []byte                 `json:"why,omitempty"` // of the release, sealed as Reason is
	// Objects is how many objects S3 itself keeps for it, by Object Lock's legal hold.
	Objects Objects `json:"objects,omitzero"`
}

// Objects counts the objects on which S3 has a legal hold.
type Objects struct {
	Vault    int `json:"vault"`
	Evidence int `json:"evidence"`
	// Unlocked says that the vault bucket has no Object Lock: what lies there is kept by
	// our own look at the holds alone.
	Unlocked bool `json:"unlocked"`
}

// Stands reports whether it has not been released.
func (h Hold) Stands() bool { return h.Released.IsZero() }

// Book has all holds. Make it with New.
type Book struct {
	bucket shelf.Bucket
	shelf  shelf.Shelf[Hold]
}

// New makes a Book in the vault bucket.
func New(bucket shelf.Bucket, sealer shelf.Sealer) *Book {
	return &Book{bucket: bucket, shelf: shelf.Shelf[Hold]{Objects: bucket, Sealer: sealer, In: "holds", What: "a hold"}}
}

// Set keeps a hold; one that is there already stays as it is, also a released one.
func (b *Book) Set(ctx context.Context, h Hold) error {
	if !h.Kind.Known() || h.ID == "" || h.Owner == "" || h.Since.IsZero() {
		return errors.New("holds: a hold needs an ID, a kind, an owner and a time")
	}
	_, err := b.shelf.Change(ctx, onboarding.HoldKey(h.Applicant, h.ID), func(was Hold) (Hold, error) {
		if was.ID != "" {
			return was, nil
		}
		return h, nil
	})
	return err
}

// Counted notes how many objects S3 keeps for a hold.
func (b *Book) Counted(ctx context.Context, id onboarding.ApplicantID, hold string, n Objects) error {
	_, err := b.shelf.Change(ctx, onboarding.HoldKey(id, hold), func(was Hold) (Hold, error) {
		if was.ID == "" {
			return was, unknown()
		}
		was.Objects = n
		return was, nil
	})
	return err
}

// Release ends a hold; one that is released already stays as it was released.
// CodeInvalid when there is none.
func (b *Book) Release(ctx context.Context, id onboarding.ApplicantID, hold string, at time.Time, by string, why []byte) error {
	_, err := b.shelf.Change(ctx, onboarding.HoldKey(id, hold), func(was Hold) (Hold, error) {
		if was.ID == "" {
			return was, unknown()
		}
		if was.Stands() {
			was.Released, was.By, was.Why = at, by, why
		}
		return was, nil
	})
	return err
}

func unknown() error {
	return onboarding.Invalid("hold", "There is no such hold on that applicant.", "Look at the list of holds.")
}

// Get gives one hold, also a released one; CodeInvalid when there is none.
func (b *Book) Get(ctx context.Context, id onboarding.ApplicantID, hold string) (Hold, error) {
	h, _, err := b.shelf.Get(ctx, onboarding.HoldKey(id, hold))
	if err == nil && h.ID == "" {
		err = unknown()
	}
	return h, err
}

// Of gives the holds that stand on an applicant, the oldest first. While it gives one,
// or an error, nothing of theirs may be destroyed.
func (b *Book) Of(ctx context.Context, id onboarding.ApplicantID) ([]Hold, error) {
	all, err := b.read(ctx, onboarding.HoldsOf(id))
	return slices.DeleteFunc(all, func(h Hold) bool { return !h.Stands() }), err
}

// Past gives every hold of an applicant, released ones too, the oldest first.
func (b *Book) Past(ctx context.Context, id onboarding.ApplicantID) ([]Hold, error) {
	return b.read(ctx, onboarding.HoldsOf(id))
}

// All gives every hold of everybody, released ones too, the oldest first.
func (b *Book) All(ctx context.Context) ([]Hold, error) { return b.read(ctx, onboarding.HoldsPrefix) }

// Standing gives who has holds that stand, with them.
func (b *Book) Standing(ctx context.Context) (map[onboarding.ApplicantID][]Hold, error) {
	all, err := b.All(ctx)
	out := map[onboarding.ApplicantID][]Hold{}
	for _, h := range all {
		if h.Stands() {
			out[h.Applicant] = append(out[h.Applicant], h)
		}
	}
	return out, err
}

func (b *Book) read(ctx context.Context, prefix string) ([]Hold, error) {
	out := []Hold{}
	for h, err := range b.shelf.All(ctx, b.bucket, prefix, nil) {
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	slices.SortStableFunc(out, func(a, b Hold) int { return a.Since.Compare(b.Since) })
	return out, nil
}

// Refused is the error for who would destroy what is held; nil where nothing holds it.
func Refused(held []Hold) error {
	if len(held) == 0 {
		return nil
	}
	var names []string
	for _, h := range held {
		names = append(names, string(h.Kind)+" "+h.ID)
	}
	return &onboarding.Error{Code: onboarding.CodeNotNow, Field: FieldHeld, Message: "Nothing of this applicant may be destroyed now: a hold stands (" + strings.Join(names, ", ") + ").",
		Hint: "The list of holds says whose it is. It goes on when the hold is released."}
}

// FieldHeld is the field of the error of Refused.
const FieldHeld = "holds"
