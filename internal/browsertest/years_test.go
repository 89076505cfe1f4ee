package browsertest

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// later is a second house, in which a day passes in a second: for what comes after
// days and years. It has one program, whose certificates can be renewed for most of
// their time, so that no browser is too slow for it.
var later struct {
	once sync.Once
	w    *world
	err  error
}

const dayASecond = 86_400

func (w *world) later(t testing.TB) *world {
	t.Helper()
	later.once.Do(func() { later.w, later.err = w.startLater() })
	if later.err != nil {
		t.Fatal(later.err)
	}
	return later.w
}

func (w *world) startLater() (*world, error) {
	programs := filepath.Join(w.home, "programs")
	if err := os.MkdirAll(programs, 0o755); err != nil {
		return nil, err
	}
	err := errors.Join(
		variant(programs, "support-basics", func(p map[string]any) error {
			certification, _ := p["certification"].(map[string]any)
			if renewal, ok := certification["renewal"].(map[string]any); ok {
				renewal["opens_days_before"] = 345
			}
			return nil
		}),
		variant(programs, "long-line", func(p map[string]any) error { return lasting(p, "Long Line", 150, 145, 140) }),
		variant(programs, "brief-line", func(p map[string]any) error { return lasting(p, "Brief Line", 12, 11, 5) }),
		variant(programs, "short-line", func(p map[string]any) error {
			certification, _ := p["certification"].(map[string]any)
			credential, _ := certification["credential"].(map[string]any)
			credential["validity_days"] = 5
			delete(credential, "remind_days_before")
			delete(certification, "renewal")
			p["title"] = "Short Line"
			return nil
		}))
	if err != nil {
		return nil, err
	}
	cfg := config(filepath.Join(w.home, "later"))
	cfg.Clock, cfg.ProgramsDir = dayASecond, programs
	box, err := onebox.Start(w.browser, cfg)
	if err != nil {
		return nil, err
	}
	return &world{browser: w.browser, box: box, api: client.New(box.Face.Web, box.Face.APIKey), site: box.Face.Web, inbox: box.Face.Mail.Inbox, axe: w.axe, home: w.home}, nil
}

// declined is somebody who is turned down in the end, when their time to answer is
// over and a person has decided again.
func declined(t *testing.T, w *world) {
	w = w.later(t)
	j := w.handsIn(t, newcomer("Finn", "Felony"), "support-basics", nil)
	reviewer := w.staff(t, identity.RoleReviewer)
	for range 2 { // before the notice, and after the time that it gives
		j.stands(t, "vetting", "reviewer")
		reviewer.open("/console/applicants/"+j.id+"/decision").decides("adverse", "A felony, a year ago.").at("/console/applicants/" + j.id)
	}
	w.letter(t, j.p.email, "Our decision")
	j.stands(t, "declined", "")
	j.enters(t, phone).says("Your application was declined", "How it was decided", "Apply again")
	j.open("/apply/report").open("/apply/rights")
	reviewer.open("/console/applicants/" + j.id)
}

// expired is a certificate whose time is over.
func expired(t *testing.T, w *world) {
	w = w.later(t)
	j := w.handsIn(t, newcomer("Eve", "Past"), "short-line", nil)
	j.enters(t, phone)
	j.certifies("support-basics")
	j.waits("/apply/status", "Your certificate has expired")
	j.open("/apply/certificate").says("Expired")
	public := js[string](j.tab, `document.querySelector('a[href*="/verify/"]').getAttribute("href")`)
	w.profile(t, phone).open(public).says("This certificate has expired").silent("Eve", "Past")
}
