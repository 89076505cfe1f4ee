package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Staff is a signed-in member of staff, in one role at a time. By a one-time link
// the ID is drawn for each sign-in; by OIDC it is the person's own, always the same.
type Staff struct {
	ID   string `json:"id"`
	Role Role   `json:"role"`
	// Programs are those whose applicants they may see; none: all.
	Programs []string `json:"programs,omitempty"`
}

// May reports whether they may do the action with an applicant of the program.
// For what belongs to no program give "".
func (s Staff) May(a Action, program string) bool {
	return Allowed(s.Role, a) && a.within(s.Programs, program)
}

// MayAny reports whether they may do the action at all, in whichever program.
func (s Staff) MayAny(a Action) bool { return Allowed(s.Role, a) && a.withinAny(s.Programs) }

// Actor is how the ledger names them: "staff:<role>:<id>".
func (s Staff) Actor() string { return fmt.Sprintf("staff:%s:%s", s.Role, s.ID) }

// Once is where the use of a link is recorded; *evidence.Store over the vault
// bucket is one, so that replicas agree.
type Once interface {
	PutIf(ctx context.Context, key string, body []byte, etag string) (string, error)
	IsConflict(err error) bool
}

// staffUse is the name that staff links are sealed under.
const staffUse = "link/staff"

// StaffLinks mints and redeems one-time sign-in links, one for each role. They
// are how staff sign in on one machine.
type StaffLinks struct {
	sealer Sealer
	once   Once
	now    func() time.Time
}

// NewStaffLinks makes StaffLinks; now is time.Now when nil.
func NewStaffLinks(sealer Sealer, once Once, now func() time.Time) *StaffLinks {
	if now == nil {
		now = time.Now
	}
	return &StaffLinks{sealer: sealer, once: once, now: now}
}

type staffLink struct {
	Nonce    string    `json:"nonce"`
	Role     Role      `json:"role"`
	Programs []string  `json:"programs,omitempty"`
	Ends     time.Time `json:"ends"`
}

// Mint makes a token that signs a role in once, within ttl, for applicants of these
// programs; none: all.
func (l *StaffLinks) Mint(role Role, ttl time.Duration, programs ...string) (string, error) {
	nonce := make([]byte, 12)
	_, _ = rand.Read(nonce) // never fails: crypto/rand
	body, err := json.Marshal(staffLink{Nonce: hex.EncodeToString(nonce), Role: role, Programs: programs, Ends: l.now().Add(ttl).UTC()})
	if err != nil {
		return "", fmt.Errorf("identity: encode a staff link: %w", err)
	}
	sealed, err := l.sealer.SystemSeal(staffUse, body)
	if err != nil {
		return "", fmt.Errorf("identity: seal a staff link: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// Redeem signs in, once for each token. One that is forged, past its time or
// used is CodeNotAllowed, with words that say how to get another.
func (l *StaffLinks) Redeem(ctx context.Context, token string) (Staff, error) {
	var link staffLink
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return Staff{}, noLink("This sign-in link is not one of ours.", ErrLinkForged)
	}
	body, err := l.sealer.SystemOpen(staffUse, sealed)
	if err != nil || json.Unmarshal(body, &link) != nil || !link.Role.Known() {
		return Staff{}, noLink("This sign-in link is not one of ours.", ErrLinkForged)
	}
	if !l.now().Before(link.Ends) {
		return Staff{}, noLink("This sign-in link is past its time.", ErrLinkExpired)
	}
	_, err = l.once.PutIf(ctx, "staff-links/"+link.Nonce, []byte("used\n"), "")
	if err != nil {
		if l.once.IsConflict(err) {
			return Staff{}, noLink("This sign-in link has been used.", ErrLinkUsed)
		}
		return Staff{}, fmt.Errorf("identity: record the use of a staff link: %w", err)
	}
	return Staff{ID: link.Nonce[:8], Role: link.Role, Programs: link.Programs}, nil
}

// ErrLinkUsed: the link has signed somebody in already.
var ErrLinkUsed = errors.New("the link has been used")

func noLink(message string, cause error) error {
	return &onboarding.Error{Code: onboarding.CodeNotAllowed, Message: message,
		Hint: "New ones are printed each time vouchsafe-dev starts, and stand in its stack.json.", Cause: cause}
}
