package portal

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// fakeRequests keeps data requests as the service does: a proof that does not fit is
// counted, and nothing is given before one that fits.
type fakeRequests struct {
	house *house
	all   map[string]*workflows.RequestView
	born  string

	words  string // of the last request
	beside []applicants.Amendment
}

const rightCode, rightToken = "12345678", "a-secret-of-a-letter"

func (f *fakeRequests) OpenRequest(_ context.Context, id onboarding.ApplicantID, kind workflows.RequestKind, from workflows.RequestFrom, words string, _ workflows.Actor) (string, error) {
	f.words = words
	request := string(id) + ".0000000" + string(rune('1'+len(f.all)))
	f.all[request] = &workflows.RequestView{ID: request, Applicant: id, Kind: kind, From: from, State: workflows.RequestVerify, AskedAt: f.house.fake.now(), Due: f.house.fake.now().AddDate(0, 0, 30)}
	return request, nil
}

func (f *fakeRequests) RequestsOf(_ context.Context, id onboarding.ApplicantID) ([]workflows.RequestView, error) {
	var out []workflows.RequestView
	for _, v := range f.all {
		if v.Applicant == id {
			out = append(out, *v)
		}
	}
	return out, nil
}

func (f *fakeRequests) LiftRestriction(_ context.Context, request, _ string, _ workflows.Actor) error {
	f.all[request].Lifted = f.house.fake.now()
	return nil
}

func (f *fakeRequests) CallOffErasure(_ context.Context, request string, _ workflows.Actor) error {
	f.all[request].CalledOff = f.house.fake.now()
	return nil
}

func (f *fakeRequests) Beside(context.Context, onboarding.ApplicantID) ([]applicants.Amendment, error) {
	return f.beside, nil
}

func (f *fakeRequests) Request(_ context.Context, request string) (workflows.RequestView, error) {
	if v, ok := f.all[request]; ok {
		return *v, nil
	}
	return workflows.RequestView{}, applicants.Unknown(nil)
}

func (f *fakeRequests) ProveRequester(ctx context.Context, request string, p applicants.Proof) (workflows.RequestView, error) {
	v, ok := f.all[request]
	if !ok || p.Token != "" && p.Token != rightToken {
		return workflows.RequestView{}, applicants.Unknown(nil)
	}
	if v.Spent() {
		return workflows.RequestView{}, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "spent"}
	}
	if p.Token == "" && p.Code != rightCode || p.Token != "" && p.Born != f.born {
		v.Failures++
		return workflows.RequestView{}, &onboarding.Error{Code: onboarding.CodeNotAllowed, Message: "no"}
	}
	if v.State == workflows.RequestVerify {
		v.State = workflows.RequestDone
		switch v.Kind {
		case workflows.RequestRestrict:
			v.Restricted = f.house.fake.now()
		case workflows.RequestClose:
			v.EraseOn = f.house.fake.now().Add(policy.CloseTime)
		default:
		}
	}
	return f.Request(ctx, request)
}

func (f *fakeRequests) RequestWords(context.Context, workflows.RequestView) (asked, answered string, err error) {
	return "", "", nil
}

func (f *fakeRequests) RequestedCopy(context.Context, workflows.RequestView) (onboarding.Profile, []applicants.File, error) {
	return onboarding.Profile{onboarding.FieldGivenName: "Ada", onboarding.FieldNationalID: "•••-••-••••"}, []applicants.File{{Name: "../letter.pdf", Body: []byte("%PDF")}}, nil
}

// TestRequestCopyBySignedIn: who is signed in proves it by a code, and gets the copy as a
// ZIP then; another person's request is none of theirs.
func TestRequestCopyBySignedIn(t *testing.T) {
	h := newHouse(t)
	b, _ := h.handedIn()
	b.get("/apply/data/ask/copy").submit().says("sent a code", "Code").silent("Download")
	at := b.path
	b.submit("code", "00000000").is(422).says("That does not fit")
	b.get(at).submit("code", rightCode).says("Your copy is ready")
	b.submit().is(200)
	z, err := zip.NewReader(bytes.NewReader([]byte(b.body)), int64(len(b.body)))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		found[f.Name] = string(body)
	}
	for name, says := range map[string]string{"index.html": "What you told us", "data.json": `"Ada"`, "uses.json": "[", "files/1-letter.pdf": "%PDF"} {
		if !strings.Contains(found[name], says) {
			t.Errorf("%s does not say %q: %.300s", name, says, found[name])
		}
	}
	receipts := 0
	for name, body := range found {
		if strings.HasPrefix(name, "receipts/") {
			receipts++
		}
		if strings.Contains(body, "987-65") {
			t.Errorf("%s shows the number", name)
		}
	}
	if receipts == 0 {
		t.Error("there are no receipts")
	}
	other, _ := h.handedIn()
	other.get(at).is(404)
	request := strings.TrimPrefix(at, applicants.RequestPath)
	for _, do := range []string{"", doCopy, doLift, doKeep} {
		for _, code := range []string{rightCode, "00000000"} {
			other.post(at+do, url.Values{"code": {code}}).is(404).silent("Your copy")
		}
	}
	if v := h.requests.all[request]; v.Failures != 1 {
		t.Errorf("another person used %d tries up", v.Failures-1)
	}
}

// TestRequestByMail: the address of the letter asks for the date of birth, and five tries
// that do not fit are enough; before, nothing is told.
//
// Promise 54.
func TestRequestByMail(t *testing.T) {
	h := newHouse(t)
	_, c := h.handedIn()
	request, err := h.requests.OpenRequest(t.Context(), c.view.Applicant, workflows.RequestAccess, workflows.RequestFromMail, "", "staff:privacy:x")
	if err != nil {
		t.Fatal(err)
	}
	h.requests.born = "1990-04-01"
	at := "/apply/requests/" + request + "/" + rightToken
	b := h.browser()
	b.get(at).is(200).says("date of birth").silent("copy")
	for range workflows.MostProofs - 1 {
		b.get(at).submit("date_of_birth-month", "4", "date_of_birth-day", "2", "date_of_birth-year", "1990").is(422).says("That does not fit").silent("copy")
	}
	b.get(at).submit("date_of_birth-month", "4", "date_of_birth-day", "1", "date_of_birth-year", "1990").is(200).says("Your copy is ready")
	h.requests.all[request].Failures = workflows.MostProofs
	b.get(at).submit("date_of_birth-month", "4", "date_of_birth-day", "1", "date_of_birth-year", "1990").is(422).says("too often").silent("Download")
	b.get("/apply/requests/"+request+"/another").submit("date_of_birth-month", "4", "date_of_birth-day", "1", "date_of_birth-year", "1990").is(404)
}
