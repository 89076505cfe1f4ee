// Package identity knows who is asking: applicants by the links in their letters,
// staff and integrators by means of their own.
package identity

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Sealer seals what leaves with a letter and comes back. *vault.Vault is one.
type Sealer interface {
	SystemSeal(name string, plaintext []byte) ([]byte, error)
	SystemOpen(name string, sealed []byte) ([]byte, error)
}

// LinkTTL is how long a link in a letter opens an application.
const LinkTTL = 24 * time.Hour

// linkUse is the name that links are sealed under, so that nothing else of
// ours that is sealed can pass for one.
const linkUse = "link/apply"

// The causes of Open's errors.
var (
	ErrLinkExpired = errors.New("the link is past its time")
	ErrLinkForged  = errors.New("the link is not one of ours")
)

// Links mints and opens the links by which applicants come to their own
// application. A link is a bearer token: whoever reads the applicant's mail can
// use it until it expires. It names the applicant by ID alone, sealed, so it
// tells nothing to those who see the address.
type Links struct {
	sealer Sealer
	now    func() time.Time
}

// NewLinks makes Links; now is time.Now when nil.
func NewLinks(sealer Sealer, now func() time.Time) *Links {
	if now == nil {
		now = time.Now
	}
	return &Links{sealer: sealer, now: now}
}

// linkSize is a version byte, the applicant's 16, and the end in Unix seconds.
const linkSize = 1 + 16 + 8

const linkVersion = 1

// Mint makes a token for the applicant that holds for ttl. It fails when the
// ID is none or when sealing fails.
func (l *Links) Mint(id onboarding.ApplicantID, ttl time.Duration) (string, error) {
	u, err := uuid.Parse(string(id))
	if err != nil {
		return "", &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no applicant with that ID.", Hint: "Check the ID."}
	}
	plain := make([]byte, 0, linkSize)
	plain = append(plain, linkVersion)
	plain = append(plain, u[:]...)
	plain = binary.BigEndian.AppendUint64(plain, uint64(l.now().Add(ttl).Unix()))
	sealed, err := l.sealer.SystemSeal(linkUse, plain)
	if err != nil {
		return "", fmt.Errorf("identity: seal a link: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// Path is where a token leads, below the site's own address.
func (l *Links) Path(token string) string { return "/apply/link/" + token }

// Open gives the applicant that a token names. Both errors have
// CodeNotAllowed: with the cause ErrLinkExpired the ID is given all the same,
// since the token was ours and a fresh link may be sent to its owner; with
// ErrLinkForged it is empty.
func (l *Links) Open(token string) (onboarding.ApplicantID, error) {
	id, ends, ok := l.read(token)
	if !ok {
		return "", forged()
	}
	if l.now().Unix() >= ends.Unix() {
		return id, &onboarding.Error{Code: onboarding.CodeNotAllowed, Cause: ErrLinkExpired,
			Message: "This link has expired: links work for 24 hours.", Hint: "Have a new one sent to your e-mail address."}
	}
	return id, nil
}

// Sent tells when a token was minted, to the second, if it was made to hold for
// LinkTTL, as those in letters are. It is zero for what is no token of ours.
func (l *Links) Sent(token string) time.Time {
	_, ends, ok := l.read(token)
	if !ok {
		return time.Time{}
	}
	return ends.Add(-LinkTTL)
}

// read gives what a token says; false for what is none of ours.
func (l *Links) read(token string) (id onboarding.ApplicantID, ends time.Time, ok bool) {
	if len(token) > 512 {
		return "", ends, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", ends, false
	}
	plain, err := l.sealer.SystemOpen(linkUse, sealed)
	if err != nil || len(plain) != linkSize || plain[0] != linkVersion {
		return "", ends, false
	}
	u, err := uuid.FromBytes(plain[1:17])
	if err != nil {
		return "", ends, false
	}
	return onboarding.ApplicantID(u.String()), time.Unix(int64(binary.BigEndian.Uint64(plain[17:])), 0), true
}

func forged() error {
	return &onboarding.Error{Code: onboarding.CodeNotAllowed, Cause: ErrLinkForged,
		Message: "This link is not complete or is not one of ours.",
		Hint:    "Use the whole link from our message, or have a new one sent."}
}
