package workflows

import (
	"cmp"
	"errors"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

const (
	// RefreshListsName is the type of the workflow that looks for new editions of
	// the public lists.
	RefreshListsName = "RefreshLists"
	// RefreshListsID is the ID of the one that somebody asked for; the schedule
	// adds its time to it. So one at a time is asked for.
	RefreshListsID = "lists/refresh"
	// ListsScheduleID is the ID of the schedule that starts it.
	ListsScheduleID = "lists"
)

// RefreshListsIn says which lists are refreshed.
type RefreshListsIn struct {
	Lists []onboarding.ListName `json:"lists"` // none: all
	Force bool                  `json:"force"` // also an edition that is older or much smaller than the one in force
	Actor Actor                 `json:"actor"`
}

// RefreshListIn is what the activity RefreshList needs.
type RefreshListIn struct {
	List  onboarding.ListName `json:"list"`
	Force bool                `json:"force"`
}

// RefreshListsOut has one outcome per list, in the order asked.
type RefreshListsOut struct {
	Lists []ListOutcome `json:"lists"`
}

// ListOutcome is what came of one list.
type ListOutcome struct {
	List     onboarding.ListName `json:"list"`
	Edition  string              `json:"edition"` // in force now; empty when that is not known
	Was      string              `json:"was"`     // in force before
	Switched bool                `json:"switched"`
	Reason   string              `json:"reason"` // in words
	Failed   bool                `json:"failed"` // the edition that was in force stays; ops must look
}

// RefreshLists looks for a new edition of each list. One list that fails stops
// no other, and the workflow ends well all the same: what was in force stays in
// force. Ops see it by its attention, until the next refresh goes well.
func RefreshLists(ctx workflow.Context, in RefreshListsIn) (RefreshListsOut, error) {
	if len(in.Lists) == 0 {
		in.Lists = onboarding.ListNames()
	}
	out := RefreshListsOut{}
	refreshes := make([]workflow.Future, len(in.Lists))
	for i, n := range in.Lists {
		asked := workflow.WithActivityOptions(ctx, patient(ActivityRefreshList, "Look for a new edition of the "+ListWords(n), Pace{}))
		refreshes[i] = workflow.ExecuteActivity(asked, ActivityRefreshList, RefreshListIn{List: n, Force: in.Force})
		out.Lists = append(out.Lists, ListOutcome{List: n})
	}
	attention := onboarding.AttentionNone
	for i, n := range in.Lists {
		workflow.SetCurrentDetails(ctx, listDetails(in, out, i))
		o := &out.Lists[i]
		if err := refreshes[i].Get(ctx, o); err != nil {
			if temporal.IsCanceledError(err) {
				return out, err
			}
			*o = ListOutcome{Failed: true, Reason: wordsOf(err)}
			attention = onboarding.AttentionOps
		}
		o.List = n
	}
	workflow.SetCurrentDetails(ctx, listDetails(in, out, len(in.Lists)))
	if err := workflow.UpsertTypedSearchAttributes(ctx, SearchAttention.ValueSet(string(attention))); err != nil {
		panic(err) // as in show: the namespace lacks the attribute; the task is tried again
	}
	return out, nil
}

// wordsOf gives an activity's failure in the words that it was made with.
func wordsOf(err error) string {
	var app *temporal.ApplicationError
	var details FailureDetails
	if errors.As(err, &app) && app.Details(&details) == nil && details.Message != "" {
		return strings.TrimSpace(details.Message + " " + details.Hint)
	}
	return "It failed: " + string(cmp.Or(codeOf(err), onboarding.CodeInternal)) + "."
}

// listDetails is a refresh in plain words, for the head of its page in the
// Temporal Web UI (Markdown). The first done of its lists are through.
func listDetails(in RefreshListsIn, out RefreshListsOut, done int) string {
	var b strings.Builder
	failed := 0
	for i, o := range out.Lists {
		name := ListWords(in.Lists[i])
		switch {
		case i >= done:
			b.WriteString("- [ ] " + name + "\n")
		case o.Failed:
			failed++
			b.WriteString("- [ ] **" + name + ": failed.** " + o.Reason + "\n")
		case o.Switched && o.Was != "":
			b.WriteString("- [x] " + name + ": edition " + o.Edition + " is in force, was " + o.Was + "\n")
		case o.Switched:
			b.WriteString("- [x] " + name + ": edition " + o.Edition + " is in force\n")
		default:
			b.WriteString("- [x] " + name + ": " + o.Reason + "\n")
		}
	}
	if failed > 0 {
		b.WriteString("\nWaits for ops: " + number(failed) + " of " + number(len(out.Lists)) +
			" lists failed. What was in force stays in force; look at the source, then `vouchsafe lists refresh`.\n")
	}
	return b.String()
}

// ListWords is a list as staff read it.
func ListWords(n onboarding.ListName) string {
	switch n {
	case onboarding.ListOFAC:
		return "OFAC list of sanctioned persons"
	case onboarding.ListLEIE:
		return "LEIE list of exclusions from health programs"
	case onboarding.ListSAM:
		return "SAM.gov list of exclusions from federal contracts"
	}
	return string(n)
}
