package app

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/credential"
)

// SigningKeys lists the keys that certificates are signed with, oldest first.
func (a *App) SigningKeys(ctx context.Context) ([]credential.Key, error) {
	return a.issuer.Keys(ctx)
}

// RotateKey makes a new signing key, which signs after two hours or, with now, at
// once. That it was made, and why, is kept write-once in the evidence bucket.
func (a *App) RotateKey(ctx context.Context, reason string, now bool) (credential.Key, error) {
	return a.issuer.Rotate(ctx, credential.Rotation{By: "operator", Reason: reason, Now: now})
}
