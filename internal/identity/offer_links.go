package identity

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// offerUse is the name that the links which end marketing are sealed under.
const offerUse = "link/offers"

const offerVersion = 1

// OfferLinks mints and opens the links by which the reader of a marketing letter ends
// such letters. They open nothing, so they never expire: a letter lies in a mailbox
// for years.
type OfferLinks struct{ sealer Sealer }

// NewOfferLinks makes OfferLinks.
func NewOfferLinks(sealer Sealer) *OfferLinks { return &OfferLinks{sealer: sealer} }

// OfferPath is where a token leads, below the site's own address.
func OfferPath(token string) string { return "/apply/offers/stop/" + token }

// Mint makes a token for an applicant and the keyed hash of the address that the letter
// goes to.
func (l *OfferLinks) Mint(id onboarding.ApplicantID, contact string) (string, error) {
	u, err := uuid.Parse(string(id))
	if err != nil {
		return "", fmt.Errorf("identity: a link to end letters: %w", err)
	}
	hash, err := hex.DecodeString(contact)
	if err != nil || len(hash) == 0 {
		return "", fmt.Errorf("identity: a link to end letters needs the keyed hash of their address")
	}
	sealed, err := l.sealer.SystemSeal(offerUse, append(append([]byte{offerVersion}, u[:]...), hash...))
	if err != nil {
		return "", fmt.Errorf("identity: seal a link to end letters: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// Open gives what a token says; CodeNotAllowed for one that is none of ours.
func (l *OfferLinks) Open(token string) (id onboarding.ApplicantID, contact string, err error) {
	if len(token) > 512 {
		return "", "", forged()
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", "", forged()
	}
	plain, err := l.sealer.SystemOpen(offerUse, sealed)
	if err != nil || len(plain) < 18 || plain[0] != offerVersion {
		return "", "", forged()
	}
	u, err := uuid.FromBytes(plain[1:17])
	if err != nil {
		return "", "", forged()
	}
	return onboarding.ApplicantID(u.String()), hex.EncodeToString(plain[17:]), nil
}
