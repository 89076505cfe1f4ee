// Package client is the Go client of a vouchsafe deployment: hand applications in with
// the consents that your own form captured, see where they stand, and take the events
// that come as webhooks.
//
// It needs nothing but the standard library. A Client does what the API allows its key;
// the whole of the API is described at /api/v1/openapi.json of the deployment, and Do
// calls whatever has no method here.
//
//	c := client.New("https://apply.example.com", os.Getenv("VOUCHSAFE_API_KEY"))
//	made, err := c.Apply(ctx, application, "order-4711")
//
// Errors that the deployment answers are *Error. What was refused for its rate
// (429) is sent again when the time has come, within the context's own.
//
// Receiver is the other direction: an http.Handler that verifies what comes by the
// Standard Webhooks specification and hands on each event.
package client
