package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"
)

// What comes after a report, adverse action and dispute, and what the applicant
// does on Checkr's own page.

type checkrAction struct {
	ID         string    `json:"id"`
	Report     string    `json:"report"`
	Items      []string  `json:"items"`
	CreatedAt  time.Time `json:"created_at"`
	PostAt     time.Time `json:"post_at"`
	CanceledAt time.Time `json:"canceled_at"`
}

// postNoticeAfter is when the final notice goes out if nobody says when.
const postNoticeAfter = 7 * 24 * time.Hour

func (a checkrAction) status(now time.Time) string {
	switch {
	case !a.CanceledAt.IsZero():
		return "canceled"
	case !now.Before(a.PostAt):
		return "complete"
	}
	return "pending"
}

func actionJSON(a checkrAction, now time.Time) map[string]any {
	return map[string]any{"id": a.ID, "object": "adverse_action", "uri": "/v1/adverse_actions/" + a.ID, "created_at": a.CreatedAt, "status": a.status(now),
		"report_id": a.Report, "post_notice_scheduled_at": a.PostAt, "post_notice_ready_at": a.PostAt, "canceled_at": stamp(a.CanceledAt)}
}

// actions gives the adverse actions of a report, the oldest first.
func (s *Sandbox) actions(report string) []checkrAction {
	ids, _ := find[[]string](s, Checkr, kindOfReport, report)
	out := make([]checkrAction, 0, len(ids))
	for _, id := range ids {
		if a, ok := find[checkrAction](s, Checkr, kindAction, id); ok {
			out = append(out, a)
		}
	}
	return out
}

func (s *Sandbox) checkrAdjudication(report string, now time.Time) any {
	for _, a := range s.actions(report) {
		switch a.status(now) {
		case "pending":
			return "pre_adverse_action"
		case "complete":
			return "post_adverse_action"
		}
	}
	return nil
}

// adversable finds the report that the path names, if an adverse action may be
// taken upon it.
func (s *Sandbox) adversable(x *exchange) (checkrReport, answer, bool) {
	r, ok := find[checkrReport](s, Checkr, kindReport, x.values["id"])
	if !ok {
		return r, checkrError(http.StatusNotFound, "The resource does not exist"), false
	}
	x.entry.Order = r.ID
	if shown := s.checkrReportJSON(r, x.now); shown["status"] != "complete" || shown["result"] != "consider" || shown["adjudication"] != nil {
		return r, checkrError(http.StatusBadRequest, "The report is not to be considered, or an adverse action is on its way"), false
	}
	return r, answer{}, true
}

// adverseItems are what the report's records can be held against the person for.
func (r checkrReport) adverseItems(now time.Time) (ids []string, data []any) {
	for i, f := range r.searches() {
		if f.plain || r.screening(i, now)["result"] != "consider" {
			continue
		}
		id := r.ID[:20] + "ad" + r.screeningID(i)[22:]
		ids = append(ids, id)
		data = append(data, map[string]any{"id": id, "object": "adverse_item", "text": "A record of the sandbox: " + f.kind})
	}
	return ids, data
}

// checkrListItems is GET /v1/reports/{id}/adverse_items.
func (s *Sandbox) checkrListItems(x *exchange) answer {
	r, a, ok := s.adversable(x)
	if !ok {
		return a
	}
	_, data := r.adverseItems(x.now)
	return checkrList(data)
}

// checkrListActions is GET /v1/reports/{id}/adverse_actions.
func (s *Sandbox) checkrListActions(x *exchange) answer {
	r, ok := find[checkrReport](s, Checkr, kindReport, x.values["id"])
	if !ok {
		return checkrError(http.StatusNotFound, "The resource does not exist")
	}
	x.entry.Order = r.ID
	data := []any{}
	for _, a := range slices.Backward(s.actions(r.ID)) {
		data = append(data, actionJSON(a, x.now))
	}
	return checkrList(data)
}

// checkrStartAction is POST /v1/reports/{id}/adverse_actions.
func (s *Sandbox) checkrStartAction(x *exchange) answer {
	var b struct {
		Items  []string   `json:"adverse_item_ids"`
		PostAt *time.Time `json:"post_notice_scheduled_at"`
	}
	if a, ok := x.checkrBody(&b, "adverse_item_ids", "post_notice_scheduled_at"); !ok {
		return a
	}
	return s.once(x, kindAction, func() (string, answer) {
		r, a, ok := s.adversable(x)
		if !ok {
			return "", a
		}
		have, _ := r.adverseItems(x.now)
		if len(b.Items) == 0 || slices.ContainsFunc(b.Items, func(id string) bool { return !slices.Contains(have, id) }) {
			return "", checkrError(http.StatusBadRequest, "adverse_item_ids is invalid")
		}
		c := checkrAction{ID: checkrID(), Report: r.ID, Items: b.Items, CreatedAt: x.now, PostAt: x.now.Add(postNoticeAfter)}
		if b.PostAt != nil {
			c.PostAt = *b.PostAt
		}
		s.keep(Checkr, kindAction, c.ID, c)
		change(s, Checkr, kindOfReport, r.ID, func(v *[]string, _ bool) bool { *v = append(*v, c.ID); return true })
		s.tell(checkrEvent("report.pre_adverse_action", kindReport, r.ID, x.now))
		s.tell(checkrEvent("report.post_adverse_action", kindReport, r.ID, c.PostAt))
		return c.ID, answer{}
	})
}

// checkrCancelAction is DELETE /v1/adverse_actions/{id}.
func (s *Sandbox) checkrCancelAction(x *exchange) answer {
	pending := false
	a := change(s, Checkr, kindAction, x.values["id"], func(a *checkrAction, had bool) bool {
		pending = had && a.status(x.now) == "pending"
		a.CanceledAt = x.now
		return pending
	})
	switch {
	case a.ID == "":
		return checkrError(http.StatusNotFound, "The resource does not exist")
	case !pending:
		return checkrError(http.StatusBadRequest, "The adverse action is not pending")
	}
	x.entry.Order = a.ID
	return answer{status: http.StatusOK, body: actionJSON(a, x.now)}
}

// checkrDispute is POST /_checkr/reports/{id}/dispute: {} opens a dispute and
// leaves it open; {"corrected":true|false} opens one if need be and ends it after
// Config.ReportDelay, with the record gone or as it was.
func (s *Sandbox) checkrDispute(w http.ResponseWriter, r *http.Request, values map[string]string) {
	var b struct {
		Corrected *bool `json:"corrected"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<12))
	if err == nil && len(body) > 0 {
		err = json.Unmarshal(body, &b)
	}
	if err != nil {
		badRequest(w, "body", `Send {} or {"corrected":true}.`)
		return
	}
	now := time.Now().UTC()
	opened, ok := false, false
	report := change(s, Checkr, kindReport, values["id"], func(v *checkrReport, had bool) bool {
		if !had {
			return false
		}
		opened = v.status(now) == "complete"
		if ok = opened || v.status(now) == "dispute"; !ok {
			return false
		}
		if opened {
			v.DisputedAt, v.CorrectedAt, v.Corrected = now, time.Time{}, false
		}
		if b.Corrected != nil {
			v.CorrectedAt, v.Corrected = now.Add(s.cfg.ReportDelay), *b.Corrected
		}
		return true
	})
	switch {
	case report.ID == "":
		writeJSON(w, http.StatusNotFound, map[string]any{"message": "There is no such report."})
		return
	case !ok:
		writeJSON(w, http.StatusConflict, map[string]any{"message": "Only a complete report can be disputed."})
		return
	}
	if opened {
		s.tell(checkrEvent("report.disputed", kindReport, report.ID, now))
	}
	if b.Corrected != nil {
		s.tell(checkrEvent("report.completed", kindReport, report.ID, report.CorrectedAt))
	}
	writeJSON(w, http.StatusOK, s.checkrReportJSON(report, now))
}

// checkrApply is Checkr's page for the applicant, by hand: GET shows it, POST
// does what its buttons say.
func (s *Sandbox) checkrApply(w http.ResponseWriter, r *http.Request, values map[string]string) {
	now := time.Now().UTC()
	id, _ := find[string](s, Checkr, kindOfToken, values["token"])
	i, ok := find[checkrInvitation](s, Checkr, kindInvitation, id)
	switch {
	case !ok || !i.DeletedAt.IsZero():
		showPage(w, http.StatusNotFound, "Nothing here", "This invitation was withdrawn, or there never was one.")
		return
	case i.status(now) != "pending":
		showPage(w, http.StatusOK, "Background check", "This invitation is "+i.status(now)+". You can close this page.")
		return
	case r.Method == http.MethodGet:
		showPage(w, http.StatusOK, "Background check", "Checkr would ask for your details and your authorization here. The sandbox asks for nothing.",
			deed{"hand_in", "Hand in"}, deed{"expire", "Let it expire"})
		return
	}
	done := false
	switch r.PostFormValue("do") {
	case "hand_in":
		i = change(s, Checkr, kindInvitation, id, func(v *checkrInvitation, _ bool) bool {
			if done = v.status(now) == "pending"; done {
				v.CompletedAt = now
			}
			return done
		})
		if done {
			c, _ := find[checkrCandidate](s, Checkr, kindCandidate, i.Candidate)
			report := s.newReport(c, i.Package, i.Tags, now)
			change(s, Checkr, kindInvitation, id, func(v *checkrInvitation, _ bool) bool { v.Report = report.ID; return true })
			s.tell(checkrEvent("invitation.completed", kindInvitation, id, now))
		}
		showPage(w, http.StatusOK, "Handed in", "Thank you. You can close this page.")
	case "expire":
		change(s, Checkr, kindInvitation, id, func(v *checkrInvitation, _ bool) bool {
			if done = v.status(now) == "pending"; done {
				v.ExpiresAt = now
			}
			return done
		})
		if done {
			s.tell(checkrEvent("invitation.expired", kindInvitation, id, now))
		}
		showPage(w, http.StatusOK, "Expired", "The invitation has expired. You can close this page.")
	default:
		showPage(w, http.StatusBadRequest, "Background check", "Use one of the buttons.", deed{"hand_in", "Hand in"}, deed{"expire", "Let it expire"})
	}
}
