package onebox_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

// lists tries list and find on three applicants who wait for ops; body is what the
// first of them was handed in with.
func (o operator) lists(ids []string, body json.RawMessage) {
	o.Helper()
	listed := func(args ...string) (out []string) {
		o.Helper()
		text, _ := o.runs(0, append(args, "--json")...)
		var lines []client.Line
		if err := json.Unmarshal([]byte(text), &lines); err != nil {
			o.Fatalf("%v\n%s", err, text)
		}
		for _, l := range lines {
			if l.Program == "" || l.StartedAt.IsZero() || l.Since.IsZero() {
				o.Errorf("a line without its facts: %+v", l)
			}
			out = append(out, l.ID)
		}
		slices.Sort(out)
		return out
	}
	three := slices.Sorted(slices.Values(ids))
	eventually(o.T, time.Minute, func() error { // the list is written behind
		if got := listed("list", "--failed", "--attention", "ops", "--stage", "validation"); !slices.Equal(got, three) {
			return fmt.Errorf("listed: %q, want %q", got, three)
		}
		return nil
	})
	for _, none := range [][]string{{"--stage", "vetting"}, {"--vendor", "twilio"}, {"--changed-before", "24h"}, {"--applied-after", "+1h"}, {"--program", "health-line"},
		{"--outcome", "declined"}, {"--overdue"}} {
		if got := listed(append([]string{"list"}, none...)...); len(got) != 0 {
			o.Errorf("list %s: %q", none, got)
		}
	}
	if got := listed("list", "--sort", "since", "--limit", "2", "--changed-after", "24h", "--recruiter", "nobody", "--open"); len(got) != 2 {
		o.Errorf("of two at most: %q", got)
	}
	text, _ := o.runs(0, "list", "--csv", "--sort=-applied")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 4 || rows[0][0] != "applicant" || !slices.Contains(ids, rows[1][0]) || rows[1][2] != "validation" {
		o.Errorf("CSV: %v\n%s", err, text)
	}
	if out, _ := o.runs(0, "list", "--vendor", "twilio"); !strings.Contains(out, "Nobody.") {
		o.Errorf("an empty list: %s", out)
	}
	for _, wrong := range [][]string{{"--sort", "name"}, {"--due-after", "soon"}} {
		o.runs(2, append([]string{"list"}, wrong...)...)
	}
	o.runs(1, "list", "--csv", "--json")
	o.runs(1, "list", "--stage", "nowhere")

	var sent struct {
		Applicant struct {
			Email string `json:"email"`
		} `json:"applicant"`
	}
	if err := json.Unmarshal(body, &sent); err != nil || sent.Applicant.Email == "" {
		o.Fatalf("the first has no e-mail address: %v", err)
	}
	typed := func(words string) string {
		o.Helper()
		cmd := exec.CommandContext(o.Context(), o.binary, "find")
		cmd.Env, cmd.Stdin = append(os.Environ(), "VOUCHSAFE_STACK="+o.stack), strings.NewReader(words)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return err.Error() + "\n" + string(out)
		}
		return string(out)
	}
	if out := typed(strings.ToUpper(sent.Applicant.Email) + "\n"); strings.Count(out, "validation") != 1 || !slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(out, id) }) {
		o.Errorf("found by what was typed:\n%s", out)
	}
	if got := listed("find", "--for", sent.Applicant.Email); len(got) != 1 {
		o.Errorf("found by e-mail: %q", got)
	}
	if out := typed("nobody-of-that-name@example.com"); !strings.Contains(out, "Nobody.") {
		o.Errorf("found somebody: %s", out)
	}
	if out := typed("\n"); !strings.Contains(out, "exit status 1") || !strings.Contains(out, "whom?") {
		o.Errorf("of nothing: %s", out)
	}
	if strings.Contains(typed("half@"), "half@") {
		o.Error("what was typed stands in the error")
	}
}
