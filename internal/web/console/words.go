package console

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

func attentionWords(a onboarding.Attention) string {
	if a == onboarding.AttentionNone {
		return "nobody"
	}
	return string(a)
}

// statusTag is the class of a check's tag.
func statusTag(s onboarding.CheckStatus) string {
	switch s {
	case onboarding.StatusPassed:
		return "good"
	case onboarding.StatusFailed:
		return "bad"
	case onboarding.StatusFlagged, onboarding.StatusWaived:
		return "look"
	case onboarding.StatusRunning, onboarding.StatusWaiting:
		return "busy"
	case onboarding.StatusPending, onboarding.StatusCanceled:
	}
	return ""
}

func stageTag(s onboarding.Stage) string {
	switch s {
	case onboarding.StageCertified:
		return "good"
	case onboarding.StageDeclined:
		return "bad"
	case onboarding.StageSignup, onboarding.StageValidation, onboarding.StageVetting, onboarding.StageCertification:
		return "busy"
	case onboarding.StageWithdrawn, onboarding.StageExpired, onboarding.StageErased:
	}
	return ""
}

// problemWords says in words why a check could not complete.
func problemWords(code string) string { return workflows.ProblemWords(code) }

func moment(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05 MST") }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// age is how long ago something was, in one unit.
func (c *Console) age(t time.Time) string {
	d := c.site.Now().Sub(t)
	switch {
	case t.IsZero():
		return ""
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// applied is when somebody began: an ID begins with that time (RFC 9562, 5.7). What
// Temporal calls the start is that of the present run, which says little to people;
// it stands in for an ID of another kind.
func applied(l applicants.Line) time.Time {
	hex := strings.ReplaceAll(string(l.ID), "-", "")
	if len(hex) < 13 || hex[12] != '7' {
		return l.StartedAt
	}
	ms, err := strconv.ParseInt(hex[:12], 16, 64)
	if err != nil {
		return l.StartedAt
	}
	return time.UnixMilli(ms).UTC()
}

// short is the end of an ID, by which people tell applicants apart: the start
// is the time of application and the same for all of one day.
func short(id onboarding.ApplicantID) string {
	s := string(id)
	return "…" + s[max(0, len(s)-12):]
}

// fieldName is a field as staff read it.
func fieldName(f onboarding.Field) string { return strings.ReplaceAll(string(f), "_", " ") }
