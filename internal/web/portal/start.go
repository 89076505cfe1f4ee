package portal

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// startPath is the first page; emailPath asks for the e-mail address once a program is
// chosen there.
const (
	startPath = "/apply"
	emailPath = "/apply/email"
)

type startPage struct {
	Programs []programCard // that are offered
	Card     *programCard  // the one that is applied for; nil while it is to be chosen
	Notice   consent.Notice
	Form     web.Form // of one question: the program, else the e-mail address
	Email    string   // given already, while the program is still to be chosen
	Action   string   // address that the form is posted to
	Stamp    string
	SignedIn bool
	Age      int // from which one may apply for any of the programs
	// Documents says for which programs one needs an identity document.
	Documents []string
	Coming    []coming
}

// showStart says what is needed and asks for the program, or where only one is offered
// or the address names one, for the e-mail address at once.
func (p *Portal) showStart(w http.ResponseWriter, r *http.Request) {
	card := p.chosen(r.URL.Query().Get("program"))
	f := web.Form{emailInput()}
	if card == nil {
		f = p.programForm()
	}
	p.askStart(w, r, card, f, "", nil)
}

// showEmail asks for the e-mail address after the program was chosen.
func (p *Portal) showEmail(w http.ResponseWriter, r *http.Request) {
	card := p.chosen(r.URL.Query().Get("program"))
	if card == nil {
		web.Redirect(w, r, startPath+web.Keep(r))
		return
	}
	p.askStart(w, r, card, web.Form{emailInput()}, "", nil)
}

// chosen is the program of that ID when it is offered, or the only one when none is
// named; else nil.
func (p *Portal) chosen(id string) *programCard {
	cards := p.cards()
	if id == "" && len(cards) == 1 {
		return &cards[0]
	}
	for i := range cards {
		if cards[i].ID == id {
			return &cards[i]
		}
	}
	return nil
}

func (p *Portal) programForm() web.Form {
	in := &web.Input{ID: "program", Label: "The program you apply for"}
	for _, c := range p.cards() {
		in.Options = append(in.Options, web.Option{Value: c.ID, Label: c.Name, Said: true, Hint: "For " + c.For})
	}
	return web.Form{in}
}

func emailInput() *web.Input {
	return &web.Input{ID: "email", Label: "Your e-mail address", Type: "email", Autocomplete: "email", InputMode: "email", Max: 254}
}

// startAddress is a page's address for who applies for that program, in the language
// that was chosen.
func startAddress(r *http.Request, path, program string) string {
	q, _ := url.ParseQuery(strings.TrimPrefix(web.Keep(r), "?"))
	if program != "" {
		q.Set("program", program)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// askStart asks for what the form has. The account notice stands on each of these
// pages: to have the link sent is to agree to it, as that button says.
func (p *Portal) askStart(w http.ResponseWriter, r *http.Request, card *programCard, f web.Form, email string, more []web.Problem) {
	n, err := consent.CurrentNotice(consent.PurposeAccount, consent.KindPrivacy, web.Language(r))
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	stamp, err := p.site.Seal("start", web.Stamp{What: n.SHA256, ShownAt: p.site.Now().UTC()})
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	cards := p.cards()
	_, signedIn := p.session(r)
	body := startPage{Programs: cards, Card: card, Notice: n, Form: f, Email: email, Stamp: stamp, SignedIn: signedIn, Action: startAddress(r, startPath, ""), Coming: comings(r)}
	page := web.Page{Problems: append(more, f.Problems()...)}
	if card != nil {
		cards = []programCard{*card}
		body.Action = startAddress(r, r.URL.Path, card.ID)
	}
	body.Documents = documents(cards)
	for i, c := range cards {
		if i == 0 || c.MinimumAge < body.Age {
			body.Age = c.MinimumAge
		}
	}
	page.Body = body
	if card != nil && r.URL.Path == emailPath {
		page.Title, page.Back = "Your e-mail address", startPath+web.Keep(r)
		p.answer(w, r, "email", page)
		return
	}
	page.Title, page.First = "Apply to work as a contact-center agent", true
	p.answer(w, r, "start", page)
}

// documents says what the programs want to be shown, so that nobody learns of it
// after a quarter of an hour.
func documents(cards []programCard) []string {
	var out []string
	for _, c := range cards {
		says := "a passport, driver's license or identity card, and a phone or computer with a camera"
		if len(cards) > 1 {
			says = "for " + c.Name + ": " + says
		}
		if c.Document != "" {
			out = append(out, says)
		}
	}
	return out
}

// begin takes the program and goes on to the e-mail address, or has a link sent when
// that is there too: both may come at once. The answer is the same whether or not the
// address was known: who applies here is nobody else's business.
func (p *Portal) begin(w http.ResponseWriter, r *http.Request) {
	if err := web.ParseForm(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	program := web.Clean(r.PostForm.Get("program"), false)
	if program == "" {
		program = web.Clean(r.URL.Query().Get("program"), false)
	}
	card := p.chosen(program)
	if card == nil {
		f := p.programForm()
		if err := f.Fill(r); err != nil {
			p.site.Fail(w, r, err)
			return
		}
		if in := f.Get("program"); in.Problem == "" {
			in.Problem = "Choose one of the programs in the list"
		}
		p.askStart(w, r, nil, f, web.Clean(r.PostForm.Get("email"), false), nil)
		return
	}
	if !r.PostForm.Has("email") && len(p.cards()) > 1 {
		web.Redirect(w, r, startAddress(r, emailPath, card.ID))
		return
	}
	f := web.Form{emailInput()}
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if len(f.Problems()) > 0 {
		p.askStart(w, r, card, f, "", nil)
		return
	}
	stamp, ok := p.site.Unseal("start", "", r.PostForm.Get("shown"))
	n, err := consent.CurrentNotice(consent.PurposeAccount, consent.KindPrivacy, web.Language(r))
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if !ok || stamp.What != n.SHA256 {
		p.askStart(w, r, card, f, "", []web.Problem{{Text: "This page was open for too long, or its text has changed since. Read it as it is now and send it again."}})
		return
	}
	err = p.service.Begin(r.Context(), applicants.BeginRequest{Program: card.ID, Email: f.Value("email"), Language: web.Language(r),
		ShownAt: stamp.ShownAt, Origin: p.origin(r)})
	if in := f.Get("email"); err != nil && onboarding.CodeOf(err) == onboarding.CodeInvalid {
		in.Problem = err.Error()
		p.askStart(w, r, card, f, "", nil)
		return
	}
	if err != nil && onboarding.CodeOf(err) != onboarding.CodeNotNow { // that an application ends just now is told to nobody either
		p.site.Fail(w, r, err)
		return
	}
	p.answer(w, r, "sent", web.Page{Title: "Check your e-mail", Back: startAddress(r, r.URL.Path, card.ID), Body: f.Value("email")})
}
