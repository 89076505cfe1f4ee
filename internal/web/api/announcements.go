package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Announcements is what the API does with marketing letters; *applicants.Service is one.
type Announcements interface {
	StartAnnouncement(ctx context.Context, q applicants.AnnouncementRequest) error
	Announcement(ctx context.Context, id string) (workflows.AnnouncementView, error)
	SteerAnnouncement(ctx context.Context, id, how string) (workflows.AnnouncementView, error)
	Announcements(ctx context.Context, limit int) ([]workflows.AnnouncementView, error)
}

// Announcement is a letter about a program to all who asked for such letters.
type Announcement struct {
	ID        string    `json:"id"`
	Program   string    `json:"program"`
	State     string    `json:"state" enum:"running,paused,canceled,done"`
	Total     int       `json:"total" doc:"Open applications and certificates; most have not asked for it"`
	DealtWith int       `json:"dealt_with"`
	Sent      int       `json:"sent"`
	NotAsked  int       `json:"not_asked"`
	NotSent   int       `json:"not_sent" doc:"They have said that they are not to be written to, or the mail server refused the letter"`
	PerSecond float64   `json:"per_second"`
	Begun     time.Time `json:"begun"`
}

type announcementOutput struct{ Body Announcement }

func announcementOf(v workflows.AnnouncementView) Announcement {
	a := Announcement{ID: v.ID, Program: v.Program.ID, State: "running", Total: v.Total, DealtWith: v.Next, Sent: v.Tally.Sent, NotAsked: v.Tally.NotAsked, NotSent: v.Tally.NotSent,
		PerSecond: v.PerSecond, Begun: v.Begun}
	switch {
	case v.Canceled:
		a.State = "canceled"
	case !v.Ended.IsZero():
		a.State = "done"
	case v.Paused:
		a.State = "paused"
	}
	return a
}

// AnnouncementInput names one in the address.
type AnnouncementInput struct {
	Announcement string `path:"announcement" maxLength:"64"`
}

// announcements registers what is done with marketing letters.
func (h handler) announcements(a huma.API) {
	if h.Announcements == nil {
		return
	}
	huma.Register(a, operation("list-announcements", http.MethodGet, "/announcements", "Letters about programs to who asked for them, the newest first", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*struct {
			Body struct {
				Items []Announcement `json:"items"`
			}
		}, error) {
			all, err := h.Announcements.Announcements(ctx, 25)
			if err != nil {
				return nil, problem(err)
			}
			out := &struct {
				Body struct {
					Items []Announcement `json:"items"`
				}
			}{}
			out.Body.Items = []Announcement{}
			for _, v := range all {
				out.Body.Items = append(out.Body.Items, announcementOf(v))
			}
			return out, nil
		})
	huma.Register(a, operation("start-announcement", http.MethodPost, "/announcements", "Write to all who asked for it that a program takes applications", http.StatusOK),
		func(ctx context.Context, in *struct {
			Body struct {
				Program   string  `json:"program" minLength:"1" maxLength:"40"`
				PerSecond float64 `json:"per_second,omitempty" minimum:"0" maximum:"1000" doc:"Letters a second at most; absent: 50"`
			}
		}) (*announcementOutput, error) {
			if !keyOf(ctx).May(identity.Announce, in.Body.Program) {
				return nil, h.notAllowed(ctx, identity.Announce, in.Body.Program, "This key is not for that program.")
			}
			id := uuid.NewString()
			if err := h.Announcements.StartAnnouncement(ctx, applicants.AnnouncementRequest{ID: id, Program: in.Body.Program, PerSecond: in.Body.PerSecond, By: actor(ctx)}); err != nil {
				return nil, problem(err)
			}
			return h.announcementNow(ctx, id)
		})
	huma.Register(a, operation("get-announcement", http.MethodGet, "/announcements/{announcement}", "How far an announcement is", http.StatusOK),
		func(ctx context.Context, in *AnnouncementInput) (*announcementOutput, error) {
			return h.announcementNow(ctx, in.Announcement)
		})
	huma.Register(a, operation("steer-announcement", http.MethodPost, "/announcements/{announcement}/{how}", "Pause an announcement, let it go on, or call its rest off", http.StatusOK),
		func(ctx context.Context, in *struct {
			AnnouncementInput
			How string `path:"how" enum:"pause,resume,cancel"`
		}) (*announcementOutput, error) {
			v, err := h.Announcements.SteerAnnouncement(ctx, in.Announcement, map[string]string{"pause": workflows.UpdatePauseAnnouncement, "resume": workflows.UpdateResumeAnnouncement, "cancel": workflows.UpdateCancelAnnouncement}[in.How])
			if err != nil {
				return nil, problem(err)
			}
			return &announcementOutput{Body: announcementOf(v)}, nil
		})
}

func (h handler) announcementNow(ctx context.Context, id string) (*announcementOutput, error) {
	v, err := h.Announcements.Announcement(ctx, id)
	if err != nil {
		return nil, problem(err)
	}
	return &announcementOutput{Body: announcementOf(v)}, nil
}
