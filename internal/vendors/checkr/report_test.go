package checkr_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/checkr"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const (
	clear    = onboarding.VerdictClear
	consider = onboarding.VerdictConsider
	unknown  = onboarding.VerdictCouldNotComplete
)

// read serves a report with its searches, as JSON, and fetches it.
func read(t *testing.T, report string, searches map[string]string) checkr.Report {
	t.Helper()
	const me = "019a9ec8-8f0b-7c0c-9a9e-c88f0b7c0c9a"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/v1/reports/r1" {
			_, _ = io.WriteString(w, `{"id":"r1","candidate_id":"c1","tags":["`+ref(me, 1)+`"],`+report+`}`)
			return
		}
		path := strings.Split(r.URL.Path, "/")
		body, ok := searches[path[len(path)-2]+"/"+path[len(path)-1]]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, `{"id":"`+path[len(path)-1]+`",`+body+`}`)
	}))
	defer srv.Close()
	c, err := checkr.New(checkr.Config{BaseURL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	r, raw, err := c.Fetch(t.Context(), bare(t, me), "c1/report/r1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := checkr.ReadReport(raw); err != nil {
		t.Error(err)
	}
	return r
}

// Promise 7, 8.
func TestFindings(t *testing.T) {
	public, own := onboarding.SourcePublicRecord, onboarding.SourceProprietary
	one := func(code string, v onboarding.Verdict, src onboarding.SourceKind, screening string) onboarding.Finding {
		return onboarding.Finding{Code: code, Verdict: v, Source: src, Screening: screening}
	}
	record := func(severity, disposed string, age int) onboarding.Finding {
		return onboarding.Finding{Code: "criminal_record", Verdict: consider, Source: public, Screening: "county_criminal", Severity: severity, Disposed: disposed, AgeYears: age}
	}
	county := func(result, records string) map[string]string {
		return map[string]string{"county_criminal_searches/k": `"object":"county_criminal_search","status":"complete","result":` + result + `,"records":` + records}
	}
	const countyReport = `"status":"complete","result":"consider","county_criminal_search_ids":["k"]`
	court := func(charges string) string {
		return `[{"id":"x","case_number":"A-1","court_of_record":"C","charges":[` + charges + `]}]`
	}
	for name, tc := range map[string]struct {
		report   string
		searches map[string]string
		want     []onboarding.Finding
	}{
		"nothing was searched": {`"status":"complete","result":"clear"`, nil, nil},
		"complete without a result": {`"status":"complete","result":null`, nil,
			[]onboarding.Finding{one("report_unclear", unknown, own, "")}},
		"consider, and we do not know why": {`"status":"complete","result":"consider","motor_vehicle_report_id":"m"`, nil,
			[]onboarding.Finding{one("report_consider", consider, own, "")}},
		"canceled searches that we do not read": {`"status":"complete","result":"clear","includes_canceled":true`, nil,
			[]onboarding.Finding{one("screening_canceled", unknown, own, "")}},
		"canceled as a whole": {`"status":"canceled","result":null`, nil, []onboarding.Finding{one("screening_canceled", unknown, own, "")}},
		"a clear county":      {`"status":"complete","result":"clear","county_criminal_search_ids":["k"]`, county(`"clear"`, `[]`), []onboarding.Finding{one("county_criminal_clear", clear, public, "county_criminal")}},
		"no result is not clear": {`"status":"complete","result":"clear","county_criminal_search_ids":["k"]`, county(`null`, `[]`),
			[]onboarding.Finding{one("screening_unclear", unknown, public, "county_criminal")}},
		"a search still pending in a complete report": {`"status":"complete","result":"clear","sex_offender_search_id":"s"`,
			map[string]string{"sex_offender_searches/s": `"status":"pending"`}, []onboarding.Finding{one("screening_unclear", unknown, public, "sex_offender")}},
		"canceled, though it says clear": {`"status":"complete","result":"clear","sex_offender_search_id":"s"`,
			map[string]string{"sex_offender_searches/s": `"status":"canceled","result":"clear"`}, []onboarding.Finding{one("screening_canceled", unknown, public, "sex_offender")}},
		"consider without a record": {countyReport, county(`"consider"`, `[]`), []onboarding.Finding{one("county_criminal_consider", consider, public, "county_criminal")}},
		"records outweigh clear": {countyReport, county(`"clear"`, court(`{"classification":"Felony","disposition":"Guilty","disposition_date":"2020-11-25"}`)),
			[]onboarding.Finding{record("felony", "convicted", 5)}},
		"counts of one case": {countyReport, county(`"consider"`, court(`{"classification":"Misdemeanor","disposition":"Nolle Prosequi","disposition_date":"2016-11-24T00:00:00Z"},
			{"classification":"Petty Offense","disposition":"Not guilty","disposition_date":null},{"classification":"","disposition":"Adjudication withheld"},
			{"classification":"Odd","disposition":"Ada Lovelace did it"},{"disposition":"Pending"},{"classification":"felony","disposition":"Dismissed w/o prejudice for Ada"}`)),
			[]onboarding.Finding{record("misdemeanor", "nolle_prosequi", 10), record("infraction", "not_guilty", 0), record("unclassified", "adjudication_withheld", 0),
				record("unclassified", "unknown", 0), record("unclassified", "pending", 0), record("felony", "unknown", 0)}},
		"a case without a charge": {countyReport, county(`"consider"`, court("")), []onboarding.Finding{record("unclassified", "", 0)}},
		"obligation 8: no case number": {countyReport, county(`"consider"`, `[{"court_of_record":"C","charges":[{"classification":"Felony"}]}]`),
			[]onboarding.Finding{{Code: "record_incomplete", Verdict: unknown, Source: public, Screening: "county_criminal", Severity: "felony"},
				one("report_consider", consider, own, "")}},
		"the same case in two searches, under two names": {`"status":"complete","result":"consider","national_criminal_search_id":"n","state_criminal_search_ids":["s"],"county_criminal_search_ids":["k"]`,
			map[string]string{
				"county_criminal_searches/k":   `"status":"complete","result":"consider","records":[{"case_number":"A-1","court_of_record":"Superior Court","county":"KINGS","state":"NY","charges":[{"classification":"Felony","disposition":"Dismissed"}]}]`,
				"state_criminal_searches/s":    `"status":"complete","result":"consider","records":[{"case_number":"a 1","court_of_record":"Kings Sup. Ct.","county":"Kings","state":"NY","charges":[{"classification":"Felony","disposition":"Guilty"}]}]`,
				"national_criminal_searches/n": `"status":"complete","result":null,"records":[{"case_number":"A1","county":"Kings","state":"ny"}]`},
			[]onboarding.Finding{record("felony", "dismissed", 0), one("state_criminal_clear", clear, public, "state_criminal"), one("national_criminal_clear", clear, public, "national_criminal")}},
		"a hint that no court bears out": {`"status":"complete","result":"clear","national_criminal_search_id":"n"`,
			map[string]string{"national_criminal_searches/n": `"status":"complete","result":null,"records":[{"case_number":"A1","court_of_record":"C","charges":[{"classification":"Felony"}]}]`},
			[]onboarding.Finding{one("record_unverified", unknown, public, "national_criminal")}},
		"a hint's search without a list": {`"status":"complete","result":"clear","national_criminal_search_id":"n"`,
			map[string]string{"national_criminal_searches/n": `"status":"complete","result":null`}, []onboarding.Finding{one("screening_unclear", unknown, public, "national_criminal")}},
		"federal districts": {`"status":"complete","result":"clear","federal_criminal_search_id":"f","federal_district_criminal_search_id":"d"`,
			map[string]string{"federal_criminal_searches/f": `"status":"complete","result":null`, "federal_district_criminal_searches/d": `"status":"complete","result":"clear","records":[]`},
			[]onboarding.Finding{one("federal_district_criminal_clear", clear, public, "federal_district_criminal")}},
		"federal, on its own": {`"status":"complete","result":"clear","federal_criminal_search_id":"f"`,
			map[string]string{"federal_criminal_searches/f": `"status":"complete","result":null,"records":[]`}, []onboarding.Finding{one("federal_criminal_clear", clear, public, "federal_criminal")}},
		"registers": {`"status":"complete","result":"consider","sex_offender_search_id":"s","global_watchlist_search_id":"w","facis_search_id":"f"`,
			map[string]string{"sex_offender_searches/s": `"status":"complete","result":"consider","records":[{"registry":"R"}]`,
				"global_watchlist_searches/w": `"status":"complete","result":"consider","records":[{"case_number":null}]`,
				"facis_searches/f":            `"status":"complete","result":"consider","records":[{}]`},
			[]onboarding.Finding{one("sex_offender_record", consider, public, "sex_offender"), one("watchlist_match", consider, public, "global_watchlist"), one("facis_record", consider, public, "facis")}},
		"a trace with every flag": {`"status":"complete","result":"clear","ssn_trace_id":"t"`,
			map[string]string{"ssn_traces/t": `"status":"complete","result":null,"no_data":false,"dob_mismatch":true,"name_mismatch":true,"thin_file":true,"death_index":true,"ssn_already_taken":true,"invalid_issuance_year":true`},
			[]onboarding.Finding{one("ssn_dob_mismatch", consider, own, "ssn_trace"), one("ssn_name_mismatch", consider, own, "ssn_trace"), one("ssn_thin_file", consider, own, "ssn_trace"),
				one("ssn_death_index", consider, own, "ssn_trace"), one("ssn_already_taken", consider, own, "ssn_trace"), one("ssn_invalid_issuance_year", consider, own, "ssn_trace")}},
		"a trace that found nobody": {`"status":"complete","result":"clear","ssn_trace_id":"t"`, map[string]string{"ssn_traces/t": `"status":"complete","no_data":true`},
			[]onboarding.Finding{one("ssn_no_data", unknown, own, "ssn_trace")}},
		"a trace that says nothing": {`"status":"complete","result":"clear","ssn_trace_id":"t"`, map[string]string{"ssn_traces/t": `"status":"complete"`},
			[]onboarding.Finding{one("screening_unclear", unknown, own, "ssn_trace")}},
	} {
		got, complete := read(t, tc.report, tc.searches).Findings(now)
		for i := range got { // TestFindingsNameTheirEntries holds the references
			got[i].Entry = ""
		}
		if d := cmp.Diff(tc.want, got); d != "" || !complete {
			t.Errorf("%s: complete %v\n%s", name, complete, d)
		}
	}
}

func TestStatuses(t *testing.T) {
	for status, want := range map[string]checkr.Report{
		"pending": {Status: checkr.StatusPending, Pending: true}, "suspended": {Status: checkr.StatusSuspended, Pending: true, Suspended: true},
		"paused": {Status: checkr.StatusSuspended, Pending: true, Suspended: true}, "dispute": {Status: checkr.StatusDispute, Pending: true, Disputed: true},
	} {
		want.OrderID, want.ID = "c1/report/r1", "r1"
		r := read(t, `"status":"`+status+`","result":null,"ssn_trace_id":"gone"`, nil)
		if d := cmp.Diff(want, r); d != "" {
			t.Errorf("%s: %s", status, d)
		}
		if f, complete := r.Findings(now); complete || len(f) != 0 {
			t.Errorf("%s: got %v %+v", status, complete, f)
		}
	}
}

const (
	event = `{"id":"e1","object":"event","type":"report.completed","created_at":"2026-11-24T12:00:00Z","data":{"object":{"id":"r1","object":"report","candidate_id":"c1","report_id":null}}}`
	asked = `{"id":"e2","object":"event","type":"invitation.completed","created_at":"2026-11-24T12:00:00Z","data":{"object":{"id":"i1","object":"invitation","candidate_id":"c1","report_id":"r1"}}}`
	known = `{"id":"e3","object":"event","type":"candidate.created","created_at":"2026-11-24T12:00:00Z","data":{"object":{"id":"c1","object":"candidate"}}}`
	other = `{"id":"e4","object":"event","type":"verification.created","created_at":"2026-11-24T12:00:00Z","data":{"object":{"id":"v1","object":"verification","candidate_id":7}}}`
)

// sign is the scheme, written a second time.
func sign(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(mac, body)
	return hex.EncodeToString(mac.Sum(nil))
}

func TestVerifySignature(t *testing.T) {
	both := []string{"new", "old"}
	odd := strings.Replace(event, `"c1"`, `"c/1"`, 1)
	for name, tc := range map[string]struct {
		secrets []string
		header  []string
		body    string
		want    checkr.Event
		code    onboarding.Code // "" is success
	}{
		"a report":             {both, []string{sign("new", event)}, event, checkr.Event{ID: "e1", Type: "report.completed", CandidateID: "c1", ReportID: "r1", Created: now}, ""},
		"the old key":          {both, []string{sign("old", event)}, event, checkr.Event{ID: "e1", Type: "report.completed", CandidateID: "c1", ReportID: "r1", Created: now}, ""},
		"capitals":             {both, []string{strings.ToUpper(sign("new", known))}, known, checkr.Event{ID: "e3", Type: "candidate.created", CandidateID: "c1", Created: now}, ""},
		"an invitation":        {both, []string{sign("new", asked)}, asked, checkr.Event{ID: "e2", Type: "invitation.completed", CandidateID: "c1", ReportID: "r1", InvitationID: "i1", Created: now}, ""},
		"no use for":           {both, []string{sign("new", other)}, other, checkr.Event{ID: "e4", Type: "verification.created", Created: now}, ""},
		"body altered":         {both, []string{sign("new", event)}, event + " ", checkr.Event{}, onboarding.CodeNotAllowed},
		"missing":              {both, nil, event, checkr.Event{}, onboarding.CodeNotAllowed},
		"empty":                {both, []string{""}, event, checkr.Event{}, onboarding.CodeNotAllowed},
		"not hex":              {both, []string{"zz"}, event, checkr.Event{}, onboarding.CodeNotAllowed},
		"half":                 {both, []string{sign("new", event)[:32]}, event, checkr.Event{}, onboarding.CodeNotAllowed},
		"two":                  {both, []string{sign("new", event), sign("new", event)}, event, checkr.Event{}, onboarding.CodeNotAllowed},
		"a retired key":        {[]string{"new"}, []string{sign("old", event)}, event, checkr.Event{}, onboarding.CodeNotAllowed},
		"no keys":              {nil, []string{sign("new", event)}, event, checkr.Event{}, onboarding.CodeNotAllowed},
		"an empty key":         {[]string{""}, []string{sign("", event)}, event, checkr.Event{}, onboarding.CodeNotAllowed},
		"signed, but no event": {both, []string{sign("new", "{}")}, "{}", checkr.Event{}, onboarding.CodeInvalid},
		"signed, but no JSON":  {both, []string{sign("new", "x")}, "x", checkr.Event{}, onboarding.CodeInvalid},
		"signed, an odd ID":    {both, []string{sign("new", odd)}, odd, checkr.Event{}, onboarding.CodeInvalid},
	} {
		h := http.Header{}
		for _, v := range tc.header {
			h.Add(checkr.SignatureHeader, v)
		}
		e, err := checkr.VerifySignature(tc.secrets, h, []byte(tc.body))
		if e != tc.want || (tc.code == "") != (err == nil) || (err != nil && onboarding.CodeOf(err) != tc.code) {
			t.Errorf("%s: got %+v %v", name, e, err)
		}
		if err != nil && len(tc.header) > 0 && len(tc.header[0]) > 9 && strings.Contains(err.Error(), tc.header[0]) {
			t.Errorf("%s: the error quotes a signature", name)
		}
	}
}

// What the sandbox posts, from the invitation to the dispute, is proved and read
// by the adapter.
func TestSandboxTells(t *testing.T) {
	got := make(chan checkr.Event, 64)
	taker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e, err := checkr.VerifySignature([]string{sandbox.DefaultKeys().CheckrKey}, r.Header, body)
		if err != nil || r.URL.Path != "/webhooks/checkr" {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
		if strings.Contains(string(body), "example.com") {
			t.Errorf("the event has personal data: %s", body)
		}
		w.WriteHeader(http.StatusNoContent)
		got <- e
	}))
	defer taker.Close()
	s := start(t, sandbox.Config{WebhookURL: taker.URL + "/webhooks"})
	id := granttest.NewApplicant()
	o, err := s.Order(t.Context(), grant(t, id, 1, "Consider", invited), inv)
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.Page(t.Context(), bare(t, id), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.visit(page, "hand_in")
	r, _ := s.fetch(id, o.ID)
	s.post("/_checkr/reports/"+r.ID+"/dispute", `{"corrected":false}`)
	if _, err := s.StartAdverse(t.Context(), bare(t, id), o.ID, checkr.AdverseRequest{PostNoticeAt: time.Now().Add(time.Hour), Key: "k"}); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(o.ID, "/")
	want := map[string]checkr.Event{
		"candidate.created":         {CandidateID: parts[0]},
		"invitation.created":        {CandidateID: parts[0], InvitationID: parts[2]},
		"invitation.completed":      {CandidateID: parts[0], InvitationID: parts[2], ReportID: r.ID},
		"report.created":            {CandidateID: parts[0], ReportID: r.ID},
		"report.completed":          {CandidateID: parts[0], ReportID: r.ID},
		"report.disputed":           {CandidateID: parts[0], ReportID: r.ID},
		"report.pre_adverse_action": {CandidateID: parts[0], ReportID: r.ID},
	}
	for len(want) > 0 {
		select {
		case e := <-got:
			w, due := want[e.Type]
			delete(want, e.Type)
			if due && (e.ID == "" || e.CandidateID != w.CandidateID || e.InvitationID != w.InvitationID || (w.ReportID != "" && e.ReportID != w.ReportID)) {
				t.Errorf("got %+v, want %+v", e, w)
			}
		case <-t.Context().Done():
			t.Fatalf("not told: %v", want)
		}
	}
}
