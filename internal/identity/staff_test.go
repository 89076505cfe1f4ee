package identity_test

import (
	"context"
	"encoding/base64"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vault"
)

// What the house wires in must fit.
var (
	_ identity.Sealer = (*vault.Vault)(nil)
	_ identity.Once   = (*evidence.Store)(nil)
)

var (
	errMissing  = errors.New("fake: missing")
	errConflict = errors.New("fake: conflict")
	errDown     = errors.New("fake: the store is down")
)

// bucket is the vault bucket in memory: a put with no tag wins once.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	down    bool
}

func newBucket() *bucket { return &bucket{objects: map[string][]byte{}} }

func (b *bucket) Get(_ context.Context, key string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if body, ok := b.objects[key]; ok {
		return body, nil
	}
	return nil, errMissing
}

func (b *bucket) Has(ctx context.Context, key string) (bool, error) {
	_, err := b.Get(ctx, key)
	return err == nil, nil
}

func (b *bucket) PutIf(_ context.Context, key string, body []byte, etag string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return "", errDown
	}
	if _, ok := b.objects[key]; ok || etag != "" {
		return "", errConflict
	}
	b.objects[key] = body
	return "1", nil
}

func (b *bucket) Delete(context.Context, string) error { return errors.New("fake: not expected") }
func (b *bucket) IsConflict(err error) bool            { return errors.Is(err, errConflict) }
func (b *bucket) IsMissing(err error) bool             { return errors.Is(err, errMissing) }

// desk is staff links over a real vault, with a clock that the test moves.
type desk struct {
	bucket *bucket
	vault  *vault.Vault
	links  *identity.StaffLinks
	now    time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	master, err := vault.LocalMaster(filepath.Join(t.TempDir(), "master.json"))
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{bucket: newBucket(), now: time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)}
	if d.vault, err = vault.New(t.Context(), vault.Config{Objects: d.bucket, Master: master}); err != nil {
		t.Fatal(err)
	}
	d.links = d.replica()
	return d
}

// replica is another web process on the same bucket.
func (d *desk) replica() *identity.StaffLinks {
	return identity.NewStaffLinks(d.vault, d.bucket, func() time.Time { return d.now })
}

func (d *desk) mint(t *testing.T, role identity.Role) string {
	t.Helper()
	token, err := d.links.Mint(role, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestStaffSignInOnce(t *testing.T) {
	d := newDesk(t)
	seen := map[string]bool{}
	for _, role := range identity.Roles() {
		token := d.mint(t, role)
		if strings.ContainsAny(token, "+/= ?&#") || strings.Contains(token, string(role)) {
			t.Errorf("token %q is not fit for an address", token)
		}
		staff, err := d.links.Redeem(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		if staff.Role != role || staff.ID == "" || seen[staff.ID] || staff.Actor() != "staff:"+string(role)+":"+staff.ID {
			t.Errorf("signed in as %+v, %s", staff, staff.Actor())
		}
		seen[staff.ID] = true
		_, err = d.replica().Redeem(t.Context(), token) // a use is known to every replica
		wantNotAllowed(t, "a second time", err, identity.ErrLinkUsed)
	}
	if one, two := d.mint(t, identity.RoleOps), d.mint(t, identity.RoleOps); one == two {
		t.Error("two links are the same")
	}
}

func wantNotAllowed(t *testing.T, what string, err, cause error) {
	t.Helper()
	var e *onboarding.Error
	if !errors.Is(err, cause) || !errors.As(err, &e) || e.Code != onboarding.CodeNotAllowed || e.Message == "" || e.Hint == "" {
		t.Errorf("%s: %v; want %v, CodeNotAllowed, and words that say what to do", what, err, cause)
	}
}

// TestStaffLinkRaced: of many who press at once, on several replicas, one gets in.
func TestStaffLinkRaced(t *testing.T) {
	d := newDesk(t)
	token := d.mint(t, identity.RoleAdmin)
	in := make(chan bool, 16)
	var all sync.WaitGroup
	for range cap(in) {
		all.Go(func() {
			_, err := d.replica().Redeem(context.Background(), token)
			if err != nil && !errors.Is(err, identity.ErrLinkUsed) {
				t.Error(err)
			}
			in <- err == nil
		})
	}
	all.Wait()
	close(in)
	n := 0
	for ok := range in {
		if ok {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d got in", n)
	}
}

func TestStaffLinkExpires(t *testing.T) {
	d := newDesk(t)
	token := d.mint(t, identity.RoleReviewer)
	d.now = d.now.Add(time.Hour)
	_, err := d.links.Redeem(t.Context(), token)
	wantNotAllowed(t, "at its end", err, identity.ErrLinkExpired)
	if len(d.bucket.objects) != 2 { // the vault's own two keys
		t.Errorf("an expired link leaves something behind: %d objects", len(d.bucket.objects))
	}
	d.now = d.now.Add(-time.Second)
	if _, err := d.links.Redeem(t.Context(), token); err != nil {
		t.Errorf("a second before its end: %v", err)
	}
}

// TestStaffLinkForged: what we did not seal as a staff link signs nobody in, in
// no role, whatever it holds.
func TestStaffLinkForged(t *testing.T) {
	d := newDesk(t)
	good := d.mint(t, identity.RoleRecruiter)
	raw, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	seal := func(name, body string) string {
		sealed, err := d.vault.SystemSeal(name, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(sealed)
	}
	admin := `{"nonce":"aaaaaaaaaaaaaaaaaaaaaaaa","role":"admin","ends":"2999-01-01T00:00:00Z"}`
	applicants, err := identity.NewLinks(d.vault, nil).Mint(onboarding.ApplicantID(uuid.Must(uuid.NewV7()).String()), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	unknown := d.mint(t, "root")
	tokens := map[string]string{
		"empty": "", "words": "let me in", "cut": good[:len(good)-3], "longer": good + "AAAA", "in clear": base64.RawURLEncoding.EncodeToString([]byte(admin)),
		"sealed as a cookie": seal("cookie/staff", admin), "sealed as an applicant's link": seal("link/apply", admin), "an applicant's own": applicants,
		"a role that is none": unknown, "no role": seal("link/staff", `{"nonce":"aaaaaaaaaaaaaaaaaaaaaaaa","ends":"2999-01-01T00:00:00Z"}`),
		"sealed, and no JSON": seal("link/staff", "admin"), "huge": strings.Repeat("A", 1<<20),
	}
	for i := 0; i < len(raw); i += 7 { // a flipped bit anywhere
		raw[i] ^= 1
		tokens["flipped"] = base64.RawURLEncoding.EncodeToString(raw)
		for name, token := range tokens {
			staff, err := d.links.Redeem(t.Context(), token)
			wantNotAllowed(t, name, err, identity.ErrLinkForged)
			if staff.ID+string(staff.Role) != "" {
				t.Errorf("%s: somebody is signed in: %+v", name, staff)
			}
		}
		raw[i] ^= 1
	}
	if _, err := d.links.Redeem(t.Context(), good); err != nil {
		t.Errorf("the forgeries used the good one up: %v", err)
	}
	if _, err := identity.NewLinks(d.vault, nil).Open(d.mint(t, identity.RoleAdmin)); !errors.Is(err, identity.ErrLinkForged) {
		t.Errorf("a staff link opens an application: %v", err)
	}
}

// TestStaffLinkStoreDown: when the use cannot be recorded nobody is let in, and
// the link is good for another try.
func TestStaffLinkStoreDown(t *testing.T) {
	d := newDesk(t)
	token := d.mint(t, identity.RoleOps)
	d.bucket.down = true
	staff, err := d.links.Redeem(t.Context(), token)
	if !errors.Is(err, errDown) || onboarding.CodeOf(err) == onboarding.CodeNotAllowed || staff.ID+string(staff.Role) != "" {
		t.Errorf("%+v, %v: want the store's trouble", staff, err)
	}
	d.bucket.down = false
	if _, err := d.links.Redeem(t.Context(), token); err != nil {
		t.Errorf("tried again: %v", err)
	}
}
