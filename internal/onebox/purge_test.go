package onebox_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// purge has what is due found until something is, approves it in the console, and gives
// it with what came of each when it is done.
func (d *desk) purge(privacy stepper, want func([]client.Due) bool) (client.Purge, []client.Due) {
	d.Helper()
	var p client.Purge
	var due []client.Due
	eventually(d.T, 2*time.Minute, func() error {
		privacy.open("/console/retention")
		if err := privacy.Submit(d.Context(), nil); err != nil || privacy.Status != http.StatusOK {
			return fmt.Errorf("the one before has not quite ended: %d, %w", privacy.Status, err)
		}
		privacy.says("The report stands in the list")
		var err error
		before := p.ID
		eventually(d.T, time.Minute, func() error {
			all, err := d.api.Purges(d.Context())
			if err != nil || len(all) == 0 || all[0].ID == before || all[0].State == "looking" {
				return fmt.Errorf("no report yet: %w", err)
			}
			p = all[0]
			return nil
		})
		if due, err = d.api.Due(d.Context(), p.ID); err != nil {
			d.Fatal(err)
		}
		if want(due) {
			return nil
		}
		if p.State == "waiting" {
			_, err = d.api.SteerPurge(d.Context(), p.ID, "cancel")
		}
		eventually(d.T, time.Minute, func() error { return d.purgeOver(p.ID, &p) })
		return fmt.Errorf("%d are due: %w", len(due), err)
	})
	page := "/console/retention/" + p.ID
	privacy.open(page).says("It acts when it is approved").hand(page).says("The purge acts now")
	eventually(d.T, time.Minute, func() error { return d.purgeOver(p.ID, &p) })
	due, err := d.api.Due(d.Context(), p.ID)
	if err != nil {
		d.Fatal(err)
	}
	return p, due
}

func (d *desk) purgeOver(id string, p *client.Purge) error {
	now, err := d.api.Purge(d.Context(), id)
	if err != nil {
		return err
	}
	if *p = now; now.State != "done" && now.State != "canceled" {
		return fmt.Errorf("it is %s", now.State)
	}
	return nil
}

// came is what came of a category of somebody.
func came(due []client.Due, id, category string) string {
	i := slices.IndexFunc(due, func(d client.Due) bool { return d.Applicant == id && d.Category == category })
	if i < 0 {
		return "not due"
	}
	return due[i].Outcome
}

// TestPurgeOfSevenYears: by a clock that lets seven years pass in half a minute, what two
// people have left is due category by category, then everything. A report comes first,
// the privacy officer approves it, what a hold keeps stays until it is released, and what
// is left are ledgers that verify.
//
// Promise 23, 24.
func TestPurgeOfSevenYears(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	home := ""
	d := openDesk(t, func(c *onebox.Config) { c.Clock, home = 8_000_000, c.Home })
	gone, email := d.apply("support-basics", nil)
	kept, other := d.apply("support-basics", nil)
	for _, e := range []string{email, other} {
		d.portal(e).open("/apply/withdraw").hand("/apply/status")
	}
	for _, id := range []string{gone, kept} {
		d.await(id, func(st client.Status) bool { return st.Stage == "withdrawn" })
	}
	if _, err := d.api.SetHold(t.Context(), kept, "matter-17", "legal", "Doe against Vouchsafe"); err != nil {
		t.Fatal(err)
	}
	privacy := d.staff(identity.RolePrivacy)
	vault := filepath.Join(home, "s3", "data", d.face.S3.VaultBucket)
	stands := func(key string) bool {
		_, err := os.Stat(filepath.Join(vault, filepath.FromSlash(key)))
		return err == nil
	}

	// After five years: what they gave, and what was found.
	p, due := d.purge(privacy, func(due []client.Due) bool {
		return came(due, gone, "application") != "not due" && came(due, kept, "application") != "not due"
	})
	if p.Found.Held == 0 || came(due, gone, "application") != "purged" || came(due, kept, "application") != "kept" {
		t.Errorf("%+v\n%+v", p, due)
	}
	if f := came(due, gone, "findings"); f != "locked" && f != "not due" { // the bucket's own lock is of real days
		t.Errorf("findings: %s", f)
	}
	if stands("profiles/"+gone+"/1") || !stands("profiles/"+kept+"/1") || !stands("keys/"+gone) {
		t.Error("what they gave stands, or more is gone than was due")
	}
	// After seven: everything of the one, nothing of the other.
	_, due = d.purge(privacy, func(due []client.Due) bool { return came(due, gone, "everything") != "not due" })
	if came(due, gone, "everything") != "erased" || came(due, kept, "everything") == "erased" {
		t.Errorf("%+v", due)
	}
	for _, x := range due {
		if x.Rule == "" || strings.Contains(x.Rule, email) {
			t.Errorf("%+v", x)
		}
	}
	eventually(t, time.Minute, func() error {
		if stands("keys/" + gone) {
			return fmt.Errorf("the key is still there")
		}
		return nil
	})
	if !stands("keys/" + kept) {
		t.Fatal("a hold stands, and the key is gone")
	}
	if _, err := d.api.ReleaseHold(t.Context(), kept, "matter-17", "It was settled"); err != nil {
		t.Fatal(err)
	}
	_, due = d.purge(privacy, func(due []client.Due) bool { return came(due, kept, "everything") != "not due" })
	if came(due, gone, "everything") != "not due" {
		t.Errorf("erased twice: %+v", due)
	}
	eventually(t, time.Minute, func() error {
		if stands("keys/" + kept) {
			return fmt.Errorf("the key is still there")
		}
		return nil
	})
	d.staff(identity.RoleAuditor).open("/console/access").says("approved a purge", "released a hold")
	d.whole(gone)
	d.whole(kept)
}
