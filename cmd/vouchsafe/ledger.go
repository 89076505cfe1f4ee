package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

type ledgerCmd struct {
	Show   ledgerShowCmd   `cmd:"" help:"Show an applicant's ledger, as it lies in the bucket."`
	Verify ledgerVerifyCmd `cmd:"" help:"Prove ledgers whole, by the bucket; with the heads that the deployment knows, if it is reached."`
}

// bucket reaches the evidence bucket by stack.json or AWS's own environment.
// Nothing else is asked: whoever may read the bucket can check it.
func (s *session) bucket() (*evidence.Store, error) {
	f, ok, err := s.stack()
	if err != nil {
		return nil, err
	}
	cfg := evidence.ClientConfig{}
	name := os.Getenv("VOUCHSAFE_EVIDENCE_BUCKET")
	if ok {
		cfg = evidence.ClientConfig{Endpoint: f.S3.Endpoint, Region: f.S3.Region, AccessKey: f.S3.AccessKey, SecretKey: f.S3.SecretKey}
		name = f.S3.EvidenceBucket
	}
	if name == "" {
		return nil, errors.New("which bucket? Give --stack stack.json, or set VOUCHSAFE_EVIDENCE_BUCKET and AWS's own variables")
	}
	client, err := evidence.NewClient(s.ctx, cfg)
	if err != nil {
		return nil, err
	}
	return evidence.New(evidence.Config{Bucket: name, Client: client}), nil
}

type ledgerShowCmd struct {
	ID string `arg:"" help:"The applicant's ID."`
}

// Run shows the records in order.
func (c ledgerShowCmd) Run(s *session) error {
	id, err := onboarding.ParseApplicantID(c.ID)
	if err != nil {
		return err
	}
	store, err := s.bucket()
	if err != nil {
		return err
	}
	pages, err := ledger.NewBook(store).Read(s.ctx, id)
	if err != nil {
		return err
	}
	if len(pages) == 0 {
		return fmt.Errorf("there is no ledger of %s", id)
	}
	records := []ledger.Record{}
	for _, p := range pages {
		records = append(records, p.Records...)
	}
	return s.answer(records, func(w io.Writer) {
		for _, r := range records {
			fmt.Fprintf(w, "%5d  %s  %-17s %s\n", r.Seq, r.At.Format("2006-01-02 15:04:05"), r.Kind, strings.Join(facts(r), "  "))
		}
	})
}

// facts is what a record says, in few words.
func facts(r ledger.Record) []string {
	out := []string{r.Actor}
	add := func(name, value string) {
		if value != "" {
			out = append(out, name+"="+value)
		}
	}
	add("check", string(r.Check))
	add("purpose", r.Purpose)
	add("to", r.Recipient)
	if len(r.Fields) > 0 {
		names := make([]string, len(r.Fields))
		for i, f := range r.Fields {
			names[i] = string(f)
		}
		add("fields", strings.Join(names, ","))
	}
	add("outcome", r.Outcome)
	add("detail", r.Detail)
	return out
}

type ledgerVerifyCmd struct {
	ID  string `arg:"" optional:"" help:"The applicant's ID."`
	All bool   `help:"Every applicant's ledger."`
}

// Run proves one ledger or all. It fails when any fault was found.
func (c ledgerVerifyCmd) Run(s *session) error {
	store, err := s.bucket()
	if err != nil {
		return err
	}
	var ids []onboarding.ApplicantID
	switch {
	case c.All == (c.ID != ""):
		return errors.New("give an applicant's ID, or --all")
	case c.All:
		if ids, err = everyLedger(s.ctx, store); err != nil {
			return err
		}
	default:
		id, err := onboarding.ParseApplicantID(c.ID)
		if err != nil {
			return err
		}
		ids = []onboarding.ApplicantID{id}
	}
	reports, held, err := verifyAll(s, ledger.NewBook(store), ids)
	if err != nil {
		return err
	}
	records, faults := 0, 0
	for _, r := range reports {
		records += r.Records
		faults += len(r.Faults)
	}
	unheld := 0
	for _, h := range held {
		if !h {
			unheld++
		}
	}
	if err := s.answer(reports, func(w io.Writer) {
		for _, r := range reports {
			for _, f := range r.Faults {
				fmt.Fprintf(w, "%s  %s\n", r.Applicant, f)
			}
		}
		fmt.Fprintf(w, "%d ledgers, %d records, %d faults\n", len(reports), records, faults)
		if unheld > 0 {
			fmt.Fprintf(w, "%d of them could not be held against the head that their workflow knows, so a loss of their newest records would not show: give --stack, or --url and --key.\n", unheld)
		}
	}); err != nil {
		return err
	}
	if faults > 0 {
		return fmt.Errorf("%d faults were found", faults)
	}
	return nil
}

// verifyAll proves ledgers side by side. When the deployment can be asked too,
// each is held against the head that its workflow knows, and held says so; from
// the bucket alone the loss of the newest records of a ledger cannot be seen.
func verifyAll(s *session, book *ledger.Book, ids []onboarding.ApplicantID) (reports []ledger.Report, held []bool, err error) {
	reports, held = make([]ledger.Report, len(ids)), make([]bool, len(ids))
	errs := make([]error, len(ids))
	api, apiErr := s.api()
	head := func(id onboarding.ApplicantID) (ledger.Chain, bool) {
		if apiErr != nil {
			return ledger.Chain{}, false
		}
		st, err := api.Status(s.ctx, string(id))
		if err != nil || st.Ledger.Seq == 0 {
			return ledger.Chain{}, false
		}
		return ledger.Chain{Applicant: id, Seq: st.Ledger.Seq, Head: st.Ledger.Hash}, true
	}
	bar := s.progress(len(ids), "ledgers")
	var workers sync.WaitGroup
	queue := make(chan int)
	for range 4 * runtime.NumCPU() {
		workers.Go(func() {
			for i := range queue {
				var want ledger.Chain
				want, held[i] = head(ids[i])
				reports[i], errs[i] = book.Verify(s.ctx, ids[i], want)
				if errs[i] == nil && reports[i].Records == 0 {
					errs[i] = fmt.Errorf("there is no ledger of %s", ids[i])
				}
				_ = bar.Add(1)
			}
		})
	}
	for i := range ids {
		queue <- i
	}
	close(queue)
	workers.Wait()
	_ = bar.Finish()
	return reports, held, errors.Join(errs...)
}

func everyLedger(ctx context.Context, store *evidence.Store) ([]onboarding.ApplicantID, error) {
	var ids []onboarding.ApplicantID
	for key, err := range store.List(ctx, "ledger/") {
		if err != nil {
			return nil, err
		}
		name, _, ok := strings.Cut(strings.TrimPrefix(key, "ledger/"), "/")
		if !ok {
			continue
		}
		if n := len(ids); n == 0 || ids[n-1] != onboarding.ApplicantID(name) {
			ids = append(ids, onboarding.ApplicantID(name))
		}
	}
	return ids, nil
}
