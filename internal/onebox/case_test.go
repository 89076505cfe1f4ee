package onebox_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	vouch "github.com/vouchsafe/vouchsafe/internal/client"
)

// TestCaseIsWorkedOn is a day of a recruiter and a reviewer over one case: it is taken,
// noted on, decided by somebody else, its documents opened, and when it has ended as
// well. All of it stands in a ledger that is whole.
func TestCaseIsWorkedOn(t *testing.T) {
	d := openDesk(t, nil)
	id, email := d.apply("support-basics", map[string]string{"family_name": "Consider"})
	d.await(id, func(st vouch.Status) bool { return st.Attention == "reviewer" })
	page := "/console/applicants/" + id

	recruiter := stepper{d.house, d.recruiter}
	recruiter.open(page).says("Nobody has this case").hand(page, "do", "take").says("You have this case")
	recruiter.open(page+"/notes").hand(page, "note", "They asked to be called after five.").says("Your note is kept")
	recruiter.open(page).says("recruiter</td>", "wrote a note").open(page+"/notes").says("called after five", "That you read the notes stands")
	if recruiter.open(page); strings.Contains(recruiter.Text, "after five") {
		t.Error("a note is read without a record")
	}
	recruiter.refused(page+"/decision", http.StatusForbidden)

	reviewer := stepper{d.house, d.reviewer}
	reviewer.open(page+"/documents").says("The application as it was handed in", "Report of Findly as it came", "Consent: ")
	if err := reviewer.Submit(t.Context(), map[string]string{"document": "report/background", "why": "to weigh what was found"}); err != nil {
		t.Fatal(err)
	}
	if reviewer.Status != http.StatusOK || !strings.Contains(reviewer.Text, "county_criminal") {
		t.Fatalf("the report: %d, %.200s", reviewer.Status, reviewer.Text)
	}
	link := reviewer.Path()
	recruiter.refused(link, http.StatusConflict)
	d.decide(id, "adverse")
	d.await(id, func(st vouch.Status) bool { return st.Attention == "reviewer" }) // the time to answer has passed
	d.decide(id, "adverse")
	d.await(id, func(st vouch.Status) bool { return st.Stage == "declined" })

	// The case has ended: its workflow takes no more, and all of this goes on.
	if reviewer.open(page + "/notes"); reviewer.Status != http.StatusOK {
		t.Fatalf("%d: %s", reviewer.Status, regexp.MustCompile(`(?s)<main.*</main>`).FindString(reviewer.Text))
	}
	reviewer.says("called after five").hand(page, "note", "A complaint came in; we look at the report again.")
	reviewer.open(page + "/documents")
	letter := regexp.MustCompile(`value="(letter/\d+)"[^>]*>Open<span class="unseen">: Letter: the final notice`).FindStringSubmatch(reviewer.Text)
	if letter == nil {
		t.Fatalf("no final notice among the documents: %s", reviewer.Says())
	}
	if err := reviewer.Submit(t.Context(), map[string]string{"document": letter[1], "why": "to answer a request or a complaint"}); err != nil {
		t.Fatal(err)
	}
	if reviewer.Status != http.StatusOK || !strings.Contains(reviewer.Text, "Subject: ") || strings.Contains(reviewer.Text, "/apply/link/") {
		t.Errorf("the letter: %d, %.300s", reviewer.Status, reviewer.Text)
	}
	if err := reviewer.open(page+"/documents").Submit(t.Context(), map[string]string{"document": "written-decisions", "why": "to prove what was done"}); err != nil {
		t.Fatal(err)
	}
	if reviewer.Status != http.StatusOK || !strings.Contains(reviewer.Text, "\n  Looked at.\n") {
		t.Errorf("what was written: %d, %.300s", reviewer.Status, reviewer.Text)
	}
	if got := d.letter(email, "decision"); got == "" {
		t.Error("no letter came")
	}
	reviewer.open(page).says("opened the report as the agency sent it", "opened letter ", "opened what was written in decisions and disputes", "to answer a request or a complaint", "wrote a note", "gave the case to the recruiter")
	d.whole(id)
}

// TestWebUITells goes through a case in Temporal as a recruiter who has never seen it
// would: every step and timer says what it is, the checklist says where the applicant
// is and leads to the console, and none of it holds what the applicant typed.
func TestWebUITells(t *testing.T) {
	d := openDesk(t, nil)
	id, email := d.apply("support-basics", map[string]string{"family_name": "Consider"})
	d.await(id, func(st vouch.Status) bool { return st.Attention == "reviewer" })
	decoded := converter.NewRemoteDataConverter(converter.GetDefaultDataConverter(), converter.RemoteDataConverterOptions{Endpoint: d.face.Web + "/codec"})
	temporal, err := client.DialContext(t.Context(), client.Options{HostPort: d.face.Temporal.Address, Namespace: d.face.Temporal.Namespace, DataConverter: decoded})
	if err != nil {
		t.Fatal(err)
	}
	defer temporal.Close()
	workflow := "applicant/" + id
	said := []string{}
	tell := func(what string, m *sdkpb.UserMetadata) {
		var s string
		if m.GetSummary() != nil && decoded.FromPayload(m.GetSummary(), &s) != nil || s == "" {
			t.Errorf("%s says nothing", what)
		}
		said = append(said, s)
	}
	run := ""
	for first := true; first || run != ""; first = false {
		events := temporal.GetWorkflowHistory(t.Context(), workflow, run, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		run = ""
		for events.HasNext() {
			e, err := events.Next()
			if err != nil {
				t.Fatal(err)
			}
			switch e.GetEventType() {
			case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
				run = e.GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId()
				if run == "" {
					tell("the workflow", e.GetUserMetadata())
				}
			case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, enums.EVENT_TYPE_TIMER_STARTED:
				tell(fmt.Sprint(e.GetEventType(), " ", e.GetEventId()), e.GetUserMetadata())
			case enums.EVENT_TYPE_MARKER_RECORDED:
				if e.GetMarkerRecordedEventAttributes().GetMarkerName() == "LocalActivity" {
					tell(fmt.Sprint("the step ", e.GetEventId()), e.GetUserMetadata())
				}
			default:
			}
		}
	}
	value, err := temporal.QueryWorkflow(t.Context(), workflow, "", "__temporal_workflow_metadata")
	if err != nil {
		t.Fatal(err)
	}
	var about sdkpb.WorkflowMetadata
	if err := value.Get(&about); err != nil {
		t.Fatal(err)
	}
	for _, group := range [][]*sdkpb.WorkflowInteractionDefinition{about.GetDefinition().GetUpdateDefinitions(), about.GetDefinition().GetQueryDefinitions(), about.GetDefinition().GetSignalDefinitions()} {
		if len(group) == 0 {
			t.Error("a kind of message is not told at all")
		}
		for _, m := range group {
			if m.GetDescription() == "" && !strings.HasPrefix(m.GetName(), "__") {
				t.Errorf("the message %s has no description", m.GetName())
			}
		}
	}
	details := about.GetCurrentDetails()
	for _, words := range []string{"**Vetting", "Support Basics", "Waits for a reviewer", "- [x] e-mail address (Kickbox): passed", "A person must look, because:", "[Open this applicant in the console](" + d.face.Web + "/console/applicants/" + id + ")"} {
		if !strings.Contains(details, words) {
			t.Errorf("the checklist does not say %q: %s", words, details)
		}
	}
	if !slices.Contains(said, "Write to the applicant: the conditional offer") || !slices.Contains(said, "Applicant for Support Basics") {
		t.Errorf("steps are not told: %q", said)
	}
	if len(said) < 8 {
		t.Errorf("only %d things were said: %q", len(said), said)
	}
	all := strings.Join(append(said, details), "\n")
	for _, mine := range []string{email, "Consider", "Example Street", "987-65"} {
		if strings.Contains(all, mine) {
			t.Errorf("it holds %q: %s", mine, all)
		}
	}
}

// TestCasePageIsTold: the page of a case hears within moments that something has
// happened, and a server that stops does not wait for who looks.
func TestCasePageIsTold(t *testing.T) {
	d := openDesk(t, nil)
	id, _ := d.apply("support-basics", map[string]string{"family_name": "Consider"})
	d.await(id, func(st vouch.Status) bool { return st.Attention == "reviewer" })
	recruiter := stepper{d.house, d.recruiter}
	version := func() string {
		m := regexp.MustCompile(`data-live="(\w+)"`).FindStringSubmatch(recruiter.open("/console/applicants/" + id).Text)
		if m == nil {
			t.Fatalf("the page does not say its version: %s", recruiter.Says())
		}
		return m[1]
	}
	was := version()
	d.decide(id, "proceed")
	eventually(t, time.Minute, func() error {
		if version() == was {
			return fmt.Errorf("still version %s", was)
		}
		return nil
	})
}
