package client_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/deploy/client"
	"github.com/vouchsafe/vouchsafe/internal/devstack/objects"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

func TestMain(m *testing.M) {
	if objects.IsChild() { // the deployment's S3 is a process of its own
		os.Exit(objects.RunChild())
	}
	os.Exit(m.Run())
}

// deployment starts a whole one on this machine, as make run does. You have one.
func deployment() (address, key string, stop func()) {
	home, err := os.MkdirTemp("", "vouchsafe-example-")
	if err != nil {
		log.Fatal(err)
	}
	box, err := onebox.Start(context.Background(), onebox.Config{Home: home, FreePorts: true, ReportDelay: 100 * time.Millisecond})
	if err != nil {
		log.Fatal(err)
	}
	return box.Face.Web, box.Face.APIKey, func() { box.Close(); os.RemoveAll(home) }
}

// An integrator's form captures an application with its consents, hands it in, and
// follows it by webhooks.
func Example() {
	address, key, stop := deployment()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	api := client.New(address, key)

	// Have events sent to you. The secret is told this once.
	var receiver *client.Receiver
	mine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { receiver.ServeHTTP(w, r) }))
	defer mine.Close()
	endpoint, err := api.AddEndpoint(ctx, client.NewEndpoint{URL: mine.URL, Events: []string{"application.submitted", "application.stage_changed"}})
	if err != nil {
		log.Fatal(err) //nolint:gocritic // an example is as short as can be: what stands open goes with the process
	}
	events := make(chan client.Event, 10)
	receiver, err = client.NewReceiver([]string{endpoint.Secret}, func(_ context.Context, e client.Event) error {
		events <- e // store it, and answer at once
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}

	// Show each notice, one a page, and keep when and from where it was agreed to.
	notices, err := api.Notices(ctx, "en")
	if err != nil {
		log.Fatal(err)
	}
	var consents []client.Consent
	for _, n := range notices {
		shown, agreed := time.Now().Add(-2*time.Minute), time.Now().Add(-time.Minute)
		signature := ""
		if n.Kind == client.KindAuthorization {
			signature = "Quinn Example"
		}
		consents = append(consents, n.Given(shown, agreed, client.Origin{IPAddress: "192.0.2.7", UserAgent: "client form 3"}, signature))
	}

	// The key of the order makes it one applicant, however often it is sent.
	made, err := api.Apply(ctx, client.Application{Program: "support-basics", Consents: consents, Applicant: client.Applicant{
		GivenName: "Quinn", FamilyName: "Example", DateOfBirth: "1990-04-27", Email: "quinn@example.com", Phone: "+12125550123",
		NationalID: "987-65-4321", Street: "12 Example Street", City: "Portland", State: "OR", PostalCode: "97201", Country: "US"}}, "order-4711")
	if err != nil {
		log.Fatal(err)
	}

	for stage := ""; stage != "certification"; {
		select {
		case e := <-events:
			stage = e.Data.Stage
			fmt.Println(e.Type, stage)
		case <-ctx.Done():
			log.Fatal("no more events came")
		}
	}
	status, err := api.Status(ctx, made.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("It waits for the", status.Attention)
	// Output:
	// application.submitted signup
	// application.stage_changed validation
	// application.stage_changed vetting
	// application.stage_changed certification
	// It waits for the applicant
}
