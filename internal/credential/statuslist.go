package credential

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Slot is a credential's place in the status lists: a list's number from 1 on, and
// the place of its bit.
type Slot struct {
	List  int
	Index int
}

const (
	// listBits is how many places a list has: fewer would tell who is meant
	// (Bitstring Status List 1.0, section 6.1: at least 16 KiB).
	listBits = 16 << 10 << 3
	// draws is how often a place is drawn in a list before the next one is begun.
	// So a list is about three quarters full at its end.
	draws = 16
	// flips is how often a bit is set anew when others change the same list.
	flips = 40

	listCached  = time.Minute      // how long others may keep a list
	listFresh   = 2 * time.Second  // how long we do ourselves
	listSame    = 10 * time.Minute // how long the same signed list is given while nothing changes
	listHolds   = 24 * time.Hour   // a list that is older must not be believed
	listPurpose = "revocation"
)

// statusEntry leads from a badge to its bit.
type statusEntry struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Purpose string `json:"statusPurpose"`
	Index   string `json:"statusListIndex"`
	List    string `json:"statusListCredential"`
}

func (i *Issuer) listURL(list int) string { return i.cfg.URL + StatusPath + strconv.Itoa(list) }

func (i *Issuer) entry(s Slot) *statusEntry {
	index := strconv.Itoa(s.Index)
	return &statusEntry{ID: i.listURL(s.List) + "#" + index, Type: "BitstringStatusListEntry", Purpose: listPurpose, Index: index, List: i.listURL(s.List)}
}

// listClaims is the signed form of a list (Bitstring Status List 1.0, section 2.2).
type listClaims struct {
	Context    []string    `json:"@context"`
	ID         string      `json:"id"`
	Type       []string    `json:"type"`
	Issuer     string      `json:"issuer"`
	ValidFrom  string      `json:"validFrom"`
	ValidUntil string      `json:"validUntil"`
	Subject    listSubject `json:"credentialSubject"`
	Iss        string      `json:"iss"`
	Jti        string      `json:"jti"`
	Sub        string      `json:"sub"`
	Iat        int64       `json:"iat"`
	Nbf        int64       `json:"nbf"`
	Exp        int64       `json:"exp"`
}

type listSubject struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Purpose string `json:"statusPurpose"`
	List    string `json:"encodedList"`
	TTL     int64  `json:"ttl"` // milliseconds
}

// signList signs a list's bits.
func (i *Issuer) signList(ctx context.Context, list int, bits []byte, now time.Time) (string, error) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(bits); err != nil {
		return "", fmt.Errorf("credential: pack a status list: %w", err)
	}
	if err := z.Close(); err != nil {
		return "", fmt.Errorf("credential: pack a status list: %w", err)
	}
	at, url := now.UTC().Truncate(time.Second), i.listURL(list)
	until := at.Add(listHolds)
	body, err := json.Marshal(listClaims{Context: []string{contextCredentials}, ID: url, Type: []string{"VerifiableCredential", "BitstringStatusListCredential"},
		Issuer: i.ID(), ValidFrom: at.Format(time.RFC3339), ValidUntil: until.Format(time.RFC3339),
		Subject: listSubject{ID: url + "#list", Type: "BitstringStatusList", Purpose: listPurpose,
			List: "u" + base64.RawURLEncoding.EncodeToString(packed.Bytes()), TTL: listCached.Milliseconds()},
		Iss: i.ID(), Jti: url, Sub: url + "#list", Iat: at.Unix(), Nbf: at.Unix(), Exp: until.Unix()})
	if err != nil {
		return "", fmt.Errorf("credential: encode a status list: %w", err)
	}
	return i.sign(ctx, typeVC, body)
}

// place draws a credential's n-th try at a place in a list. It is drawn from the
// credential's ID, which is itself drawn at random and used once: so whoever issues
// it again, after a fault, comes to the same place, and nobody else's place or their
// order can be told from it.
func place(credential string, list, try, bits int) int {
	sum := sha256.Sum256(fmt.Appendf(nil, "vouchsafe/slot/1/%s/%d/%d", credential, list, try))
	return int(binary.BigEndian.Uint64(sum[:8]) % uint64(bits))
}

// claim takes a place in the status lists for a credential. A place is taken by a
// write-once object, so two issuers never have the same one and it is never given
// again. When the open list is full, the next one is begun.
func (s *Store) claim(ctx context.Context, credential string) (Slot, error) {
	for {
		list, etag, err := s.openList(ctx)
		if err != nil {
			return Slot{}, err
		}
		for try := range draws {
			slot := Slot{List: list, Index: place(credential, list, try, s.span)}
			err := s.cfg.Evidence.PutOnce(ctx, onboarding.CredentialSlotKey(slot.List, slot.Index), []byte(credential))
			if err == nil || !s.cfg.Evidence.IsConflict(err) {
				return slot, err
			}
		}
		_, err = s.cfg.Objects.PutIf(ctx, onboarding.OpenStatusListKey, []byte(strconv.Itoa(list+1)), etag)
		if err != nil && !s.cfg.Objects.IsConflict(err) { // else another has begun it
			return Slot{}, fmt.Errorf("credential: begin a status list: %w", err)
		}
	}
}

// openList gives the number of the list in which places are taken, from 1 on.
func (s *Store) openList(ctx context.Context) (int, string, error) {
	body, etag, err := s.cfg.Objects.GetTagged(ctx, onboarding.OpenStatusListKey)
	if s.cfg.Objects.IsMissing(err) {
		return 1, "", nil
	}
	if err != nil {
		return 0, "", fmt.Errorf("credential: which status list is open: %w", err)
	}
	n, err := strconv.Atoi(string(body))
	if err != nil || n < 1 {
		return 0, "", errors.New("credential: the number of the open status list is not readable")
	}
	return n, etag, nil
}

// bits gives a list's bits, all zero when none was ever set.
func (s *Store) bits(ctx context.Context, list int) ([]byte, string, error) {
	body, etag, err := s.cfg.Objects.GetTagged(ctx, onboarding.StatusListKey(list))
	if s.cfg.Objects.IsMissing(err) {
		return make([]byte, listBits/8), "", nil
	}
	if err != nil {
		return nil, "", err
	}
	if len(body) != listBits/8 {
		return nil, "", errors.New("credential: a status list is not readable")
	}
	return bytes.Clone(body), etag, nil
}

// flip sets a credential's bit for good. Of several who change a list at once each
// puts its own on top of what the others have put.
func (s *Store) flip(ctx context.Context, at Slot) error {
	for try := range flips {
		bits, etag, err := s.bits(ctx, at.List)
		if err != nil {
			return err
		}
		mask := byte(0x80) >> (at.Index % 8) // index 0 is the left-most bit
		if bits[at.Index/8]&mask != 0 {
			return nil
		}
		bits[at.Index/8] |= mask
		_, err = s.cfg.Objects.PutIf(ctx, onboarding.StatusListKey(at.List), bits, etag)
		if err == nil || !s.cfg.Objects.IsConflict(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(time.Duration(try+1) * 5 * time.Millisecond)):
		}
	}
	return fmt.Errorf("credential: status list %d is being changed by many at once", at.List)
}

// signedList is a list as it was given last.
type signedList struct {
	jws, etag string
	sum       [sha256.Size]byte // of its bits
	signed    time.Time
	read      time.Time
}

// lists keeps what was signed, so that a list that everybody asks for costs one
// look at the store in some seconds.
type lists struct {
	mu   sync.Mutex
	kept map[int]signedList
}

// List gives a status list, signed. A number that no list has is
// CodeUnknownApplicant.
func (s *Store) List(ctx context.Context, list int) (jws, etag string, err error) {
	now := s.cfg.Now()
	s.lists.mu.Lock()
	was, ok := s.lists.kept[list]
	s.lists.mu.Unlock()
	if ok && now.Sub(was.read) < listFresh && now.Sub(was.signed) < listSame {
		return was.jws, was.etag, nil
	}
	if open, _, err := s.openList(ctx); err != nil {
		return "", "", err
	} else if list < 1 || list > open {
		return "", "", &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no status list with that number.", Hint: "Take the address from the certificate."}
	}
	bits, _, err := s.bits(ctx, list)
	if err != nil {
		return "", "", err
	}
	is := signedList{jws: was.jws, etag: was.etag, sum: sha256.Sum256(bits), signed: was.signed, read: now}
	if !ok || is.sum != was.sum || now.Sub(was.signed) >= listSame || now.Before(was.signed) {
		if is.jws, err = s.cfg.Issuer.signList(ctx, list, bits, now); err != nil {
			return "", "", err
		}
		tag := sha256.Sum256([]byte(is.jws))
		is.etag, is.signed = `"`+hex.EncodeToString(tag[:8])+`"`, now
	}
	s.lists.mu.Lock()
	defer s.lists.mu.Unlock()
	if s.lists.kept == nil {
		s.lists.kept = map[int]signedList{}
	}
	s.lists.kept[list] = is
	return is.jws, is.etag, nil
}

// ListHandler serves a status list, whose number the path has as {list}.
func (s *Store) ListHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		list, err := strconv.Atoi(r.PathValue("list"))
		if err != nil {
			list = 0
		}
		jws, etag, err := s.List(r.Context(), list)
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		switch {
		case onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant:
			http.Error(w, "There is no status list with that number.", http.StatusNotFound)
			return
		case err != nil: // we do not know, so nothing is said
			h.Set("Retry-After", "30")
			http.Error(w, "The status list cannot be read at the moment. Try again in half a minute.", http.StatusServiceUnavailable)
			return
		}
		h.Set("Content-Type", "application/vc+jwt")
		h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(listCached.Seconds())))
		h.Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write([]byte(jws)) // the connection is gone
	})
}
