package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/invitations"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Invitations is what the API does with invitations; *invitations.Service is one.
type Invitations interface {
	Check(ctx context.Context, u invitations.Upload) (invitations.Batch, error)
	Confirm(ctx context.Context, id string, again bool, perSecond float64) (workflows.InvitationBatchView, error)
	Steer(ctx context.Context, id, how string) (workflows.InvitationBatchView, error)
	Batch(ctx context.Context, id string) (invitations.Batch, error)
	Answers(ctx context.Context, v workflows.InvitationBatchView) ([]workflows.BatchAnswer, error)
	Faulty(ctx context.Context, id string) ([]byte, error)
	List(ctx context.Context, f invitations.Filter) (invitations.Page, error)
	Invitation(ctx context.Context, ref onboarding.InvitationRef) (workflows.InvitationView, error)
	Withdraw(ctx context.Context, ref onboarding.InvitationRef, by workflows.Actor) (workflows.InvitationView, error)
}

// Invitee is one person to be invited.
type Invitee struct {
	Email     string `json:"email" maxLength:"254"`
	Program   string `json:"program,omitempty" maxLength:"500" doc:"ID or title; absent: the request's program"`
	GivenName string `json:"given_name,omitempty" maxLength:"240"`
	Language  string `json:"language,omitempty" maxLength:"20" doc:"en or es; absent: the request's language, else en"`
	Reference string `json:"reference,omitempty" maxLength:"40" doc:"Your own name for the person. It is kept after the address is gone: nothing in it may name somebody"`
}

// InviteOptions are what both ways of inviting take.
type InviteOptions struct {
	IdempotencyKey string  `header:"Idempotency-Key" maxLength:"200" doc:"The same key and list invite once, however often sent"`
	Program        string  `query:"program" maxLength:"500" doc:"For lines that name none"`
	Language       string  `query:"language" maxLength:"20" doc:"For lines that name none"`
	Again          bool    `query:"again" doc:"Also those whose earlier invitation expired, was withdrawn or could not be delivered"`
	Check          bool    `query:"check" doc:"Only look at the lines; invite with POST /invitation-lists/{list}/confirm within the hour"`
	PerSecond      float64 `query:"per_second" minimum:"0" maximum:"1000" doc:"People a second at most; absent: 50. Letters go at the mail server's pace besides"`
}

// InvitationList is a list that was sent.
type InvitationList struct {
	ID       string    `json:"id"`
	State    string    `json:"state" enum:"asking,running,paused,done,canceled,discarded,lapsed" doc:"asking: it waits to be confirmed, an hour at most"`
	Programs []string  `json:"programs"`
	Lines    int       `json:"lines"`
	Ready    int       `json:"ready" doc:"Can be invited"`
	Again    int       `json:"again" doc:"Can be, if that is asked for: an earlier invitation was not answered"`
	Faults   int       `json:"faults" doc:"Have to be mended"`
	LeftOut  int       `json:"left_out" doc:"Were invited or apply already, asked not to be written to, or stand in the list twice"`
	Total    int       `json:"total" doc:"To be invited, since it was confirmed"`
	Dealt    int       `json:"dealt_with"`
	Invited  int       `json:"invited"`
	Begun    time.Time `json:"begun"`
	Kept     bool      `json:"upload_kept" doc:"What was sent is still there, sealed, and so are the faulty lines"`
	By       string    `json:"by"`
}

func listOf(v workflows.InvitationBatchView) InvitationList {
	l := InvitationList{ID: v.ID, State: string(v.Phase), Programs: v.Programs, Lines: v.Counts.Lines, Ready: v.Counts.Ready, Again: v.Counts.Again, Faults: v.Counts.Faults,
		LeftOut: v.Counts.LeftOut + v.Tally.LeftOut, Total: v.Total, Dealt: v.Next, Invited: v.Tally.Invited, Begun: v.Begun, By: string(v.Actor),
		Kept: !v.Dropped && v.Phase != workflows.BatchLapsed && v.Phase != workflows.BatchDiscarded}
	if l.Programs == nil {
		l.Programs = []string{}
	}
	if v.Paused && v.Phase == workflows.BatchRunning {
		l.State = "paused"
	}
	return l
}

// InvitationLine is what was found of one line, or came of it.
type InvitationLine struct {
	Line       int    `json:"line" doc:"Of the CSV file, or the place in the array, from 1"`
	Reference  string `json:"reference,omitempty"`
	Outcome    string `json:"outcome" enum:"ready,again,invited,fault,twice,already,applicant,no_letters"`
	Field      string `json:"field,omitempty" doc:"Of the first fault"`
	Says       string `json:"says,omitempty"`
	Invitation string `json:"invitation,omitempty" doc:"Its name under /invitations; nothing in it tells the address"`
}

// linesOf gives a line's outcome as far as it is known: what came of it stands over
// what was found of it.
func linesOf(facts []invitations.Fact, answers []workflows.BatchAnswer) []InvitationLine {
	came := map[int]workflows.BatchOutcome{}
	for _, a := range answers {
		came[a.Line] = a.Outcome
	}
	out := make([]InvitationLine, len(facts)) // never null
	for i, f := range facts {
		l := InvitationLine{Line: f.Line, Reference: f.Reference, Outcome: string(f.Outcome), Field: f.Field, Says: f.Says}
		if f.Ref != nil {
			l.Invitation = f.Ref.String()
		}
		if c, ok := came[f.Line]; ok {
			l.Outcome, l.Says = string(c), ""
		}
		out[i] = l
	}
	return out
}

type inviteOutput struct {
	Location string `header:"Location"`
	Body     struct {
		List  InvitationList   `json:"list"`
		Lines []InvitationLine `json:"lines"`
		// Encoding and Unread tell how a file was read.
		Encoding string   `json:"read_as,omitempty" doc:"How the file's bytes were read, when they are not UTF-8"`
		Unread   []string `json:"unread_columns,omitempty" doc:"Headings of columns that are for nothing and not kept"`
	}
}

// listSpace makes a list's ID of a caller's Idempotency-Key.
var listSpace = uuid.MustParse("6f2c9c2c-2f55-5d6e-8a43-1c9b1e0f77d2")

// invitations registers what is done with invitations.
func (h handler) invitations(a huma.API) {
	if h.Invitations == nil {
		return
	}
	post := operation("invite", http.MethodPost, "/invitations", "Invite people, each once", http.StatusAccepted)
	post.MaxBodyBytes = InvitationLimit
	huma.Register(a, post, func(ctx context.Context, in *struct {
		InviteOptions
		Body struct {
			Invitations []Invitee `json:"invitations" minItems:"1" maxItems:"10000"`
		}
	}) (*inviteOutput, error) {
		var sheet invitations.Sheet
		for i, p := range in.Body.Invitations {
			sheet.Rows = append(sheet.Rows, invitations.Row{Line: i + 1, Cells: map[string]string{invitations.ColumnEmail: p.Email, invitations.ColumnProgram: p.Program,
				invitations.ColumnGivenName: p.GivenName, invitations.ColumnLanguage: p.Language, invitations.ColumnReference: p.Reference}})
		}
		return h.invite(ctx, in.InviteOptions, sheet)
	})
	file := operation("invite-csv", http.MethodPost, "/invitations/csv", "Invite the people of a CSV file, each once", http.StatusAccepted)
	file.MaxBodyBytes = InvitationLimit
	file.Description = "The first line names the columns: email, program, given_name, language, reference. Commas, semicolons or tabs; UTF-8, UTF-16 or Windows-1252."
	huma.Register(a, file, func(ctx context.Context, in *struct {
		InviteOptions
		RawBody []byte `contentType:"text/csv"`
	}) (*inviteOutput, error) {
		sheet, err := invitations.Read(in.RawBody)
		if err != nil {
			return nil, problem(err)
		}
		return h.invite(ctx, in.InviteOptions, sheet)
	})
	huma.Register(a, operation("list-invitations", http.MethodGet, "/invitations", "Invitations, newest first", http.StatusOK), h.listInvitations)
	huma.Register(a, operation("get-invitation", http.MethodGet, "/invitations/{invitation}", "How far an invitation is", http.StatusOK),
		func(ctx context.Context, in *InvitationInput) (*invitationOutput, error) {
			ref, err := h.invitation(ctx, in.Invitation, identity.ViewInvitations)
			if err != nil {
				return nil, problem(err)
			}
			v, err := h.Invitations.Invitation(ctx, ref)
			return invitationOf(v), problem(err)
		})
	huma.Register(a, operation("withdraw-invitation", http.MethodPost, "/invitations/{invitation}/withdraw", "End an invitation that is open", http.StatusOK),
		func(ctx context.Context, in *InvitationInput) (*invitationOutput, error) {
			ref, err := h.invitation(ctx, in.Invitation, identity.Invite)
			if err != nil {
				return nil, problem(err)
			}
			v, err := h.Invitations.Withdraw(ctx, ref, actor(ctx))
			return invitationOf(v), problem(err)
		})
	h.invitationLists(a)
}

// InvitationLimit is the largest list that is read, in bytes.
const InvitationLimit = invitations.MaxUpload + 4096

func (h handler) invite(ctx context.Context, in InviteOptions, sheet invitations.Sheet) (*inviteOutput, error) {
	id := ""
	if in.IdempotencyKey != "" {
		id = uuid.NewSHA1(listSpace, []byte(string(actor(ctx))+"\x00"+in.IdempotencyKey)).String()
	}
	b, err := h.Invitations.Check(ctx, invitations.Upload{ID: id, Sheet: sheet, Defaults: invitations.Defaults{Program: in.Program, Language: in.Language}, By: actor(ctx),
		May: func(program string) bool { return keyOf(ctx).May(identity.Invite, program) }})
	if err != nil {
		return nil, problem(err)
	}
	if !in.Check && b.Phase == workflows.BatchAsking {
		b.InvitationBatchView, err = h.Invitations.Confirm(ctx, b.ID, in.Again, in.PerSecond)
		if onboarding.CodeOf(err) == onboarding.CodeNotNow { // sent twice, and the other one was faster
			b, err = h.Invitations.Batch(ctx, b.ID)
		}
		if err != nil {
			return nil, problem(err)
		}
	}
	out := &inviteOutput{Location: Prefix + "/invitation-lists/" + b.ID}
	out.Body.List, out.Body.Lines = listOf(b.InvitationBatchView), linesOf(b.Facts, nil)
	out.Body.Encoding, out.Body.Unread = b.Encoding, b.Unread
	return out, nil
}

// InvitationInput names an invitation in the address.
type InvitationInput struct {
	Invitation string `path:"invitation" maxLength:"90" example:"support-basics.0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"`
}

// invitation reads the name in the path; one of another program than the key's is
// answered as one that there is not.
func (h handler) invitation(ctx context.Context, name string, action identity.Action) (onboarding.InvitationRef, error) {
	ref, err := onboarding.ParseInvitationRef(name)
	if err == nil && !keyOf(ctx).May(action, ref.Program) {
		e := h.begun(ctx)
		e.Program, e.Detail = ref.Program, access.ByScope
		h.Access.Refuse(ctx, e)
		err = onboarding.NoInvitation(nil)
	}
	return ref, err
}

// Invited is one invitation.
type Invited struct {
	Invitation string `json:"invitation"`
	Program    string `json:"program"`
	State      string `json:"state" enum:"waiting,sent,opened,started,handed_in,declined,expired,undeliverable,withdrawn"`
	List       string `json:"list"`
}

type invitedPageOutput struct {
	Body struct {
		Items      []Invited `json:"items"`
		NextCursor string    `json:"next_cursor" doc:"Empty on the last page"`
	}
}

func (h handler) listInvitations(ctx context.Context, in *struct {
	State   string `query:"state" enum:"waiting,sent,opened,started,handed_in,declined,expired,undeliverable,withdrawn"`
	Program string `query:"program" maxLength:"41"`
	List    string `query:"list" maxLength:"64"`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor  string `query:"cursor" maxLength:"4000"`
}) (*invitedPageOutput, error) {
	f := invitations.Filter{State: onboarding.InvitationState(in.State), Programs: keyOf(ctx).Programs(), Batch: in.List, Limit: in.Limit, Cursor: in.Cursor}
	out := &invitedPageOutput{}
	out.Body.Items = []Invited{} // never null
	if in.Program != "" {
		if !keyOf(ctx).May(identity.ViewInvitations, in.Program) {
			return out, nil
		}
		f.Programs = []string{in.Program}
	}
	page, err := h.Invitations.List(ctx, f)
	if err != nil {
		return nil, problem(err)
	}
	for _, l := range page.Items {
		out.Body.Items = append(out.Body.Items, Invited{Invitation: l.Ref.String(), Program: l.Program, State: string(l.State), List: l.Batch})
	}
	out.Body.NextCursor = page.NextCursor
	return out, nil
}

type invitationOutput struct {
	Body struct {
		Invited
		Reference   string    `json:"reference,omitempty"`
		Language    string    `json:"language"`
		Made        time.Time `json:"made"`
		Since       time.Time `json:"since" doc:"When the state was reached"`
		Until       time.Time `json:"until" doc:"When it expires"`
		Letters     int       `json:"letters" doc:"Sent so far, or about to be"`
		Applicant   string    `json:"applicant,omitempty" doc:"The application that came of it"`
		Ledger      string    `json:"ledger" doc:"The ID under which its ledger lies: vouchsafe ledger show"`
		LedgerEnd   Head      `json:"ledger_end" doc:"The last record that is known to be stored; seq 0: none yet"`
		AddressGone bool      `json:"address_gone" doc:"The address and its key are destroyed"`
	}
}

func invitationOf(v workflows.InvitationView) *invitationOutput {
	out := &invitationOutput{}
	b := &out.Body
	b.Invited = Invited{Invitation: v.Ref.String(), Program: v.Ref.Program, State: string(v.State), List: v.Batch}
	b.Reference, b.Language, b.Made, b.Since, b.Until, b.Letters, b.AddressGone = v.Own, v.Language, v.Made, v.Since, v.Until, v.Letters, v.Forgotten
	b.Ledger, b.LedgerEnd = string(v.ID), Head{Seq: v.Stored.Seq, Hash: v.Stored.Head}
	if !v.State.Open() {
		b.Applicant = string(v.Applicant)
	}
	return out
}

// ListInput names a list in the address.
type ListInput struct {
	List string `path:"list" maxLength:"64"`
}

type invitationListOutput struct{ Body InvitationList }

// batch finds a list that the key may see: one of whose programs is another's is
// answered as one that there is not.
func (h handler) batch(ctx context.Context, id string, action identity.Action) (invitations.Batch, error) {
	b, err := h.Invitations.Batch(ctx, id)
	if err == nil && slices.ContainsFunc(b.Programs, func(p string) bool { return !keyOf(ctx).May(action, p) }) {
		err = onboarding.NoInvitation(nil)
	}
	return b, err
}

// batchSteerings are the updates by their word in the address.
var batchSteerings = map[string]string{"pause": workflows.UpdatePauseBatch, "resume": workflows.UpdateResumeBatch, "cancel": workflows.UpdateCancelBatch, "discard": workflows.UpdateDiscardBatch}

func (h handler) invitationLists(a huma.API) {
	huma.Register(a, operation("get-invitation-list", http.MethodGet, "/invitation-lists/{list}", "How far a list is", http.StatusOK),
		func(ctx context.Context, in *ListInput) (*invitationListOutput, error) {
			b, err := h.batch(ctx, in.List, identity.ViewInvitations)
			return &invitationListOutput{Body: listOf(b.InvitationBatchView)}, problem(err)
		})
	huma.Register(a, operation("list-invitation-lines", http.MethodGet, "/invitation-lists/{list}/lines", "What was found of each line, and came of it", http.StatusOK),
		func(ctx context.Context, in *ListInput) (*struct {
			Body struct {
				Items []InvitationLine `json:"items"`
			}
		}, error) {
			b, err := h.batch(ctx, in.List, identity.ViewInvitations)
			var answers []workflows.BatchAnswer
			if err == nil && len(b.Facts) > 0 {
				answers, err = h.Invitations.Answers(ctx, b.InvitationBatchView)
			}
			if err != nil {
				return nil, problem(err)
			}
			out := &struct {
				Body struct {
					Items []InvitationLine `json:"items"`
				}
			}{}
			out.Body.Items = linesOf(b.Facts, answers)
			return out, nil
		})
	faulty := operation("get-faulty-invitations", http.MethodGet, "/invitation-lists/{list}/faulty.csv", "The faulty lines, to be mended and sent again; for an hour, to who sent the list", http.StatusOK)
	faulty.Responses = map[string]*huma.Response{"200": {Description: "CSV with a column what_to_mend, which is not read", Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: "string"}}}}}
	huma.Register(a, faulty, func(ctx context.Context, in *ListInput) (*struct {
		ContentType string `header:"Content-Type"`
		Body        []byte
	}, error) {
		b, err := h.batch(ctx, in.List, identity.Invite)
		if err == nil && b.Actor != actor(ctx) {
			err = onboarding.NoInvitation(nil)
		}
		if err == nil {
			err = h.used(ctx, access.Event{What: access.Exported, Purpose: string(identity.ToList), Detail: "faulty lines of a list of invitations", Count: b.Counts.Faults})
		}
		var body []byte
		if err == nil {
			body, err = h.Invitations.Faulty(ctx, in.List)
		}
		if err != nil {
			return nil, problem(err)
		}
		return &struct {
			ContentType string `header:"Content-Type"`
			Body        []byte
		}{"text/csv; charset=utf-8", body}, nil
	})
	huma.Register(a, operation("confirm-invitation-list", http.MethodPost, "/invitation-lists/{list}/confirm", "Invite those of a list who can be", http.StatusOK),
		func(ctx context.Context, in *struct {
			ListInput
			Again     bool    `query:"again"`
			PerSecond float64 `query:"per_second" minimum:"0" maximum:"1000"`
		}) (*invitationListOutput, error) {
			if _, err := h.batch(ctx, in.List, identity.Invite); err != nil {
				return nil, problem(err)
			}
			v, err := h.Invitations.Confirm(ctx, in.List, in.Again, in.PerSecond)
			return &invitationListOutput{Body: listOf(v)}, problem(err)
		})
	huma.Register(a, operation("steer-invitation-list", http.MethodPost, "/invitation-lists/{list}/steer/{how}", "Drop a list that waits; pause one, let it go on, or call its rest off", http.StatusOK),
		func(ctx context.Context, in *struct {
			ListInput
			How string `path:"how" enum:"pause,resume,cancel,discard"`
		}) (*invitationListOutput, error) {
			if _, err := h.batch(ctx, in.List, identity.Invite); err != nil {
				return nil, problem(err)
			}
			v, err := h.Invitations.Steer(ctx, in.List, batchSteerings[strings.ToLower(in.How)])
			return &invitationListOutput{Body: listOf(v)}, problem(err)
		})
}
