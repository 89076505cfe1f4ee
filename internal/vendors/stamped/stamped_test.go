package stamped_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/vendors/stamped"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func v1(secret string, at time.Time, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

func TestProved(t *testing.T) {
	const body = `{"id":"evt_1"}`
	at := func(d time.Duration) string { return fmt.Sprintf("t=%d,", noon.Add(d).Unix()) }
	good := at(0) + v1("new", noon, body)
	for name, c := range map[string]struct {
		values []string
		body   string
		want   bool
	}{
		"by the new secret":                 {[]string{good}, body, true},
		"by the old one, during a change":   {[]string{at(0) + v1("old", noon, body)}, body, true},
		"by both":                           {[]string{at(0) + v1("another", noon, body) + "," + v1("old", noon, body)}, body, true},
		"in two header lines":               {[]string{strings.TrimSuffix(at(0), ","), v1("new", noon, body)}, body, true},
		"beside another scheme":             {[]string{good + ",v0=00"}, body, true},
		"at the window's edge":              {[]string{at(-stamped.Window) + v1("new", noon.Add(-stamped.Window), body)}, body, true},
		"played again later":                {[]string{at(-stamped.Window-time.Second) + v1("new", noon.Add(-stamped.Window-time.Second), body)}, body, false},
		"from the future":                   {[]string{at(stamped.Window+time.Second) + v1("new", noon.Add(stamped.Window+time.Second), body)}, body, false},
		"by somebody else":                  {[]string{at(0) + v1("another", noon, body)}, body, false},
		"by the empty secret":               {[]string{at(0) + v1("", noon, body)}, body, false},
		"another body":                      {[]string{good}, body + " ", false},
		"another time":                      {[]string{at(time.Second) + v1("new", noon, body)}, body, false},
		"two times":                         {[]string{at(0) + good}, body, false},
		"no time":                           {[]string{v1("new", noon, body)}, body, false},
		"a time that is none":               {[]string{"t=soon," + v1("new", noon, body)}, body, false},
		"no signature":                      {[]string{at(0) + "v0=00"}, body, false},
		"a signature that is none":          {[]string{at(0) + "v1=zz"}, body, false},
		"more signatures than can be meant": {[]string{at(0) + strings.Repeat("v1=00,", 8) + v1("new", noon, body)}, body, false},
		"nothing":                           {nil, body, false},
		"rubbish":                           {[]string{"hello"}, body, false},
	} {
		if got := stamped.Proved([]string{"", "new", "old"}, c.values, []byte(c.body), noon); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
