package applicants

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// View is a list that somebody has given a name: the query of its address.
type View struct {
	Name  string `json:"name"`
	Query string `json:"query"` // such as stage=vetting&sort=since
}

// House is the owner of the views that all staff share.
const House = "house"

const (
	mostViews   = 50
	maxViewName = 60
	maxQuery    = 1000
)

// viewsKey is where an owner's views are: sealed, since a name is what somebody typed.
func viewsKey(owner string) string { return "views/" + owner }

// Views gives the views of a member of staff, or of the House, by their names.
func (s *Service) Views(ctx context.Context, owner string) ([]View, error) {
	views, _, err := s.views(ctx, owner)
	return views, err
}

func (s *Service) views(ctx context.Context, owner string) ([]View, string, error) {
	if owner == "" || !word(owner) {
		return nil, "", fmt.Errorf("applicants: %q can have no views", owner)
	}
	name := viewsKey(owner)
	sealed, tag, err := s.Objects.GetTagged(ctx, name)
	if s.Objects.IsMissing(err) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	plain, err := s.Vault.SystemOpen(name, sealed)
	if err != nil {
		return nil, "", err
	}
	var out []View
	if err := json.Unmarshal(plain, &out); err != nil {
		return nil, "", fmt.Errorf("applicants: the views of %s are not readable", owner)
	}
	return out, tag, nil
}

// SaveView keeps a view, in place of one of the same name. Errors: CodeInvalid for a
// name that is none and for too many.
func (s *Service) SaveView(ctx context.Context, owner string, v View) error {
	v.Name = strings.Join(strings.Fields(v.Name), " ")
	switch {
	case v.Name == "" || strings.ContainsFunc(v.Name, func(r rune) bool { return r < ' ' || r == utf8.RuneError }):
		return onboarding.Invalid("name", "The list has no name.", "Give it one by which you know it again.")
	case utf8.RuneCountInString(v.Name) > maxViewName:
		return onboarding.Invalid("name", fmt.Sprintf("The name is longer than %d characters.", maxViewName), "Shorten it.")
	case len(v.Query) > maxQuery:
		return onboarding.Invalid("name", "That list is too long to be kept.", "Leave something out of the filter.")
	}
	return s.changeViews(ctx, owner, func(all []View) ([]View, error) {
		at, found := slices.BinarySearchFunc(all, v.Name, func(x View, name string) int { return strings.Compare(x.Name, name) })
		if found {
			all[at] = v
			return all, nil
		}
		if len(all) >= mostViews {
			return nil, onboarding.Invalid("name", fmt.Sprintf("There are %d lists already, and more are not kept.", mostViews), "Remove one that you do not need.")
		}
		return slices.Insert(all, at, v), nil
	})
}

// DropView forgets a view; one that there is not is forgotten already.
func (s *Service) DropView(ctx context.Context, owner, name string) error {
	return s.changeViews(ctx, owner, func(all []View) ([]View, error) {
		return slices.DeleteFunc(all, func(v View) bool { return v.Name == name }), nil
	})
}

// changeViews changes an owner's views. Who else does so in between makes it begin
// anew, so that nothing is lost.
func (s *Service) changeViews(ctx context.Context, owner string, change func([]View) ([]View, error)) error {
	for {
		all, tag, err := s.views(ctx, owner)
		if err != nil {
			return err
		}
		if all, err = change(all); err != nil {
			return err
		}
		plain, err := json.Marshal(all)
		if err != nil {
			return fmt.Errorf("applicants: encode views: %w", err)
		}
		sealed, err := s.Vault.SystemSeal(viewsKey(owner), plain)
		if err != nil {
			return err
		}
		if _, err = s.Objects.PutIf(ctx, viewsKey(owner), sealed, tag); !s.Objects.IsConflict(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}
