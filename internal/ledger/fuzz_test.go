package ledger_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// FuzzPage reads whatever may lie in the bucket. What is taken for a page must
// hash as it lies there, so it must be written again to the same byte; nothing
// may panic, since one bad object must not stop the proof of the others; and
// nothing but the applicant's own chain may be called whole.
func FuzzPage(f *testing.F) {
	const id = onboarding.ApplicantID("01900000-0000-7000-8000-000000000001")
	pages, _ := compose(id, story())
	for _, p := range pages {
		f.Add(p.Encode())
	}
	for _, s := range []string{"", "\n", "\n\n", "{}", "{}\n", "null\n", "[]\n", "1\n", `{"seq":-1}` + "\n", `{"seq":18446744073709551615,"at":"9999-12-31T23:59:59Z"}` + "\n",
		`{"seq":1,"at":"0001-01-01T00:00:00Z","applicant":"","kind":"","actor":"","prev":""}` + "\n",
		`{"seq":1,"at":"2026-11-02T09:01:00+01:00","applicant":"","kind":"use","actor":"\ufffd","notice":{"id":"","version":"","language":"","sha256":""},"sealed":"AA==","prev":"<>&"}` + "\n",
		`{"seq":1,"at":"2026-11-02T09:01:00Z","applicant":"","kind":"use","actor":"","fields":[],"prev":""}` + "\n", "\xff\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		page, err := ledger.DecodePage(1, body)
		if err != nil {
			if len(page.Records) != 0 {
				t.Error("half a page comes with an error")
			}
			return
		}
		if !bytes.Equal(page.Encode(), body) {
			t.Errorf("read\n%q, written again\n%q", body, page.Encode())
		}
		report := ledger.VerifyPages(id, []ledger.Page{page}, ledger.Chain{})
		if report.Records != len(page.Records) || report.Records == 0 {
			t.Errorf("%d records verified, %d read", report.Records, len(page.Records))
		}
		if first := page.Records[0]; report.Whole() && (first.Seq != 1 || first.Applicant != id || first.Prev != ledger.Genesis(id)) {
			t.Errorf("called whole: %s", body)
		}
	})
}

// FuzzRecord composes records of any words. What we write we must be able to read
// and prove, for ever: the bucket does not let us write it again.
func FuzzRecord(f *testing.F) {
	f.Add("applicant", "email_deliverable", "email", []byte{1}, uint64(3), int64(0))
	f.Add("staff:ops:42", "<a href=\"x\">&amp;\\ufffd\\", "\u2028\u2029", []byte(nil), uint64(0), int64(-1))
	f.Add("\xff\xfe", "cut \xe2\x82", "\ufffd", []byte("\xff"), ^uint64(0), int64(1<<40))
	f.Add("\x00\n\r\t", "", "", []byte{}, uint64(1), int64(999_999))
	f.Fuzz(func(t *testing.T, actor, detail, field string, sealed []byte, of uint64, micro int64) {
		at := start.Add(time.Duration(micro%1e15) * time.Microsecond)
		c := ledger.NewChain(newApplicant())
		r := c.Append(at, ledger.Record{Kind: ledger.KindReceived, Actor: actor, Detail: detail, Of: of, Sealed: sealed,
			Fields: []onboarding.Field{onboarding.Field(field)}, Notice: &ledger.NoticeRef{ID: detail}})
		page := c.Cut([]ledger.Record{r})
		back, err := ledger.DecodePage(1, page.Encode())
		if err != nil {
			t.Fatalf("our own page: %v\n%q", err, page.Encode())
		}
		if report := ledger.VerifyPages(c.Applicant, []ledger.Page{back}, c); !report.Whole() {
			t.Errorf("our own page: %v", report.Faults)
		}
		// A record goes to the activity as JSON, too, and must come out the same.
		var sent ledger.Record
		if b, err := json.Marshal(r); err != nil || json.Unmarshal(b, &sent) != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, sent); d != "" || sent.Hash() != c.Head {
			t.Errorf("sent as JSON (-want +got):\n%s", d)
		}
	})
}
