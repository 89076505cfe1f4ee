package hooks

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
)

// Letter is a dead letter: an event that an endpoint has not taken in all the time
// that it was tried.
type Letter struct {
	ID        string                 `json:"id"`
	Endpoint  string                 `json:"endpoint"`
	Applicant onboarding.ApplicantID `json:"applicant"`
	Event     onboarding.Event       `json:"event"`
	Buried    time.Time              `json:"buried"`
	Says      string                 `json:"says"` // what went wrong last
}

// letterID orders an applicant's letters by number.
func letterID(id onboarding.ApplicantID, number int) string {
	return fmt.Sprintf("%s.%010d", id, number)
}

func deadPrefix(endpoint string) string      { return "webhook-dead/" + endpoint + "/" }
func deadKey(endpoint, letter string) string { return deadPrefix(endpoint) + letter }

// Bury keeps an event that was given up. Done twice it is kept once.
func (s *Store) Bury(ctx context.Context, l Letter) error {
	l.ID = letterID(l.Applicant, l.Event.Number)
	_, err := s.letters().Change(ctx, deadKey(l.Endpoint, l.ID), func(Letter) (Letter, error) { return l, nil })
	return err
}

func (s *Store) letters() shelf.Shelf[Letter] {
	return shelf.Shelf[Letter]{Objects: s.cfg.Objects, Sealer: s.cfg.Sealer, In: "hooks", What: "a dead letter"}
}

// Dead gives up to limit dead letters of an endpoint that stand behind the letter
// after ("" from the first on), by applicant and number, and where the next page
// begins; "" at the end.
func (s *Store) Dead(ctx context.Context, endpoint, after string, limit int) (page []Letter, next string, err error) {
	prefix := deadPrefix(endpoint)
	for key, err := range s.cfg.Objects.List(ctx, prefix) {
		if err != nil {
			return nil, "", err
		}
		id := strings.TrimPrefix(key, prefix)
		if id <= after {
			continue
		}
		if len(page) == limit {
			return page, page[limit-1].ID, nil
		}
		l, err := s.Letter(ctx, endpoint, id)
		if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant {
			continue // replayed since
		}
		if err != nil {
			return nil, "", err
		}
		page = append(page, l)
	}
	return page, "", nil
}

// countTo is how far dead letters are counted.
const countTo = 10_000

// CountDead counts an endpoint's dead letters, up to countTo.
func (s *Store) CountDead(ctx context.Context, endpoint string) (int, error) {
	n := 0
	for _, err := range s.cfg.Objects.List(ctx, deadPrefix(endpoint)) {
		if err != nil {
			return 0, err
		}
		if n++; n == countTo {
			break
		}
	}
	return n, nil
}

// Letter gives one dead letter; CodeUnknownApplicant when there is none.
func (s *Store) Letter(ctx context.Context, endpoint, id string) (Letter, error) {
	if strings.ContainsAny(id, "/ ") || id == "" {
		return Letter{}, noLetter()
	}
	l, version, err := s.letters().Get(ctx, deadKey(endpoint, id))
	if err != nil {
		return Letter{}, err
	}
	if version == "" {
		return Letter{}, noLetter()
	}
	return l, nil
}

// Unbury removes a dead letter that is on its way again.
func (s *Store) Unbury(ctx context.Context, l Letter) error {
	return s.cfg.Objects.Delete(ctx, deadKey(l.Endpoint, l.ID))
}

// DropDead removes every dead letter about an applicant who is erased.
func (s *Store) DropDead(ctx context.Context, id onboarding.ApplicantID) error {
	all, err := s.All(ctx)
	if err != nil {
		return err
	}
	for _, e := range all {
		for key, err := range s.cfg.Objects.List(ctx, deadKey(e.ID, string(id)+".")) {
			if err == nil {
				err = s.cfg.Objects.Delete(ctx, key)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func noLetter() error {
	return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such dead letter any more.", Hint: "Perhaps somebody has replayed it."}
}
