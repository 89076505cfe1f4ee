package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

var hostileTexts = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onfocus='alert(1)`, `javascript:alert(1)//<script>`, `</textarea></title><script>x</script>`,
	`{{.}}<script>`, "\u202E<script>", "line\r\nSet-Cookie: a=b<script>", `&lt;script&gt;<script>`,
}

// hostileService puts a text into every string that the service gives, also into
// those that a later version adds, since it finds them by reflection. What the
// pages are built by (IDs, stages, states, names of checks) it leaves as it is,
// so that every part of a page is there; in its wild form it spares nothing.
type hostileService struct {
	*fake
	text string
	wild bool
}

func (s hostileService) poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if !s.wild {
			switch v.Interface().(type) {
			case onboarding.ApplicantID, onboarding.Stage, onboarding.CheckStatus, onboarding.CheckName, onboarding.Attention:
				return
			}
		}
		v.SetString(s.text)
	case reflect.Struct:
		if at, ok := v.Addr().Interface().(*time.Time); ok {
			*at = noon
			return
		}
		for i := range v.NumField() {
			s.poison(v.Field(i))
		}
	case reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		} else {
			v.Set(reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()), v)) // the fake keeps its own
		}
		for i := range v.Len() {
			s.poison(v.Index(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		s.poison(v.Elem())
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Uint64:
		if v.IsZero() && v.CanSet() {
			v.Set(reflect.ValueOf(7).Convert(v.Type()))
		}
	default: // numbers and bytes
	}
}

func poisoned[T any](s hostileService, v T, err error) (T, error) {
	s.poison(reflect.ValueOf(&v).Elem())
	return v, err
}

func (s hostileService) List(ctx context.Context, f applicants.Filter) (applicants.Page, error) {
	p, err := s.fake.List(ctx, f)
	return poisoned(s, p, err)
}

func (s hostileService) Counts(context.Context) (map[onboarding.Stage]int, map[onboarding.Attention]int, error) {
	return map[onboarding.Stage]int{"vetting": 1, onboarding.Stage(s.text): 1}, map[onboarding.Attention]int{"ops": 1, onboarding.Attention(s.text): 1}, nil
}

func (s hostileService) FailedCounts(ctx context.Context, program string) ([]applicants.FailedCount, error) {
	n, err := s.fake.FailedCounts(ctx, program)
	return poisoned(s, n, err)
}

func (s hostileService) StaffView(ctx context.Context, id onboarding.ApplicantID) (workflows.StaffView, error) {
	v, err := s.fake.StaffView(ctx, id)
	return poisoned(s, v, err)
}

// hostileAway is that where no worker answers.
type hostileAway struct{ hostileService }

func (hostileAway) StaffView(context.Context, onboarding.ApplicantID) (workflows.StaffView, error) {
	return workflows.StaffView{}, applicants.ErrAway
}

func (s hostileService) Timeline(ctx context.Context, id onboarding.ApplicantID) ([]applicants.Event, error) {
	e, err := s.fake.Timeline(ctx, id)
	return poisoned(s, e, err)
}

func (s hostileService) VerifyLedger(ctx context.Context, id onboarding.ApplicantID) (ledger.Report, error) {
	r, err := s.fake.VerifyLedger(ctx, id)
	return poisoned(s, r, err)
}

func (s hostileService) Found(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, as identity.Reading) (applicants.Found, error) {
	found, err := s.fake.Found(ctx, id, check, as)
	return poisoned(s, found, err)
}

func (s hostileService) Notes(context.Context, onboarding.ApplicantID, identity.Reading) ([]applicants.Note, error) {
	return poisoned(s, []applicants.Note{{Number: 7, At: noon}}, nil)
}

func (s hostileService) Documents(context.Context, onboarding.ApplicantID) ([]applicants.Document, error) {
	return poisoned(s, []applicants.Document{{Kind: applicants.DocumentReport}}, nil)
}

func (s hostileService) Outages(ctx context.Context) ([]workflows.VendorOutage, error) {
	o, err := s.fake.Outages(ctx)
	return poisoned(s, o, err)
}

func (s hostileService) Bulk(context.Context, string) (workflows.BulkProgress, error) {
	p := workflows.BulkProgress{PerSecond: 1}
	if !s.wild {
		p.Action = workflows.BulkRetry
	}
	return poisoned(s, p, nil)
}

func (s hostileService) BulkAnswers(context.Context, workflows.BulkProgress) ([]applicants.BulkAnswer, error) {
	return poisoned(s, []applicants.BulkAnswer{{}}, nil)
}

func (s hostileService) BulkOthers(context.Context, workflows.BulkProgress, int) ([]applicants.BulkAnswer, error) {
	return poisoned(s, []applicants.BulkAnswer{{}}, nil)
}

func (s hostileService) Listed(context.Context, onboarding.ApplicantID) (applicants.Line, error) {
	l := applicants.Line{FailedAt: []applicants.FailedAt{{Check: "email"}}}
	if !s.wild {
		l.ID = failedID
	}
	return poisoned(s, l, nil)
}

func (s hostileService) SteerBulk(context.Context, string, string) (workflows.BulkProgress, error) {
	return workflows.BulkProgress{}, nil
}

func (s hostileService) Bulks(context.Context, int) ([]applicants.BulkLine, error) {
	return poisoned(s, []applicants.BulkLine{{}}, nil)
}

type hostilePrograms string

func (p hostilePrograms) All() []program.Program {
	return []program.Program{{ID: string(p), Title: string(p)}}
}

// tame holds the last page to text that is only text. What the parser makes of
// it counts: scripts and handlers are found by sound on every page, here are
// left the addresses and the raw bytes.
func (d *desk) tame(hostile string) {
	d.Helper()
	walk(d.doc, func(n *html.Node) {
		for _, a := range n.Attr {
			if (a.Key == "href" || a.Key == "action" || a.Key == "src") && strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
				d.Errorf("%s: %s=%q", d.path, a.Key, a.Val)
			}
		}
		if n.Data == "img" {
			d.Errorf("%s has an image", d.path)
		}
	})
	d.silent("<script>", "<img", hostile)
	if d.header.Get("Set-Cookie") != "" || d.status >= 500 {
		d.Errorf("%s: %d with the cookie %q", d.path, d.status, d.header.Get("Set-Cookie"))
	}
}

// TestNothingFromOutsideIsMarkup asks for every page of the table, of each kind
// of applicant, from a service whose every string is hostile.
func TestNothingFromOutsideIsMarkup(t *testing.T) {
	for _, wild := range []bool{false, true} {
		for _, text := range hostileTexts {
			h := newHouse(t)
			d := h.desk(identity.RoleAdmin)
			s := hostileService{fake: h.fake, text: text, wild: wild}
			h.console.service = hostileAway{s}
			if d.get(casePath(failedID)).is(http.StatusOK).tame(text); !strings.Contains(shown(d.doc), strings.Join(strings.Fields(text), " ")) {
				t.Errorf("the page without a worker shows nothing of %q", text)
			}
			h.console.service, h.console.Programs = s, hostilePrograms(text)
			key := h.named(text)
			if err := h.console.Directory.Note(t.Context(), strings.TrimPrefix(string(d.actor()), "staff:admin:"), identity.Entry{Name: text}); err != nil {
				t.Fatal(err)
			}
			if err := h.console.Access.Record(t.Context(), access.Event{Who: text, What: access.Searched, Purpose: text, Action: text, Route: text, Program: text, Detail: text}); err != nil {
				t.Fatal(err)
			}
			for _, rt := range h.console.routes() {
				method, path, _ := strings.Cut(rt.pattern, " ")
				if strings.HasSuffix(path, ".csv") {
					continue // no page: nothing of it is markup
				}
				for _, id := range []onboarding.ApplicantID{failedID, reviewID, certifiedID} {
					d.send(method, strings.NewReplacer("{id}", string(id), "{check}", "email", "{requirement}", "live", "{key}", key).Replace(path), nil).tame(text)
					plain := !wild && (strings.HasSuffix(path, "/revoke") || strings.HasSuffix(path, "/proof")) // says an ID and words of ours, no more
					if d.status == http.StatusOK && !plain && !strings.Contains(shown(d.doc), strings.Join(strings.Fields(text), " ")) {
						t.Errorf("%s shows nothing of %q, so this proves nothing", d.path, text)
					}
				}
			}
		}
	}
}

// TestNothingTypedIsMarkup: what staff type, and what addresses and forms that
// others made up hold, comes back as text.
func TestNothingTypedIsMarkup(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleAdmin)
	for _, text := range hostileTexts {
		q := url.QueryEscape(text)
		for _, name := range []string{"stage", "attention", "program", "check", "vendor", "cursor", "failed", "done", text} {
			for _, path := range []string{listPath, failedPath, casePath(failedID)} {
				d.get(path + "?" + url.QueryEscape(name) + "=" + q).tame(text)
			}
		}
		d.get("/console/applicants/" + url.PathEscape(text)).tame(text)
		d.get(casePath(failedID) + "/checks/" + url.PathEscape(text) + "/retry").tame(text)
		d.get("/console/sign-in/" + url.PathEscape(text)).tame(text)
		d.post("/console/sign-in/"+url.PathEscape(text), nil).tame(text)
		d.post(failedPath, form("which", text, "mark", text, "filter", text, "confirmed", text)).tame(text)
		d.post(failedPath, form("mark", markOf(2), "filter", "check="+q+"&vendor="+q, "reason", text)).is(http.StatusOK).tame(text)
		long := text + strings.Repeat(" x", reasonMax)
		d.post(failedPath, confirmed("mark", markOf(2), "reason", long)).problem("reason", "2000").tame(text)
		d.post(casePath(failedID)+"/checks/email/waive", form("reason", long)).problem("reason", "2000").tame(text)
		d.post(casePath(reviewID)+"/decision", form("ruling", text, "reason", long)).problem("reason", "2000").tame(text)
		d.post(casePath(failedID)+"/checks/email/retry", form("reason", "x", "round", text)).is(http.StatusConflict).tame(text)
	}
	if len(h.fake.deeds) != 0 {
		t.Errorf("done: %+v", h.fake.deeds)
	}
}

// TestErrorsFromOutside: the service's own words, in each place that shows them.
func TestErrorsFromOutside(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleAdmin)
	for _, text := range hostileTexts {
		for _, code := range []onboarding.Code{onboarding.CodeInvalid, onboarding.CodeNotNow, onboarding.CodeUnknownApplicant, onboarding.CodeNotAllowed} {
			err := &onboarding.Error{Code: code, Field: text, Message: text, Hint: text, Cause: errors.New("the inside of the house")}
			h.fake.failIn = map[string]error{"List": err, "Timeline": err, "VerifyLedger": err, "retry": err, "waive": err, "decide": err}
			for _, path := range []string{listPath, failedPath, casePath(failedID), casePath(failedID) + "/ledger"} {
				d.get(path).tame(text)
			}
			for _, path := range []string{casePath(failedID) + "/checks/email/retry", casePath(failedID) + "/checks/email/waive", casePath(reviewID) + "/decision"} {
				d.post(path, form("reason", "x", "ruling", "proceed")).tame(text)
			}
			d.post(failedPath, confirmed("mark", markOf(2), "reason", "x")).is(http.StatusOK).says("0 asked for again, 1 not").tame(text)
		}
	}
}
