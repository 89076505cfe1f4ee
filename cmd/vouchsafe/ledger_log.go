package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/witness"
)

// reader reaches the bucket that is to be checked: a folder with a copy of it, a bucket
// by its name or as s3://name, or the deployment's own. ours is false for a copy.
func (s *session) reader(bucket string) (from witness.Reader, ours bool, err error) {
	if bucket == "" {
		store, err := s.bucket()
		return store, true, err
	}
	if info, err := os.Stat(strings.TrimPrefix(bucket, "file:")); err == nil && info.IsDir() {
		return evidence.Folder(strings.TrimPrefix(bucket, "file:")), false, nil
	}
	name := strings.TrimPrefix(bucket, "s3://")
	if strings.ContainsAny(name, `/\:`) {
		return nil, false, fmt.Errorf("--bucket %s: there is no such folder; for a bucket give its name alone, or s3://name", bucket)
	}
	f, ok, err := s.stack()
	if err != nil {
		return nil, false, err
	}
	cfg := evidence.ClientConfig{}
	if ok {
		cfg = evidence.ClientConfig{Endpoint: f.S3.Endpoint, Region: f.S3.Region, AccessKey: f.S3.AccessKey, SecretKey: f.S3.SecretKey}
	}
	client, err := evidence.NewClient(s.ctx, cfg)
	if err != nil {
		return nil, false, err
	}
	return evidence.New(evidence.Config{Bucket: name, Client: client}), false, nil
}

// publicKeys reads keys as they were given: themselves, or files that have them.
func publicKeys(given []string) (witness.Verifiers, error) {
	var out witness.Verifiers
	for _, k := range given {
		if body, err := os.ReadFile(k); err == nil {
			k = string(body)
		}
		more, err := witness.Keys(k)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

type ledgerKeyCmd struct {
	Show   ledgerKeyShowCmd   `cmd:"" default:"1" help:"Print the public keys that checkpoints are signed with, newest first, as --public-key takes them."`
	Rotate ledgerKeyRotateCmd `cmd:"" help:"Make a new key. Run it where web runs: it needs the same environment."`
}

type ledgerKeyShowCmd struct{}

// Run asks the deployment at its address, since a key that comes from the bucket would
// prove nothing of it; without an address it looks where web and worker do.
func (c ledgerKeyShowCmd) Run(s *session) error {
	keys, err := s.ledgerKeys()
	if err != nil {
		return err
	}
	return s.answer(keys, func(w io.Writer) { fmt.Fprintln(w, strings.Join(keys, "\n")) })
}

func (s *session) ledgerKeys() ([]string, error) {
	address := s.cli.URL
	if f, ok, err := s.stack(); err != nil {
		return nil, err
	} else if ok && address == "" {
		address = f.Web
	}
	if address != "" {
		body, err := fetchText(s.ctx, strings.TrimSuffix(address, "/")+witness.KeysPath)
		if err != nil {
			return nil, err
		}
		return strings.Fields(body), nil
	}
	a, err := house(s)
	if err != nil {
		return nil, fmt.Errorf("which deployment? Give --stack stack.json or --url, or run it where web runs: %w", err)
	}
	defer a.Close()
	found, err := a.LedgerKeys(s.ctx)
	if err != nil {
		return nil, err
	}
	keys := make([]string, 0, len(found))
	for i := len(found) - 1; i >= 0; i-- {
		keys = append(keys, found[i].Public)
	}
	return keys, nil
}

// mostText is more than any answer of these has.
const mostText = 1 << 20

func fetchText(ctx context.Context, address string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostText))
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answers %s: %s", address, resp.Status, strings.TrimSpace(string(body)))
	}
	return string(body), nil
}

type ledgerKeyRotateCmd struct {
	Reason string `help:"Why; it is kept with the key." required:""`
	Now    bool   `help:"No older key ever signs again, not even that the new one follows: for a key that may be in wrong hands. Give auditors the new one."`
}

// Run makes a new key.
func (c ledgerKeyRotateCmd) Run(s *session) error {
	a, err := house(s)
	if err != nil {
		return err
	}
	defer a.Close()
	key, err := a.RotateLedgerKey(s.ctx, c.Reason, c.Now)
	if err != nil {
		return err
	}
	return s.answer(key, func(w io.Writer) {
		fmt.Fprintln(w, key.Public)
		fmt.Fprintln(w, "It signs from the next checkpoint on.")
	})
}

type ledgerProveCmd struct {
	ID  string `arg:"" help:"The applicant's ID."`
	Seq uint64 `arg:"" help:"The record's number, as ledger show gives it."`
}

// Run asks for the proof of a record and prints it.
func (c ledgerProveCmd) Run(s *session) error {
	id, err := onboarding.ParseApplicantID(c.ID)
	if err != nil {
		return err
	}
	api, err := s.api()
	if err != nil {
		return err
	}
	p, err := api.LedgerProof(s.ctx, string(id), c.Seq)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(s.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(p)
}

type ledgerCheckCmd struct {
	File      string   `arg:"" help:"A proof: of a record, or that one checkpoint goes on from another." type:"existingfile"`
	PublicKey []string `help:"A public key, or a file with some." required:"" placeholder:"KEY"`
}

// checked is what a proof showed.
type checked struct {
	Record     json.RawMessage `json:"record,omitempty"`
	Checkpoint int             `json:"checkpoint"`
	At         time.Time       `json:"at"`
	From       int             `json:"from,omitempty"`
}

// Run checks a proof with the key and nothing else.
func (c ledgerCheckCmd) Run(s *session) error {
	keys, err := publicKeys(c.PublicKey)
	if err != nil {
		return err
	}
	body, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	out, err := check(body, keys)
	if err != nil {
		return err
	}
	return s.answer(out, func(w io.Writer) {
		if out.From > 0 {
			fmt.Fprintf(w, "Checkpoint %d of %s goes on from checkpoint %d.\n", out.Checkpoint, out.At.Format(time.RFC3339), out.From)
			return
		}
		fmt.Fprintf(w, "This record stands in checkpoint %d, signed at %s:\n%s\n", out.Checkpoint, out.At.Format(time.RFC3339), out.Record)
	})
}

func check(body []byte, keys witness.Verifiers) (checked, error) {
	var c witness.Consistency
	if err := json.Unmarshal(body, &c); err == nil && c.To != "" {
		from, to, err := c.Check(keys)
		return checked{Checkpoint: to.Number, At: to.At, From: from.Number}, err
	}
	var p witness.Proof
	if err := json.Unmarshal(body, &p); err == nil && p.Leaf == "" {
		// A document that carries the proof, such as a receipt.
		var document struct {
			Proof witness.Proof `json:"ledger_proof"`
		}
		if json.Unmarshal(body, &document) == nil {
			p = document.Proof
		}
	}
	if p.Leaf == "" {
		return checked{}, errors.New("the file has no proof of the ledger in it")
	}
	got, err := p.Check(keys)
	return checked{Record: p.Record, Checkpoint: got.Checkpoint.Number, At: got.Checkpoint.At}, err
}

// keptCheckpoint reads a checkpoint that an auditor has kept.
func keptCheckpoint(file string, keys witness.Verifiers) (witness.Signed, error) {
	body, err := os.ReadFile(file)
	if err != nil {
		return witness.Signed{}, err
	}
	kept, err := witness.ReadNote(body, keys)
	if err == nil && kept.Signer == "" {
		err = errors.New("it is not signed by a key that was given")
	}
	if err != nil {
		return witness.Signed{}, fmt.Errorf("%s: %w", file, err)
	}
	return kept, nil
}

// logTable says how the log stands.
func logTable(w io.Writer, log *witness.Log) {
	t := tabwriter.NewWriter(w, 2, 4, 2, ' ', 0)
	if last, ok := log.Last(); ok {
		fmt.Fprintf(t, "%d checkpoints\tthe last at %s\t%d entries\n", last.Number, last.At.Format(time.RFC3339), last.Tree.N)
	} else {
		fmt.Fprintln(t, "no checkpoint\twhat was dropped at a ledger's end, or written anew, cannot be seen")
	}
	t.Flush()
}
