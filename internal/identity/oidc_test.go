package identity

import (
	"reflect"
	"strings"
	"testing"
)

func hash(kind, value string) string { return strings.Repeat("0", 40) }

// TestChoices: a person's groups give roles, each with the programs that all of their
// groups of that role have together.
func TestChoices(t *testing.T) {
	o, err := NewOIDC(OIDCConfig{Issuer: "https://id.example.com", ClientID: "v", RedirectURL: "https://v.example.com/x", GroupsClaim: "groups", Hash: hash, Groups: []GroupRule{
		{Group: "ops", Role: RoleOps}, {Group: "r-one", Role: RoleRecruiter, Programs: []string{"one"}}, {Group: "r-two", Role: RoleRecruiter, Programs: []string{"two", "one"}},
		{Group: "r-all", Role: RoleRecruiter}, {Group: "r-one", Role: RoleReviewer, Programs: []string{"one"}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		groups []string
		want   []Choice
	}{
		{nil, nil}, {[]string{"choir", "OPS", "op"}, nil},
		{[]string{"ops"}, []Choice{{Role: RoleOps}}},
		{[]string{"r-two"}, []Choice{{RoleRecruiter, []string{"one", "two"}}}},
		{[]string{"r-one", "r-two", "ops"}, []Choice{{RoleRecruiter, []string{"one", "two"}}, {Role: RoleOps}, {RoleReviewer, []string{"one"}}}},
		{[]string{"r-one", "r-all"}, []Choice{{Role: RoleRecruiter}, {RoleReviewer, []string{"one"}}}},
	} {
		if got := o.choices(tt.groups); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%v: %+v, want %+v", tt.groups, got, tt.want)
		}
	}
}

func TestGroupsOf(t *testing.T) {
	for _, tt := range []struct {
		claim any
		want  []string
	}{
		{nil, nil}, {"ops", []string{"ops"}}, {[]any{"ops", 7, "x"}, []string{"ops", "x"}}, {map[string]any{"ops": true}, nil}, {true, nil},
	} {
		if got := groupsOf(tt.claim); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%v: %v", tt.claim, got)
		}
	}
}

// TestOIDCConfiguredWrongly: the start says what is missing.
func TestOIDCConfiguredWrongly(t *testing.T) {
	good := OIDCConfig{Issuer: "https://id.example.com", ClientID: "v", RedirectURL: "https://v.example.com/x", GroupsClaim: "groups", Hash: hash, Groups: []GroupRule{{Group: "ops", Role: RoleOps}}}
	for says, change := range map[string]func(*OIDCConfig){
		"an issuer":              func(c *OIDCConfig) { c.Issuer = "" },
		"a client ID":            func(c *OIDCConfig) { c.ClientID = "" },
		"at least one group":     func(c *OIDCConfig) { c.Groups = nil },
		"entry 2":                func(c *OIDCConfig) { c.Groups = append(c.Groups, GroupRule{Role: RoleOps}) },
		`there is no role "Ops"`: func(c *OIDCConfig) { c.Groups = []GroupRule{{Group: "o", Role: "Ops"}} },
	} {
		cfg := good
		change(&cfg)
		if _, err := NewOIDC(cfg); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	if _, err := NewOIDC(good); err != nil {
		t.Error(err)
	}
}
