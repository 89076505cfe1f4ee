package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

type startPage struct {
	Programs []programCard
	Notice   consent.Notice
	Form     web.Form
	Program  string // the only one, when there is no choice
	Stamp    string
	SignedIn bool
	Age      int // from which one may apply for any of the programs
	// Documents says for which programs one needs an identity document.
	Documents []string
}

// showStart says what is needed and asks for the program and the e-mail
// address. The account notice stands on this very page: to send the link is to
// agree to it, as its button says.
func (p *Portal) showStart(w http.ResponseWriter, r *http.Request) {
	f := p.startForm()
	if in := f.Get("program"); in != nil {
		in.Value = web.Clean(r.URL.Query().Get("program"), false)
	}
	p.askStart(w, r, f, nil)
}

func (p *Portal) startForm() web.Form {
	var f web.Form
	if cards := p.cards(); len(cards) > 1 {
		in := &web.Input{ID: "program", Label: "The program you apply for"}
		for _, c := range cards {
			in.Options = append(in.Options, web.Option{Value: c.ID, Label: c.Name, Said: true, Hint: "For " + c.For})
		}
		f = append(f, in)
	}
	return append(f, emailInput())
}

func emailInput() *web.Input {
	return &web.Input{ID: "email", Label: "Your e-mail address", Type: "email", Autocomplete: "email", InputMode: "email", Max: 254}
}

func (p *Portal) askStart(w http.ResponseWriter, r *http.Request, f web.Form, more []web.Problem) {
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
	body := startPage{Documents: documents(cards), Programs: cards, Notice: n, Form: f, Stamp: stamp, SignedIn: signedIn}
	if len(cards) == 1 {
		body.Program = cards[0].ID
	}
	for i, c := range cards {
		if i == 0 || c.MinimumAge < body.Age {
			body.Age = c.MinimumAge
		}
	}
	p.answer(w, r, "start", web.Page{Title: "Apply to work as a contact-center agent", First: true, Problems: append(more, f.Problems()...), Body: body})
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

// begin has a link sent. The answer is the same whether or not the address was
// known: who applies here is nobody else's business.
func (p *Portal) begin(w http.ResponseWriter, r *http.Request) {
	f := p.startForm()
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	program := web.Clean(r.PostForm.Get("program"), false)
	if in := f.Get("program"); in != nil {
		if in.Problem == "" && !p.offers(program) {
			in.Problem = "Choose one of the programs in the list"
		}
	} else if cards := p.cards(); program == "" && len(cards) == 1 {
		program = cards[0].ID
	}
	if len(f.Problems()) > 0 {
		p.askStart(w, r, f, nil)
		return
	}
	stamp, ok := p.site.Unseal("start", "", r.PostForm.Get("shown"))
	n, err := consent.CurrentNotice(consent.PurposeAccount, consent.KindPrivacy, web.Language(r))
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if !ok || stamp.What != n.SHA256 {
		p.askStart(w, r, f, []web.Problem{{Text: "This page was open for too long, or its text has changed since. Read it as it is now and send it again."}})
		return
	}
	err = p.service.Begin(r.Context(), applicants.BeginRequest{Program: program, Email: f.Value("email"), Language: web.Language(r),
		ShownAt: stamp.ShownAt, Origin: p.origin(r)})
	if in := f.Get("email"); err != nil && onboarding.CodeOf(err) == onboarding.CodeInvalid {
		in.Problem = err.Error()
		p.askStart(w, r, f, nil)
		return
	}
	if err != nil && onboarding.CodeOf(err) != onboarding.CodeNotNow { // that an application ends just now is told to nobody either
		p.site.Fail(w, r, err)
		return
	}
	p.answer(w, r, "sent", web.Page{Title: "Check your e-mail", Back: "/apply" + web.Keep(r), Body: f.Value("email")})
}
