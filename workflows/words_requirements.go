package workflows

import (
	"strconv"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

// KindWords is a kind of requirement as staff read it.
func KindWords(k program.RequirementKind) string {
	switch k {
	case program.KindCourse:
		return "course"
	case program.KindQuiz:
		return "quiz"
	case program.KindTyping:
		return "typing test"
	case program.KindListening:
		return "listening exercise"
	case program.KindEquipment:
		return "equipment check"
	case program.KindAgreement:
		return "agreement"
	case program.KindTax:
		return "tax details"
	case program.KindLive:
		return "live assessment"
	}
	return string(k)
}

// requirementWords is a requirement as staff read it.
func requirementWords(r program.Requirement) string { return "the " + KindWords(r.Kind) }

// requirementTask is what the applicant has to do, as a clause.
func requirementTask(r program.Requirement) string {
	switch r.Kind {
	case program.KindCourse:
		return "read the course"
	case program.KindQuiz:
		return "take the quiz"
	case program.KindTyping:
		return "take the typing test"
	case program.KindListening:
		return "do the listening exercise"
	case program.KindEquipment:
		return "check the equipment"
	case program.KindAgreement:
		return "sign the agreement"
	case program.KindTax:
		return "give the tax details"
	case program.KindLive:
		return "book the live assessment"
	}
	return string(r.Kind)
}

// staffTask is what staff have to do about it, as a clause.
func staffTask(r program.Requirement, l RequirementLine) string {
	switch {
	case !l.Slot.IsZero():
		return "hold the live assessment of " + l.Slot.UTC().Format("2006-01-02 15:04 MST") + " and score it"
	case l.Undecided():
		return "look at what was declared about the equipment"
	default:
		return "answer the wish for another way of doing " + requirementWords(r)
	}
}

// RequirementWords is how far a requirement is, as staff read it.
func RequirementWords(l RequirementLine) string {
	var parts []string
	add := func(s string) { parts = append(parts, s) }
	switch {
	case !l.Slot.IsZero():
		add("booked for " + l.Slot.UTC().Format("2006-01-02 15:04 MST"))
	case l.Undecided():
		add("declared, waits for a person's look")
	case l.Status == RequirementWaiting:
		add("can be tried again from " + l.NotBefore.UTC().Format("2006-01-02 15:04 MST"))
	case l.Status == RequirementFailed:
		add("every attempt is used up")
	case l.Status == RequirementLocked:
		add("not yet: others come first")
	case l.Kind == program.KindTax && l.Status == RequirementPassed:
		add("given")
	case l.Kind == program.KindAgreement && l.Status == RequirementPassed:
		add("signed")
	default:
		add(string(l.Status))
	}
	if l.Page > 0 && !l.Status.Met() {
		add(strconv.Itoa(l.Page) + " pages read")
	}
	if l.Attempts > 0 {
		add("attempts: " + strconv.Itoa(l.Attempts))
	}
	if l.Of > 0 {
		last := "last result: " + strconv.Itoa(l.Score) + " of " + strconv.Itoa(l.Of)
		if l.Kind == program.KindTyping {
			last = "last result: " + strconv.Itoa(int(l.WPM)) + " words a minute, " + strconv.Itoa(l.Score) + " % right"
		}
		add(last)
	}
	if l.Detail == DetailNoShow {
		add("did not come")
	}
	if l.Kind == program.KindEquipment && l.Status == RequirementPassed {
		add(l.Detail)
	}
	if l.Asked.After(l.Answered) && !l.Status.Met() {
		add("asks for another way")
	}
	return strings.Join(parts, ", ")
}
