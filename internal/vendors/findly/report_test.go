package findly_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/findly"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const (
	clear    = onboarding.VerdictClear
	consider = onboarding.VerdictConsider
	unknown  = onboarding.VerdictCouldNotComplete
)

// Promise 7, 8.
func TestFindings(t *testing.T) {
	public, own := onboarding.SourcePublicRecord, onboarding.SourceProprietary
	court := `"court":"C","case_number":"1","source":"public_record"`
	for name, tc := range map[string]struct {
		report   string
		want     []onboarding.Finding
		complete bool
	}{
		"nothing at all": {`{"status":"complete"}`, nil, true},
		"a missing screening is not clear": {`{"status":"complete","ordered":["ssn_trace","sex_offender","sex_offender"],"screenings":[{"type":"ssn_trace","status":"complete","result":"clear"}]}`,
			[]onboarding.Finding{{Code: "ssn_trace_clear", Verdict: clear, Source: own, Screening: "ssn_trace"},
				{Code: "screening_missing", Verdict: unknown, Source: public, Screening: "sex_offender"}}, true},
		"pending gives what there is": {`{"status":"pending","ordered":["ssn_trace","sex_offender"],"screenings":[{"type":"ssn_trace","status":"complete","result":"clear"},{"type":"sex_offender","status":"pending"}]}`,
			[]onboarding.Finding{{Code: "ssn_trace_clear", Verdict: clear, Source: own, Screening: "ssn_trace"}}, false},
		"disputed: nothing is known until it is done": {`{"status":"disputed","ordered":["county_criminal","sex_offender"],"screenings":[{"type":"sex_offender","status":"complete","result":"clear"},
			{"type":"county_criminal","status":"complete","result":"consider","records":[{"kind":"criminal","severity":"felony",` + court + `}]}]}`, nil, false},
		"disputed in a complete report": {`{"status":"complete","screenings":[{"type":"sex_offender","status":"disputed","result":"clear"}]}`,
			[]onboarding.Finding{{Code: "screening_unclear", Verdict: unknown, Source: public, Screening: "sex_offender"}}, true},
		"suspended is not complete": {`{"status":"suspended"}`, nil, false},
		"pending in a complete report": {`{"status":"complete","screenings":[{"type":"sex_offender","status":"pending"}]}`,
			[]onboarding.Finding{{Code: "screening_unclear", Verdict: unknown, Source: public, Screening: "sex_offender"}}, true},
		"canceled, though it says clear": {`{"status":"complete","screenings":[{"type":"county_criminal","status":"canceled","result":"clear"}]}`,
			[]onboarding.Finding{{Code: "screening_canceled", Verdict: unknown, Source: public, Screening: "county_criminal"}}, true},
		"a status that we do not know": {`{"status":"complete","screenings":[{"type":"county_criminal","status":"done","result":"clear"}]}`,
			[]onboarding.Finding{{Code: "screening_canceled", Verdict: unknown, Source: public, Screening: "county_criminal"}}, true},
		"complete without a result": {`{"status":"complete","screenings":[{"type":"county_criminal","status":"complete","result":null}]}`,
			[]onboarding.Finding{{Code: "screening_unclear", Verdict: unknown, Source: public, Screening: "county_criminal"}}, true},
		"a result that we do not know": {`{"status":"complete","screenings":[{"type":"county_criminal","status":"complete","result":"fine"}]}`,
			[]onboarding.Finding{{Code: "screening_unclear", Verdict: unknown, Source: public, Screening: "county_criminal"}}, true},
		"consider without a record": {`{"status":"complete","screenings":[{"type":"global_watchlist","status":"complete","result":"consider"}]}`,
			[]onboarding.Finding{{Code: "global_watchlist_consider", Verdict: consider, Source: public, Screening: "global_watchlist"}}, true},
		"a record outweighs clear": {`{"status":"complete","screenings":[{"type":"national_criminal","status":"complete","result":"clear","records":[{"kind":"criminal","severity":"felony","disposed_on":"2020-11-25",` + court + `}]}]}`,
			[]onboarding.Finding{{Code: "criminal_record", Verdict: consider, Source: public, Screening: "national_criminal", Severity: "felony", AgeYears: 5}}, true},
		"obligation 8: no case number": {`{"status":"complete","screenings":[{"type":"county_criminal","status":"complete","result":"consider","records":[{"kind":"criminal","severity":"felony","court":"C","source":"public_record"}]}]}`,
			[]onboarding.Finding{{Code: "record_incomplete", Verdict: unknown, Source: public, Screening: "county_criminal", Severity: "felony"}}, true},
		"obligation 7: the record says where it is from": {`{"status":"complete","screenings":[{"type":"county_criminal","status":"complete","result":"consider","records":[{"kind":"investigation","source":"proprietary"}]}]}`,
			[]onboarding.Finding{{Code: "investigation_note", Verdict: consider, Source: own, Screening: "county_criminal"}}, true},
		"free words do not get through": {`{"status":"complete","screenings":[{"type":"Ada Lovelace","status":"complete","result":"consider","records":[{"kind":"Ada","severity":"Ada did it","disposed_on":"last year","source":"Ada"}]}]}`,
			[]onboarding.Finding{{Code: "record", Verdict: consider, Source: own, Screening: "unknown", Severity: "unclassified"}}, true},
		"other kinds": {`{"status":"complete","screenings":[{"type":"sex_offender","status":"complete","result":"consider","records":[{"kind":"sex_offender","disposed_on":"2016-11-24"}]},
			{"type":"ssn_trace","status":"complete","result":"consider","records":[{"kind":"identity","disposed_on":"2030-01-01"}]},
			{"type":"global_watchlist","status":"complete","result":"consider","records":[{"kind":"watchlist"}]}]}`,
			[]onboarding.Finding{{Code: "sex_offender_record", Verdict: consider, Source: public, Screening: "sex_offender", AgeYears: 10},
				{Code: "identity_mismatch", Verdict: consider, Source: own, Screening: "ssn_trace"},
				{Code: "watchlist_match", Verdict: consider, Source: public, Screening: "global_watchlist"}}, true},
	} {
		var r findly.Report
		if err := json.Unmarshal([]byte(tc.report), &r); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, complete := r.Findings(now)
		if d := cmp.Diff(tc.want, got); d != "" || complete != tc.complete {
			t.Errorf("%s: complete %v\n%s", name, complete, d)
		}
	}
}

// The person reads the report by its records' IDs, which is how they dispute one.
func TestReadReport(t *testing.T) {
	got, err := findly.ReadReport([]byte(`{"order_id":"ord_1","status":"complete","completed_at":"2026-11-24T12:00:00Z","screenings":[
		{"type":"county_criminal","status":"complete","result":"consider","records":[{"id":"rec_1","kind":"criminal","severity":"felony","disposition":"guilty",
			"disposed_on":"2020-11-25","court":"C","case_number":"1","source":"public_record"},{"id":"rec_2","kind":"investigation"}]},
		{"type":"sex_offender","status":"canceled","cancellation_reason":"order_canceled"}]}`))
	want := onboarding.Report{Reference: "ord_1", Completed: now, Searches: []onboarding.Search{
		{Type: "county_criminal", Status: "complete", Result: "consider", Entries: []onboarding.Entry{
			{ID: "rec_1", Kind: "criminal", Severity: "felony", Disposition: "guilty", DisposedOn: "2020-11-25", Court: "C", CaseNumber: "1", Source: "public_record"},
			{ID: "rec_2", Kind: "investigation"}}},
		{Type: "sex_offender", Status: "canceled", Why: "order_canceled"}}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
	disputed, err := findly.ReadReport([]byte(`{"order_id":"ord_1","status":"disputed","completed_at":null}`))
	if err != nil || !disputed.Completed.IsZero() {
		t.Errorf("got %+v %v", disputed, err)
	}
	if _, err := findly.ReadReport([]byte(`{"order_id":"Ada`)); err == nil || strings.Contains(err.Error(), "Ada") {
		t.Errorf("got %v", err)
	}
}

// sign is the scheme, written a second time.
func sign(secret string, at time.Time, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return hex.EncodeToString(mac.Sum(nil))
}

const event = `{"id":"evt_1","object":"event","type":"order.completed","created_at":"2026-11-24T12:00:00Z","data":{"order_id":"ord_1","reference":"a/background/1","status":"complete"}}`

func TestVerifySignature(t *testing.T) {
	good := sign("new", now, event)
	t0 := fmt.Sprintf("t=%d", now.Unix())
	both := []string{"new", "old"}
	for name, tc := range map[string]struct {
		secrets []string
		header  []string
		body    string
		at      time.Time
		want    onboarding.Code // "" is success
	}{
		"valid":                        {both, []string{t0 + ",v1=" + good}, event, now, ""},
		"spaces":                       {both, []string{t0 + ", v1=" + good}, event, now, ""},
		"signed with the old secret":   {both, []string{t0 + ",v1=" + sign("old", now, event)}, event, now, ""},
		"two signatures, second ours":  {[]string{"new"}, []string{t0 + ",v1=" + sign("other", now, event) + ",v1=" + good}, event, now, ""},
		"in two headers":               {both, []string{t0, "v1=" + good}, event, now, ""},
		"a newer scheme beside":        {both, []string{t0 + ",v2=zz,v1=" + good}, event, now, ""},
		"at the window's edge":         {both, []string{t0 + ",v1=" + good}, event, now.Add(300 * time.Second), ""},
		"clock behind":                 {both, []string{t0 + ",v1=" + good}, event, now.Add(-300 * time.Second), ""},
		"expired":                      {both, []string{t0 + ",v1=" + good}, event, now.Add(301 * time.Second), onboarding.CodeNotAllowed},
		"from the future":              {both, []string{t0 + ",v1=" + good}, event, now.Add(-301 * time.Second), onboarding.CodeNotAllowed},
		"body altered":                 {both, []string{t0 + ",v1=" + good}, event + " ", now, onboarding.CodeNotAllowed},
		"time altered":                 {both, []string{fmt.Sprintf("t=%d,v1=%s", now.Unix()+1, good)}, event, now, onboarding.CodeNotAllowed},
		"two times":                    {both, []string{t0 + ",t=1,v1=" + good}, event, now, onboarding.CodeNotAllowed},
		"missing":                      {both, nil, event, now, onboarding.CodeNotAllowed},
		"empty":                        {both, []string{""}, event, now, onboarding.CodeNotAllowed},
		"no time":                      {both, []string{"v1=" + good}, event, now, onboarding.CodeNotAllowed},
		"no signature":                 {both, []string{t0}, event, now, onboarding.CodeNotAllowed},
		"not hex":                      {both, []string{t0 + ",v1=zz"}, event, now, onboarding.CodeNotAllowed},
		"half a signature":             {both, []string{t0 + ",v1=" + good[:32]}, event, now, onboarding.CodeNotAllowed},
		"retired secret":               {[]string{"new"}, []string{t0 + ",v1=" + sign("old", now, event)}, event, now, onboarding.CodeNotAllowed},
		"no secrets":                   {nil, []string{t0 + ",v1=" + good}, event, now, onboarding.CodeNotAllowed},
		"an empty secret opens no one": {[]string{""}, []string{t0 + ",v1=" + sign("", now, event)}, event, now, onboarding.CodeNotAllowed},
		"a time that is no number":     {both, []string{"t=x,v1=" + good}, event, now, onboarding.CodeNotAllowed},
		"signed, but no event":         {both, []string{t0 + ",v1=" + sign("new", now, "{}")}, "{}", now, onboarding.CodeInvalid},
		"signed, but no JSON":          {both, []string{t0 + ",v1=" + sign("new", now, "x")}, "x", now, onboarding.CodeInvalid},
	} {
		h := http.Header{}
		for _, v := range tc.header {
			h.Add(findly.SignatureHeader, v)
		}
		e, err := findly.VerifySignature(tc.secrets, h, []byte(tc.body), tc.at)
		switch {
		case tc.want != "" && onboarding.CodeOf(err) != tc.want:
			t.Errorf("%s: got %v, want %s", name, err, tc.want)
		case tc.want == "" && (err != nil || e.ID != "evt_1" || e.Type != "order.completed" || e.Data.OrderID != "ord_1" ||
			e.Data.Reference != "a/background/1" || e.Data.Status != findly.StatusComplete || e.CreatedAt.IsZero()):
			t.Errorf("%s: got %+v %v", name, e, err)
		case tc.want != "" && e != (findly.Event{}):
			t.Errorf("%s: an event came with the error", name)
		}
		if err != nil && strings.Contains(err.Error(), good) {
			t.Errorf("%s: the error quotes a signature", name)
		}
	}
}

// The sandbox signs as the adapter verifies, each with its own code.
func TestSandboxSigns(t *testing.T) {
	h := http.Header{findly.SignatureHeader: {sandbox.Sign("s", now, []byte(event))}}
	if _, err := findly.VerifySignature([]string{"s"}, h, []byte(event), now); err != nil {
		t.Error(err)
	}
}
