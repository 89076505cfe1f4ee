package console

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Complaints is what the pages of complaints need; *applicants.Service is one.
type Complaints interface {
	Complaints(ctx context.Context) ([]applicants.Complaint, error)
	Complain(ctx context.Context, id onboarding.ApplicantID, words string, by workflows.Actor) (string, error)
	// OpenComplaint is recorded in the ledger before it answers.
	OpenComplaint(ctx context.Context, id onboarding.ApplicantID, number string, as identity.Reading) (applicants.ComplaintRead, error)
	AnswerComplaint(ctx context.Context, id onboarding.ApplicantID, number, words string, by workflows.Actor) error
	OutsideBodies(ctx context.Context, id onboarding.ApplicantID) ([]program.OutsideBody, error)
}

const complaintsPath = "/console/complaints"

func complaintPath(id onboarding.ApplicantID, number string) string {
	return casePath(id) + "/complaints/" + number
}

// complaintRoutes are the pages of complaints.
func (c *Console) complaintRoutes() []route {
	if c.Complaints == nil {
		return nil
	}
	of := "/console/applicants/{id}/complaints"
	return []route{
		{"GET " + complaintsPath, identity.AnswerComplaint, c.listComplaints},
		{"GET " + of, identity.TakeComplaint, c.askComplaint},
		{"POST " + of, identity.TakeComplaint, c.takeComplaint},
		{"GET " + of + "/{complaint}", identity.AnswerComplaint, c.showComplaint},
		{"POST " + of + "/{complaint}", identity.AnswerComplaint, c.answerComplaint},
	}
}

type complaintLine struct {
	applicants.Complaint
	Path string
	Late bool
	Left string // until it is due; empty once answered
	// Who and Whose are who took it in and who answered it, in words.
	Who, Whose string
}

func (c *Console) complaintLine(k applicants.Complaint, names map[string]string) complaintLine {
	l := complaintLine{Complaint: k, Path: complaintPath(k.Applicant, k.Number), Who: byWords(string(k.By), names), Whose: byWords(string(k.AnsweredBy), names)}
	if k.Open() {
		left := k.Due.Sub(c.site.Now())
		l.Late = left < 0
		l.Left = left.Round(time.Hour).String()
		if left > 48*time.Hour {
			l.Left = strconv.Itoa(int(left/(24*time.Hour))) + " days"
		}
	}
	return l
}

// listComplaints lists them, the most urgent first.
func (c *Console) listComplaints(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	all, err := c.Complaints.Complaints(r.Context())
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	var lines []complaintLine
	for _, k := range all {
		lines = append(lines, c.complaintLine(k, nil)) // nobody is named there
	}
	c.show(w, r, who, "complaints", web.Page{Title: "Complaints", Body: lines})
}

type complaintPage struct {
	complaintLine
	Read   applicants.ComplaintRead
	Bodies []program.OutsideBody
	Form   web.Form
	ID     onboarding.ApplicantID
}

func takeForm() web.Form {
	return web.Form{{ID: "complaint", Label: "What do they complain about?", Noun: "what they complain about", Rows: 8, Max: 5000, Spellcheck: true, Hint: "In their own words. It is kept sealed, and they read it on their page."}}
}

// askComplaint takes in what somebody complains about by phone or mail.
func (c *Console) askComplaint(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	c.showTake(w, r, who, takeForm(), nil)
}

func (c *Console) showTake(w http.ResponseWriter, r *http.Request, who identity.Staff, f web.Form, problems []web.Problem) {
	id, err := onboarding.ParseApplicantID(r.PathValue("id"))
	if err == nil {
		_, err = c.service.StaffView(r.Context(), id)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	c.show(w, r, who, "complaint_take", web.Page{Title: "Take in a complaint", Back: casePath(id), Problems: append(f.Problems(), problems...), Body: complaintPage{Form: f, ID: id}})
}

func (c *Console) takeComplaint(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	f := takeForm()
	if err := f.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if len(f.Problems()) > 0 {
		c.showTake(w, r, who, f, nil)
		return
	}
	id, err := onboarding.ParseApplicantID(r.PathValue("id"))
	if err == nil {
		_, err = c.Complaints.Complain(r.Context(), id, f.Value("complaint"), workflows.Actor(who.Actor()))
	}
	switch outcome(err) { //nolint:exhaustive // all else is a fault
	case "":
		web.Redirect(w, r, casePath(id))
	case onboarding.CodeInvalid, onboarding.CodeNotNow:
		c.showTake(w, r, who, f, []web.Problem{{Text: err.Error()}})
	default:
		c.site.Fail(w, r, err)
	}
}

func complaintAnswerForm() web.Form {
	return web.Form{{ID: "answer", Label: "Answer", Noun: "an answer", Rows: 8, Max: 5000, Spellcheck: true, Hint: "What you found, and what is done about it. The applicant reads it on their page."}}
}

// showComplaint opens one, which stands in the ledger first.
func (c *Console) showComplaint(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	c.answeringComplaint(w, r, who, complaintAnswerForm(), nil)
}

func (c *Console) answeringComplaint(w http.ResponseWriter, r *http.Request, who identity.Staff, f web.Form, problems []web.Problem) {
	as, ok := c.reads(w, r, who, identity.AnswerComplaint, identity.ToAnswer)
	if !ok {
		return
	}
	id, err := onboarding.ParseApplicantID(r.PathValue("id"))
	page := complaintPage{Form: f, ID: id}
	if err == nil {
		page.Read, err = c.Complaints.OpenComplaint(r.Context(), id, r.PathValue("complaint"), as)
	}
	if err == nil {
		page.Bodies, err = c.Complaints.OutsideBodies(r.Context(), id)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page.complaintLine = c.complaintLine(page.Read.Complaint, c.called(r))
	c.show(w, r, who, "complaint", web.Page{Title: "Complaint " + page.Read.Number, Back: complaintsPath, Problems: append(f.Problems(), problems...), Body: page})
}

func (c *Console) answerComplaint(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	f := complaintAnswerForm()
	if err := f.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if len(f.Problems()) > 0 {
		c.answeringComplaint(w, r, who, f, nil)
		return
	}
	id, err := onboarding.ParseApplicantID(r.PathValue("id"))
	if err == nil {
		err = c.Complaints.AnswerComplaint(r.Context(), id, r.PathValue("complaint"), f.Value("answer"), workflows.Actor(who.Actor()))
	}
	switch outcome(err) { //nolint:exhaustive // all else is a fault
	case "":
		web.Redirect(w, r, complaintsPath)
	case onboarding.CodeInvalid, onboarding.CodeNotNow:
		c.answeringComplaint(w, r, who, f, []web.Problem{{Text: err.Error()}})
	default:
		c.site.Fail(w, r, err)
	}
}
