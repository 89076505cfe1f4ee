package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/witness"
)

type ledgerVerifyCmd struct {
	ID        string        `arg:"" optional:"" help:"The applicant's ID."`
	All       bool          `help:"Every ledger of the bucket."`
	PublicKey []string      `help:"A public key that checkpoints are signed with, or a file with some; any of several counts. Without one the deployment is asked for its own." placeholder:"KEY"`
	Bucket    string        `help:"What to check: a folder with a copy of the evidence bucket, or a bucket by its name or as s3://name. Nothing else is asked then." placeholder:"BUCKET"`
	Since     string        `help:"A checkpoint that you have kept: the log must go on from it." placeholder:"FILE" type:"existingfile"`
	Late      time.Duration `help:"How long after its time a record may be stored and signed." default:"48h"`
}

// verified is what a verification found.
type verified struct {
	Checkpoint  int               `json:"checkpoint"` // the last one; 0: there is none
	SignedAt    *time.Time        `json:"signed_at,omitempty"`
	Signatures  bool              `json:"signatures"` // they were checked
	LogFindings []witness.Finding `json:"log_findings"`
	Ledgers     []witness.Report  `json:"ledgers"`
	Records     int               `json:"records"`
	Unsigned    int               `json:"unsigned"` // records that no checkpoint has yet, and too young to be a fault
	Faults      int               `json:"faults"`
	Unheld      int               `json:"unheld"` // ledgers that were not held against the head that their workflow knows
	Seconds     float64           `json:"seconds"`
	PerSecond   int               `json:"records_per_second"`
}

// Run proves one ledger or all. It fails when any fault was found.
func (c ledgerVerifyCmd) Run(s *session) error {
	if c.All == (c.ID != "") {
		return errors.New("give an applicant's ID, or --all")
	}
	from, ours, err := s.reader(c.Bucket)
	if err != nil {
		return err
	}
	keys, err := publicKeys(c.PublicKey)
	if err != nil {
		return err
	}
	if len(keys) == 0 && ours {
		keys = s.askedKeys()
	}
	began := time.Now()
	log, err := witness.ReadLog(s.ctx, from, keys)
	if err != nil {
		return err
	}
	if len(c.PublicKey) > 0 {
		log.MustBegin()
	}
	if c.Since != "" {
		kept, err := keptCheckpoint(c.Since, keys)
		if err != nil {
			return err
		}
		log.Contains(kept)
	}
	ids, err := c.ids(s, log, from)
	if err != nil {
		return err
	}
	head, invited := s.heads(ours, c.All)
	if c.All {
		ids = withInvited(ids, invited)
	}
	out := verified{Signatures: len(keys) > 0}
	if out.Ledgers, out.Unheld, err = verifyAll(s, log, from, head, ids, c.Late); err != nil {
		return err
	}
	if c.ID != "" && out.Ledgers[0].Records == 0 && len(out.Ledgers[0].Faults) == 0 {
		return fmt.Errorf("there is no ledger of %s", c.ID)
	}
	out.sum(log, time.Since(began))
	if err := s.answer(out, func(w io.Writer) { out.words(w, log) }); err != nil {
		return err
	}
	if out.Faults > 0 {
		return fmt.Errorf("%d faults were found", out.Faults)
	}
	return nil
}

func (c ledgerVerifyCmd) ids(s *session, log *witness.Log, from witness.Reader) ([]onboarding.ApplicantID, error) {
	if c.All {
		return log.Ledgers(s.ctx, from)
	}
	id, err := onboarding.ParseApplicantID(c.ID)
	return []onboarding.ApplicantID{id}, err
}

// askedKeys are the deployment's own, where it can be asked; none otherwise.
func (s *session) askedKeys() witness.Verifiers {
	if _, err := s.api(); err != nil {
		return nil
	}
	public, err := s.ledgerKeys()
	if err != nil {
		return nil
	}
	keys, err := publicKeys(public)
	if err != nil {
		return nil
	}
	return keys
}

func (v *verified) sum(log *witness.Log, took time.Duration) {
	v.LogFindings = log.Findings
	v.Faults = len(log.Findings)
	if last, ok := log.Last(); ok {
		v.Checkpoint, v.SignedAt = last.Number, &last.At
	}
	for _, r := range v.Ledgers {
		v.Records += r.Records
		v.Faults += len(r.Faults)
		v.Unsigned += r.Unsigned
	}
	v.Seconds = took.Seconds()
	v.PerSecond = int(float64(v.Records) / max(v.Seconds, 1e-9))
}

func (v *verified) words(w io.Writer, log *witness.Log) {
	for _, f := range v.LogFindings {
		fmt.Fprintf(w, "%-15s  %s\n", f.Kind, f)
	}
	for _, r := range v.Ledgers {
		for _, f := range r.Faults {
			fmt.Fprintf(w, "%-15s  %s  %s\n", f.Kind, r.Applicant, f)
		}
	}
	logTable(w, log)
	fmt.Fprintf(w, "%d ledgers, %d records, %d faults, in %.1f s (%d records/s)\n", len(v.Ledgers), v.Records, v.Faults, v.Seconds, v.PerSecond)
	if v.Checkpoint > 0 && !v.Signatures {
		fmt.Fprintln(w, "The signatures were not checked: give --public-key.")
	}
	if v.Unsigned > 0 && v.Checkpoint > 0 {
		fmt.Fprintf(w, "%d records are younger than the last checkpoint: nothing but their links holds them yet.\n", v.Unsigned)
	}
	if v.Unheld > 0 && v.Checkpoint == 0 {
		fmt.Fprintf(w, "%d of them could not be held against the head that their workflow knows, so a loss of their newest records would not show: give --stack, or --url and --key.\n", v.Unheld)
	}
}

// verifyAll proves ledgers side by side. When the deployment can be asked too, each is
// held against the head that its workflow knows; unheld counts those that were not.
func verifyAll(s *session, log *witness.Log, from witness.Reader, head heads, ids []onboarding.ApplicantID, late time.Duration) (reports []witness.Report, unheld int, err error) {
	reports = make([]witness.Report, len(ids))
	errs := make([]error, len(ids))
	bar := s.progress(len(ids), "ledgers")
	var workers sync.WaitGroup
	var next, without atomic.Int64
	for range 4 * runtime.NumCPU() {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(ids) || s.ctx.Err() != nil {
					return
				}
				want, held := head(ids[i])
				if !held {
					without.Add(1)
				}
				reports[i], errs[i] = log.Verify(s.ctx, from, ids[i], want, late)
				_ = bar.Add(1)
			}
		})
	}
	workers.Wait()
	_ = bar.Finish()
	return reports, int(without.Load()), errors.Join(append(errs, s.ctx.Err())...)
}

// heads gives what the deployment knows of a ledger's end; false when it knows none.
type heads func(onboarding.ApplicantID) (ledger.Chain, bool)

// heads asks the deployment where it can be asked. With all, invitations are asked for
// before any ledger is read, so that what they know to be stored must be there.
func (s *session) heads(ours, all bool) (heads, map[onboarding.ApplicantID]ledger.Chain) {
	api, err := s.api()
	if err != nil || !ours {
		return func(onboarding.ApplicantID) (ledger.Chain, bool) { return ledger.Chain{}, false }, nil
	}
	once := sync.OnceValue(func() map[onboarding.ApplicantID]ledger.Chain { return s.invited(api) })
	var known map[onboarding.ApplicantID]ledger.Chain
	if all {
		known = once()
	}
	return func(id onboarding.ApplicantID) (ledger.Chain, bool) {
		if c, ok := known[id]; ok {
			return c, true
		}
		st, err := api.Status(s.ctx, string(id))
		switch {
		case client.NotFound(err): // perhaps an invitation's
			c, ok := once()[id]
			return c, ok
		case err != nil || st.Ledger.Seq == 0:
			return ledger.Chain{}, false
		}
		return ledger.Chain{Applicant: id, Seq: st.Ledger.Seq, Head: st.Ledger.Hash}, true
	}, known
}
