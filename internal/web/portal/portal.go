// Package portal is the applicant's face, /apply: sign-up one thing a page,
// the status of the case, certification, and taking it all back. It works
// without JavaScript. One file per action.
package portal

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/durations"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
	catalog "github.com/vouchsafe/vouchsafe/internal/words"
)

//go:embed pages/*.html
var pageFiles embed.FS

// Config says what a Portal works with. All but AllowReserved and Contact
// are needed.
type Config struct {
	Site         *web.Site
	Service      Service
	Requests     Requests // about one's own data
	Programs     Programs
	Certificates Certificates
	Proofs       Proofs
	Links        *identity.Links
	// Invitations and Invited are for the links in letters that invite somebody; nil:
	// nobody is invited.
	Invitations Invitations
	Invited     *identity.InvitationLinks
	Offers      *identity.OfferLinks // by which marketing letters end
	// AllowReserved lets identity numbers pass that are set aside for tests;
	// give what the service is given.
	AllowReserved bool
	PublicURL     string           // where the web is reached from outside, without a slash at its end
	Usual         durations.Lookup // what is usual, as measured; nil: nothing is known
	Contact       string           // one sentence on how to reach a person, at the foot of every page
}

// Portal serves /apply and /verify.
type Portal struct {
	site      *web.Site
	service   Service
	requests  Requests
	programs  Programs
	certs     Certificates
	proofs    Proofs
	links     *identity.Links
	pages     *web.Templates
	reserved  bool
	publicURL string
	measured  durations.Lookup
	sessions  web.Cookies[identity.ApplicantSession]
	kinds     map[program.RequirementKind]exercise
	budgets   budgets // of the line's measurement

	invitations Invitations
	invited     *identity.InvitationLinks
	offers      *identity.OfferLinks
}

// New parses the pages and makes a Portal.
func New(cfg Config) (*Portal, error) {
	if cfg.Site == nil || cfg.Service == nil || cfg.Programs == nil || cfg.Certificates == nil || cfg.Links == nil {
		return nil, errors.New("portal: give the site, the service, the programs, the certificates and the links")
	}
	p := &Portal{site: cfg.Site, service: cfg.Service, requests: cfg.Requests, programs: cfg.Programs, certs: cfg.Certificates, proofs: cfg.Proofs, links: cfg.Links, reserved: cfg.AllowReserved, measured: cfg.Usual, publicURL: cfg.PublicURL,
		sessions: web.NewCookies[identity.ApplicantSession](cfg.Site, "vouchsafe_apply", identity.SessionIdle)}
	p.invitations, p.invited, p.offers = cfg.Invitations, cfg.Invited, cfg.Offers
	p.kinds = p.exercises()
	if err := checkAudio(cfg.Site, cfg.Programs.All()); err != nil {
		return nil, err
	}
	face := web.Face{Name: "Your application", Home: "/apply", Contact: cfg.Contact, Languages: catalog.Languages(), Compress: true}
	var err error
	p.pages, err = cfg.Site.Templates(pageFiles, "pages", face, template.FuncMap{"day": day, "moment": moment, "stamp": machineTime, "kind": kindName, "count": count, "plain": plainWord, "result": resultWords, "date": dateWords, "clock": clockTime,
		"blocks": blocks, "plus": plus, "number": decimal, "weekday": weekday, "dayin": dayIn, "timein": timeIn})
	return p, err
}

// Routes registers the portal's pages on the one mux.
func (p *Portal) Routes(mux web.Router) {
	on := func(pattern string, h http.HandlerFunc) { mux.HandleFunc(pattern, inTime(h)) }
	for _, door := range []string{"GET /{$}", "GET /apply/{$}"} {
		on(door, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/apply", http.StatusFound) })
	}
	on("GET "+startPath, p.showStart)
	on("POST "+startPath, p.begin)
	on("GET "+emailPath, p.showEmail)
	on("POST "+emailPath, p.begin)
	on("GET /apply/link/{token}", p.showLink)
	on("POST /apply/link/{token}", p.openLink)
	p.invitedRoutes(on)
	on("GET "+provePath, p.proving(p.showProve))
	on("POST "+provePath, p.proving(p.prove))
	on("GET "+stayPath, p.stay)
	on("POST "+stayPath, p.stay)
	on("POST /apply/sign-out", p.signOut)
	on("GET /apply/signed-out", p.showSignedOut)
	on("GET /verify/{credential}", p.verify)
	on("GET /verify/{credential}/proof", p.verifyProof)
	on("GET /achievements/{program}", p.achievement)

	on("GET /apply/continue", p.signedIn(p.goOn))
	for _, d := range details {
		on("GET "+d.path, p.filling(d.path, p.showDetail(d)))
		on("POST "+d.path, p.filling(d.path, p.saveDetail(d)))
	}
	for _, n := range asked() {
		on("GET "+consentPath(n), p.filling(consentPath(n), p.showConsent(n)))
		on("POST "+consentPath(n), p.filling(consentPath(n), p.giveConsent(n)))
		on("GET "+consentPath(n)+"/decline", p.filling(consentPath(n), p.showDecline(n)))
	}
	on("GET "+checkPath, p.filling(checkPath, p.showCheck))
	on("POST "+checkPath, p.filling(checkPath, p.submit))

	on("GET "+textsPath, p.submitted(p.showTexts))
	on("POST "+textsPath, p.submitted(p.giveTexts))
	on("GET /apply/submitted", p.submitted(p.showSubmitted))
	on("GET /apply/status", p.submitted(p.showStatus))
	p.changeRoutes(on)
	on("GET "+complaintsPath, p.signedIn(p.showComplaints))
	on("POST "+complaintsPath, p.signedIn(p.complain))
	p.offerRoutes(on)
	p.certificationRoutes(mux, on)
	on("GET /apply/certificate", p.submitted(p.showCertificate))
	on("GET "+namePath, p.naming(p.showName))
	on("POST "+namePath, p.naming(p.chooseName))
	on("GET "+renewalPath, p.renewing(p.showRenewal))
	on("POST "+renewalPath, p.renewing(p.confirmRenewal))
	on("GET "+renewalPath+"/consent/{notice}", p.reconsenting(p.showReconsent))
	on("POST "+renewalPath+"/consent/{notice}", p.reconsenting(p.reconsent))
	on("GET /apply/certificate.pdf", p.submitted(p.downloadPDF))
	on("GET "+proofPath, p.submitted(p.downloadProof))
	on("GET /apply/certificate.jwt", p.submitted(p.downloadJWT))
	on("GET "+rightsPath, p.showRights)
	on("GET "+policyPath, p.showPolicy)
	on("GET "+reportPath, p.submitted(p.showReport))
	on("GET "+reportPath+".json", p.submitted(p.downloadReport))
	on("GET "+reportPath+".pdf", p.submitted(p.downloadReportPDF))
	on("GET "+assessmentPath, p.submitted(p.showAssessment))
	on("GET "+disputePath, p.disputing(p.showDispute))
	on("POST "+disputePath, p.disputing(p.dispute))
	on("GET /apply/correct/{detail}", p.correcting(p.showCorrect))
	on("POST /apply/correct/{detail}", p.correcting(p.correct))
	on("GET /apply/checks/{check}", p.submitted(p.showVendorPage))

	on("GET "+dataPath, p.signedIn(p.showData))
	on("GET "+copyPath, p.submitted(p.showCopy))
	on("GET "+copyPath+".json", p.submitted(p.downloadCopy))
	on("GET "+dataPath+"/ask/{kind}", p.asking(p.showAskData))
	on("POST "+dataPath+"/ask/{kind}", p.asking(p.askData))
	on("GET "+dataPath+"/receipts/{receipt}", p.receipting(p.showReceipt))
	on("GET "+dataPath+"/receipts/{receipt}/jsonld", p.receipting(p.downloadReceipt))

	p.requestRoutes(on)
	on("GET /apply/withdraw", p.signedIn(p.showWithdraw))
	on("POST /apply/withdraw", p.signedIn(p.withdraw))
	on("GET "+closePath, p.signedIn(p.showClose))
	on("POST "+closePath, p.signedIn(p.closeAccount))
	on("GET /apply/consents/{purpose}/withdraw", p.signedIn(p.showWithdrawConsent))
	on("POST /apply/consents/{purpose}/withdraw", p.signedIn(p.withdrawConsent))
}

// patience is how long a page may take. What the service does is durable or
// not done at all, so a person who is told to try again loses nothing.
const patience = 20 * time.Second

// inTime ends a request whose service does not answer, such as when no worker
// is up: a page that says so is better than one that never comes.
func inTime(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		next(w, r.WithContext(ctx))
	}
}

// show answers with a page for one who is signed in.
func (p *Portal) show(w http.ResponseWriter, r *http.Request, name string, page web.Page) {
	page.SignOut = "/apply/sign-out"
	p.answer(w, r, name, page)
}

// answer gives a page; one with problems is 422, so that nobody's machine takes
// a refused form for a success.
func (p *Portal) answer(w http.ResponseWriter, r *http.Request, name string, page web.Page) {
	status := http.StatusOK
	if len(page.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	p.site.Render(w, r, status, p.pages, name, page)
}

func (p *Portal) origin(r *http.Request) applicants.Origin {
	agent := web.Clean(r.UserAgent(), false)
	if len(agent) > 512 {
		agent = agent[:512]
	}
	return applicants.Origin{Address: p.site.Address(r), UserAgent: agent}
}

// day, moment and machineTime write times for people and for machines. People
// get the zone too: a deadline without one is a guess.
func day(t time.Time) string         { return t.UTC().Format("January 2, 2006") }
func moment(t time.Time) string      { return t.UTC().Format("Monday, January 2, 2006, 3:04 PM") + " UTC" }
func clockTime(t time.Time) string   { return t.UTC().Format("3:04 PM") + " UTC" }
func machineTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
