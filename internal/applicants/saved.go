package applicants

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
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
	if err := mayHaveViews(owner); err != nil {
		return nil, err
	}
	views, _, err := s.keptViews().Get(ctx, viewsKey(owner))
	return views, err
}

func mayHaveViews(owner string) error {
	if owner == "" || !word(owner) {
		return fmt.Errorf("applicants: %q can have no views", owner)
	}
	return nil
}

func (s *Service) keptViews() shelf.Shelf[[]View] {
	return shelf.Shelf[[]View]{Objects: s.Objects, Sealer: s.Vault, In: "applicants", What: "the views of a member of staff"}
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
	if err := mayHaveViews(owner); err != nil {
		return err
	}
	_, err := s.keptViews().Change(ctx, viewsKey(owner), change)
	return err
}
