// Package hooks has the webhooks that go out to integrators, by the Standard
// Webhooks specification (standardwebhooks.com): which endpoints there are and what
// each wants, how an event is written and signed, how it is sent without reaching
// into our own network, and what could not be delivered. When something is sent,
// and again, is the affair of the workflow DeliverWebhooks.
package hooks
