package onebox

import (
	"context"
	"crypto/rand"
	"encoding/base64"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/hooks"
)

// receiverName is how the sandbox's own endpoint is known among others.
const receiverName = "The sandbox, which shows what came"

// receive has the sandbox's integrator told of everything. At another start of the
// same home it is there already, perhaps at another port.
func (b *Box) receive(ctx context.Context, secret string) error {
	service, url := b.app.Applicants(), b.Face.Sandbox+sandbox.IntegratorPath
	all, err := service.WebhookEndpoints(ctx)
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.Description != receiverName {
			continue
		}
		if e.URL != url {
			_, err = service.ChangeWebhook(ctx, e.ID, hooks.Changes{URL: &url}, "system")
		}
		return err
	}
	_, err = service.AddWebhook(ctx, hooks.Endpoint{URL: url, Description: receiverName, Secrets: []hooks.Secret{{Value: secret}}}, "system")
	return err
}

// hookSecret is a secret by Standard Webhooks.
func hookSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: crypto/rand
	return "whsec_" + base64.StdEncoding.EncodeToString(b)
}
