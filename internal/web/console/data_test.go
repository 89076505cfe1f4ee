package console

import (
	"context"
	"net/http"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestCorrectedAfterwards: whoever looks at a case, and whoever decides on it, sees
// that details are not those that were handed in.
func TestCorrectedAfterwards(t *testing.T) {
	h := newHouse(t)
	v := h.fake.cases[reviewID]
	v.Corrections = []workflows.Correction{{Fields: []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldPhone}, At: noon, Stage: onboarding.StageVetting}}
	for _, path := range []string{casePath(reviewID), casePath(reviewID) + "/decision"} {
		h.desk(identity.RoleReviewer).get(path).is(http.StatusOK).says("Corrected after it was handed in:", "given name, phone, on", "in the stage vetting")
	}
	v.Corrections = nil
	h.desk(identity.RoleRecruiter).get(casePath(reviewID)).is(http.StatusOK).silent("Corrected after it was handed in")
}

func (f *fake) Attachments(context.Context, onboarding.ApplicantID) ([]applicants.Attached, error) {
	return []applicants.Attached{{Number: 1, Name: "señal <b>.pdf", MediaType: "application/pdf", Size: 3, Attached: workflows.Attachment{At: noon}}}, nil
}

func (f *fake) OpenAttachment(_ context.Context, id onboarding.ApplicantID, n int, _ identity.Reading) (applicants.Attached, []byte, error) {
	if n != 1 || f.cases[id] == nil {
		return applicants.Attached{}, nil, &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such file.", Hint: "Check the ID."}
	}
	all, _ := f.Attachments(context.Background(), id)
	return all[0], []byte("PDF"), nil
}

func (f *fake) AnswerData(_ context.Context, id onboarding.ApplicantID, kind workflows.DataKind, answer, _ string, _ workflows.Actor) error {
	q := &f.cases[id].Requests[0]
	if q.Kind != kind {
		return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "No such request is open."}
	}
	q.AnsweredAt, q.Answer = noon, answer
	return nil
}

// TestDataRequest: the privacy officer sees it with its day, and answers it once.
func TestDataRequest(t *testing.T) {
	h := newHouse(t)
	v := h.fake.cases[reviewID]
	v.Requests = []workflows.DataRequest{{Kind: workflows.DataErasure, AskedAt: noon, Due: noon.AddDate(0, 0, 30)}}
	d := h.desk(identity.RolePrivacy).get(casePath(reviewID)).is(http.StatusOK)
	d.says("The applicant asks for erasure", "Answer it")
	h.desk(identity.RoleReviewer).get(casePath(reviewID)).says("The applicant asks for erasure").silent("Answer it")
	d.post(casePath(reviewID)+"/data-request", form("reason", "")).is(http.StatusUnprocessableEntity)
	d.post(casePath(reviewID)+"/data-request", form("answer", "answered", "reason", "Sent by letter")).is(http.StatusOK)
	if v.Requests[0].Open() || v.Requests[0].Answer != workflows.DataAnswered {
		t.Errorf("it stands as %+v", v.Requests[0])
	}
	d.get(casePath(reviewID) + "/data-request").is(http.StatusConflict)
}

// TestFilesFromTheApplicant: a reviewer gets them to save and not to look at in the
// browser; who does not weigh anything does not even see their names.
func TestFilesFromTheApplicant(t *testing.T) {
	h := newHouse(t)
	h.fake.cases[reviewID].Attachments = []workflows.Attachment{{Object: "attachments/x"}}
	d := h.desk(identity.RoleReviewer).get(casePath(reviewID)).is(http.StatusOK)
	d.says("Files from the applicant", "señal <b>.pdf, 3 bytes")
	h.desk(identity.RoleRecruiter).get(casePath(reviewID)).is(http.StatusOK).silent("señal")
	d.get(casePath(reviewID) + "/files/1").is(http.StatusOK)
	for name, want := range map[string]string{"Content-Type": "application/pdf", "Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff",
		"Content-Disposition": "attachment; filename*=utf-8''se%C3%B1al%20%3Cb%3E.pdf", "Cache-Control": "no-store"} {
		if got := d.header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	d.get(casePath(reviewID) + "/files/x").is(http.StatusNotFound)
	h.desk(identity.RoleRecruiter).get(casePath(reviewID) + "/files/1").is(http.StatusForbidden)
}
