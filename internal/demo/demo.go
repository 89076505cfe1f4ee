// Package demo pushes varied sandbox applicants through a running stack by its
// outside faces alone: the API, the portal in a browser, letters, and staff's
// decisions. It shows their progress to the end.
package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
)

// Run takes n applicants to their ends, and fails when one of them does not get
// to the end that its persona has. Progress goes to bar, the result to out; what
// became of each is given as well.
func Run(ctx context.Context, stack stackfile.File, n int, bar, out io.Writer) ([]Result, error) {
	programs, err := program.LoadTrial()
	if err != nil {
		return nil, err
	}
	d := &driver{stack: stack, api: client.New(stack.Web, stack.APIKey), programs: programs, run: time.Now().UnixNano() % 1_000_000}
	if d.notices, err = d.api.Notices(ctx, "en"); err != nil {
		return nil, err
	}
	offered, err := d.api.Programs(ctx)
	if err != nil {
		return nil, err
	}
	shown := progressbar.NewOptions(n, progressbar.OptionSetWriter(bar), progressbar.OptionSetDescription("at their ends"),
		progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetPredictTime(false))
	results := make([]Result, n)
	var all sync.WaitGroup
	slots := make(chan struct{}, 16)
	for i := range n {
		all.Go(func() {
			slots <- struct{}{}
			person := personas[i%len(personas)]
			if !slices.Contains(offered, person.program) {
				person.program = basics // what they type leads to the same end there
			}
			results[i] = Result{What: person.what, Right: person.end}
			go func() { time.Sleep(2 * time.Second); <-slots }() // starts are spread; waits overlap
			results[i].ID, results[i].End, results[i].Err = d.play(ctx, person, i)
			if results[i].Err == nil {
				_ = shown.Add(1)
			}
		})
	}
	all.Wait()
	fmt.Fprintln(bar)
	return results, report(out, results)
}

// Result is what became of one applicant.
type Result struct {
	What  string // the persona, in words
	ID    string
	End   string // the stage that they ended in
	Right string // the one that they should have
	Err   error
}

func report(out io.Writer, results []Result) error {
	ends := map[string]int{}
	wrong := 0
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, r := range results {
		ends[r.End]++
		if r.Err != nil || r.End != r.Right {
			wrong++
			fmt.Fprintf(t, "%s\t%s\tended %q, not %q\t%v\n", r.ID, r.What, r.End, r.Right, r.Err)
		}
	}
	names := make([]string, 0, len(ends))
	for e := range ends {
		names = append(names, e)
	}
	sort.Strings(names)
	for _, e := range names {
		fmt.Fprintf(t, "%s\t%d\n", e, ends[e])
	}
	t.Flush()
	fmt.Fprintf(out, "%d/%d at their ends\n", len(results)-wrong, len(results))
	if wrong > 0 {
		return fmt.Errorf("%d of %d applicants did not get to their right end", wrong, len(results))
	}
	return nil
}

type driver struct {
	stack    stackfile.File
	api      *client.Client
	programs *program.Set
	notices  []client.Notice
	run      int64 // tells the applicants of this run from those of earlier ones
}

// patience is how long the demo bears that the house does not answer, or not as
// it should: it may be starting again.
const patience = time.Minute

// play takes one applicant to their end and gives it.
func (d *driver) play(ctx context.Context, p persona, i int) (id, end string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	body := d.application(p, i) // once: it has times in it, and is the same however often it is sent
	err = d.patiently(ctx, func() error {
		created, err := d.api.Apply(ctx, body, fmt.Sprintf("demo-%d-%d", d.run, i))
		id = created.ID
		return err
	})
	if err != nil {
		return "", "", err
	}
	acted := map[string]bool{}
	for {
		var st client.Status
		err := d.patiently(ctx, func() (err error) {
			if st, err = d.api.Status(ctx, id); err != nil || over(st.Stage) {
				return err
			}
			return d.act(ctx, p, i, st, acted)
		})
		if err != nil || over(st.Stage) {
			return id, st.Stage, err
		}
		select {
		case <-ctx.Done():
			return id, st.Stage, fmt.Errorf("stands at %s, waiting for %s: %w", st.Stage, st.WaitsFor, ctx.Err())
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// patiently does something again until it succeeds or patience is at its end.
func (d *driver) patiently(ctx context.Context, do func() error) error {
	until := time.Now().Add(patience)
	for {
		err := do()
		if err == nil || ctx.Err() != nil || time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func over(stage string) bool {
	switch stage {
	case "certified", "declined", "withdrawn", "expired", "erased":
		return true
	}
	return false
}

// act does what the people around an applicant would do now.
func (d *driver) act(ctx context.Context, p persona, i int, st client.Status, acted map[string]bool) error {
	once := func(key string, do func() error) error {
		if acted[key] {
			return nil
		}
		err := do()
		acted[key] = err == nil
		return err
	}
	switch {
	case st.Attention == "ops":
		for _, k := range st.Checks {
			if k.Status != "failed" {
				continue
			}
			err := once(fmt.Sprint(k.Name, k.Round), func() error {
				if k.Round > 1 || p.waive {
					return d.api.Waive(ctx, st.ID, k.Name, "Seen on paper by the demonstration's ops.")
				}
				return d.api.Retry(ctx, st.ID, k.Name, k.Round, "The vendor is said to be well again.")
			})
			if err != nil {
				return err
			}
		}
	case st.Attention == "reviewer":
		if len(p.rulings) == 0 {
			return fmt.Errorf("a reviewer is asked about somebody (%s) about whom there is nothing to decide: %+v", p.what, st.Checks)
		}
		ruling := p.rulings[0]
		if acted["dispute"] {
			ruling = p.rulings[len(p.rulings)-1]
		}
		return d.api.Decide(ctx, st.ID, ruling, "The demonstration's reviewer has looked at it.", st.AssessmentForm.Answered("Weighed by the demonstration's reviewer."))
	case st.Stage == "certification" && st.Attention == "recruiter" && !slices.ContainsFunc(st.Requirements, open):
		return d.assess(ctx, p, st)
	case st.Stage == "certification" && (st.Attention == "applicant" || st.Attention == "recruiter"):
		wrong := p.failsQuiz && !acted["wrong"]
		acted["wrong"] = true // at most once, also when the house falls over in the middle: attempts are counted
		return d.finish(ctx, p, i, wrong)
	case st.Attention == "applicant" && st.Stage == "validation":
		return once("document", func() error { return d.atVendor(ctx, i, "identity_document", "verified") })
	case st.Attention == "applicant" && p.disputes:
		return once("dispute", func() error { return d.dispute(ctx, i) })
	case st.Attention == "applicant" && p.program == guest && st.Stage == "vetting":
		return once("invitation", func() error { return d.atVendor(ctx, i, "background", "hand_in") })
	}
	return nil
}

// open goes into the application by the newest letter's link.
func (d *driver) open(ctx context.Context, i int) (*Phone, error) {
	link, err := LastLink(ctx, d.stack.Mail.Inbox, d.email(personas[i%len(personas)], i))
	if err != nil {
		return nil, err
	}
	phone, err := NewPhone(d.stack.Web)
	if err != nil {
		return nil, err
	}
	if err := phone.Open(ctx, link); err != nil {
		return nil, err
	}
	return phone, phone.Submit(ctx, nil)
}

// finish withdraws, or does in the portal what the certification asks for: a quiz
// first with wrong answers if asked to.
func (d *driver) finish(ctx context.Context, p persona, i int, wrong bool) error {
	phone, err := d.open(ctx, i)
	if err != nil {
		return err
	}
	if p.withdraws {
		if err := phone.Open(ctx, "/apply/withdraw"); err != nil {
			return err
		}
		return phone.hand(ctx, nil, "/apply/status")
	}
	pr, err := d.programs.Get(p.program)
	if err != nil {
		return err
	}
	return phone.Certify(ctx, pr, given(i)+" "+p.family, wrong)
}

// hand submits the page's form and expects to be led on.
func (p *Phone) hand(ctx context.Context, fill map[string]string, to string) error {
	if err := p.Submit(ctx, fill); err != nil {
		return err
	}
	return p.Expect(to)
}

// atVendor goes from the portal to the vendor's page and presses a button there.
func (d *driver) atVendor(ctx context.Context, i int, check, button string) error {
	phone, err := d.open(ctx, i)
	if err != nil {
		return err
	}
	if err := phone.Open(ctx, "/apply/checks/"+check); err != nil {
		return err
	}
	if phone.Path() == "/apply/status" { // done already, before the house fell over
		return nil
	}
	if err := phone.Expect("/apply/checks/" + check); err != nil {
		return err
	}
	page := phone.LinkTo(d.stack.Sandbox)
	if page == "" {
		return fmt.Errorf("no way leads from %s to the vendor: %s", phone.Path(), phone.Says())
	}
	if err := phone.Open(ctx, page); err != nil {
		return err
	}
	return phone.Submit(ctx, map[string]string{"do": button})
}

func (d *driver) dispute(ctx context.Context, i int) error {
	phone, err := d.open(ctx, i)
	if err != nil {
		return err
	}
	if err := phone.Open(ctx, "/apply/dispute"); err != nil {
		return err
	}
	if phone.Path() == "/apply/status" { // sent already, before the house fell over
		return nil
	}
	shown, err := Picture()
	if err != nil {
		return err
	}
	if err := phone.SubmitFile(ctx, map[string]string{"kind": "dispute", "statement": "This case is another person's, who has the same name."}, shown); err != nil {
		return err
	}
	return phone.Expect("/apply/status")
}

// Picture is what somebody hands in with a dispute: a picture of a paper, with nothing
// on it that anybody could read.
func Picture() (File, error) {
	paper := image.NewGray(image.Rect(0, 0, 120, 160))
	for y := range 160 {
		for x := range 120 {
			paper.SetGray(x, y, color.Gray{Y: 250 - 180*uint8(min(1, max(0, y%12/9*(x/12%2))))})
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, paper)
	return File{Field: "files", Name: "court-letter.png", Body: b.Bytes()}, err
}

var linkForm = regexp.MustCompile(`https?://\S+/apply/link/\S+`)

// LastLink reads the newest link that was mailed to an address. It waits a
// while for one to come.
func LastLink(ctx context.Context, inbox, to string) (string, error) {
	var err error
	for range 50 {
		var link string
		if link, err = lastLink(ctx, inbox, to); err == nil {
			return link, nil
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	return "", err
}

func lastLink(ctx context.Context, inbox, to string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, inbox+"/api/messages?to="+url.QueryEscape(to), nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var letters []struct {
		Text string `json:"text"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&letters); err != nil {
		return "", err
	}
	for i := len(letters) - 1; i >= 0; i-- {
		if link := linkForm.FindString(letters[i].Text); link != "" {
			return link, nil
		}
	}
	return "", errNoLetter
}
