package applicants

import (
	"context"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

type scopeKey struct{}

// Within narrows what the service gives and starts for ctx to applicants of these
// programs; none: all of them. The faces set it once for each request, from who
// asks, so that no page can forget it: a list, a count or a run for many is of
// these programs alone, and an applicant of another one is as unknown as an ID that
// was never given.
func Within(ctx context.Context, programs []string) context.Context {
	if len(programs) == 0 {
		return ctx
	}
	return context.WithValue(ctx, scopeKey{}, slices.Clone(programs))
}

// Scope gives the programs that Within has set; none: all.
func Scope(ctx context.Context) []string {
	programs, _ := ctx.Value(scopeKey{}).([]string)
	return programs
}

// InScope reports whether an applicant of the program may be seen by who asks.
func InScope(ctx context.Context, program string) bool {
	programs := Scope(ctx)
	return len(programs) == 0 || slices.Contains(programs, program)
}

// scoped narrows a filter to what may be seen; ok is false when nothing is left.
func (f Filter) scoped(ctx context.Context) (_ Filter, ok bool) {
	scope := Scope(ctx)
	switch {
	case len(scope) == 0:
	case len(f.Programs) == 0:
		f.Programs = scope
	default:
		f.Programs = slices.DeleteFunc(slices.Clone(f.Programs), func(p string) bool { return !slices.Contains(scope, p) })
		ok = len(f.Programs) > 0
		return f, ok
	}
	return f, true
}

// Unknown is the answer for an applicant that is none, and for one that who asks may
// not know of: the same words, so that nobody learns which IDs there are.
func Unknown(cause error) error {
	return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no open application with that ID.",
		Hint: "It may have ended, or the ID may have been copied wrongly.", Cause: cause}
}

// runInScope reports whether a run may be seen: one that reaches no program but
// those of who asks.
func runInScope(ctx context.Context, m workflows.BulkMatch) bool {
	scope := Scope(ctx)
	if len(scope) == 0 {
		return true
	}
	reached := m.Programs
	if m.Program != "" {
		reached = []string{m.Program}
	}
	return len(reached) > 0 && !slices.ContainsFunc(reached, func(p string) bool { return !slices.Contains(scope, p) })
}

// markedInScope fails with Unknown when a run names an applicant of another program.
func (s *Service) markedInScope(ctx context.Context, marked []workflows.BulkItem) error {
	if len(Scope(ctx)) == 0 {
		return nil
	}
	seen := map[onboarding.ApplicantID]bool{}
	for _, m := range marked {
		if seen[m.Applicant] {
			continue
		}
		seen[m.Applicant] = true
		if _, err := s.StaffView(ctx, m.Applicant); err != nil {
			return err
		}
	}
	return nil
}
