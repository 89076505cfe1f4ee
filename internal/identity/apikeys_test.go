package identity

import (
	"fmt"
	"strings"
	"testing"
)

func TestIdentify(t *testing.T) {
	keys, err := NewKeys([]string{"acme:sesame-of-acme-1", "umbria:sesame:of:umbria", "acme:sesame-of-acme-2"})
	if err != nil {
		t.Fatal(err)
	}
	for given, want := range map[string]string{
		"sesame-of-acme-1":      "acme",
		"acme:sesame-of-acme-1": "acme",
		// Two keys of one ID are a rotation.
		"sesame-of-acme-2":         "acme",
		"acme:sesame-of-acme-2":    "acme",
		"sesame:of:umbria":         "umbria", // a secret may hold a colon
		"umbria:sesame:of:umbria":  "umbria",
		"umbria:sesame-of-acme-1":  "", // somebody else's name
		"nobody:sesame-of-acme-1":  "",
		":sesame-of-acme-1":        "",
		"of:umbria":                "",
		"sesame":                   "",
		"acme":                     "",
		"acme:":                    "",
		":":                        "",
		"":                         "",
		"sesame-of-acme-1" + "\n":  "",
		"Sesame-of-acme-1":         "",
		"acme:acme:sesame-of-acme": "",
	} {
		if id, ok := keys.identify(given); id != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", given, id, ok, want)
		}
	}
	none, err := NewKeys(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := none.identify(""); ok {
		t.Error("with no keys set, no key is a key")
	}
}

// TestOnlyHashesAreKept: what a dump of memory shows opens nothing.
func TestOnlyHashesAreKept(t *testing.T) {
	keys, err := NewKeys([]string{"acme:sesame-of-acme-1"})
	if err != nil {
		t.Fatal(err)
	}
	hash := string(keys.keys[0].hash[:])
	if seen := fmt.Sprintf("%+v %#v %s", keys.keys, keys, keys.keys[0].id); strings.Contains(seen, "sesame") {
		t.Errorf("the secret is kept: %s", seen)
	}
	if _, ok := keys.identify(hash); ok {
		t.Error("the hash is taken for the secret")
	}
}

// TestKeysWrittenWrong: the error names the entry by its number and never quotes
// it, since it is printed at start and the entry is a secret.
func TestKeysWrittenWrong(t *testing.T) {
	for name, tt := range map[string]struct {
		all  []string
		says string
	}{
		"no colon":             {[]string{"acme:sesame-1", "sesame-2"}, "API key 2"},
		"no ID":                {[]string{":sesame-1"}, "API key 1"},
		"no secret":            {[]string{"acme:"}, "API key 1"},
		"empty":                {[]string{""}, "API key 1"},
		"one secret of two":    {[]string{"acme:sesame-1", "other:sesame-3", "umbria:sesame-1"}, "1 and 3"},
		"the same entry twice": {[]string{"acme:sesame-1", "acme:sesame-1"}, "1 and 2"},
	} {
		keys, err := NewKeys(tt.all)
		if err == nil || keys != nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %v, want an error that says %q and quotes nothing", name, err, tt.says)
		}
	}
}
