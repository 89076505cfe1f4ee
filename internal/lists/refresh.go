package lists

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Outcome says what a refresh came to.
type Outcome struct {
	Edition     string // in force now; empty when there is none
	Was         string // in force before; empty when there was none
	Individuals int    // in the edition in force
	Switched    bool
	Reason      string // in words
}

const (
	// fewest is the least share of the old edition's individuals that a new one
	// must have: lists grow and shrink slowly, and one with fewer is cut off.
	fewest = 0.8
	// moves is how often the pointer is looked at anew when another refresh moved it.
	moves = 5
)

// Refresh reads the list's source whole, checks it whole, keeps its files and
// brings it into force, for every worker that follows the store. Anything wrong
// keeps the edition that was. An edition that is in force already changes
// nothing; a list without a source stays as it is.
//
// Errors: those of the source (package vendors), CodeVendorUnclear for files
// that are no list, and CodeVendorRefused, which force overrides, for an edition
// that is older than the one in force or has less than four fifths of its
// individuals. Others are the store's.
func (k *Keeper) Refresh(ctx context.Context, n onboarding.ListName, force bool) (Outcome, error) {
	return k.refresh(ctx, n, how{force: force, again: force})
}

// how says how far a refresh goes.
type how struct {
	force bool // an edition that is older or much smaller comes into force all the same
	again bool // what stands in the store is put there again, should it be unreadable
}

func (k *Keeper) refresh(ctx context.Context, n onboarding.ListName, h how) (Outcome, error) {
	out, err := k.renew(ctx, n, h)
	k.metrics.refreshed(ctx, n, out, err)
	return out, err
}

func (k *Keeper) renew(ctx context.Context, n onboarding.ListName, h how) (Outcome, error) {
	of, err := kindOf(n)
	if err != nil {
		return Outcome{}, err
	}
	source := k.cfg.Sources[n]
	if source == nil {
		return k.sourceless(ctx, n)
	}
	f, err := source.files(ctx, of)
	if err != nil {
		return Outcome{}, err
	}
	f.published()
	list, err := of.read(f)
	if err != nil {
		return Outcome{}, err
	}
	next := Edition{List: n, Edition: list.Edition(), Individuals: list.Individuals(), Source: source.String(), Files: slices.Sorted(maps.Keys(f))}
	kept := false
	for range moves {
		was, etag, err := pointer(ctx, k.cfg.Objects, n)
		if err != nil && !errors.Is(err, errNone) && !h.again {
			return Outcome{}, err
		}
		out := Outcome{Edition: next.Edition, Was: was.Edition, Individuals: next.Individuals}
		if was.Edition == next.Edition && !h.again {
			out.Reason = "The source has no other edition than the one in force."
			return out, nil
		}
		if err := sane(was, next); err != nil && !h.force {
			return Outcome{}, err
		}
		if !kept {
			if err := keep(ctx, k.cfg.Objects, next, f); err != nil {
				return Outcome{}, err
			}
			kept = true
		}
		next.Since = k.cfg.Now().UTC().Truncate(time.Second)
		if was.Edition == next.Edition {
			next.Since = was.Since
		}
		body, err := json.Marshal(next)
		if err != nil {
			return Outcome{}, fmt.Errorf("lists: write the pointer: %w", err)
		}
		_, err = k.cfg.Objects.PutIf(ctx, currentKey(n), body, etag)
		if err != nil && k.cfg.Objects.IsConflict(err) {
			continue // another refresh was quicker: look what it came to
		}
		if err != nil {
			return Outcome{}, fmt.Errorf("lists: bring an edition of %s into force: %w", n, err)
		}
		k.slots[n].take(list)
		out.Switched = was.Edition != next.Edition
		out.Reason = "A new edition is in force."
		if !out.Switched {
			out.Reason = "The edition in force was kept again."
		}
		return out, nil
	}
	return Outcome{}, &onboarding.Error{Code: onboarding.CodeVendorBusy, Message: fmt.Sprintf("Others are refreshing the list %s at the same time.", n), Hint: "It is tried again."}
}

// sourceless is the refresh of a list that has no source here.
func (k *Keeper) sourceless(ctx context.Context, n onboarding.ListName) (Outcome, error) {
	was, _, err := pointer(ctx, k.cfg.Objects, n)
	if errors.Is(err, errNone) {
		return Outcome{Reason: "The list is not set up here."}, nil
	}
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Edition: was.Edition, Was: was.Edition, Individuals: was.Individuals,
		Reason: "No source is set for the list: the edition in force stays."}, nil
}

// sane compares an edition with the one in force.
func sane(was, next Edition) error {
	refuse := func(why string) error {
		return &onboarding.Error{Code: onboarding.CodeVendorRefused, Message: fmt.Sprintf("The new edition of the list %s was refused: %s.", next.List, why),
			Hint: "The edition in force stays. If the new one is right all the same: vouchsafe lists refresh " + string(next.List) + " --force."}
	}
	if was.Edition == "" {
		return nil
	}
	if float64(next.Individuals) < fewest*float64(was.Individuals) {
		return refuse(fmt.Sprintf("it has %d individuals and the one in force %d, so it seems cut off", next.Individuals, was.Individuals))
	}
	before, ok1 := day(was.Edition)
	after, ok2 := day(next.Edition)
	if ok1 && ok2 && after.Before(before) {
		return refuse("it is of " + after.Format(time.DateOnly) + " and the one in force of " + before.Format(time.DateOnly))
	}
	return nil
}

// day is the day of publication in an edition's name; ok is false for an undated one.
func day(edition string) (time.Time, bool) {
	d, _, _ := strings.Cut(edition, "/")
	t, err := time.Parse(time.DateOnly, d)
	return t, err == nil
}
