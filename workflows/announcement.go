package workflows

import (
	"fmt"
	"math"
	"time"

	"go.temporal.io/sdk/workflow"
)

// AnnouncementName is the type of the workflow that writes to all who agreed to
// marketing that a program takes applications. Its ID is AnnouncementID.
const AnnouncementName = "Announcement"

// AnnouncementID is the workflow's ID for an announcement of that ID.
func AnnouncementID(id string) string { return "announcement/" + id }

// The messages of an announcement.
const (
	UpdatePauseAnnouncement  = "PauseAnnouncement"
	UpdateResumeAnnouncement = "ResumeAnnouncement"
	UpdateCancelAnnouncement = "CancelAnnouncement"
	QueryAnnouncement        = "Announcement"
)

// ActivityOfferProgram writes to a part of an announcement's list.
const ActivityOfferProgram = "OfferPrograms"

// AnnouncementIn starts one.
type AnnouncementIn struct {
	ID        string             `json:"id"`
	Program   OfferedProgram     `json:"program"`
	PerSecond float64            `json:"per_second"`
	Actor     Actor              `json:"actor"`
	Carried   *AnnouncementState `json:"carried,omitempty"`
}

// AnnouncementState is how far it is.
type AnnouncementState struct {
	Gathered bool              `json:"gathered"`
	Total    int               `json:"total"` // open applications and certificates; most have not agreed
	Next     int               `json:"next"`
	Tally    AnnouncementTally `json:"tally"`
	Paused   bool              `json:"paused"`
	Canceled bool              `json:"canceled"`
	Begun    time.Time         `json:"begun"`
	Ended    time.Time         `json:"ended"`
}

// AnnouncementTally counts answers.
type AnnouncementTally struct {
	Sent     int `json:"sent"`
	NotAsked int `json:"not_asked"` // they have not agreed to it
	NotSent  int `json:"not_sent"`  // they have said that they are not to be written to, or the mail server refused it
}

// AnnouncementView answers the query and every update.
type AnnouncementView struct {
	AnnouncementState
	ID        string         `json:"id"`
	Program   OfferedProgram `json:"program"`
	PerSecond float64        `json:"per_second"`
	Actor     Actor          `json:"actor"`
}

// OfferProgramsIn writes to a part of the list.
type OfferProgramsIn struct {
	Announcement string         `json:"announcement"`
	Program      OfferedProgram `json:"program"`
	From         int            `json:"from"`
	To           int            `json:"to"`
	PerSecond    float64        `json:"per_second"`
	Repeat       bool           `json:"-"` // it was tried before
}

type announcement struct {
	in AnnouncementIn
	AnnouncementState
}

// Announcement writes to each who agreed to marketing, once, at a rate that the mail
// server bears. It can be paused and called off.
func Announcement(ctx workflow.Context, in AnnouncementIn) (AnnouncementState, error) {
	a := &announcement{in: in, AnnouncementState: AnnouncementState{Begun: workflow.Now(ctx)}}
	if in.Carried != nil {
		a.AnnouncementState = *in.Carried
	}
	if err := a.takeMessages(ctx); err != nil {
		return a.AnnouncementState, err
	}
	if !a.Gathered {
		var out GatherBulkOut
		act := workflow.WithActivityOptions(ctx, patient(ActivityGatherToTell, "Find the open applications", Pace{}))
		if err := workflow.ExecuteActivity(act, ActivityGatherToTell, GatherToTellIn{Rollout: AnnouncementID(in.ID), Pass: 1}).Get(ctx, &out); err != nil {
			return a.AnnouncementState, err
		}
		a.Gathered, a.Total = true, out.Total
	}
	for a.Next < a.Total && !a.Canceled {
		if err := a.part(ctx); err != nil {
			return a.AnnouncementState, err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() && a.Next < a.Total && !a.Canceled {
			if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
				return a.AnnouncementState, err
			}
			next, state := in, a.AnnouncementState
			next.Carried = &state
			return a.AnnouncementState, workflow.NewContinueAsNewError(ctx, AnnouncementName, next)
		}
	}
	a.Ended = workflow.Now(ctx)
	a.show(ctx)
	return a.AnnouncementState, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

func (a *announcement) part(ctx workflow.Context) error {
	a.show(ctx)
	if a.Paused {
		if err := workflow.Await(ctx, func() bool { return !a.Paused || a.Canceled }); err != nil || a.Canceled {
			return err
		}
	}
	to := min(a.Next+min(max(int(math.Ceil(a.in.PerSecond*2)), 1), mostInPart), a.Total)
	var out AnnouncementTally
	act := workflow.WithActivityOptions(ctx, patient(ActivityOfferProgram, fmt.Sprintf("Write to number %d to %d of %d, of whom agreed to it", a.Next+1, to, a.Total), Pace{}))
	if err := workflow.ExecuteActivity(act, ActivityOfferProgram, OfferProgramsIn{Announcement: a.in.ID, Program: a.in.Program, From: a.Next, To: to, PerSecond: a.in.PerSecond}).Get(ctx, &out); err != nil {
		return err
	}
	a.Next = to
	a.Tally.Sent += out.Sent
	a.Tally.NotAsked += out.NotAsked
	a.Tally.NotSent += out.NotSent
	return nil
}

func (a *announcement) takeMessages(ctx workflow.Context) error {
	running := func() error {
		if a.Canceled || !a.Ended.IsZero() {
			return notNow("This announcement is over.", "Its page says what came of it.")
		}
		return nil
	}
	set := func(name, description string, do func()) error {
		return workflow.SetUpdateHandlerWithOptions(ctx, name, func(workflow.Context) (AnnouncementView, error) {
			do()
			return a.view(), nil
		}, workflow.UpdateHandlerOptions{Description: description, Validator: func(workflow.Context) error { return Failure(running()) }})
	}
	return firstError(
		workflow.SetQueryHandlerWithOptions(ctx, QueryAnnouncement, func() (AnnouncementView, error) { return a.view(), nil }, workflow.QueryHandlerOptions{Description: "How far the announcement is"}),
		set(UpdatePauseAnnouncement, "Staff pause the announcement", func() { a.Paused = true }),
		set(UpdateResumeAnnouncement, "Staff let the announcement go on", func() { a.Paused = false }),
		set(UpdateCancelAnnouncement, "Staff call the rest of the announcement off", func() { a.Canceled = true }),
	)
}

func (a *announcement) view() AnnouncementView {
	return AnnouncementView{AnnouncementState: a.AnnouncementState, ID: a.in.ID, Program: a.in.Program, PerSecond: a.in.PerSecond, Actor: a.in.Actor}
}

func (a *announcement) show(ctx workflow.Context) {
	says := "Under way."
	switch {
	case a.Canceled:
		says = "**Called off.** Who was not written to yet is not."
	case !a.Ended.IsZero():
		says = "**Done.**"
	case a.Paused:
		says = "**Paused.** It goes on when somebody resumes it."
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%s\n\n- dealt with: %d of %d\n- written to: %d\n- have not agreed: %d\n- not sent: %d\n", says, a.Next, a.Total, a.Tally.Sent, a.Tally.NotAsked, a.Tally.NotSent))
}

// AnnouncementSummary is an announcement in one line, for the list in the Temporal Web UI.
func AnnouncementSummary(in AnnouncementIn) string {
	return "News of " + in.Program.Title + ", to who asked for it"
}
