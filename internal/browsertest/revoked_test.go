package browsertest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// revoked is a certificate that was good: staff revoke it, and whoever holds the
// badge in hand finds out, from the page and from the status list.
func revoked(t *testing.T, w *world) {
	j := w.handsIn(t, newcomer("Rita", "Void"), "support-basics", nil)
	j.enters(t, smartphone)
	j.certifies("support-basics")
	j.open("/apply/certificate")
	b := proves(t, w, j)
	if struck(t, w, b) {
		t.Error("the status list says that the certificate does not stand, and it does")
	}
	public := js[string](j.tab, `document.querySelector('a[href*="/verify/"]').getAttribute("href")`)
	reviewer := w.staff(t, identity.RoleReviewer)
	reviewer.open("/console/applicants/" + j.id).press("Revoke the certificate").send().is(http.StatusUnprocessableEntity)
	reviewer.send("category", "conduct", "reason", "The quiz was taken by somebody else.").at("/console/applicants/" + j.id).says("revoked")
	j.waits("/apply/status", "Your certificate was revoked")
	j.open("/apply/certificate").says("Revoked")
	stranger := w.profile(t, phone)
	stranger.open(public).says("This certificate was revoked and is not valid").silent("Rita", "Void")
	eventually(t, func() error {
		if !struck(t, w, b) {
			return errNotYet
		}
		return nil
	})
}

// struck reads a badge's bit in its status list, which is signed as the badge is:
// W3C Bitstring Status List v1.0. True is revoked.
func struck(t testing.TB, w *world, b badge) bool {
	t.Helper()
	entry, ok := b["credentialStatus"].(map[string]any)
	if !ok {
		t.Fatalf("the badge has no status list: %v", b)
	}
	address, _ := entry["statusListCredential"].(string)
	index, err := strconv.Atoi(entry["statusListIndex"].(string))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(address) //nolint:gosec,noctx // a stranger's
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	list, err := verified(t, strings.TrimSpace(string(body)), w.site+"/.well-known/jwks.json")
	if err != nil {
		t.Fatalf("the status list does not verify: %v: %.200s", err, body)
	}
	subject, _ := list["credentialSubject"].(map[string]any)
	encoded, _ := subject["encodedList"].(string)
	packed, err := decode64(strings.TrimPrefix(encoded, "u"))
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	bits, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	return bits[index/8]>>(7-index%8)&1 == 1
}
