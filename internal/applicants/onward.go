package applicants

import (
	"context"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// OnwardLine is that a vendor hands data on to a sub-processor, as vendors' answers tell.
type OnwardLine struct {
	Vendor string    `json:"vendor"`
	To     string    `json:"to"`
	First  time.Time `json:"first"` // by the vendor's clock
	// Programs are those in whose cases it was told; Unlisted those of them whose agreement
	// with the vendor, by the program's file of today, does not name the sub-processor.
	Programs []string `json:"programs"`
	Unlisted []string `json:"unlisted"`
}

// OnwardTransfers lists the sub-processors of whom vendors told, those that no agreement
// names first (obligation 40).
func (s *Service) OnwardTransfers(ctx context.Context) ([]OnwardLine, error) {
	out := []OnwardLine{}
	kept := shelf.Shelf[workflows.OnwardSeen]{Objects: s.Objects, Sealer: s.Vault, In: "applicants", What: "an onward transfer"}
	for seen, err := range kept.All(ctx, s.Objects, onboarding.OnwardPrefix, nil) {
		if err != nil {
			return nil, err
		}
		line := OnwardLine{Vendor: seen.Vendor, To: seen.To, First: seen.First, Programs: []string{}, Unlisted: []string{}}
		for _, id := range seen.Programs {
			if !InScope(ctx, id) {
				continue
			}
			line.Programs = append(line.Programs, id)
			if p, err := s.Programs.Get(id); err != nil || !p.Vendors[seen.Vendor].ListsSub(seen.To) { // of a program that is gone nobody has agreed to anything
				line.Unlisted = append(line.Unlisted, id)
			}
		}
		if len(line.Programs) > 0 {
			out = append(out, line)
		}
	}
	slices.SortStableFunc(out, func(a, b OnwardLine) int { return len(b.Unlisted) - len(a.Unlisted) })
	return out, nil
}
