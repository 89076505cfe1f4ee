package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web/console"
)

// staffFile is the file that VOUCHSAFE_OIDC_STAFF names.
type staffFile struct {
	Groups []identity.GroupRule `yaml:"groups"`
}

// readStaff reads which group has which role, and finds what cannot work: a member
// that is none, a program that there is not.
func readStaff(path string, programs []program.Program) ([]identity.GroupRule, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("VOUCHSAFE_OIDC_STAFF: %w", err)
	}
	var file staffFile
	dec := yaml.NewDecoder(bytes.NewReader(body))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("VOUCHSAFE_OIDC_STAFF: %s: %w", path, err)
	}
	var known []string
	for _, p := range programs {
		known = append(known, p.ID)
	}
	var errs []error
	for _, g := range file.Groups {
		for _, p := range g.Programs {
			if !slices.Contains(known, p) {
				errs = append(errs, fmt.Errorf("VOUCHSAFE_OIDC_STAFF: group %q: there is no program %q; the programs are %s", g.Group, p, strings.Join(known, ", ")))
			}
		}
	}
	return file.Groups, errors.Join(errs...)
}

// reachWithin is how long the start waits for the sign-in provider.
const reachWithin = 10 * time.Second

// signIn makes the sign-in by OIDC; nil where none is configured. A provider that
// does not answer now does not keep applicants out: it is asked again by the next of
// the staff who signs in.
func (a *App) signIn(ctx context.Context) (*identity.OIDC, error) {
	if a.cfg.OIDCIssuer == "" {
		return nil, nil
	}
	groups, err := readStaff(a.cfg.OIDCStaff, a.programs.All())
	if err != nil {
		return nil, err
	}
	back, err := url.JoinPath(a.cfg.PublicURL, console.SignInCallback)
	if err != nil {
		return nil, err
	}
	provider, err := identity.NewOIDC(identity.OIDCConfig{Issuer: a.cfg.OIDCIssuer, ClientID: a.cfg.OIDCClientID, ClientSecret: a.cfg.OIDCClientSecret,
		RedirectURL: back, Scopes: a.cfg.OIDCScopes, GroupsClaim: a.cfg.OIDCGroupsClaim, Groups: groups, Hash: a.vault.LookupHash})
	if err != nil {
		return nil, fmt.Errorf("VOUCHSAFE_OIDC_STAFF: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	if err := provider.Reach(ctx); err != nil {
		a.log.WarnContext(ctx, "the sign-in provider does not answer: staff cannot sign in by it before it does", "issuer", a.cfg.OIDCIssuer, "error", errors.Unwrap(err))
	}
	return provider, nil
}
