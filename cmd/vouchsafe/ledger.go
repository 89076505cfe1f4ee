package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

type ledgerCmd struct {
	Show   ledgerShowCmd   `cmd:"" help:"Show an applicant's ledger, as it lies in the bucket."`
	Verify ledgerVerifyCmd `cmd:"" help:"Prove ledgers whole, by the bucket and its signed checkpoints alone; with the heads that the deployment knows, if it is reached."`
	Key    ledgerKeyCmd    `cmd:"" help:"Show and rotate the keys that checkpoints are signed with."`
	Prove  ledgerProveCmd  `cmd:"" help:"Get the proof that one record stands in a signed checkpoint."`
	Check  ledgerCheckCmd  `cmd:"" help:"Check such a proof, with a public key and nothing else."`
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
