package identity

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// invitationUse is the name that links in invitations are sealed under.
const invitationUse = "link/invitation"

const invitationVersion = 1

// InvitationLinks mints and opens the links in invitations. Whoever holds one has
// read the mail that went to the invited address: that proves the address. It names
// the invitation by keyed hash, sealed, and holds until the invitation expires; by
// it one may say "do not write to me" at any time.
type InvitationLinks struct {
	sealer Sealer
	now    func() time.Time
}

// NewInvitationLinks makes InvitationLinks; now is time.Now when nil.
func NewInvitationLinks(sealer Sealer, now func() time.Time) *InvitationLinks {
	if now == nil {
		now = time.Now
	}
	return &InvitationLinks{sealer: sealer, now: now}
}

// Invited is what a link in an invitation says.
type Invited struct {
	Ref onboarding.InvitationRef
	// ID is the one time of being invited that the letter belongs to: an earlier
	// letter's link does not open a later invitation.
	ID      onboarding.ApplicantID
	Expires time.Time
}

// Mint makes a token that holds until the invitation expires. Errors: the ID or the
// reference is none, or sealing fails.
func (l *InvitationLinks) Mint(in Invited) (string, error) {
	u, err := uuid.Parse(string(in.ID))
	if err != nil {
		return "", onboarding.NoInvitation(err)
	}
	contact, err := hex.DecodeString(in.Ref.Contact)
	if err != nil || len(contact) != 20 || in.Ref.Program == "" {
		return "", onboarding.NoInvitation(err)
	}
	plain := append([]byte{invitationVersion}, u[:]...)
	plain = append(plain, contact...)
	plain = binary.BigEndian.AppendUint64(plain, uint64(in.Expires.Unix()))
	plain = append(plain, in.Ref.Program...)
	sealed, err := l.sealer.SystemSeal(invitationUse, plain)
	if err != nil {
		return "", fmt.Errorf("identity: seal an invitation's link: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// Path is where a token leads, below the site's own address.
func (l *InvitationLinks) Path(token string) string { return "/apply/invited/" + token }

// Open gives what a token says. Both errors have CodeNotAllowed: with the cause
// ErrLinkExpired what it says is given all the same, since by an expired link one
// may still ask not to be written to; with ErrLinkForged it is empty.
func (l *InvitationLinks) Open(token string) (Invited, error) {
	in, ok := l.read(token)
	if !ok {
		return Invited{}, forged()
	}
	if l.now().Unix() >= in.Expires.Unix() {
		return in, &onboarding.Error{Code: onboarding.CodeNotAllowed, Cause: ErrLinkExpired,
			Message: "This invitation has expired.", Hint: "You can still apply on the first page."}
	}
	return in, nil
}

// invitationHead is a version byte, the ID's 16, the hash's 20, and the end in Unix
// seconds; the program's ID follows.
const invitationHead = 1 + 16 + 20 + 8

func (l *InvitationLinks) read(token string) (Invited, bool) {
	if len(token) > 512 {
		return Invited{}, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return Invited{}, false
	}
	plain, err := l.sealer.SystemOpen(invitationUse, sealed)
	if err != nil || len(plain) <= invitationHead || plain[0] != invitationVersion {
		return Invited{}, false
	}
	u, err := uuid.FromBytes(plain[1:17])
	if err != nil {
		return Invited{}, false
	}
	return Invited{ID: onboarding.ApplicantID(u.String()),
		Ref:     onboarding.InvitationRef{Program: string(plain[invitationHead:]), Contact: hex.EncodeToString(plain[17:37])},
		Expires: time.Unix(int64(binary.BigEndian.Uint64(plain[37:45])), 0)}, true
}
