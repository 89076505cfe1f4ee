package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// GroupRule gives the members of one group at the provider a role.
type GroupRule struct {
	Group    string   `yaml:"group"`
	Role     Role     `yaml:"role"`
	Programs []string `yaml:"programs"` // whose applicants they see; none: all
}

// OIDCConfig says which provider staff sign in at, and who they are here.
type OIDCConfig struct {
	Issuer       string // its discovery document lies below
	ClientID     string
	ClientSecret string // empty for a public client: PKCE stands in for it
	RedirectURL  string // ours, as the provider has it
	Scopes       []string
	GroupsClaim  string // of the ID token, or else of the user info
	Groups       []GroupRule
	// Hash keys what a person's ID is made of; *vault.Vault's LookupHash.
	Hash func(kind, value string) string
	Now  func() time.Time // time.Now when nil
}

// OIDC signs staff in at a provider by OpenID Connect: the authorization code flow
// (OpenID Connect Core 1.0, 3.1) with PKCE (RFC 7636), state and nonce. Make it with
// NewOIDC.
type OIDC struct {
	cfg    OIDCConfig
	client *http.Client

	mu       sync.Mutex
	provider *oidc.Provider
}

// providerWithin bounds each request to the provider.
const providerWithin = 10 * time.Second

// NewOIDC holds the configuration to what can work; it does not ask the provider,
// since who serves applicants must start without it. Errors say what is missing.
func NewOIDC(cfg OIDCConfig) (*OIDC, error) {
	var errs []error
	if cfg.Issuer == "" || cfg.ClientID == "" || cfg.RedirectURL == "" || cfg.GroupsClaim == "" || cfg.Hash == nil {
		errs = append(errs, errors.New("sign-in by OIDC needs an issuer, a client ID, a redirect address and a groups claim"))
	}
	if len(cfg.Groups) == 0 {
		errs = append(errs, errors.New("sign-in by OIDC needs at least one group with a role: nobody could sign in"))
	}
	for i, g := range cfg.Groups {
		switch {
		case g.Group == "":
			errs = append(errs, fmt.Errorf("entry %d of the groups names no group", i+1))
		case !g.Role.Known():
			errs = append(errs, fmt.Errorf("group %q: there is no role %q; the roles are %s", g.Group, g.Role, joined(Roles())))
		}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &OIDC{cfg: cfg, client: &http.Client{Timeout: providerWithin}}, errors.Join(errs...)
}

func joined[T ~string](all []T) string {
	words := make([]string, len(all))
	for i, a := range all {
		words[i] = string(a)
	}
	return strings.Join(words, ", ")
}

// discover reads the provider's document once; a provider that does not answer is
// asked again by the next who signs in.
func (o *OIDC) discover(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider != nil {
		return o.provider, nil
	}
	// The provider's keys are fetched by this context later on: it must not end.
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.client), o.cfg.Issuer)
	if err != nil {
		return nil, down(err)
	}
	o.provider = p
	return p, nil
}

// Reach asks the provider for its document, so that the start can say what is wrong.
func (o *OIDC) Reach(ctx context.Context) error {
	_, err := o.discover(ctx)
	return err
}

func down(cause error) error {
	return &onboarding.Error{Code: onboarding.CodeVendorDown, Message: "The sign-in provider does not answer as it should.", Hint: "Try again in a minute.", Cause: cause}
}

func (o *OIDC) oauth(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: o.cfg.ClientID, ClientSecret: o.cfg.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: o.cfg.RedirectURL,
		Scopes: append([]string{oidc.ScopeOpenID}, o.cfg.Scopes...)}
}

// Login is what must come back with an answer of the provider; it waits in a sealed
// cookie of the browser that began.
type Login struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // of PKCE
	Next     string `json:"next"`     // where the person wanted to go
}

// Begin gives the address of the provider's sign-in page.
func (o *OIDC) Begin(ctx context.Context, next string) (string, Login, error) {
	p, err := o.discover(ctx)
	if err != nil {
		return "", Login{}, err
	}
	l := Login{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Next: next}
	return o.oauth(p).AuthCodeURL(l.State, oidc.Nonce(l.Nonce), oauth2.S256ChallengeOption(l.Verifier)), l, nil
}

// Choice is a role that somebody may sign in in, and for which programs.
type Choice struct {
	Role     Role     `json:"role"`
	Programs []string `json:"programs,omitempty"` // none: all
}

// Person is who the provider says it was.
type Person struct {
	ID      string // a keyed hash of issuer and subject: the same at each sign-in
	Entry   Entry
	Choices []Choice // by role, in the order of Roles; never empty
}

// claims are what we read of a token or of the user info.
type claims struct {
	Name      string `json:"name"`
	Preferred string `json:"preferred_username"`
	Email     string `json:"email"`
}

// Finish takes the provider's answer to a sign-in that Begin began.
//
// Errors: CodeNotAllowed for an answer that does not fit, or for one who is in no
// group that has a role here; CodeVendorDown when the provider does not answer.
func (o *OIDC) Finish(ctx context.Context, l Login, state, code string) (Person, error) {
	if l.State == "" || subtle.ConstantTimeCompare([]byte(l.State), []byte(state)) != 1 || code == "" {
		return Person{}, refusedSignIn("This sign-in was not begun in this browser, or too long ago.", "Begin again.", nil)
	}
	p, err := o.discover(ctx)
	if err != nil {
		return Person{}, err
	}
	ctx = oidc.ClientContext(ctx, o.client)
	token, err := o.oauth(p).Exchange(ctx, code, oauth2.VerifierOption(l.Verifier))
	var answered *oauth2.RetrieveError
	if errors.As(err, &answered) && answered.Response.StatusCode < http.StatusInternalServerError {
		return Person{}, refusedSignIn("The sign-in provider did not take our answer: perhaps the page was loaded twice.", "Begin again.", err)
	}
	if err != nil {
		return Person{}, down(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: o.cfg.ClientID, Now: o.cfg.Now}).Verify(ctx, raw)
	if err != nil {
		return Person{}, refusedSignIn("What the sign-in provider sent cannot be proved to be its own.", "Begin again; if it happens again, tell an administrator.", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(l.Nonce)) != 1 {
		return Person{}, refusedSignIn("What the sign-in provider sent belongs to another sign-in.", "Begin again.", nil)
	}
	about, groups, err := o.about(ctx, p, token, id)
	if err != nil {
		return Person{}, err
	}
	person := Person{ID: o.cfg.Hash("staff", id.Issuer+"\x00"+id.Subject)[:staffIDLength], Choices: o.choices(groups)}
	person.Entry = Entry{Name: about.Name, Email: about.Email, Roles: person.Choices}
	if person.Entry.Name == "" {
		person.Entry.Name = about.Preferred
	}
	if len(person.Choices) == 0 {
		return Person{}, refusedSignIn("You are known to the sign-in provider, and in no group that has a role here.",
			"Ask whoever gives out access for the group of your role.", nil)
	}
	return person, nil
}

// staffIDLength is how many hex digits of the hash make a staff ID.
const staffIDLength = 12

// about reads name, e-mail and groups from the ID token, and from the user info what
// the token lacks: some providers put groups there alone (OpenID Connect Core, 5.3).
func (o *OIDC) about(ctx context.Context, p *oidc.Provider, token *oauth2.Token, id *oidc.IDToken) (claims, []string, error) {
	var about claims
	all := map[string]any{}
	if id.Claims(&about) != nil || id.Claims(&all) != nil {
		return about, nil, refusedSignIn("What the sign-in provider says of you cannot be read.", "Tell an administrator.", nil)
	}
	_, has := all[o.cfg.GroupsClaim]
	if has && about.Name+about.Email != "" || p.UserInfoEndpoint() == "" {
		return about, groupsOf(all[o.cfg.GroupsClaim]), nil
	}
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return about, nil, down(err)
	}
	if info.Subject != id.Subject || info.Claims(&about) != nil || info.Claims(&all) != nil {
		return about, nil, refusedSignIn("What the sign-in provider says of you belongs to somebody else.", "Tell an administrator.", nil)
	}
	return about, groupsOf(all[o.cfg.GroupsClaim]), nil
}

// groupsOf reads a claim that is a list of names, or one name.
func groupsOf(claim any) []string {
	switch v := claim.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, g := range v {
			if name, ok := g.(string); ok {
				out = append(out, name)
			}
		}
		return out
	}
	return nil
}

// choices are the roles that somebody's groups give. Two groups of one role add up;
// one without programs gives all of them.
func (o *OIDC) choices(groups []string) []Choice {
	var out []Choice
	for _, role := range Roles() {
		c, given, every := Choice{Role: role}, false, false
		for _, rule := range o.cfg.Groups {
			if rule.Role != role || !slices.Contains(groups, rule.Group) {
				continue
			}
			given, every = true, every || len(rule.Programs) == 0
			c.Programs = append(c.Programs, rule.Programs...)
		}
		if !given {
			continue
		}
		slices.Sort(c.Programs)
		c.Programs = slices.Compact(c.Programs)
		if every {
			c.Programs = nil
		}
		out = append(out, c)
	}
	return out
}

func refusedSignIn(message, hint string, cause error) error {
	return &onboarding.Error{Code: onboarding.CodeNotAllowed, Message: message, Hint: hint, Cause: cause}
}
