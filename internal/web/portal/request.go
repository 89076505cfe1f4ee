package portal

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Requests is what is done with data requests; *applicants.Service is one.
type Requests interface {
	OpenRequest(ctx context.Context, id onboarding.ApplicantID, kind workflows.RequestKind, from workflows.RequestFrom, words string, by workflows.Actor) (string, error)
	RequestsOf(ctx context.Context, id onboarding.ApplicantID) ([]workflows.RequestView, error)
	Request(ctx context.Context, request string) (workflows.RequestView, error)
	ProveRequester(ctx context.Context, request string, p applicants.Proof) (workflows.RequestView, error)
	RequestWords(ctx context.Context, v workflows.RequestView) (asked, answered string, err error)
	LiftRestriction(ctx context.Context, request, reason string, by workflows.Actor) error
	CallOffErasure(ctx context.Context, request string, by workflows.Actor) error
	Beside(ctx context.Context, id onboarding.ApplicantID) ([]applicants.Amendment, error)
	RequestedCopy(ctx context.Context, v workflows.RequestView) (onboarding.Profile, []applicants.File, error)
}

type requestPage struct {
	Request workflows.RequestView
	Code    bool // a code is asked for, not a date of birth
	Proved  bool
	Copy    string // where the copy is fetched; empty: there is none
	Act     string // where a restriction is ended or an erasure called off; empty: there is neither
	Answer  string
	Form    web.Form
	Given   []web.Input // what was given as a proof, to be given again with the copy
}

func (p *Portal) requestRoutes(on func(string, http.HandlerFunc)) {
	at := applicants.RequestPath + "{request}"
	on("GET "+at, p.signedIn(p.showCode))
	on("POST "+at, p.signedIn(p.ownRequest("")))
	on("GET "+at+"/{token}", p.showRequest)
	on("POST "+at+"/{token}", func(w http.ResponseWriter, r *http.Request) { p.proveRequest(w, r, "") })
	for _, do := range []string{doCopy, doLift, doKeep} {
		on("POST "+at+do, p.signedIn(p.ownRequest(do)))
		on("POST "+at+"/{token}"+do, func(w http.ResponseWriter, r *http.Request) { p.proveRequest(w, r, do) })
	}
}

// What can be done at a request by who has proved to be the person.
const (
	doCopy = "/copy" // fetch the copy
	doLift = "/lift" // end the restriction
	doKeep = "/keep" // call the erasure of a closed account off
)

func codeForm() web.Form {
	return web.Form{{ID: "code", Label: "Code", Noun: "the code", Hint: "The eight digits of our letter", InputMode: "numeric", Autocomplete: "one-time-code"}}
}

// showCode asks who is signed in for the code of the letter.
func (p *Portal) showCode(w http.ResponseWriter, r *http.Request, v *visit) {
	request, err := p.requests.Request(r.Context(), r.PathValue("request"))
	if err == nil && request.Applicant != v.id {
		err = applicants.Unknown(nil)
	}
	if err != nil {
		p.noRequest(w, r, err)
		return
	}
	p.show(w, r, "request", web.Page{Title: requestTitle(request), Back: dataPath, Body: requestPage{Request: request, Code: true, Form: codeForm()}})
}

// ownRequest takes the proof of who is signed in, at a request of their own: another's they
// can neither open with its code nor use its tries up.
func (p *Portal) ownRequest(do string) func(http.ResponseWriter, *http.Request, *visit) {
	return func(w http.ResponseWriter, r *http.Request, v *visit) {
		request, err := p.requests.Request(r.Context(), r.PathValue("request"))
		if err == nil && request.Applicant != v.id {
			err = applicants.Unknown(nil)
		}
		if err != nil {
			p.noRequest(w, r, err)
			return
		}
		p.proveRequest(w, r, do)
	}
}

// showRequest asks whoever has the address for the date of birth, and tells nothing.
func (p *Portal) showRequest(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, "request", web.Page{Title: "Tell us that it is you", Body: requestPage{Form: web.Form{birthInput("")}}})
}

// proveRequest takes the proof, and shows the request or does something at it. Before it
// holds nothing is shown.
func (p *Portal) proveRequest(w http.ResponseWriter, r *http.Request, do string) {
	token := r.PathValue("token")
	f := codeForm()
	if token != "" {
		f = web.Form{birthInput("")}
	}
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	proof := applicants.Proof{Token: token, Code: f.Value("code")}
	if token != "" {
		proof.Born = readDate(f[0], p.site.Now())
	}
	again := func() {
		p.answer(w, r, "request", web.Page{Title: "Tell us that it is you", Problems: f.Problems(), Body: requestPage{Code: token == "", Form: f}})
	}
	if len(f.Problems()) > 0 {
		again()
		return
	}
	v, err := p.requests.ProveRequester(r.Context(), r.PathValue("request"), proof)
	switch onboarding.CodeOf(err) {
	case onboarding.CodeNotAllowed, onboarding.CodeNotNow:
		f[0].Problem = "That does not fit. After five tries it stops"
		if onboarding.CodeOf(err) == onboarding.CodeNotNow {
			f[0].Problem = "That did not fit too often. Write to us: a person will help"
		}
		again()
		return
	default:
		if err != nil {
			p.noRequest(w, r, err)
			return
		}
	}
	at := strings.TrimSuffix(r.URL.Path, do)
	switch do {
	case doCopy:
		p.giveCopy(w, r, v)
		return
	case doLift:
		err = p.requests.LiftRestriction(r.Context(), v.ID, "", actor)
	case doKeep:
		err = p.requests.CallOffErasure(r.Context(), v.ID, actor)
	}
	if err == nil && do != "" {
		v, err = p.requests.Request(r.Context(), v.ID)
	}
	if err != nil {
		p.noRequest(w, r, err)
		return
	}
	page := requestPage{Request: v, Code: token == "", Proved: true, Given: given(f)}
	if _, page.Answer, err = p.requests.RequestWords(r.Context(), v); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if v.Kind == workflows.RequestAccess && (v.State == workflows.RequestDone || v.State == workflows.RequestOpen) {
		page.Copy = at + doCopy
	}
	switch {
	case v.Stands():
		page.Act = at + doLift
	case v.Closing():
		page.Act = at + doKeep
	}
	p.answer(w, r, "request", web.Page{Title: requestTitle(v), Body: page})
}

// given is what the form has, flat.
func given(f web.Form) []web.Input {
	var out []web.Input
	for _, in := range f {
		if len(in.Parts) == 0 {
			out = append(out, web.Input{ID: in.ID, Value: in.Value})
		}
		for _, part := range in.Parts {
			out = append(out, web.Input{ID: part.ID, Value: part.Value})
		}
	}
	return out
}

func requestTitle(v workflows.RequestView) string {
	switch v.Kind {
	case workflows.RequestAccess:
		return "Your request for a copy"
	case workflows.RequestDelete:
		return "Your request for erasure"
	case workflows.RequestRestrict:
		return "Your restriction"
	case workflows.RequestAmend:
		return "Your addition"
	case workflows.RequestClose:
		return "Your closed account"
	case workflows.RequestCorrect:
	}
	return "Your request for a correction"
}

func (p *Portal) noRequest(w http.ResponseWriter, r *http.Request, err error) {
	if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant {
		p.site.Refuse(w, r, http.StatusNotFound, "There is no such request any more.", "Ask again if you need to: it costs you nothing.")
		return
	}
	p.gone(w, r, err)
}

// giveCopy gives the copy as a ZIP: a page to read, a file for programs, the receipts, and
// the files that were handed in.
func (p *Portal) giveCopy(w http.ResponseWriter, r *http.Request, v workflows.RequestView) {
	body, err := p.packed(r, v)
	if err != nil {
		if onboarding.CodeOf(err) == onboarding.CodeNotNow {
			p.site.Fail(w, r, err)
			return
		}
		p.noRequest(w, r, err)
		return
	}
	web.Download(w, "application/zip", "my-data.zip", body)
}

func (p *Portal) packed(r *http.Request, request workflows.RequestView) ([]byte, error) {
	details, files, err := p.requests.RequestedCopy(r.Context(), request)
	if err != nil {
		return nil, err
	}
	view, err := p.service.View(r.Context(), request.Applicant)
	if err != nil {
		return nil, err
	}
	c, err := p.copyWith(r, &visit{id: request.Applicant, view: view}, details)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	put := func(name string, body []byte, err error) error {
		if err != nil {
			return err
		}
		f, err := z.Create(name)
		if err == nil {
			_, err = f.Write(body)
		}
		return err
	}
	asJSON := func(v any) ([]byte, error) { return json.MarshalIndent(v, "", "  ") }
	page := &captured{header: http.Header{}}
	p.site.Render(page, r, http.StatusOK, p.pages, "data_copy", web.Page{Title: "A copy of your data", Body: p.copyPage(&visit{id: request.Applicant, view: view}, c)})
	if err := put("index.html", page.body.Bytes(), nil); err != nil {
		return nil, err
	}
	body, err := asJSON(c)
	if err := put("data.json", body, err); err != nil {
		return nil, err
	}
	if body, err = asJSON(append([]ledger.Record{}, c.Uses...)); err == nil {
		err = put("uses.json", body, nil)
	}
	if err != nil {
		return nil, err
	}
	for _, doc := range c.Consents {
		body, err := asJSON(doc)
		if err := put("receipts/"+doc.ReceiptID+".jsonld", body, err); err != nil {
			return nil, err
		}
	}
	for i, f := range files {
		name := strings.Map(func(r rune) rune {
			if r < ' ' || r == '/' || r == '\\' {
				return '_'
			}
			return r
		}, path.Base(f.Name))
		if err := put(fmt.Sprintf("files/%d-%s", i+1, name), f.Body, nil); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// captured is a page that goes into a file.
type captured struct {
	header http.Header
	body   bytes.Buffer
}

// Header gives headers that nobody reads.
func (c *captured) Header() http.Header { return c.header }

// Write keeps the page.
func (c *captured) Write(b []byte) (int, error) { return c.body.Write(b) }

// WriteHeader drops the status.
func (c *captured) WriteHeader(int) {}
