package console

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// fakeRequests keeps data requests and what was answered.
type fakeRequests struct {
	all    []workflows.RequestView
	words  map[string]string
	vendor []string
	read   []identity.Reading
}

func (f *fakeRequests) Requests(context.Context) ([]workflows.RequestView, error) { return f.all, nil }

func (f *fakeRequests) at(request string) (*workflows.RequestView, error) {
	i := slices.IndexFunc(f.all, func(v workflows.RequestView) bool { return v.ID == request })
	if i < 0 {
		return nil, applicants.Unknown(nil)
	}
	return &f.all[i], nil
}

func (f *fakeRequests) Request(_ context.Context, request string) (workflows.RequestView, error) {
	v, err := f.at(request)
	if err != nil {
		return workflows.RequestView{}, err
	}
	return *v, nil
}

func (f *fakeRequests) RequestWordsRead(_ context.Context, request string, as identity.Reading) (asked, answered string, err error) {
	v, err := f.at(request)
	if err != nil {
		return "", "", err
	}
	f.read = append(f.read, as)
	return string(v.Words), f.words[v.ID], nil
}

func (f *fakeRequests) OpenRequest(_ context.Context, id onboarding.ApplicantID, kind workflows.RequestKind, from workflows.RequestFrom, words string, _ workflows.Actor) (string, error) {
	if kind == workflows.RequestCorrect && words == "" {
		return "", onboarding.Invalid("words", "Say what is to be corrected.", "In the person's words.")
	}
	f.all = append(f.all, workflows.RequestView{ID: string(id) + ".00000001", Applicant: id, Kind: kind, From: from, State: workflows.RequestVerify, AskedAt: noon, Due: noon.AddDate(0, 0, 30), Words: []byte(words)})
	return f.all[0].ID, nil
}

func (f *fakeRequests) AnswerRequest(_ context.Context, request string, granted bool, words string, _ workflows.Actor) error {
	v, err := f.at(request)
	if err != nil {
		return err
	}
	if v.State, v.EndedAt = workflows.RequestRefused, noon; granted {
		v.State = workflows.RequestDone
	}
	f.words[request] = words
	return nil
}

func (f *fakeRequests) LiftRestriction(_ context.Context, request, _ string, _ workflows.Actor) error {
	v, err := f.at(request)
	if err == nil {
		v.LiftAt = noon.AddDate(0, 0, 14)
	}
	return err
}

func (f *fakeRequests) ExtendRequest(_ context.Context, request string, why workflows.ExtendReason, _ workflows.Actor) error {
	v, err := f.at(request)
	if err == nil {
		v.Extended, v.Due = why, v.Due.AddDate(0, 0, 30)
	}
	return err
}

func (f *fakeRequests) Erasures(context.Context) ([]workflows.ErasureView, error) { return nil, nil }

func (f *fakeRequests) VendorErased(_ context.Context, _ onboarding.ApplicantID, vendor, answer string, _ workflows.Actor) error {
	f.vendor = append(f.vendor, vendor+" "+answer)
	return nil
}

// fakeComplaints keeps one complaint in the open.
type fakeComplaints struct {
	kept   []applicants.ComplaintRead
	opened []identity.Reading
}

func (f *fakeComplaints) Complaints(context.Context) (out []applicants.Complaint, err error) {
	for _, c := range f.kept {
		out = append(out, c.Complaint)
	}
	return out, nil
}

func (f *fakeComplaints) Complain(_ context.Context, id onboarding.ApplicantID, words string, by workflows.Actor) (string, error) {
	f.kept = append(f.kept, applicants.ComplaintRead{Complaint: applicants.Complaint{Number: "C-0000-0001", Applicant: id, Program: "support-basics", At: noon, Due: noon.AddDate(0, 0, 30), By: by}, Says: words})
	return "C-0000-0001", nil
}

func (f *fakeComplaints) OpenComplaint(_ context.Context, _ onboarding.ApplicantID, number string, as identity.Reading) (applicants.ComplaintRead, error) {
	if f.opened = append(f.opened, as); number != "C-0000-0001" || len(f.kept) == 0 {
		return applicants.ComplaintRead{}, applicants.Unknown(nil)
	}
	return f.kept[0], nil
}

func (f *fakeComplaints) AnswerComplaint(_ context.Context, _ onboarding.ApplicantID, _, words string, by workflows.Actor) error {
	f.kept[0].Answers, f.kept[0].AnsweredAt, f.kept[0].AnsweredBy = words, noon.Add(time.Minute), by
	return nil
}

func (f *fakeComplaints) OutsideBodies(context.Context, onboarding.ApplicantID) ([]program.OutsideBody, error) {
	return []program.OutsideBody{{Name: "A Bureau", About: "Reports", Contact: "bureau.example.com", Source: "15 USC 1681"}}, nil
}

// TestRequestPages: a request that came by mail stands on the board, the one that is due
// first on top; it is answered once its person has proved who they are, by those who may.
func TestRequestPages(t *testing.T) {
	h, _ := withPrivacy(t, func(c *Console) { c.DataRequests = &fakeRequests{words: map[string]string{}} })
	f, _ := h.console.DataRequests.(*fakeRequests)
	on := casePath(failedID) + "/requests"
	h.desk(identity.RoleRecruiter).get(requestsPath).is(http.StatusForbidden)
	h.desk(identity.RoleAuditor).post(on, form("kind", "delete")).is(http.StatusForbidden)
	d := h.desk(identity.RolePrivacy)
	d.get(requestsPath).is(http.StatusOK).says("No request is open")
	d.get(on).submit().problem("kind-0", "Choose what they ask for")
	d.submit("kind", "correct").problem("words", "Say what is to be corrected")
	d.elsewhere(on, "kind", "delete").is(http.StatusForbidden)
	if d.get(on).submit("kind", "correct", "words", "Another street").is(http.StatusOK).says("It is taken down", "For a correction", "who asks is not proved"); len(f.all) != 1 || f.all[0].From != workflows.RequestFromMail {
		t.Fatalf("%+v", f.all)
	}
	at := requestsPath + "/" + f.all[0].ID
	d.get(at).says("who asks is not proved", "Another street").silent("Answer it", "Take 30 days more")
	if len(f.read) != 1 || f.read[0].Purpose() != identity.ToAnswer {
		t.Errorf("the words were read for %v", f.read)
	}
	d.get(requestsPath + "/" + string(failedID) + ".ffffffff").is(http.StatusNotFound)
	f.all[0].State, f.all[0].ProvedAt = workflows.RequestOpen, noon
	sooner := f.all[0]
	sooner.ID, sooner.Kind, sooner.Due, sooner.Escalated = string(reviewID)+".00000002", workflows.RequestDelete, noon.Add(-time.Hour), true
	f.all = append(f.all, sooner)
	board := d.get(requestsPath).says("overdue")
	if first, second := board.indexes("For erasure", "For a correction"); first > second {
		t.Errorf("what is due first does not stand first: %d, %d", first, second)
	}
	d.post(at+"/extend", nil).problem("why-0", "Choose why it takes longer")
	d.post(at+"/extend", form("why", "vendors")).is(http.StatusOK).says("extended")
	d.get(at).silent("Take 30 days more")
	d.post(at+"/answer", form("granted", "yes")).problem("reason", "Enter your answer")
	d.elsewhere(at+"/answer", "granted", "yes", "reason", "x").is(http.StatusForbidden)
	d.post(at+"/answer", form("granted", "no", "reason", "It is right as it stands")).is(http.StatusOK).says("Answered lately", "refused")
	d.get(at).says("It is right as it stands").silent("Answer it")
	d.post(casePath(failedID)+"/erasure", form("vendor", "findly", "answer", "erased")).is(http.StatusOK)
	if !slices.Equal(f.vendor, []string{"findly erased"}) {
		t.Errorf("%v", f.vendor)
	}
}

// indexes are where two words stand in what people read.
func (d *desk) indexes(a, b string) (int, int) {
	return strings.Index(shown(d.doc), a), strings.Index(shown(d.doc), b)
}

// TestComplaintPages: staff take one in and the privacy officer alone reads and answers
// it; each reading says what for.
func TestComplaintPages(t *testing.T) {
	f := &fakeComplaints{}
	h, _ := withPrivacy(t, func(c *Console) { c.Complaints = f })
	on := casePath(failedID) + "/complaints"
	d := h.desk(identity.RoleRecruiter)
	d.get(casePath(failedID)).leads("Take a complaint in", on)
	d.get(complaintsPath).is(http.StatusForbidden)
	d.get(on).submit().problem("complaint", "Enter what they complain about")
	d.elsewhere(on, "complaint", "x").is(http.StatusForbidden)
	if d.get(on).submit("complaint", "Nobody calls back").is(http.StatusOK); len(f.kept) != 1 || d.path != casePath(failedID) {
		t.Fatalf("%+v at %s", f.kept, d.path)
	}
	at := on + "/C-0000-0001"
	d.get(at).is(http.StatusForbidden).silent("Nobody calls back")
	d.post(at, form("answer", "x")).is(http.StatusForbidden)
	privacy := h.desk(identity.RolePrivacy)
	privacy.get(complaintsPath).is(http.StatusOK).says("C-0000-0001", "29 days left").silent("Nobody calls back")
	privacy.get(at).says("Nobody calls back", "A Bureau").submit().problem("answer", "Enter an answer")
	privacy.get(on + "/C-none").is(http.StatusNotFound)
	privacy.get(at).submit("answer", "We call on Monday").is(http.StatusOK).says("answered")
	privacy.get(at).says("We call on Monday").silent("Answer it")
	if slices.ContainsFunc(f.opened, func(r identity.Reading) bool { return r.Purpose() != identity.ToAnswer }) {
		t.Errorf("read for %+v", f.opened)
	}
}
