package consent_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
)

// policyPublished are the hashes of all parts that anybody was told of: a text that
// stands here never changes, another one is another version.
var policyPublished = map[string]string{
	"base en 2026-11-28":       "6163abac9eae33e64ac7c08f588c17e229294264aae91ede30b05958f4aef05f",
	"base es 2026-11-28":       "d5ba9a0c2cbb3aa5cf9696732553d92eae2efe4507784ec0b1a50c5aeeb77c28",
	"california en 2026-11-28": "10f3268fade796650c5c3d6d85b163d64884644b6cc9195c31af1dd9e208857f",
	"california es 2026-11-28": "bbec48b4449ad2c5823c4fdd00386ec02713d7aebf1481ec39c68993f6f4c4db",
}

// TestPolicyPartsNeverChange: each part has its own version and the hash of its text;
// the base comes first, English stands in where a language is missing, and before there
// was a policy none is in force.
//
// Promise 19.
func TestPolicyPartsNeverChange(t *testing.T) {
	at := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	for _, language := range []string{"en", "es"} {
		parts := consent.PolicyAt(at, language)
		if len(parts) < 2 || parts[0].ID != consent.PolicyBase {
			t.Fatalf("%s: %d parts", language, len(parts))
		}
		for _, p := range parts {
			sum := sha256.Sum256([]byte(p.Text))
			key := p.ID + " " + p.Language + " " + p.Version
			if p.Language != language || p.SHA256 != hex.EncodeToString(sum[:]) || policyPublished[key] != p.SHA256 {
				t.Errorf("%s: %s, published %s", key, p.SHA256, policyPublished[key])
			}
		}
	}
	if parts := consent.PolicyAt(at, "fr"); parts[0].Language != "en" || parts[1].Language != "en" {
		t.Error("what is not in a language is not in English")
	}
	if parts := consent.PolicyAt(at.Add(-time.Second), "en"); len(parts) != 0 {
		t.Errorf("%d parts held before there was a policy", len(parts))
	}
}
