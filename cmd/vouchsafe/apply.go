package main

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/schollz/progressbar/v3"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

type applyCmd struct {
	Files    []string `arg:"" help:"JSON (one application, an array, or one a line) or CSV files." type:"existingfile"`
	Parallel int      `help:"How many at a time." default:"8"`
}

type applied struct {
	File    string `json:"file"`
	Row     int    `json:"row"` // 1 for the first application of the file
	ID      string `json:"id,omitempty"`
	Created bool   `json:"created"`
	Error   string `json:"error,omitempty"`
}

// Run hands every application in. The same file given twice makes nothing
// twice: the Idempotency-Key is made of the application's own bytes. It fails
// when any application was refused, after all have been tried.
func (a applyCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	type job struct {
		at   int
		body json.RawMessage
	}
	var jobs []job
	var results []applied
	for _, file := range a.Files {
		bodies, err := readApplications(s.ctx, api, file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for i, b := range bodies {
			jobs = append(jobs, job{at: len(results), body: b})
			results = append(results, applied{File: filepath.Base(file), Row: i + 1})
		}
	}
	bar := s.progress(len(jobs), "handed in")
	queue := make(chan job)
	var workers sync.WaitGroup
	for range max(a.Parallel, 1) {
		workers.Go(func() {
			for j := range queue {
				sum := sha256.Sum256(j.body)
				created, err := api.Apply(s.ctx, j.body, "cli-"+hex.EncodeToString(sum[:16]))
				r := &results[j.at]
				r.ID, r.Created = created.ID, created.Created
				if err != nil {
					r.Error = err.Error()
				}
				_ = bar.Add(1)
			}
		})
	}
	for _, j := range jobs {
		queue <- j
	}
	close(queue)
	workers.Wait()
	_ = bar.Finish()
	refused := 0
	err = s.answer(results, func(w io.Writer) {
		for _, r := range results {
			if r.Error != "" {
				fmt.Fprintf(w, "%s row %d: %s\n", r.File, r.Row, r.Error)
				continue
			}
			fmt.Fprintln(w, r.ID)
		}
	})
	for _, r := range results {
		if r.Error != "" {
			refused++
		}
	}
	if err == nil && refused > 0 {
		err = fmt.Errorf("%d of %d applications were refused; mend them and hand the file in again, nothing is made twice", refused, len(results))
	}
	return err
}

// progress is a bar on standard error; none with --json or for a single step. A
// negative n is not known yet.
func (s *session) progress(n int, words string) *progressbar.ProgressBar {
	if s.cli.JSON || n == 0 || n == 1 {
		return progressbar.DefaultSilent(int64(n))
	}
	return progressbar.NewOptions(n, progressbar.OptionSetWriter(s.stderr), progressbar.OptionSetDescription(words),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100_000_000))
}

func readApplications(ctx context.Context, api *client.Client, file string) ([]json.RawMessage, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if strings.EqualFold(filepath.Ext(file), ".csv") {
		return readCSV(ctx, api, f)
	}
	return readJSON(f)
}

// readJSON takes one application, several after another, or arrays of them.
func readJSON(r io.Reader) ([]json.RawMessage, error) {
	dec := json.NewDecoder(r)
	var out []json.RawMessage
	for {
		var one json.RawMessage
		if err := dec.Decode(&one); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, fmt.Errorf("not JSON at byte %d: %w", dec.InputOffset(), err)
		}
		if strings.HasPrefix(strings.TrimSpace(string(one)), "[") {
			var many []json.RawMessage
			if err := json.Unmarshal(one, &many); err != nil {
				return nil, err
			}
			out = append(out, many...)
			continue
		}
		out = append(out, one)
	}
}

// csvConsent are the columns of a CSV file that prove consent: when the notices
// were shown and agreed to, from where, and the name as typed.
var csvConsent = []string{"consent_shown_at", "consent_given_at", "consent_ip_address", "consent_user_agent", "signature"}

// readCSV takes a file whose first line names the columns: "program", the
// applicant's fields as the API names them, and those of csvConsent, which stand
// for the consent to every current notice.
func readCSV(ctx context.Context, api *client.Client, r io.Reader) ([]json.RawMessage, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) < 2 {
		return nil, errors.New("no applications: the first line names the columns, each further line is one application")
	}
	head := rows[0]
	for _, need := range append([]string{"program"}, csvConsent...) {
		if !contains(head, need) {
			return nil, fmt.Errorf("line 1: the column %q is missing", need)
		}
	}
	notices, err := api.Notices(ctx, "en")
	if err != nil {
		return nil, err
	}
	var out []json.RawMessage
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, name := range head {
			cells[name] = strings.TrimSpace(row[i])
		}
		body, err := json.Marshal(fromCells(cells, notices))
		if err != nil {
			return nil, err
		}
		out = append(out, body)
	}
	return out, nil
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// fromCells makes the body of POST /api/v1/applications.
func fromCells(cells map[string]string, notices []client.Notice) map[string]any {
	consents := make([]map[string]any, 0, len(notices))
	for _, n := range notices {
		c := map[string]any{
			"purpose": n.Purpose, "kind": n.Kind,
			"notice": map[string]string{"id": n.ID, "version": n.Version, "language": n.Language, "sha256": n.SHA256},
			"method": "client_form", "shown_at": cells["consent_shown_at"], "given_at": cells["consent_given_at"],
			"origin": map[string]string{"ip_address": cells["consent_ip_address"], "user_agent": cells["consent_user_agent"]},
		}
		if n.Kind == "fcra_authorization" {
			c["method"], c["signature"] = "typed_signature", cells["signature"]
		}
		consents = append(consents, c)
	}
	applicant := map[string]string{}
	for name, value := range cells {
		if name != "program" && !contains(csvConsent, name) && value != "" {
			applicant[name] = value
		}
	}
	return map[string]any{"program": cells["program"], "applicant": applicant, "consents": consents}
}
