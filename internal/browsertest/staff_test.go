package browsertest

import (
	"encoding/base64"
	"path"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vault"
)

func decode64(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }

func encode64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// staff signs somebody in to the console, at a desk.
func (w *world) staff(t testing.TB, role identity.Role) *tab {
	t.Helper()
	return w.staffBy(t, role, desk)
}

// staffBy signs somebody in who sees the pages in a way of their own.
func (w *world) staffBy(t testing.TB, role identity.Role, l look) *tab {
	t.Helper()
	link, err := w.box.StaffLink(role, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return w.profile(t, l).open(link).press("Sign in").at("/console")
}

// decides gives the decision of a page, with whatever else the page asks for.
func (b *tab) decides(ruling, reason string) *tab {
	b.Helper()
	b.fill("ruling", ruling, "reason", reason)
	return b.goes(func() { b.clickAt(b.point(`document.querySelector("main form button")`)) })
}

// keys are the house's own, for what a test has to seal or open as the house does.
func (w *world) vault(t testing.TB) *vault.Vault {
	t.Helper()
	s3 := w.box.Face.S3
	client, err := evidence.NewClient(t.Context(), evidence.ClientConfig{Endpoint: s3.Endpoint, Region: s3.Region, AccessKey: s3.AccessKey, SecretKey: s3.SecretKey})
	if err != nil {
		t.Fatal(err)
	}
	master, err := vault.LocalMaster(w.box.Config.MasterKey[len("file:"):])
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.New(t.Context(), vault.Config{Objects: evidence.New(evidence.Config{Bucket: s3.VaultBucket, Client: client}), Master: master})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// applicant is whose link it is.
func (w *world) applicant(t testing.TB, link string) string {
	t.Helper()
	id, err := identity.NewLinks(w.vault(t), nil).Open(path.Base(link))
	if err != nil {
		t.Fatal(err)
	}
	return string(id)
}

// linkTo makes a link to an application, as the house does in letters, as of a time.
func (w *world) linkTo(t testing.TB, id string, at time.Time) string {
	t.Helper()
	links := identity.NewLinks(w.vault(t), func() time.Time { return at })
	token, err := links.Mint(onboarding.ApplicantID(id), identity.LinkTTL)
	if err != nil {
		t.Fatal(err)
	}
	return links.Path(token)
}

// mint makes a link to the same application as another token's, as of another time.
func (w *world) mint(t testing.TB, token string, at time.Time) string {
	t.Helper()
	return w.linkTo(t, w.applicant(t, token), at)
}
