package webhook_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web/webhook"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// What the house wires in must fit.
var _ webhook.Service = (*applicants.Service)(nil)

const (
	applicant = "0198c0de-0000-7000-8000-0000000000aa"
	secret    = "whsec-of-today-0123456789"
	older     = "whsec-of-yesterday-012345"
	candidate = "e44aa283528e6fde7d542194"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// service is the applicants' workflows as far as a vendor's word concerns them:
// it keeps each event once, as a workflow does, and knows who has ended.
type service struct {
	mu    sync.Mutex
	open  map[onboarding.ApplicantID]bool
	heard map[string]int // by applicant, order and event
	fail  error
	wait  chan struct{} // when set, an event is durable only when this is closed
}

func (s *service) ReportCompleted(ctx context.Context, id onboarding.ApplicantID, r workflows.ReportCompleted) error {
	s.mu.Lock()
	wait := s.wait
	s.mu.Unlock()
	if wait != nil {
		select {
		case <-wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	if !s.open[id] {
		return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no open application with that ID."}
	}
	s.heard[fmt.Sprintf("%s of %s: %s %s", r.Vendor, id, r.Order, r.Event)]++
	return nil
}

// WhoseFile: the one candidate of these tests is the applicant's.
func (s *service) WhoseFile(_ context.Context, vendor, file string) (onboarding.ApplicantID, error) {
	if vendor == "checkr" && file == candidate {
		return applicant, nil
	}
	return "", &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such file."}
}

func (s *service) set(fail error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

type face struct {
	service *service
	url     string
	log     *bytes.Buffer
	now     time.Time
}

func serve(t *testing.T, secrets ...string) *face {
	t.Helper()
	f := &face{service: &service{open: map[onboarding.ApplicantID]bool{applicant: true}, heard: map[string]int{}}, log: &bytes.Buffer{}, now: noon}
	mux := http.NewServeMux()
	err := webhook.Register(mux, webhook.Config{Service: f.service, FindlySecrets: secrets, StripeSecrets: secrets, CheckrKeys: secrets, Now: func() time.Time { return f.now },
		Log: slog.New(slog.NewTextHandler(f.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	f.url = server.URL + "/webhooks/findly"
	return f
}

// event is the contract's, for a check of the applicant.
func event(change func(map[string]any)) string {
	e := map[string]any{"id": "evt_1", "object": "event", "type": "order.completed", "created_at": "2026-11-02T11:59:58Z",
		"data": map[string]any{"order_id": "ord_1", "reference": applicant + "/background/1", "status": "completed"}}
	if change != nil {
		change(e)
	}
	b, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func data(e map[string]any) map[string]any { return e["data"].(map[string]any) }

// v1 is the contract's signature, made here by hand from its words, so that our
// own signing and verifying cannot be wrong together.
func v1(key string, at time.Time, body string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(strconv.FormatInt(at.Unix(), 10) + "." + body))
	return hex.EncodeToString(mac.Sum(nil))
}

func signed(key string, at time.Time, body string) string {
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), v1(key, at, body))
}

// post sends a body with a signature's header; "" leaves it out.
func (f *face) post(t *testing.T, body, signature string, headers ...string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if signature != "" {
		r.Header.Set("Findly-Signature", signature)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	// An answer goes to whoever sent, signed or not: it quotes nothing.
	for _, s := range []string{applicant, secret, older, "ord_1"} {
		if strings.Contains(string(said), s) {
			t.Errorf("the answer quotes %q: %s", s, said)
		}
	}
	return resp.StatusCode
}

// TestNotTakenIsTakenAgain: an event that could not be handed on is no double when
// the vendor sends it again.
func TestNotTakenIsTakenAgain(t *testing.T) {
	f := serve(t, secret)
	body := event(nil)
	f.service.set(errors.New("Temporal is away"))
	if got := f.post(t, body, signed(secret, noon, body)); got != http.StatusServiceUnavailable {
		t.Errorf("%d, want 503", got)
	}
	f.service.set(nil)
	if got := f.post(t, body, signed(secret, noon, body)); got != http.StatusOK || len(f.service.heard) != 1 {
		t.Errorf("%d, heard %v", got, f.service.heard)
	}
}

func TestEventIsHandedOn(t *testing.T) {
	f := serve(t, secret)
	body := event(nil)
	if got := f.post(t, body, signed(secret, noon, body)); got != http.StatusOK {
		t.Fatalf("%d", got)
	}
	if want := "findly of " + applicant + ": ord_1 evt_1"; f.service.heard[want] != 1 || len(f.service.heard) != 1 {
		t.Errorf("heard %v, want %s", f.service.heard, want)
	}
}

// TestWhatIsNotSigned: 401 for every cause alike, and nothing is handed on.
func TestWhatIsNotSigned(t *testing.T) {
	body := event(nil)
	good := signed(secret, noon, body)
	mac := v1(secret, noon, body)
	flipped := []byte(mac)
	flipped[0] ^= 1
	for name, tt := range map[string]struct{ body, signature string }{
		"no header":                  {body, ""},
		"an empty one":               {body, " "},
		"words":                      {body, "trust me"},
		"no time":                    {body, "v1=" + mac},
		"no signature":               {body, "t=" + strconv.FormatInt(noon.Unix(), 10)},
		"zeros":                      {body, "t=" + strconv.FormatInt(noon.Unix(), 10) + ",v1=" + strings.Repeat("0", 64)},
		"one bit of it":              {body, "t=" + strconv.FormatInt(noon.Unix(), 10) + ",v1=" + string(flipped)},
		"cut":                        {body, good[:len(good)-2]},
		"another secret's":           {body, signed("guess", noon, body)},
		"no secret's":                {body, signed("", noon, body)},
		"the body alone":             {body, "t=" + strconv.FormatInt(noon.Unix(), 10) + ",v1=" + v1alone(body)},
		"another body's":             {event(func(e map[string]any) { data(e)["order_id"] = "ord_2" }), good},
		"one space more":             {body + " ", good},
		"another time than signed":   {body, fmt.Sprintf("t=%d,v1=%s", noon.Unix()+1, mac)},
		"two times":                  {body, good + fmt.Sprintf(",t=%d", noon.Unix()+1)},
		"a scheme of tomorrow alone": {body, fmt.Sprintf("t=%d,v2=%s", noon.Unix(), mac)},
		"too old":                    {body, signed(secret, noon.Add(-301*time.Second), body)},
		"too new":                    {body, signed(secret, noon.Add(301*time.Second), body)},
		"of an hour ago, again":      {body, signed(secret, noon.Add(-time.Hour), body)},
		"a time that is none":        {body, "t=soon,v1=" + mac},
	} {
		t.Run(name, func(t *testing.T) {
			f := serve(t, secret, "") // an unset second secret must open nothing
			if got := f.post(t, tt.body, tt.signature); got != http.StatusUnauthorized {
				t.Errorf("%d, want 401", got)
			}
			if len(f.service.heard) > 0 {
				t.Errorf("it was handed on: %v", f.service.heard)
			}
		})
	}
	t.Run("no secret is set", func(t *testing.T) {
		if got := serve(t).post(t, body, signed("", noon, body)); got != http.StatusUnauthorized {
			t.Errorf("%d, want 401", got)
		}
	})
}

func v1alone(body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

// TestWindow: a clock may be off by five minutes, either way, and no more.
func TestWindow(t *testing.T) {
	body := event(nil)
	for _, off := range []time.Duration{-300 * time.Second, -time.Minute, 0, 300 * time.Second} {
		f := serve(t, secret)
		if got := f.post(t, body, signed(secret, noon.Add(off), body)); got != http.StatusOK {
			t.Errorf("%s off: %d", off, got)
		}
	}
}

// TestRotation: while a secret is rotated there are two, on either side.
func TestRotation(t *testing.T) {
	body := event(nil)
	both := fmt.Sprintf("t=%d,v1=%s,v1=%s", noon.Unix(), v1(older, noon, body), v1(secret, noon, body))
	for name, tt := range map[string]struct {
		secrets   []string
		signature string
		want      int
	}{
		"we have both, the old one signs":     {[]string{secret, older}, signed(older, noon, body), 200},
		"we have both, the new one signs":     {[]string{secret, older}, signed(secret, noon, body), 200},
		"we have the new, both sign":          {[]string{secret}, both, 200},
		"we have the old, both sign":          {[]string{older}, both, 200},
		"the old one is over":                 {[]string{secret}, signed(older, noon, body), 401},
		"nine signatures are no rotation":     {[]string{secret}, both + strings.Repeat(",v1=00", 7), 401},
		"an unknown scheme beside is let be":  {[]string{secret}, signed(secret, noon, body) + ",v2=abc", 200},
		"spaces after commas are let be":      {[]string{secret}, strings.ReplaceAll(both, ",", ", "), 200},
		"neither of two that sign is of ours": {[]string{"third"}, both, 401},
	} {
		t.Run(name, func(t *testing.T) {
			if got := serve(t, tt.secrets...).post(t, body, tt.signature); got != tt.want {
				t.Errorf("%d, want %d", got, tt.want)
			}
		})
	}
}

// TestSignedAndStillNoEvent: 400, since sending it again cannot help.
func TestSignedAndStillNoEvent(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":                    "",
		"no JSON":                    "order=ord_1",
		"broken off":                 event(nil)[:40],
		"a list":                     "[" + event(nil) + "]",
		"null":                       "null",
		"no ID":                      event(func(e map[string]any) { delete(e, "id") }),
		"no type":                    event(func(e map[string]any) { delete(e, "type") }),
		"no data":                    event(func(e map[string]any) { delete(e, "data") }),
		"no order":                   event(func(e map[string]any) { delete(data(e), "order_id") }),
		"an order that is a path":    event(func(e map[string]any) { data(e)["order_id"] = "../../admin" }),
		"no reference":               event(func(e map[string]any) { delete(data(e), "reference") }),
		"a reference of no check":    event(func(e map[string]any) { data(e)["reference"] = applicant }),
		"a reference that is no ID":  event(func(e map[string]any) { data(e)["reference"] = "someone/background/1" }),
		"a reference into our house": event(func(e map[string]any) { data(e)["reference"] = "applicant/" + applicant }),
	} {
		t.Run(name, func(t *testing.T) {
			f := serve(t, secret)
			if got := f.post(t, body, signed(secret, noon, body)); got != http.StatusBadRequest {
				t.Errorf("%d, want 400", got)
			}
			if len(f.service.heard) > 0 {
				t.Errorf("it was handed on: %v", f.service.heard)
			}
		})
	}
}

// TestContentType: the signature is over the bytes, so what they are called
// changes nothing; an event that is signed is not lost for its label.
func TestContentType(t *testing.T) {
	body := event(nil)
	for _, kind := range []string{"application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		f := serve(t, secret)
		if got := f.post(t, body, signed(secret, noon, body), "Content-Type", kind); got != http.StatusOK || len(f.service.heard) != 1 {
			t.Errorf("%s: %d, heard %v", kind, got, f.service.heard)
		}
	}
}

// TestOverTheLimit: signed or not, what is too large is not even proved.
func TestOverTheLimit(t *testing.T) {
	f := serve(t, secret)
	fits := event(func(e map[string]any) { e["note"] = "" })
	fits = strings.Replace(fits, `"note":""`, `"note":"`+strings.Repeat("n", webhook.Limit-len(fits))+`"`, 1)
	if len(fits) != webhook.Limit {
		t.Fatalf("the body has %d bytes", len(fits))
	}
	if got := f.post(t, fits, signed(secret, noon, fits)); got != http.StatusOK {
		t.Errorf("at the limit: %d", got)
	}
	over := fits + " "
	for name, signature := range map[string]string{"signed": signed(secret, noon, over), "unsigned": ""} {
		if got := f.post(t, over, signature); got != http.StatusRequestEntityTooLarge {
			t.Errorf("%s, a byte over the limit: %d, want 413", name, got)
		}
	}
}

// TestTwice: vendors send again when our answer was lost. The second is answered
// as the first was, and nobody is woken by it.
func TestTwice(t *testing.T) {
	f := serve(t, secret)
	body := event(nil)
	for range 2 {
		if got := f.post(t, body, signed(secret, noon, body)); got != http.StatusOK {
			t.Errorf("%d", got)
		}
		f.now = f.now.Add(time.Minute)
	}
	if want := "findly of " + applicant + ": ord_1 evt_1"; f.service.heard[want] != 1 || len(f.service.heard) != 1 {
		t.Errorf("heard %v", f.service.heard)
	}
}

// TestNobodyWaits: of an applicant who has ended, or never was, sending again
// cannot help; the vendor is told to stop, and no alarm is raised.
func TestNobodyWaits(t *testing.T) {
	f := serve(t, secret)
	body := event(func(e map[string]any) { data(e)["reference"] = "0198c0de-0000-7000-8000-0000000000bb/background/1" })
	if got := f.post(t, body, signed(secret, noon, body)); got != http.StatusOK {
		t.Errorf("%d, want 200", got)
	}
	if len(f.service.heard) > 0 || f.log.Len() > 0 {
		t.Errorf("heard %v, logged %s", f.service.heard, f.log)
	}
}

// TestServiceDown: what was not taken durably is not answered with 2xx, so that
// the vendor sends it again; when it does, all is well.
func TestServiceDown(t *testing.T) {
	f := serve(t, secret)
	body := event(nil)
	for _, down := range []error{
		errors.New("dial tcp 127.0.0.1:7233: connection refused"), context.DeadlineExceeded, &net.OpError{Op: "read", Err: io.EOF},
		&onboarding.Error{Code: onboarding.CodeInternal, Message: "x"}, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "x"},
	} {
		f.service.set(down)
		f.log.Reset()
		if got := f.post(t, body, signed(secret, noon, body)); got != http.StatusServiceUnavailable {
			t.Errorf("%v: %d, want 503", down, got)
		}
		if !strings.Contains(f.log.String(), "level=ERROR") || strings.Contains(f.log.String(), applicant) {
			t.Errorf("%v: the log says %s", down, f.log)
		}
	}
	f.service.set(nil)
	if got := f.post(t, body, signed(secret, noon, body)); got != http.StatusOK || len(f.service.heard) != 1 {
		t.Errorf("sent again: %d, heard %v", got, f.service.heard)
	}
}

// TestNoAnswerBeforeItIsDurable holds the answer back as long as Temporal does.
func TestNoAnswerBeforeItIsDurable(t *testing.T) {
	f := serve(t, secret)
	durable := make(chan struct{})
	f.service.wait = durable
	body := event(nil)
	answered := make(chan int, 1)
	go func() { answered <- f.post(t, body, signed(secret, noon, body)) }()
	select {
	case got := <-answered:
		t.Fatalf("answered %d before the event was durable", got)
	case <-time.After(100 * time.Millisecond):
	}
	close(durable)
	if got := <-answered; got != http.StatusOK {
		t.Errorf("%d", got)
	}
}

// TestOnlyPost: an address that one can open in a browser would be tried.
func TestOnlyPost(t *testing.T) {
	f := serve(t, secret)
	resp, err := http.Get(f.url)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("%d, want 405", resp.StatusCode)
	}
}
